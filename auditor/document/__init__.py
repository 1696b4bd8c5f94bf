"""The shelf of documents: a stored page as texts, tables and controls. Pure; rooms use it, it uses no room.

===============  ====================================================================================================
`body_text`      the text of a stored body, by its bytes, by the header that it came with and by its `meta`
`controls`       elements to act on: found by selector or by what they say to the eye
`count_words`    words of count cells of all languages together, in the forms they are compared in
`damage`         bytes that are no whole snapshot are refused in one line, whatever part of the room meets the damage
                 first
`figure_joints`  whether two texts that stand side by side are figures of one number or of two
`json_pointers`  RFC 6901 pointers into JSON documents, and how a JSON value is written as text
`normalisation`  characters before numbers: what is set aside before NFKC, and what NFKC leaves alone
`page`           one stored page with everything that is worked out about it once: texts, tables, selectors
`statements`     what a page says in so many words: a given text, or that a list of it is empty
`tables`         tables as grids of cells: HTML tables, ARIA tables and elements laid out as tables; the parts of a
                 split one too
`text_runs`      what breaks the texts of a page into runs, and where in a run a label may begin
`texts`          the texts of a page in reading order: runs of inline text that a block holds together, searchable by
                 label
`locales/`       the languages the reader speaks: one file each, in one form
`dom/`           a page as a tree: from a layout snapshot or from HTML, with styles, selectors and what the picture
                 shows
===============  ====================================================================================================
"""
