"""What a command remembers for the next one, beside the index: folded from the journal; `verify` holds it against that.

=================  ====================================================================================
`schedule_memory`  the history of schedules, remembered in a process and beside the index
=================  ====================================================================================
"""
