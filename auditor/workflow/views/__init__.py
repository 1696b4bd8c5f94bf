"""What is only looked at: these read beside whoever may be writing.

===========  ========================================================================================================
`captures`   `auditor captures`: what was captured, newest first, with its counts
`show`       `auditor show`: one capture from its stored bytes
`changes`    `auditor changes`: what changed since a day, told or sent
`digest`     what is newly over, not observed any more, ending soon: one letter, with statements where asked
`statement`  `auditor statement`: one page for one customer
`status`     `auditor status`, `/healthz` and `/metrics`
`read`       `auditor read`: stored evidence read again, beside what was recorded
===========  ========================================================================================================
"""
