"""What a visit's own proofs show, read from their bytes: handshakes, packets, key logs. Pure.

====================  ================================================================================================
`visit_record`        which proofs a visit kept, and what they show when read again
`handshake_record`    whether a certificate's key signed over a moment
`tls_messages`        TLS handshake messages as bytes
`tls_keys`            the key that opens a TLS 1.3 server's certificate and signature
`packet_file`         packets as a libpcap file, and its copy without payload
====================  ================================================================================================
"""
