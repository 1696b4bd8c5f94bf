"""What was read, and how far it is to be believed.

================  ===================================================================================================
`readings`        what stored bytes say: quantities, fields and lists, each with its raw text, place and rule
`reading_checks`  four ways in which a reading can be wrong, each checked by itself
`observations`    what a capture counted: the numbers of many captures, the texts of few, and how to ask for them
================  ===================================================================================================
"""
