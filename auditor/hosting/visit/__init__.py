"""What a visit keeps beside its pages about where it was connected to, in its own package.

=====================  =============================================================================================
`visit_proofs`         what one visit keeps, begun before its pages and ended after
`handshake_probe`      a second TLS handshake, over a timestamp
`packet_recorder`      packets to and from the deployment, by a raw socket
`tcp_route`            the way there, hop by hop
=====================  =============================================================================================
"""
