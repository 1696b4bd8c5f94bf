"""Lists counted row by row over all their pages, and whether they are complete.

==============  ======================================================================================================
`merge`         one list out of its pages: what repeats, shifts, loops or is missing is said, never repaired
`next_page`     the way to a list's next page: a sign, a word, the next number, or a control that loads more
`pager`         what a list's pager says: the total of rows and the number of the page
`rows`          lists counted row by row over all their pages, independently of any headline number
`virtual_rows`  rows that the document does not hold yet: a list that builds its rows only while it is scrolled is not
                complete
==============  ======================================================================================================
"""
