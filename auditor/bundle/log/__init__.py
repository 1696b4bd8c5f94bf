"""The log's part of a bag: journal lines disclosed or left out, and the proofs that the log holds them.

==============  ========================================================================================================
`disclosure`    which journal lines are shown and which are only proved to be there
`filing_part`   a filing's part of a bag: as that of a capture
`journal_part`  the log's part of a bag: checkpoint, every leaf hash, the lines shown, and what is said of those left
                out
`package_part`  a capture's part of a bag: its package byte for byte, its journal lines, and the proof that the log
                holds them
==============  ========================================================================================================
"""
