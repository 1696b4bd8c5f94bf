"""Readers of what others answered about an address, from the bytes as they were kept. Pure.

Every reader gives one outcome for each answer, with what it rests on; an answer that is odd is told and names nobody.

====================  ==============================================================================================
`addresses`           a text as an address; what an address is set aside for; ranges
`charsets`            bytes to text without losing any, and which charset it was
`http_head`           the stored head of an HTTP answer
`registries/`         RDAP and WHOIS, and which server answers for an address
`names/`              DNS messages, and DNSSEC from kept messages
`data_lines`          lines of dated data sets: origins of announcements, registries' delegated files
`published_ranges`    providers' own lists of their addresses
`captured_traffic`    a visit's connections and headers
`page_statements`     filing numbers that a page states
`intermediaries`      signs that something stands in between
`visits/`             what a visit's own proofs show: handshakes, packets, key logs
`lookup_record`       what was asked, to and from bytes
`reading`             the reading of one look-up
====================  ==============================================================================================
"""
