"""Files with equal bytes on both sides: styles, pictures, fonts, scripts. Pure."""

from __future__ import annotations

from auditor.comparison.features import SystemFeatures
from auditor.comparison.filtration import Filtration
from auditor.comparison.system import OTHER_SIDE, REFERENCE_SIDE, file_name
from auditor.document.web_archive import ArchivedResponse
from auditor.model.comparisons import AssetRow, SharedFigure
from auditor.model.notes import make_note


def compare_assets(
    left: SystemFeatures, right: SystemFeatures, filtration: Filtration
) -> tuple[SharedFigure, tuple[AssetRow, ...]]:
    """The figure over files of their own, and the equal ones."""
    mine = {one for one in left.assets if filtration.why_asset(one, right) is None}
    other = {one for one in right.assets if filtration.why_asset(one, right) is None}
    why = None if mine and other else make_note("comparison.no_own_files", side=OTHER_SIDE if mine else REFERENCE_SIDE)
    rows = tuple(
        AssetRow(
            sha256, len(left.assets[sha256].body), left.assets[sha256].media_type, file_name(left.assets[sha256].url),
            file_name(right.assets[sha256].url), _same_stamp(left.assets[sha256], right.assets[sha256]),
        )
        for sha256 in sorted(mine & other, key=lambda one: (file_name(left.assets[one].url), one))
    )  # fmt: skip
    return SharedFigure(len(mine & other), len(mine), len(other), why), rows


def _same_stamp(left: ArchivedResponse, right: ArchivedResponse) -> str:
    """`ETag` and `Last-Modified` that both servers give: of files that were installed from one package."""
    same = [
        f"{name}: {left.headers[name]}"
        for name in ("etag", "last-modified")
        if left.headers.get(name) and left.headers.get(name) == right.headers.get(name)
    ]
    return "; ".join(same)[:200]
