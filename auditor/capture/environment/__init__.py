"""The circumstances of a visit (清洁性检查): what is found on this machine, and the checks over it.

===========  =========================================================================================================
`checks`     清洁性检查: the checked state of the capturing machine before a visit
`cjk_fonts`  the glyph self-test: does this browser draw Chinese, or boxes? In its own context, never in a page under
             audit
`dns`        resolving a deployment's host twice, by different ways: the system's resolver and a name server asked
             directly
`egress`     from which address this machine is seen
`machine`    what is found on the capturing machine, once per run: files, environment, clock, browser, fonts, versions
`trial`      the browser tried once, for nobody's evidence: does it start, with its sandbox, and does it draw Chinese?
===========  =========================================================================================================
"""
