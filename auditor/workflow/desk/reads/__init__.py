"""What is asked at a desk: lists and pages of one scope, and of nobody else.

Protocol: `DeskReads(desk, standings)` answers for the scope of one desk from its `Standing`: positions, findings,
history and evidence composed of an estate in which nobody else is, for one line of the journal. Each answer is a value
that a template shows; lists go on behind a row (keyset), and their whole state is their query.

=============  ===================================================================================================
`desk_reads`   `DeskReads`: every question by one name, bound to a scope
`standing`     how everything stands for a scope at a journal line; kept until a line is added
`lists`        filters, order and the row behind which a list goes on
`overview`     who is over, by how much, since when; the trend by week
`deployments`  one deployment: positions, timelines, findings, decisions, captures
`captures`     one capture: picture with boxes, values, what proves it, what is in it; two side by side
`findings`     the inbox: queue, facets, one finding with what it rests on
`contracts`    the ledger of contracts: terms, listed against found, what the record lacks
`claims`       scenarios side by side, derivations, the break-even drawn
`custody`      checkpoints, witnesses, keys, holds; bundles that were made
`health`       schedules, runs, signs of life
`search`       one box for everything of the scope
`assistant`    the profile assistant: a number pointed at on a stored picture
=============  ===================================================================================================
"""

from auditor.workflow.desk.reads.desk_reads import DeskReads
from auditor.workflow.desk.reads.standing import Standing, StandingCache

__all__ = ["DeskReads", "Standing", "StandingCache"]
