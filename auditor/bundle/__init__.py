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

Files: `bag`, `layout`, `zip_archive`, `reader` (BagIt and zip), `disk_tables` and `tables` (what is kept on the disk
meanwhile,
and written line by line), `merkle_tree`, `journal_part`, `disclosure` (the log), `package_part`, `build_wacz`,
`redaction` (packages), `count_series`, `contract_terms` (tables), `exhibit`, `pictures`, `volumes`, `index`, `printing`
(pages), `docx`, `us`, `cn`, `general` (drafts), `readme`, `negative_vectors` (the sheet), `state`,
`bag`.
"""

from auditor.bundle.bag import layout
from auditor.bundle.bag.layout import bag_name
from auditor.bundle.bag.reader import is_bag, open_bag
from auditor.bundle.bag.zip_archive import zip_bag
from auditor.bundle.build import FinishedBag, build_bag
from auditor.bundle.dossier import (
    BundledPackage,
    BundledTrust,
    CheckpointedLog,
    Dossier,
    LoadedPackage,
    PrintToPdf,
    Proceeding,
    Redaction,
    RedactionKind,
    Selection,
)
from auditor.bundle.verify.bag import check_bag
from auditor.bundle.verify.state import TrustAnchor

__all__ = [
    "BundledPackage",
    "BundledTrust",
    "CheckpointedLog",
    "Dossier",
    "FinishedBag",
    "LoadedPackage",
    "PrintToPdf",
    "Proceeding",
    "Redaction",
    "RedactionKind",
    "Selection",
    "TrustAnchor",
    "bag_name",
    "build_bag",
    "check_bag",
    "is_bag",
    "layout",
    "open_bag",
    "zip_bag",
]
