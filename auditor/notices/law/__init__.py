"""What the law asks of a notice and how long it gives: data with article and source, and what follows from it. Pure.

`regimes`        the laws, read once from `regimes.toml`: elements, lenient and strict reading, sources
`qualification`  a letter held against a law: what is there, what is missing, qualified under which reading
`clocks`         time limits: a number only where the law gives one
`surroundings`   what is looked at beside the law: freshness, address, legal status, restored items
"""
