"""Exhibits: each capture on numbered pages, combined in volumes, with the index, the counts and what is withheld.

==============  ======================================================================================================
`count_series`  the series of counts: one row for each capture and metric, and one for each visit that gave none, with
                the reason
`exhibit`       an exhibit: one capture on numbered pages
`index`         证据目录: the list of exhibits, for people (zh, en), as a table, and as a page to start from
`pictures`      pictures for exhibits: slices that fit a page, and crops with the reading marked
`printing`      the index of a bag: exhibits printed one by one, the combined volumes, the lists
`filing_redaction`  what of a look-up or a notice stays out because of a redaction
`redaction`     what is withheld from a bag, and the derivatives that stand in for it
`volumes`       PDF: the same bytes for the same pages; volumes of many with bookmarks and running numbers
`wacz`          WACZ 1.1.1 of one capture, made from the bytes that were kept: for viewing in ReplayWeb.page, not as
                proof
==============  ======================================================================================================
"""
