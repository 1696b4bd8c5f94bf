"""What registries answer about the range that holds an address. Pure.

`bootstrap`  which RDAP server answers for an address (RFC 9224)
`rdap`       RDAP answers (RFC 9083)
`whois`      WHOIS answers (RFC 3912)
`stubs`      records that only say that another registry keeps the range
"""
