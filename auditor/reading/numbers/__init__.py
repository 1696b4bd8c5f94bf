"""Numbers and dates as pages write them: ordered rules, never a guess.

===============  =======================================================================================================
`bounds`         bounds and approximations, in the words of every language
`cell`           the state of one cell while it is read, and the small answers its rules are made of
`context`        what stands around a number in a sentence: nothing that matters, words nobody listed, or words that
                 make it no count
`dates`          dates as pages and judgments write them: one reading, several candidates, or none; none is ever chosen
                 here
`numerals`       one written number to an integer, by the conventions of a locale; never through float, never by a guess
`paired_values`  several numbers in one cell: pagers, pairs with a stroke, sums, ranges
`quantities`     counts as pages write them: the ordered rules of the licensing reference §6.1, one function each
`sentences`      sentences that state several metrics: each number takes its role from the word beside it, or the whole
                 is unknown
`two_amounts`    two amounts in one text, whatever their order and words: each takes its role from its own words and
                 from what stands between them
===============  =======================================================================================================
"""
