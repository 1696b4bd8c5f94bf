"""`auditor hosting`: asks who holds an address, keeps what a person looked up, and shows what may be said.

==============  ====================================================================================================
`look`          a look-up: announced, asked, committed, sealed; one for each address and day
`attach`        what a person looked up, kept raw; who hosts it, decided by a named person
`capture_view`  what a deployment's own captures say: connections, headers, certificate, filing numbers
`wording`       a record for a person and for a machine, in either language
`records`       the record of one subject: every address with its ladder
==============  ====================================================================================================
"""
