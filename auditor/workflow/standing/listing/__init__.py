"""Positions and findings as rows of lists: what pages filter by, sort by and show.

========  ============================================================================================================
`held`    the rows of lists, column by column, held against what they should say
`rows`    the rows of lists, made when a unit is judged
`weekly`  displayed numbers and over-use week by week
========  ============================================================================================================
"""
