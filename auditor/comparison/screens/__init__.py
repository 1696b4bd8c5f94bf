"""Screens: what a visitor sees of a system, and the names behind it. Pure.

===============  =======================================================================================================
`identifiers`    names that a visitor does not see: of elements, fields and form addresses
`labels`         labels and controls of a screen in reading order, data set aside
`menu`           the menu of a system: its entries under their groups, from every screen together
`pixels`         two pictures of a screen laid on each other: an illustration, never a statement
===============  =======================================================================================================
"""
