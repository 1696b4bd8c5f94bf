"""`auditor notice`: a letter to a host drafted, held against the law, approved, sent by a person, and what follows.

==============  ====================================================================================================
`drafting`      a draft from sealed captures and from what a person wrote; its papers and the message
`checking`      a draft held against the laws and against what was captured since
`approval`      approved by its digest, or withdrawn, by a named person
`sending`       handed to the mail server once; what a person did elsewhere recorded
`receiving`     what came back, kept raw; its kind said by a person
`sightings`     whether a service runs, capture by capture, as the index has it
`ledger`        everything that is filed and decided about notices, read back
`records`       the record of a notice: stage, receipt, time limits, findings
`papers`        the certificate of delivery and the timeline, written to files
`wording`       a record for a person and for a machine, in either language
==============  ====================================================================================================
"""
