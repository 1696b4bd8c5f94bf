"""The room that hands over: a bag that stands alone, for people who do not have our software and do not trust us.

Protocol: `make(dossier, folder, sign, progress) -> Made`. The dossier holds values that the corridor gathered from the
other rooms, every one verified; the same dossier gives the same bytes. `check(files, judge) -> Verification` looks at a
bag again and believes none of it; `judge` brings keys and roots from elsewhere.

==================  ===========================================================================================
plug                table
==================  ===========================================================================================
paper               `filing.PAPERS`: file name to a function from facts to DOCX
class of line       `disclosing.LEFT_OUT`: why a journal line is left out of a bag
==================  ===========================================================================================

Files: `bag`, `layout`, `packing`, `opening` (BagIt and zip), `shelf` and `tables` (what is kept on the disk meanwhile,
and written line by line), `tree`, `journalling`, `disclosing` (the log), `capturing`, `wacz`,
`redacting` (packages), `series`, `contracting` (tables), `exhibits`, `pictures`, `binding`, `indexing`, `printing`
(pages), `papers`, `american`, `chinese`, `describing` (drafts), `telling`, `vectors` (the sheet), `walking`,
`checking`.
"""

from auditor.bundle import layout
from auditor.bundle.checking import check
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
from auditor.bundle.packing import zipped
from auditor.bundle.walking import Judge

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
