"""The room that hands over: a bag that stands alone, for people who do not have our software and do not trust us.

Protocol: `make(dossier, folder, sign, progress) -> Made`. The dossier holds values that the corridor gathered from the
other rooms, every one verified; the same dossier gives the same bytes. `check(files, judge) -> Verification` looks at a
bag again and believes none of it.
"""

from auditor.bundle import layout
from auditor.bundle.bag import zipped
from auditor.bundle.checking import Judge, check
from auditor.bundle.dossier import (
    Dossier,
    Entry,
    Log,
    Opened,
    PrintToPdf,
    Proceeding,
    Redaction,
    RedactionKind,
    Selection,
    Trust,
)
from auditor.bundle.layout import bag_name
from auditor.bundle.making import Made, make
from auditor.bundle.opening import is_bag, opened

__all__ = [
    "Dossier",
    "Entry",
    "Judge",
    "Log",
    "Made",
    "Opened",
    "PrintToPdf",
    "Proceeding",
    "Redaction",
    "RedactionKind",
    "Selection",
    "Trust",
    "bag_name",
    "check",
    "is_bag",
    "layout",
    "make",
    "opened",
    "zipped",
]
