"""Lists counted row by row over all their pages, and whether they are complete.

================  ====================================================================================================
`json_answers`    what the answers that filled a list say of rows which the page does not show: the visit's own traffic
`json_pages`      what a JSON document says beside an array of rows about rows that the array does not hold
`list_words`      the words with which pages speak of rows, of pages of rows and of more rows; data in `list_words.toml`
`merge`           one list out of its pages: what repeats, shifts, loops or is missing is said, never repaired
`next_page`       the way to a list's next page: a sign, a word, the next number, or a control that loads more
`page_controls`   controls beside a list that show it to be one page of several: page numbers, arrows, sizes of a page
`pager`           what a list's pager says: the total of rows and the number of the page
`row_claims`      what a page says in words about rows that are not among those it shows
`rows`            lists counted row by row over all their pages, independently of any headline number
`virtual_rows`    rows that the document does not hold yet: a list that builds its rows only while it is scrolled is not
                  complete
================  ====================================================================================================
"""
