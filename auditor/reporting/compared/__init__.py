"""The exhibit of a comparison (比对表): one page in each language from one source, which prints well.

===========  ==========================================================================================================
`exhibit`    a comparison as one self-contained page: items in order, pictures with numbered boxes above them, code side
             by side, what was left out, and the same figures of controls
`record_json`  a comparison in the JSON report
===========  ==========================================================================================================
"""
