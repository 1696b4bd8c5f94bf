"""The fingerprint of a product, and front pages held against it. Pure.

===============  =======================================================================================================
`addresses`      addresses out of lists that others made: CSV, workbooks, text, JSON
`distinct`       what only a product has: its licensed deployments less what controls and libraries show
`front_page`     a front page held against a fingerprint: the signs it has, and what they answer
`workbook`       cells of an XLSX workbook read as texts, bounded
===============  =======================================================================================================
"""
