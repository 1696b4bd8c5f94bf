"""One workspace for several commands: a process holds it, the others work through that process.

Protocol: `Custodian(…).start()` answers in the process that holds the workspace, `close()` waits for whom it serves.
`HolderLink.join(root, command)` is the other side; with it `GuestJournal` and `GuestStore` are a journal and a store
like those of a holder. `custody.open_workspace` chooses: it takes the lock, or joins who has it.

===========  ===========================================================================================================
`custodian`  the process that holds a workspace, and does for other commands what only its holder may do
`guest`      a command at work in a workspace that another process holds: its connection, its journal, its store
`wire`       messages between the two: one JSON object each, bounded; the socket, who may come, how its path is short
===========  ===========================================================================================================

Over the socket go: `lines` (the journal's lines from one on), `append` (an event to be journalled), `stage` (the name
of a staging folder), `claim` and `release` (what one session at a time may do), `rotate` (new keys). No secret does.
"""
