"""What people do and look at on the pages, written down.

================  ==================================================================================================
`act_journal`     acts, journalled before they are answered: one writer for all threads of a process
`outgoing`        files that leave: open from their digest to their last byte, never whole in memory
`shared_bundles`  bundles that leave by a link which ends: made, taken back, taken
`view_log`        pages that were looked at: a log chained by digest, whose root is journalled
================  ==================================================================================================
"""
