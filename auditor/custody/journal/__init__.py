"""The journal: append-only, hash-chained, signed; and what its lines say, folded in order.

===============  =======================================================================================================
`holds`          litigation holds as the journal states them, so that a verifier can tell a pruning that went past one
`journal`        the journal: append-only, hash-chained, fsynced, with a signed head over its last line
`key_history`    which public keys were in force when, read from the journal itself
`keys`           the workspace's keys: an Ed25519 log key signs the journal, an X25519 box key opens sealed artefacts
`local_journal`  the journal as two files of one folder
`state`          what the journal says, folded over its entries in order: packages, tokens, intents, runs, files
===============  =======================================================================================================

Port: `auditor.model.ports.JournalStore`, through which the `Journal` reads and writes. Plug: `LocalJournalStore`.
"""
