"""`auditor show`: one capture from its stored bytes: pictures with marks, readings, digests, seal."""

from __future__ import annotations

from pathlib import Path

from auditor.custody import OpenPackage, open_package, require_initialised
from auditor.errors import ConfigError, CustodyError
from auditor.formats import evidence_layout as layout
from auditor.index import Index
from auditor.model.reports import EvidenceRow
from auditor.reporting import Lang, ShownCapture, as_capture_page, shown_values
from auditor.workflow.incompleteness import capture_reasons
from auditor.workspace import Workspace


def show_capture(workspace: Workspace, named: str) -> ShownCapture:
    """A capture by its id, the folder of its package, or the deployment whose newest capture is meant.

    `ConfigError` where nothing is so named; `IntegrityError` where the package is not what was recorded.
    """
    require_initialised(workspace.root)
    with Index.open(workspace.db) as index:
        row = _row(workspace, index, named)
        reading = index.reading(row.capture)
    capture = open_package(workspace.root / row.path, row.manifest_sha256).capture
    return ShownCapture(
        row, reading, capture.artefacts, capture_reasons(capture), capture.run, capture.ended_at, capture.facts
    )


def write_capture_page(workspace: Workspace, shown: ShownCapture, lang: Lang, output: Path) -> None:
    """Write the capture as one HTML page. A picture whose bytes differ from the manifest is not shown."""
    package = open_package(workspace.root / shown.row.path, shown.row.manifest_sha256)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(as_capture_page(shown, _pictures(package), lang))


def _pictures(package: OpenPackage) -> dict[str, bytes]:
    found = {}
    for view in package.capture.views:
        path = view.artefacts.get("screenshot")
        if path is None:
            continue
        try:
            found[view.id] = package.load(path)
        except (CustodyError, OSError):
            continue
    return found


def _row(workspace: Workspace, index: Index, named: str) -> EvidenceRow:
    row = index.package(named)
    if row is None and (newest := index.newest_packages(1, named)):
        return newest[0]
    if row is None:
        place = workspace.place_in_evidence(Path(named))
        deployment = place.split("/", 1)[0]
        row = next((one for one in index.packages_at(deployment) if layout.from_evidence(one.path) == place), None)
    if row is None:
        known = ", ".join(one.capture for one in index.newest_packages(3)) or "none yet"
        raise ConfigError(f"{named}: no capture, package or deployment of this workspace; the newest are {known}")
    return row


__all__ = ["ShownCapture", "show_capture", "shown_values", "write_capture_page"]
