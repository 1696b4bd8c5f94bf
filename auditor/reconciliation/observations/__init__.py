"""From what stored bytes say to what is reconciled: one observation for each metric of a capture.

==============  =======================================================================================================
`capture_view`  one capture as its reading and its description see it: what was observed, and what a statement rests on
`extraction`    from what stored bytes say to what is reconciled: one observation per metric, and what was not observed
`lists`         a metric's list: its rows, and whether they may be compared where no page states a number
`reasons`       why a field gave no value: the kind of reason, which rules decide on, and its detail
==============  =======================================================================================================
"""
