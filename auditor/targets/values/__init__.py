"""Values from text: each kind reads a node into a value of the model and describes itself.

============  =====================================================================================================
`codes`       codes of standards: ISO 4217 currencies, ISO 3166 places, IANA time zones
`quantities`  numbers: units in whole digits or `unlimited`, amounts and percentages as quoted decimals
`scalars`     single values: text, words, days, relations
`types`       the kinds of value a targets file can hold: each reads a node into a value of the model and describes
              itself
============  =====================================================================================================
"""
