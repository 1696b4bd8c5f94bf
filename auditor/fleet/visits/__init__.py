"""Who visits what: requests and attempts as rows, the lease under which a visit is made, workers, and the queue.

Protocol: `RequestBook` is what the planner and the workers ask and write, each in a transaction of its own connection;
`DatabaseLease` is a `model.ports.Lease`; `VisitQueue` brings requests to workers, and can be thrown away.

Files:

==============  =======================================================================================================
`attempts`      a visit's two lines: the intent before it, the capture or gap that ends it, each with the attempt's row
`idle_holders`  sessions that have a lease and make no visit: told, and ended
`lease`         locks of a database session: held as long as its connection lives
`queue`         requests that are due, brought to workers by Procrastinate
`requests`      what is to be visited, as rows: made once for each slot, put off, given up
`roster`        workers and vantages: who is there, by what clock, seen from where
`unread`        packages that maintenance could not read in the store
==============  =======================================================================================================
"""
