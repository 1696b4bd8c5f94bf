"""A page as a tree: from a layout snapshot or from HTML, with styles, selectors and what the picture shows.

=================  ====================================================================================================
`css_selectors`    CSS selectors over a `PageTree`, by soupsieve: shadow trees included, each frame its own root
`html`             stored HTML to a `PageTree` without layout: for pages fetched without a browser, and for the second
                   reading
`layout_snapshot`  the stored layout snapshot: a CDP `DOMSnapshot.captureSnapshot` result with its page metrics, to a
                   `PageTree`
`styles`           what a row of computed styles says about the look of an element and of what stands in it
`tree`             one page as a tree of parallel arrays, made from a stored layout snapshot or from stored HTML
`visibility`       whether the screenshot shows a text: hidden, struck out, clipped, off the picture or covered text is
                   not evidenced
=================  ====================================================================================================
"""
