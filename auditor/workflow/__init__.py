"""The corridor: the only place that knows more than one room. Each workflow is a short function with numbered steps.

===================  ================================================================================
`wiring`            opens a workspace: lock, keys, journal, recovery, index
`run_audit`              the main flow: visit, keep, seal, read, remember
`single_visit`           one deployment's part of it, from intent to package
`record`        from a package's stored bytes to the index; and the whole index again (`rebuild_index`)
`compose`            from the index and the journal to positions, findings, and the report's one value
`decisions`           decisions and key dates, to and from journal events
`confirm`         what an analyst says, checked against what was captured, then recorded
`claim`           scenarios computed from what was captured and decided
`render`            the report in every format
`verify`           verification of packages, journal, seals and trust against each other
`compare`          the index against the evidence
`maintenance`             what waits is sealed, the log is signed daily, timestamps are renewed, certificates watched
`witness_submission`         checkpoints shown to witnesses outside, their cosignatures kept
`keys`         keys shown, rotated, revoked
`export`           a bundle that stands alone: `selection` selects, `subset` keeps the rest out, `attachments` adds
                     reports and claims, `redactions_in_force` takes out what may not leave, `pdf` prints
`verify`         a bundle verified, with keys and roots from elsewhere
===================  ================================================================================
"""
