"""What name servers answer, and whether the zone signed it. Pure.

`dns_messages`  stored messages: values, aliases, failures with their extended codes
`dnssec`        the chain of signatures from pinned root keys, at a stated moment
"""
