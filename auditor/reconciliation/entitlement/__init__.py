"""What was licensed on a day: the contract's facts as a timeline, its coverage, prices and rebates.

================  ====================================================================================================
`calendar`        whole days of a contract: zones, lengths of time, terms with their renewals, and notice
`completeness`    what a contract record lacks for a figure: such a contract is left out of the calculation, and shown
`contract_index`  indexes made once per question, so that a hundred thousand deployments cost a hundred thousand
                  look-ups
`corrections`     compensating entries applied: a contract as it was known on a day
`coverage`        which contract covers a deployment, and what it is compared with
`prices`          prices: which list price is in force, what is due, what was paid
`rebates`         rebates computed from a contract year's purchases, by the method the contract names: the two differ
                  several times
`timeline`        entitlement as a timeline, recomputed from the contract's facts each time
`uncounted_rows`  which rows and units do not count, by contract, definition or the list's description, and why
================  ====================================================================================================
"""
