"""The index filled from the evidence, and held against it.

=================  ==========================================================================================
`batch`            captures written to the index many at a time: one transaction for each batch
`caches`           what is kept beside the index for quick answers, held against its sources
`catching_up`      a workspace that moved, ready to be read: its replica brought up to date, and the index after it
`compare`          the index against the evidence: each package's digest, its seal, what its stored bytes say
`fleet_follower`   a process that goes on reading a workspace that moved
`record`           from a package's stored bytes to the index
`stored_warnings`  the warnings of a stored capture as notes, those of old bytes by the facts they repeat
`unrecorded`       what the journal says of captures and the index has not recorded yet
=================  ==========================================================================================
"""
