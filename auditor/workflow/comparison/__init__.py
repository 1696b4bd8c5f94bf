"""`auditor compare`, `auditor fingerprint` and `auditor candidates`: systems compared, front pages looked at.

======================  ================================================================================================
`candidates`            `auditor candidates import`, `list` and `adopt`: addresses with their source, and what became of
                        them
`compare`               `auditor compare`: declared and journalled, made from stored evidence, sealed
`exhibit`               `auditor compare exhibit`: the comparison table of a stored comparison, as HTML and PDF
`libraries`             `auditor fingerprint library`, and the lists of known libraries that a comparison uses
`looking`               `auditor candidates look`: public front pages visited as evidence, and held against a product's
                        fingerprint
`product_fingerprint`   `auditor fingerprint make`: what only a product has, from stored captures of licensed
                        deployments
`results`               comparisons as they are kept: their bytes, read back and checked, and what named persons said of
                        them
`systems`               from a stored package to a system that can be compared: screens, served files, circumstances
======================  ================================================================================================
"""
