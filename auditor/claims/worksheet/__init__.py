"""The damages worksheet as XLSX: live formulas, coloured inputs, every figure with its source.

==============  ======================================================================================================
`damages`       the damages sheet as XLSX: inputs coloured, formulas live, every figure with its source
`input_sheets`  the input sheets of the workbook: counts of each deployment, prices, expenses and the claim
`workbook`      a workbook being written: formats, cells with a cached result, and names that formulas and readers use
==============  ======================================================================================================
"""
