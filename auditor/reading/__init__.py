"""The room that reads: stored bytes in; quantities, fields and lists out. Pure: no file, no network, no clock.

A wrong number is worse than none. What no rule reads is unknown with a reason; none and several are answers; what the
screenshot does not show is not evidenced by it.

Protocol: `read_capture` takes the views of a visit and a function that gives artefact bytes by path, and gives one
`Reading`. `SnapshotEyes` answers a visit's questions (`auditor.model.captures.Eyes`) from uncompressed snapshot bytes.

=================  =====================================================================  ===================
profile            how a value or list is found                                           code
=================  =====================================================================  ===================
label and value    cells, definitions, `label: value`, cards, controls, frames, shadow    `locate`, `tables`
tables and lists   rows by header names, over all pages, ARIA and split tables too   `listings`, `joining`
selector, pattern  CSS over the stored tree, a regular expression over its texts          `selectors`, `fields`
JSON pointer       RFC 6901 into a stored response                                        `pointers`
=================  =====================================================================  ===================

A stored page is a gzip JSON layout snapshot (`snapshot`) or HTML (`markup`); both become one `Tree`. Counts are read by
the ordered rules of `quantities`; dates by `dates`; whether the picture shows a text by `visibility`.
"""

from auditor.reading.dates import read_date
from auditor.reading.eyes import SnapshotEyes
from auditor.reading.labels import COLUMNS, FAMILIES
from auditor.reading.quantities import read_quantities
from auditor.reading.reader import READER, read_capture
from auditor.reading.survey import ListSeen, Pair, Survey, pairs, survey, survey_body

__all__ = [
    "COLUMNS",
    "FAMILIES",
    "READER",
    "ListSeen",
    "Pair",
    "SnapshotEyes",
    "Survey",
    "pairs",
    "read_capture",
    "read_date",
    "read_quantities",
    "survey",
    "survey_body",
]
