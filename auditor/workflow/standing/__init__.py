"""Positions and findings kept as facts change: marked, judged again in portions, asked, and held against the whole.

A unit is what is judged by itself: a deployment, the record of a contract, a quantity that deployments share, what one
has in common with others. What touches it marks it; what is marked is judged before it is shown, or said to be
outstanding.

===============  =====================================================================================================
`checking`       `auditor verify`: what stands held against what the evidence says
`comparing`      the kept rows held against a whole recomputation
`contributions`  what one deployment adds to the sums of each scope, and how each scope sees it
`dependencies`   what must be judged again because of what: entries of `targets.yaml`, decisions, key dates
`following`      what changed since the rows were judged, as marks
`judging`        units judged from the index: what each says, and what it depends on
`listing/`       positions and findings as rows of lists
`known`          what is known at a moment beside the counts
`opening`        one deployment judged now, and held against its rows
`overview`       `auditor report --from-standing`: everything at a glance
`rebuilding`     `auditor rebuild`: everything judged anew
`recomputing`    the same rows made from a whole recomputation
`refreshing`     what is marked, judged again in portions
`standing`       the standing index of one workspace, opened
===============  =====================================================================================================
"""
