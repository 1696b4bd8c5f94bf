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

Files:

===========  ==========================================================================================================
`build`      making a bag, in numbered steps: everything it holds was verified before, and is checked again while it is
             copied
`dossier`    what a bundle is made from: values that the corridor gathers from the other rooms
`shipped`    the texts and templates that ship with this room, from `texts/`
`bag/`       the bag itself: a BagIt folder and its zip, written to the same bytes each time, and read as something
             hostile
`exhibits/`  exhibits: each capture on numbered pages, combined in volumes, with the index, the counts and what is
             withheld
`log/`       the log's part of a bag: journal lines disclosed or left out, and the proofs that the log holds them
`papers/`    papers of a bag: drafts and lists for a court, stating facts and leaving opinions blank
`verify/`    a bag verified again: nothing in it is believed, keys and roots come from elsewhere
===========  ==========================================================================================================
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.bundle.bag import layout
    from auditor.bundle.bag.layout import bag_name
    from auditor.bundle.bag.reader import BagFiles, bag_file_lines, is_bag, open_bag, read_bag_file
    from auditor.bundle.bag.zip_archive import zip_bag
    from auditor.bundle.build import FinishedBag, build_bag
    from auditor.bundle.dossier import (
        BundledFiling,
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
    from auditor.bundle.exhibits.redaction import region_box
    from auditor.bundle.exhibits.volumes import deterministic_pdf
    from auditor.bundle.verify.bag import check_bag
    from auditor.bundle.verify.state import TrustAnchor
else:
    from auditor.lazy_door import open_lazily

    __getattr__ = open_lazily(
        __name__,
        {
            "BagFiles": "bag.reader",
            "BundledFiling": "dossier",
            "BundledPackage": "dossier",
            "BundledTrust": "dossier",
            "CheckpointedLog": "dossier",
            "Dossier": "dossier",
            "FinishedBag": "build",
            "LoadedPackage": "dossier",
            "PrintToPdf": "dossier",
            "Proceeding": "dossier",
            "Redaction": "dossier",
            "RedactionKind": "dossier",
            "Selection": "dossier",
            "TrustAnchor": "verify.state",
            "bag_file_lines": "bag.reader",
            "bag_name": "bag.layout",
            "build_bag": "build",
            "check_bag": "verify.bag",
            "deterministic_pdf": "exhibits.volumes",
            "is_bag": "bag.reader",
            "layout": "bag",
            "open_bag": "bag.reader",
            "read_bag_file": "bag.reader",
            "region_box": "exhibits.redaction",
            "zip_bag": "bag.zip_archive",
        },
    )


__all__ = [
    "BagFiles",
    "BundledFiling",
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
    "bag_file_lines",
    "bag_name",
    "build_bag",
    "check_bag",
    "deterministic_pdf",
    "is_bag",
    "layout",
    "open_bag",
    "read_bag_file",
    "region_box",
    "zip_bag",
]
