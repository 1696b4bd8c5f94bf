"""The corridor: the only place that knows more than one room. Each workflow is a short function with numbered steps.

===================  ================================================================================
`opening`            opens a workspace: lock, keys, journal, recovery, index
`audit`              the main flow: visit, keep, seal, read, remember
`visiting`           one deployment's part of it, from intent to package
`remembering`        from a package's stored bytes to the index; and the whole index again (`rebuild`)
`judging`            from the index and the journal to positions, findings, and the report's one value
`deciding`           decisions and key dates, to and from journal events
`confirming`         what an analyst says, checked against what was captured, then recorded
`claiming`           scenarios computed from what was captured and decided
`telling`            the report in every format
`checking`           verification of packages, journal, seals and trust against each other
`comparing`          the index against the evidence
`upkeep`             what waits is sealed, the log is signed daily, timestamps are renewed, certificates watched
`witnessing`         checkpoints shown to witnesses outside, their cosignatures kept
`keyholding`         keys shown, rotated, revoked
`bundling`           a bundle that stands alone: `gathering` selects, `narrowing` keeps the rest out, `annexing` adds
                     reports and claims, `redactions` takes out what may not leave, `printing` prints
`unbundling`         a bundle verified, with keys and roots from elsewhere
===================  ================================================================================
"""
