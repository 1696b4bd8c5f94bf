"""The verifier: packages, journal, seals and trust against each other; `passed`, `failed` or `not checked`.

==================  ====================================================================================================
`at_hand`           packages that lie elsewhere, brought one after another while they are checked
`filings`           verifying filings: each announced, each ended once, each package where the journal says
`journal`           verifying the journal, its head, the trust folder and the checkpoints: every byte of every file in
                    them
`kept_tables`       holding `db/ledger.db` against the journal: made anew from the lines and compared row by row
`offline_script`    `auditor verify --explain`: the same verification with coreutils, OpenSSL and Python's standard
                    library alone
`others_at_work`    where others are at work: lines behind the signed head, and what a package without a signed line may
                    be there
`packages`          verifying packages: nothing changed, nothing missing, nothing added, and each where the journal says
`scrub`             a share of segments and packages read again in turn; what was read is journalled, and never `passed`
`single_package`    verifying one package that lies in no workspace: what it can prove of itself, and what it cannot
`tokens`            verifying timestamps again, at their own time, from the bytes that were kept
`trust`             whom a verifier believes: the roots and log keys of a directory the user gives, or, said loudly, the
                    copy inside
`witness_coverage`  how far each witness vouches for the log; checkpoints that were kept elsewhere
`workspace`         `auditor verify`: packages, journal, checkpoints, seals and trust against each other
==================  ====================================================================================================
"""
