"""`auditor run` and the audits of `auditor schedule`: the ten steps are read in `audit`, from top to bottom.

Protocol: `visit_one(slot, ports) -> VisitOutcome` is one slot's part; whoever makes visits supplies `VisitPorts`.
Every slot of a run's plan ends as a capture or as a gap.

====================  ==================================================================================================
`audit`               the main flow: the ten steps of an audit, each one numbered call
`gaps`                slots that end without a capture, journalled with the reason: an absence is then proved, not
                      guessed
`host_pacing`         politeness within a run: which slot comes next, waiting until its host may be visited,
                      `Retry-After` heeded
`maintenance`         what keeps evidence good over time: what waits is sealed, the log is signed and shown,
                      certificates are watched
`run_record`          a run's own journal lines: opened, planned, closed
`run_summary`         how a run ended, as a value: counted anew with each slot that ends
`slots`               the slots of a run: which deployments it visits, each of them once
`visit_means`         what a visit needs, whoever makes it: a run of one machine, or a worker of a fleet
`visit_moment`        the proofs of one visit, and the timestamp that its handshake is made over
`visit_runner`        all slots of a run, several at once: each visit in a task, keeping overlapped with the next
                      visits' page loads
`visit_steps`         what the steps of one visit do, and what a visit works with
`visit_timing`        when the visits of a run may begin and how many go on together: cores and memory, jitter, hosts to
                      be left alone
`witness_submission`  showing the log to somebody outside, so that it cannot be told twice
====================  ==================================================================================================
"""
