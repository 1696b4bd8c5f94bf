"""`auditor report`: from the index and the journal to one `Report`, and its documents.

==========  ======================================================================================================
`compose`   step 9: positions and findings from the index and the journal, in one `Report`
`customer`  a report that may be sent to one customer: made of an estate in which there is nobody else
`history`   how much of a long history a report includes: whole series within a bound, and all that anything cites
`parallel`  work divided among forked processes; results come back in the order of the work
`render`    step 10: the report of a workspace, in every format
`second_parties`  which captures a second party made too
`run_closes` when the run before the newest one closed: what a report compares with
`subset`    a report about the chosen deployments alone: nothing in it names another customer
`window`    what is indexed and journalled as if nothing had been captured before a moment
==========  ======================================================================================================
"""
