"""What findings say: the catalogue of rules, and one table of sentences in English and Chinese.

===================  ===========================================================================================
`catalogue`          the catalogue of rules: name, severity, kind, what may make a finding false, and what would
                     disprove it
`catalogue_counts`   catalogue entries about quantity, cap, identity and territory
`catalogue_records`  catalogue entries about term, edition, money, evidence and records
`entries`            one entry of the catalogue of rules
`examples`           one example sentence of each rule, on small invented cases
`position_words`     the words that sentences about a position share
`sentences`          the one table of sentences, English and Chinese side by side, in neutral words
===================  ===========================================================================================
"""
