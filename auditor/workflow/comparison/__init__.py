"""`auditor compare` and `auditor fingerprint library`: systems compared, from stored evidence.

==============  ========================================================================================================
`compare`       `auditor compare`: declared and journalled, made from stored evidence, sealed
`exhibit`       `auditor compare exhibit`: the comparison table of a stored comparison, as HTML and PDF
`libraries`     `auditor fingerprint library`, and the lists of known libraries that a comparison uses
`systems`       from a stored package to a system that can be compared: screens, served files, circumstances
==============  ========================================================================================================
"""
