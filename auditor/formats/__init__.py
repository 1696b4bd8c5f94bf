"""The shelf of published formats: pure readers and writers that several rooms use. It uses `model` and `errors` alone.

================  ====================================================================================================
`canonical_json`  canonical JSON (RFC 8785), strict both ways: what is read back must be byte for byte what would be
                  written
`der`             a small reader of DER and BER, bounded and without copies: enough to walk a timestamp response
`evidence_paths`  which names a file of evidence may have, so that it means the same on every machine that unpacks it
`manifest`        the manifest: one capture described in canonical bytes, with one digest that the timestamps are over
`merkle`          the Merkle tree of RFC 6962 §2.1 over journal lines: roots, inclusion and consistency proofs
`signed_note`     signed notes and their keys (C2SP signed-note), read strictly: every byte of a note has one possible
                  value
================  ====================================================================================================
"""
