"""The rules: small pure functions `check(facts) -> findings`, in the order of `registry`; every finding cites.

===================  ================================================================================================
`cap`                rules about the cap a page says is registered
`context`            all that a rule may look at, in one immutable value, with the look-ups that several rules share
`contract_record`    rules about the record of the contract itself: incomplete, contradictory, without document, out of
                     date
`edition`            rules about what runs: edition, modules, version against maintenance
`evidence`           rules about evidence: what was not observed, not readable, too old, altered or out of time
`finding`            one way to make a finding: name, severity, risks and both wordings come from the catalogue and the
                     wording table
`identity`           rules about which deployment this is: authorised, copied, renamed, or of an owner nobody proved
`money`              rules about money: what was granted and not paid, prices off the rule, rebates both ways
`permitted_overage`  rules about units over that a contract permits: inside a tolerance, or settled by true-up
`quantity`           rules about quantity: used against entitled, on one day and over time
`registry`           the rules in their order
`term`               rules about time: before the start, after the end, growth after a date, and dates that are coming
`territory`          rules about where: the deployment, its branches, and places nobody recorded
`texts/`             what findings say: the catalogue of rules, and one table of sentences in English and Chinese
===================  ================================================================================================
"""
