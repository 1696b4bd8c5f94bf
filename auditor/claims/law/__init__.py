"""The law as data and sums: legal models with their source, what a statute fixes.

==============  ===========================================================================================
`legal_models`  legal models as data with their source, and the seed decisions with what became of them
`statutes`      sums a statute fixes: court fee, interest for late payment, limitation, registration timing
==============  ===========================================================================================
"""
