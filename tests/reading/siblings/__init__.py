"""Pages written by hand, each the sibling of a way in which a count was once misread; with the right answers and why.

One TOML file for each kind of trap. A page has `name`, `html` (of the body), `why`, the labels of its fields by role
(`used`, `cap`, `left`, `peak`) and `right`: by role the answers that may be certain, `!` for no number. A list has
`columns`, `listed` (units in all; -1 where the page does not let it be known) and `on_page`. `@ROWS(a,b)@` stands for
rows a to b-1 of a table of e-mail, role and day. A person reads a page with `glance = true` at once.

=================  =====================================================================================================
`corpus`           the files as `StatedPage`s, captured and judged like the pages drawn at random
=================  =====================================================================================================
"""
