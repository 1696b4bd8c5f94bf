"""The room that compares: is it the licensed software, and which of these addresses runs it? Pure.

Protocol: `compare_systems(declaration, reference, suspect, controls, known=…) -> ComparisonResult` on systems that were
read from stored packages; `make_fingerprint` and `match_front_page` tell which of many front pages are the product.
Everything is declared before it is compared, filtered on both sides before it is counted, and shown beside the same
figures of controls. There is no single score, no probability and no threshold. Code that is obfuscated or packed is
*not comparable*; a comparison that failed is never 0.

Files:

==============  ========================================================================================================
`compare`       a comparison in numbered steps: features, filtration, figures of suspect and controls, findings
`features`      what is taken from a system once, before it is compared with any other
`filtration`    what is taken out of both sides before any figure, and the list of it with reasons
`findings`      what a comparison says, S101 to S109: each by what was counted, for either side
`system`        a captured system as it is compared: its screens, the files it served, and under which circumstances
`code/`         served scripts: tokens, fingerprints, known libraries, functions side by side
`layers/`       what two systems have in common in each layer, with the raw lists
`known/`        the list of known libraries that ships with the program
`product/`      the fingerprint of a product, and front pages held against it
`screens/`      screens: labels in reading order, identifiers, menu, pictures
==============  ========================================================================================================
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.comparison.code.known import KnownLibraries, KnownLibrary, decode_known, encode_known, make_library
    from auditor.comparison.code.scripts import read_script
    from auditor.comparison.compare import compare_systems
    from auditor.comparison.features import SystemFeatures
    from auditor.comparison.findings import ComparedCaps
    from auditor.comparison.product.addresses import front_address, read_candidates
    from auditor.comparison.product.distinct import make_fingerprint
    from auditor.comparison.product.front_page import match_front_page
    from auditor.comparison.system import CapturedScreen, CapturedSystem, ServedScript, served_scripts
else:
    from auditor.lazy_door import open_lazily

    __getattr__ = open_lazily(
        __name__,
        {
            "CapturedScreen": "system",
            "CapturedSystem": "system",
            "ComparedCaps": "findings",
            "KnownLibraries": "code.known",
            "KnownLibrary": "code.known",
            "ServedScript": "system",
            "SystemFeatures": "features",
            "compare_systems": "compare",
            "decode_known": "code.known",
            "encode_known": "code.known",
            "front_address": "product.addresses",
            "make_fingerprint": "product.distinct",
            "make_library": "code.known",
            "match_front_page": "product.front_page",
            "read_candidates": "product.addresses",
            "read_script": "code.scripts",
            "served_scripts": "system",
        },
    )


__all__ = [
    "CapturedScreen",
    "CapturedSystem",
    "ComparedCaps",
    "KnownLibraries",
    "KnownLibrary",
    "ServedScript",
    "SystemFeatures",
    "compare_systems",
    "decode_known",
    "encode_known",
    "front_address",
    "make_fingerprint",
    "make_library",
    "match_front_page",
    "read_candidates",
    "read_script",
    "served_scripts",
]
