"""What keeps evidence good over time, and what proves it: each command in the file of its name.

=========  ==========================================================================================================
`verify`   `auditor verify`: packages, journal, seals and trust against each other, and the index
`access`   accounts and the log of views, held against the journal
`rebuild`  `auditor rebuild`: the whole index made again from the evidence
`prune`    `auditor prune`: retention previewed and applied, and the holds that go before it
`reseal`   `auditor reseal`: timestamps renewed before they weaken
`keys`     `auditor keys`: keys shown, rotated, revoked
`upgrade`  `auditor upgrade`: a workspace of an earlier version brought into the present layout
=========  ==========================================================================================================
"""
