"""Pages made for the tests, whose truth is known: captured by real Chromium, read by the product, judged.

Protocol: `draw_pages(seed, count)` gives `StatedPage`s; `read_pages(pages, folder)` gives a reading for each;
`judge(page, reading)` says what it came to. The hand-made siblings of `tests/reading/siblings/` take the same way.

================  ======================================================================================================
`stated_page`     a page with its specification and the answers that are right for it
`languages`       labels, units, digit grouping and words of the languages in which pages are made
`layouts`         where a label's value stands: tables, cards, pairs, sentences, controls
`disturbances`    what makes a value hard or impossible to read, and what is then right
`remapped_font`   a web font that draws other digits than the document says
`generator`       a page drawn at random from a seed: label, value, layout, gap, font, locale, late arrival
`surroundings`    what stands around the values on real pages
`site`            a loopback server of the pages, which can be slow, stop for a while, or break off
`visits`          many pages through one browser, by the product's own capture, and their readings
`verdicts`        right, in need of review, unknown or wrong
================  ======================================================================================================
"""
