"""Alerts and the digest: what holds now against what was sent before; each is sent once until it has ended.

Sent by `auditor schedule`, by the maintenance of a fleet, and by a process that only looks.

Files:

=========  ============================================================================================================
`causes`   what people are told of: slots, authorities, witnesses, findings
`digests`  the digest, due, composed and sent
`sending`  alerts sent, journalled, tried again; from a process that only looks, too
`telling`  sent again and again by the process that leads a fleet, from a copy of the log that a thread keeps
=========  ============================================================================================================
"""
