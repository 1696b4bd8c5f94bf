"""The corridor: the only place that knows more than one room. Each workflow is a short function with numbered steps.

A command's file has the command's name; a command with several parts is a folder. Workflows that write take the open
workspace, `Instruments`; those that only look take a `Workspace` and read beside whoever may be writing it.

===============  =====================================================================================================
`wiring`         opens a workspace for writing: lock, keys, journal, recovery, authorities, index; reads `targets.yaml`
`progress`       the callback by which a long workflow tells how far it is
`journal_cache`  the cached summary of the journal, for questions that make no evidence
`decisions`      decisions and key dates, to and from journal events
`audit/`         `auditor run`: the ten steps, and what keeps evidence good over time
`index/`         the index filled from the evidence, and held against it
`report/`        `auditor report`: positions, findings, and the report in every format
`profile/`       `auditor profile`: a page looked at, described, and written into `targets.yaml`
`bundle/`        `auditor bundle`: a bag that stands alone, made and verified
`schedule`       `auditor schedule`: one pass over what is due, missed and to be alerted of
`status`         `auditor status`, `/healthz` and `/metrics`
`alerts`         alerts sent once for each cause, and once when it has ended
`confirm`        `auditor confirm`: what an analyst decides, checked against what was captured, then recorded
`claim`          `auditor claim`: scenarios computed from what was captured and decided
`read`           `auditor read`: stored evidence read again, beside what was recorded
`verify`         `auditor verify`: packages, journal, seals and trust against each other, and the index
`rebuild`        `auditor rebuild`: the whole index made again from the evidence
`prune`          `auditor prune`: retention previewed and applied, and the holds that go before it
`reseal`         `auditor reseal`: timestamps renewed before they weaken
`keys`           `auditor keys`: keys shown, rotated, revoked
`check`          `auditor check`: every problem of `targets.yaml`
`init`           `auditor init`: the first `targets.yaml`
`logs`           log lines for operators: levels, one line for each event, no secrets
===============  =====================================================================================================
"""
