"""Lines written otherwise than one by one: a whole journal at once, and what others appended.

================  ======================================================================================================
`extension`       a copy of a journal brought up to what the original holds by now
`segments`        a whole journal written at once as segments and tiles: of an earlier version, or from elsewhere
`unsigned_lines`  lines that others appended to a shared store: what they may be, before they are signed
================  ======================================================================================================
"""
