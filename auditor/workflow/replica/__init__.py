"""A workspace that moved to a fleet, as its folder again: a copy of the log, and packages brought when one is opened.

Everybody who reads evidence reads a folder `evidence/`. For a workspace that moved there is one in `db/replica`, which
holds nothing of its own: it is brought up to date before a command reads it, held against the signed head and the keys
that vouch for it, and may be thrown away. What acts stage lies beside it, in `acting`, until the store has it.

Files:

=============  =========================================================================================================
`acting`       what is decided is appended to the fleet's ledger, by the process that has the log's key
`digests`      digests of small files of the store
`followed`     how far the ledger was read in this folder, whatever becomes of the replica
`packages`     packages of the store brought into the replica, held against the journal, and let go again
`place`        where a workspace went on that moved
`recorded`     what the journal says of one package, and a folder held against it
`recovering`   what an interruption left on this machine's disk is finished in the fleet
`refreshing`   the replica made, and brought up to what the database holds
`scratch`      folders in which things are made before they get their names, and end after them
`turns`        one process at a time does a thing, and others wait a while
=============  =========================================================================================================
"""
