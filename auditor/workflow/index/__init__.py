"""The index filled from the evidence, and held against it.

=========  ======================================================================================================
`batch`    captures written to the index many at a time: one transaction for each batch
`compare`  the index against the evidence: each package once, its digest, its seal, and what its stored bytes say
`record`   from a package's stored bytes to the index
=========  ======================================================================================================
"""
