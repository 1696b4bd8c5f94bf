"""One estate worked by many machines: `auditor worker`, `auditor fleet maintain`, `auditor fleet status`.

A worker makes visits and has no key of the log; maintenance has the key, makes none, and is the only one that plans,
seals and signs. Rows of the database are the truth about what is to be visited; a queue only brings them.

Files:

=================  =====================================================================================================
`asked_runs`       a run asked of the fleet, waited for, and told from the ledger's lines
`faults`           what is tried again and for how long; visits in a row that a worker could not make or keep
`fitness`          whether a worker may have work: its clock, its disk, its address, its `targets.yaml`
`heartbeat`        a worker's signs of life, on a thread of their own
`maintenance`      the process that holds the log's key: plans, gives up, seals, signs, tells, one at a time
`planning`         runs opened and closed, requests made of their slots, attempts of workers that are gone ended as gaps
`second_party`     another party's worker signs; two captures of one slot are paired before they are timestamped
`setting_up`       tables made, vantages declared; what processes are started with
`status`           the fleet as it stands
`wiring`           the workspace, the database and the store, opened for one or the other; `targets.yaml` watched
`worker`           the process that makes visits, until it is asked to stop
`worker_fitness`   asks whether this worker may have work now
`worker_visit`     one request's visit, step by step
=================  =====================================================================================================
"""
