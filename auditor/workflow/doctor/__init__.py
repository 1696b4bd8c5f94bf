"""`auditor doctor`: what this machine and this folder lack for an audit, each with the command that mends it.

Looking is apart from judging: `looking` touches the machine and gives `MachineFacts`; `diagnosis` makes lines of them.

==================  ==================================================================================================
`checkup`           from end to end: looked at, then judged
`facts`             what was seen of the machine and the folder, as values
`looking`           looks: programs started, files asked for their modes, authorities asked for the time
`folder_facts`      what the folder holds: its configuration, keys, space, and what a day of audits takes of it
`diagnosis`         from facts to lines: name, state, what was seen, what to do
`time_sources`      the clock against everybody who told the time, and the authorities that did
`folder_diagnosis`  the lines about the folder: configuration, permissions, disk
==================  ==================================================================================================
"""
