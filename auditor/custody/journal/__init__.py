"""The journal: append-only, hash-chained, signed; and what its lines say, folded in order.

===============  =======================================================================================================
`continuation`   that a ledger which others keep too continues what is known of it, under keys that follow
`health`         how each timestamp authority answered lately, and when it may be asked again
`holds`          litigation holds as the journal states them, so that a verifier can tell a pruning that went past one
`journal`        the journal: append-only, hash-chained, fsynced, with a signed head over its root and its last line
`key_history`    which public keys were in force when, read from the journal itself
`keys`           the workspace's keys: an Ed25519 log key signs the journal, an X25519 box key opens sealed artefacts
`line_reader`    single lines by their numbers, each held against its leaf hash
`lines`          lines and head as text: parsed strictly, written canonically
`local_journal`  the journal in a folder: segments of 256 lines, hash tiles, head; and the one file of earlier versions
`opening`        opening by the signed head, the edge of the tiles and the open segment, from what was folded before
`standing`       what stands open: small, written down at every checkpoint, whose line names it by digest
`state`          what the journal says, folded over its entries in order: packages, tokens, intents, runs, files
`ledger/`        the parts of `state`: lines written into tables, and what is asked of them
`writing/`       a whole journal written at once; what others appended, signed
`tables`         what is known of each id and file, in a database that can be thrown away: `db/ledger.db`
===============  =======================================================================================================

Port: `auditor.model.ports.JournalStore`, through which the `Journal` reads and writes. Plug: `LocalJournalStore`.
"""
