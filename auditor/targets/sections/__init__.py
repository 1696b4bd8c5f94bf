"""The shapes of the sections: which keys there are, what they mean, what each becomes. Declarations, no decisions.

=============  ========================================================================================================
`claims`       `claims:`: what is claimed, how it is counted and priced, and what speaks against it
`comparisons`  what is compared with what: `comparisons:`
`contracts`    `contracts:`: the facts of each contract and of the documents that changed it
`deployments`  `deployments:` and `logins:`: where to look, and on what basis
`entry/`       parts of `deployments:` that say how one is entered beside its login form
`pages`        `pages:`: what stands on a page of the product, described once for all its deployments
`prices`       `contracts[].price`, `rebates` and payments: what the counterparty pays, paid and gets back
`products`     `parties:` and `products:`
`registry`     the table of sections: which part of the file is read by which shape
`hosting`      whom a look-up asks who holds an address: `hosting:`
`notices/`     who may be written to, by whom and about what: `hosts:` and `notices:`
`retention`    how long evidence is kept: `retention:`, with the holds that go before every rule
`schedules`    how audits run by themselves: `schedules:`, `politeness:`, `alerts:`
`settings`     how the auditor works: `timestamping:` with its witnesses, `browser:`, `vantages:`, `key_dates:`, and the
               head of the file
`terms`        `contracts[].term`: how long, renewed how, ended how, and what the end means
=============  ========================================================================================================
"""
