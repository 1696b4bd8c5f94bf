"""From what stored bytes say to what is reconciled: one observation for each metric of a capture.

Files:

==============  ======================================================================================================
`capture_view`  one capture with its reading and its page descriptions: what was observed, and the evidence that
                statements cite
`extraction`    extracts observations from a reading: one per metric, and an `Unobserved` for each metric without one
`lists`         a metric's list: its rows, and whether they may be compared where no page states a number
`quantities`    the one quantity of a role that the count fields of a metric give, with what it rests on; or why there
                is none
`reasons`       why a field gave no value: the kind of reason, which rules decide on, and its detail
`speakers`      who says what: the connection as the auditor saw it, the page's own fields, and what follows from its
                lists
==============  ======================================================================================================
"""
