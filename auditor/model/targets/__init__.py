"""What `targets.yaml` declares, as frozen values.

=============  ======================================================================================================
`deployments`  where to look: deployments, the pages that state counts, and what may be done there
`contracts`    what was licensed: parties, products, contracts and the facts that change an entitlement over time
`secret_references`  where a secret is kept, named without holding it
`estate`       everything one `targets.yaml` (with its includes) says, as one immutable value
`ways_in`     ways into a deployment beside its login form: HTTP authentication, headers, certificates, proxy
`recurrence`   when something recurs: a line of cron and a blackout window, as frozen values
`notices`      who may be written to, by whom and about what: hosts and notices
`law`          the law as data: legal models with their source, and judgments with what became of them on appeal
=============  ======================================================================================================
"""
