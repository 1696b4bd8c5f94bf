"""A workspace moved to a database and a store and back, and verified there.

Files:

==============  ========================================================================================================
`file_copy`     a workspace's files and packages copied into a store, each held against the journal
`moving_back`   a workspace brought back into its folder
`moving_there`  a workspace moved from its folder to a database and a store
`store_trials`  what a store showed in its trial, in the ledger
`verifying`     a fleet's evidence verified
==============  ========================================================================================================
"""
