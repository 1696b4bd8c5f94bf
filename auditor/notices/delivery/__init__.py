"""Handing a letter to a mail server, once, with every line of the exchange kept.

`smtp`             one exchange: bounded in time, encrypted, its transcript without secrets
`delivery_record`  `sending.json`: what became of it, read back exactly
"""
