"""The shelf of published formats: readers and writers that several rooms use. Pure; it uses `model`, `errors` alone.

=================  =====================================================================================================
`canonical_json`   canonical JSON (RFC 8785), strict both ways: what is read back must be byte for byte what would be
                   written
`der`              a small reader of DER and BER, bounded and without copies: enough to walk a timestamp response
`docx`             DOCX (ISO/IEC 29500) with fixed bytes: headings, paragraphs, tables and blanks for what only a person
                   can say
`evidence_layout`  where things lie in a workspace's evidence: the one place that spells its folders and files
`evidence_paths`   which names a file of evidence, or of a bag of it, may have, so that they mean the same on every
                   machine
`filing_manifest`  the manifest of a filing: one thing that is no visit, in canonical bytes, with one digest to stamp
`fixed_zip`        a zip (APPNOTE 6.3.10) whose bytes depend on its entries alone: one date, one system, one mode for
                   all
`foreign_text`     texts of strangers, bounded: as they can be shown, with characters that nobody would see named, and
                   as evidence can keep them
`manifest`         the manifest: one capture described in canonical bytes, with one digest that the timestamps are over
`merkle`           the Merkle tree of RFC 6962 §2.1 over journal lines: roots, inclusion and consistency proofs
`signed_note`      signed notes and their keys (C2SP signed-note), read strictly: every byte of a note has one possible
                   value
`tiles`            hash tiles of a log (c2sp.org/tlog-tiles): rows of at most 256 hashes, every eighth level of its tree
`spreadsheets/`    cells of workbooks that somebody else made
`web_origins`      origins of web addresses (RFC 6454): scheme, host and port, with the port always written
=================  =====================================================================================================
"""
