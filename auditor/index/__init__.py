"""The room that remembers: an index over the evidence, so that questions are answered without opening packages.

`evidence/` is the truth; everything here can be thrown away and recreated from it, equal row by row.

======================  ============================================================================
`Index.open`            opens or creates the database and brings it to the newest migration
`Index.open_to_read`    opens it without changing a byte
`Index.record`          writes captures with their readings, observations and misses, one transaction
`Index.seal`            a package was sealed later than it was committed
`Index.observations`    the counts seen, oldest first, whole
`Index.counts`          the same of one deployment, in numbers: what a judgement of a large estate reads
`Index.whole`           the texts of some of them, many at a time: the index is the `Texts` of a judgement
`Index.standing`        marks, rows and sums of what stands; `Index.standing_rows` answers lists from them
`Index.lists`           positions and findings whole, in every order that pages list them
`Index.dump`            every row in a fixed order, to compare two indexes
`Index.rows_of`         the same of one capture
======================  ============================================================================

Files:

===============  =======================================================================================================
`codecs`         values as the index keeps them: whole, as JSON in a `body`
`count_columns`  counts without their bodies: the scalar parts of an observation as columns, the rest fetched when it is
                 looked at
`index`          the index itself: what is written in one transaction, and what can be asked
`picture_answers`  what the second eye recognised before, by the digest of the pixels; beside the index, not in it
`queries`        the questions that are asked often, as SQL that seeks: none reads a table from end to end (a test asks
                 SQLite)
`standing/`      positions and findings as they stand, in columns, kept as facts change
`schema`         the tables, as small named migrations
===============  =======================================================================================================
"""

from auditor.index.index import Index
from auditor.index.picture_answers import PictureAnswers
from auditor.index.standing.columns import (
    FindingPlace,
    TalliedFinding,
    finding_body,
    finding_columns,
    finding_digest,
    finding_from,
    moment_text,
    place_of,
    position_body,
    position_columns,
    position_digest,
    position_from,
    position_of,
    subject_columns,
    tallied_of,
)
from auditor.index.standing.listed import KEPT_GONE, packed, unpacked, weeks_text
from auditor.index.standing.lists import FINDING_FACETS, POSITION_FACETS, ListRows
from auditor.index.standing.reader import StandingRows
from auditor.index.standing.store import SHARED_KINDS, StandingGap, StandingHead, StandingStore
from auditor.index.standing.sums import FindingSums, Sums, add_money
from auditor.index.standing.tables import AWAITED_TABLE, GONE_TABLES, LISTED_TABLES, STANDING_TABLES
from auditor.model.ports import DeploymentSize, IndexedCapture

__all__ = [
    "AWAITED_TABLE",
    "FINDING_FACETS",
    "GONE_TABLES",
    "KEPT_GONE",
    "LISTED_TABLES",
    "POSITION_FACETS",
    "SHARED_KINDS",
    "STANDING_TABLES",
    "DeploymentSize",
    "FindingPlace",
    "FindingSums",
    "Index",
    "IndexedCapture",
    "ListRows",
    "PictureAnswers",
    "StandingGap",
    "StandingHead",
    "StandingRows",
    "StandingStore",
    "Sums",
    "TalliedFinding",
    "add_money",
    "finding_body",
    "finding_columns",
    "finding_digest",
    "finding_from",
    "moment_text",
    "packed",
    "place_of",
    "position_body",
    "position_columns",
    "position_digest",
    "position_from",
    "position_of",
    "subject_columns",
    "tallied_of",
    "unpacked",
    "weeks_text",
]
