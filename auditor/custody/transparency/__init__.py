"""The journal as a transparency log: signed checkpoints, witnesses, keys changed and timestamps renewed.

==============  =======================================================================================================
`checkpoints`   checkpoints: the journal's Merkle root, signed (C2SP tlog-checkpoint) and timestamped; proofs against
                them
`key_rotation`  changing and revoking keys: logged events, the old key vouching for the new one
`parties`       a second party's signature over a capture, and two captures of one slot cross-referenced
`renewal`       renewing timestamps before their certificates or their hash weaken (RFC 4998, as plain tokens over a
                list)
`witnesses`     sending checkpoints outside, and keeping what witnesses sign back (C2SP tlog-witness, tlog-cosignature)
==============  =======================================================================================================
"""
