"""A bag verified again: nothing in it is believed, keys and roots come from elsewhere.

==================  ========================================================================
`bag`               checking a bag: every file, every line, every package, every timestamp
`negative_vectors`  test vectors that must fail: what a tool is worth shows where it refuses
`state`             what a verification of a bag knows on its way, and whom it believes
==================  ========================================================================
"""
