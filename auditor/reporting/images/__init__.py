"""Derived pictures: crops and marks that name their original, and timelines as SVG. Originals stay as they are.

===================  ===================================================================================================
`crops`              derived crops: the part of a stored screenshot that shows a number, with a rectangle around it
`figures`            from what a statement rests on to the pictures that show it, checked against the package's manifest
`marked_screenshot`  a whole screenshot with numbered rectangles on it: a derived picture that names its original
`timeline`           the timeline of one deployment as SVG: entitlement steps, observed points, dotted where nothing was
                     observed
`timeline_shapes`    the same as figures to draw, for pages that draw it themselves: steps, points, gaps, key dates
===================  ===================================================================================================
"""
