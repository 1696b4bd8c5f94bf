"""Positions and findings as they stand, in columns, kept as facts change: for lists, sums and trends.

Everything here can be thrown away. A mark is written in the transaction of the fact that makes it; the rows of what
was marked, the sums that follow from them and the removal of the mark are one transaction too. So a kill leaves marks,
never a wrong row.

=========  ===========================================================================================================
`columns`  positions and findings as rows: their columns, their digests, and back
`listed`   positions and findings whole, as lists show them, written beside the rows
`lists`    lists of them, a page at a time, in every order that pages offer
`reader`   lists, sums and trends from the rows that are kept: every question seeks, none judges
`store`    marks of what is to be judged again, rows, and sums that follow them
`sums`     the sums of one scope, kept by adding and taking away; exact
`tables`   the tables of the standing index
`writing`  rows written in place of those that stood
=========  ===========================================================================================================
"""
