"""Served scripts: tokens, fingerprints, known libraries, functions side by side. Pure.

==============  ========================================================================================================
`known`         known libraries: digests and fingerprints of published files, in the forms in which sites serve them
`scripts`       scripts as they were served: decoded, told whether they can be compared, and fingerprinted
`tokens`        a script as tokens: names of its own folded, names of properties and literals kept
`winnowing`     fingerprints of a stream of tokens by winnowing, as sets
==============  ========================================================================================================
"""
