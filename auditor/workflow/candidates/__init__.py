"""`auditor candidates` and `auditor fingerprint make`: which of many addresses run the product.

======================  ================================================================================================
`imported`              `auditor candidates import`, `list` and `adopt`: addresses with their source, and what became of
                        them
`looking`               `auditor candidates look`: public front pages visited as evidence, and held against a product's
                        fingerprint
`product_fingerprint`   `auditor fingerprint make`: what only a product has, from stored captures of licensed
                        deployments
======================  ================================================================================================
"""
