"""From a label to its value: the words of licence pages, and the places beside, under and above them.

================  ======================================================================================================
`cards`           values beside their labels without a table: cards, grids of tiles, a number above or below what it is
                  called
`label_geometry`  from a label to its value by the boxes of the layout alone: the second reading of a value's place
`label_values`    from a label to the places that could hold its value: beside it, under it, above it, in its cell's row
                  or column
`readable_page`   a stored page with the finder of its labels: what a field is read from
`rows_above`      a row of values above the row of their labels
`vocabulary`      labels of licence pages in zh-CN, zh-TW, en, ja, de and fr, by what they name; licensing reference
                  §6.3, as data
================  ======================================================================================================
"""
