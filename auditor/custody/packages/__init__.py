"""Packages: staged, committed write-once, read back, recovered after an interruption, pruned under a rule.

=============  =========================================================================================================
`local_store`  evidence in a folder: staged below `.staging/`, renamed into place, then read-only
`looking`      whether packages are where their lines say, by their manifests
`pruning`      pruning: artefacts of old captures are removed under a rule, after the journal has named every one by its
               digest
`reader`       reading packages back: the manifest as values, artefacts by path, digests checked on every load
`read_through`  packages of a folder that are brought into it when somebody opens one
`recovery`     at start: every interrupted attempt is finished, or recorded as a gap
`filings`      packages that are no visits: announced, committed or given up, by the same rules
`stage`        a package under way: artefacts written and hashed as they come, and the manifest behind everything that
               it lists
`vault`        the vault: stage, describe, journal, rename, read-only; a second commit refused
=============  =========================================================================================================

Port: `auditor.model.ports.EvidenceStore`, through which the `Vault` writes. Plug: `LocalEvidenceStore`.
"""
