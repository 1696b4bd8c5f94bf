"""Comparisons that were made: read back from their bytes, for whoever tells of them. Making one is `comparison/`.

===========  =======================================================================================================
`results`    a comparison as it is kept, held against the journal; what named persons said of it
`records`    the comparisons of a report: what each found, and where it lies
===========  =======================================================================================================
"""
