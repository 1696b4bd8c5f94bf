"""Files on the disk: durable writes, the lock that keeps one holder in a workspace, claims of those who share it.

=========  ====================================================================================================
`claims`   what only one of the sessions that share a workspace may do at a time: claims, by name
`durable`  durable writes: a file that was written is on the disk under its name, whole, or is not there at all
`lock`     the lock that admits one holder per workspace
=========  ====================================================================================================
"""
