"""What people do and look at on the pages, written down.

=============  ==================================================================================================
`act_journal`  acts, journalled before they are answered: one writer for all threads of a process
`view_log`     pages that were looked at: a log chained by digest, whose root is journalled
=============  ==================================================================================================
"""
