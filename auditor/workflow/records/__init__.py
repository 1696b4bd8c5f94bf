"""`auditor import` and `auditor export`: contracts and deployments from tables of other systems, and back.

===========  =====================================================================================================
`exporting`  the records of the files as CSV, XLSX or JSON
`importing`  a table read, held against the files, shown; then written, each file whole, and journalled
===========  =====================================================================================================
"""
