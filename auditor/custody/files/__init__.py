"""Files on the disk: durable writes, and the lock that keeps one process in a workspace.

=========  ====================================================================================================
`durable`  durable writes: a file that was written is on the disk under its name, whole, or is not there at all
`lock`     one process per workspace
=========  ====================================================================================================
"""
