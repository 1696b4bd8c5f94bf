"""The room that reads: stored bytes in; quantities, fields and lists out. Pure: no file, no network, no clock.

A wrong number is worse than none. What no rule reads is unknown with a reason; none and several are answers; what the
screenshot does not show is not evidenced by it.

Protocol: `read_capture` takes the views of a visit and a function that gives artefact bytes by path, and gives one
`Reading`. `SnapshotProbe` answers a visit's questions (`auditor.model.captures.Eyes`) from uncompressed snapshot bytes.

=================  =====================================================================  ===================
profile            how a value or list is found                                           code
=================  =====================================================================  ===================
label and value    cells, definitions, `label: value`, cards, controls, frames, shadow    `label_values`, `tables`
tables and lists   rows by header names, over all pages, ARIA and split tables too   `rows`, `merge`
selector, pattern  CSS over the stored tree, a regular expression over its texts          `css_selectors`, `field`
JSON pointer       RFC 6901 into a stored response                                        `json_pointers`
=================  =====================================================================  ===================

A stored page is a gzip JSON layout snapshot (`layout_snapshot`) or HTML (`html`); both become one `PageTree`. Counts
are read by the ordered rules of `quantities`; dates by `dates`; whether the picture shows a text by `visibility`.

Files:

=============  =========================================================================================================
`live_page`    what a visit asks while a page is open: the answers of `auditor.model.captures.Eyes`, from stored bytes
               alone
`page_survey`  everything on a page that looks like a label with its value, or like a list: what `auditor profile` shows
`page_remarks`  what lies over a page, what asks for a password, and sentences that state numbers
`reader`       one capture's stored bytes to one `Reading`: fields, lists, and how a second reading of other bytes
               agreed
`fields/`      one field of a page, and the fields of a login form
`labels/`      from a label to its value: the words of licence pages, and the places beside, under and above them
`lists/`       lists counted row by row over all their pages, and whether they are complete
`numbers/`     numbers and dates as pages write them: ordered rules, never a guess
`second_eye`   the check `drawn`: what the stored picture says at the place of a value, held against the layout
`survey_check`  what a page offers to be described by, held against its picture: what both eyes see comes first
`ocr/`         the second eye: what the stored screenshot shows, recognised from its pixels alone. Pure: bytes and
               values in, out
=============  =========================================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.reading.fields.field import NO_ELEMENT, NO_MATCH
    from auditor.reading.labels.vocabulary import COLUMN_HEADERS, LABEL_FAMILIES
    from auditor.reading.lists.merge import LAST_PAGE_NOT_REACHED, ON_PAGE
    from auditor.reading.live_page import SnapshotProbe
    from auditor.reading.numbers.dates import read_date
    from auditor.reading.numbers.quantities import read_quantities
    from auditor.reading.page_remarks import PageRemarks, SurveyedDialog, SurveyedSentence, remarks_on_page
    from auditor.reading.page_survey import Survey, SurveyedList, SurveyedPair, survey, survey_body, survey_pairs
    from auditor.reading.reader import READER_VERSION, read_capture
    from auditor.reading.second_eye import SecondEye
    from auditor.reading.survey_check import check_survey
else:
    from auditor.lazy_door import open_lazily

    __getattr__ = open_lazily(
        __name__,
        {
            "COLUMN_HEADERS": "labels.vocabulary",
            "LABEL_FAMILIES": "labels.vocabulary",
            "LAST_PAGE_NOT_REACHED": "lists.merge",
            "NO_ELEMENT": "fields.field",
            "NO_MATCH": "fields.field",
            "ON_PAGE": "lists.merge",
            "PageRemarks": "page_remarks",
            "READER_VERSION": "reader",
            "SecondEye": "second_eye",
            "SnapshotProbe": "live_page",
            "Survey": "page_survey",
            "SurveyedDialog": "page_remarks",
            "SurveyedList": "page_survey",
            "SurveyedPair": "page_survey",
            "SurveyedSentence": "page_remarks",
            "check_survey": "survey_check",
            "read_capture": "reader",
            "read_date": "numbers.dates",
            "read_quantities": "numbers.quantities",
            "remarks_on_page": "page_remarks",
            "survey": "page_survey",
            "survey_body": "page_survey",
            "survey_pairs": "page_survey",
        },
    )

__all__ = [
    "COLUMN_HEADERS",
    "LABEL_FAMILIES",
    "LAST_PAGE_NOT_REACHED",
    "NO_ELEMENT",
    "NO_MATCH",
    "ON_PAGE",
    "READER_VERSION",
    "PageRemarks",
    "SecondEye",
    "SnapshotProbe",
    "Survey",
    "SurveyedDialog",
    "SurveyedList",
    "SurveyedPair",
    "SurveyedSentence",
    "check_survey",
    "read_capture",
    "read_date",
    "read_quantities",
    "remarks_on_page",
    "survey",
    "survey_body",
    "survey_pairs",
]
