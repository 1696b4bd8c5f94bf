"""Makes the pictures for a statement's evidence; their sources are checked against the package's manifest."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PIL import Image

from auditor.errors import CustodyError, IntegrityError
from auditor.model.captures import View
from auditor.model.reading.observations import Basis
from auditor.model.reports import EvidenceRow, Report
from auditor.reporting.images.crops import CropRefused, cluster_boxes, cut_crop, decode_png

StoredFileLoader = Callable[[str, str], bytes | None]
"""Bytes of an artefact, by package path and artefact path; None where nothing is kept there. `IntegrityError` where the
package is not the one that was recorded, another `CustodyError` where it cannot be had now."""

MANIFEST = "manifest.json"
FIGURES_A_FINDING = 6
MAX_IMAGE_BYTES = 24_000_000
"""Of embedded pictures; beyond it a figure is named and not shown."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One crop, or the reason why there is none, for texts of one view."""

    texts: tuple[Basis, ...]
    capture: str
    package: str
    artefact: str
    """Path of the original screenshot in its package; empty where the package names none."""
    sha256: str = ""
    """Of the original's stored bytes."""
    in_manifest: bool = False
    """The manifest has the stated digest and names this screenshot's digest. False: no manifest could be had."""
    src: str = ""
    """`data:` address of the crop; empty where there is none."""
    width: int = 0
    height: int = 0
    refused: str = ""
    """Key of the reason in the wording table."""


@dataclass(frozen=True, slots=True)
class _Screenshot:
    artefact: str
    scale: float
    sha256: str = ""
    in_manifest: bool = False
    picture: Image.Image | None = None
    refused: str = ""


@dataclass(slots=True)
class FigureBuilder:
    """Makes the figures of one report. Originals are decoded once, and the embedded bytes are bounded."""

    rows: dict[str, EvidenceRow]
    load: StoredFileLoader
    spent: int = 0
    _last: tuple[str, str] = ("", "")
    _screenshot: _Screenshot | None = None
    _made: dict[tuple[object, ...], tuple[Figure, ...]] = field(default_factory=dict)

    def figures(self, basis: Sequence[Basis]) -> tuple[Figure, ...]:
        """Figures for the texts that have a place on a screenshot, one for each neighbourhood of a view."""
        views: dict[tuple[str, str], list[Basis]] = {}
        for text in basis:
            if text.box is not None and text.view:
                places = views.setdefault((text.capture, text.view), [])
                if not any(known.box == text.box for known in places):
                    places.append(text)
        found: list[Figure] = []
        for (capture, view), texts in views.items():
            for group in cluster_boxes([text.box for text in texts if text.box is not None]):
                if len(found) < FIGURES_A_FINDING:
                    found.append(self._figure(capture, view, tuple(texts[index] for index in group)))
        return tuple(found)

    def _figure(self, capture: str, view: str, texts: tuple[Basis, ...]) -> Figure:
        key = (capture, view, *((text.box, text.raw_text, text.locator) for text in texts))
        if key not in self._made:
            self._made[key] = (self._draw(capture, view, texts),)
        figure = self._made[key][0]
        self.spent += len(figure.src)
        if self.spent > MAX_IMAGE_BYTES and figure.src:
            return Figure(texts, capture, figure.package, figure.artefact, figure.sha256, refused="crop.budget")
        return figure

    def _draw(self, capture: str, view: str, texts: tuple[Basis, ...]) -> Figure:
        row = self.rows.get(capture)
        shot = self._original(row, view) if row else _Screenshot("", 1.0, refused="crop.no_view")
        package = row.path if row else ""
        if shot.picture is None:
            return Figure(texts, capture, package, shot.artefact, shot.sha256, shot.in_manifest, refused=shot.refused)
        try:
            crop = cut_crop(shot.picture, [text.box for text in texts if text.box is not None], shot.scale)
        except CropRefused as refusal:
            return Figure(texts, capture, package, shot.artefact, shot.sha256, shot.in_manifest, refused=str(refusal))
        src = "data:image/png;base64," + base64.b64encode(crop.png).decode("ascii")
        return Figure(
            texts, capture, package, shot.artefact, shot.sha256, shot.in_manifest, src, crop.width, crop.height
        )

    def _original(self, row: EvidenceRow, view_id: str) -> _Screenshot:
        if self._screenshot is None or self._last != (row.capture, view_id):
            view = next((view for view in row.views if view.id == view_id), None)
            self._screenshot = self._read(row, view) if view else _Screenshot("", 1.0, refused="crop.no_view")
            self._last = (row.capture, view_id)
        return self._screenshot

    def _read(self, row: EvidenceRow, view: View) -> _Screenshot:
        path = view.artefacts.get("screenshot", "")
        if not path:
            return _Screenshot("", view.scale, refused="crop.no_view")
        try:
            data, manifest = self.load(row.path, path), self.load(row.path, MANIFEST)
        except IntegrityError:
            return _Screenshot(path, view.scale, refused="crop.differs")
        except CustodyError:
            return _Screenshot(path, view.scale, refused="crop.away")
        if data is None:
            return _Screenshot(path, view.scale, refused="crop.absent")
        digest = hashlib.sha256(data).hexdigest()
        if manifest is not None and not _vouches(manifest, row.manifest_sha256, digest):
            return _Screenshot(path, view.scale, digest, refused="crop.differs")
        try:
            return _Screenshot(path, view.scale, digest, manifest is not None, decode_png(data))
        except CropRefused as refusal:
            return _Screenshot(path, view.scale, digest, manifest is not None, refused=str(refusal))


def figure_builder(report: Report, load: StoredFileLoader) -> FigureBuilder:
    """The maker of figures for one report."""
    return FigureBuilder({row.capture: row for row in report.evidence}, load)


def _vouches(manifest: bytes, stated: str, digest: str) -> bool:
    """Whether the manifest is the sealed one and names the digest: a picture that it does not name is not shown."""
    return hashlib.sha256(manifest).hexdigest() == stated and digest.encode("ascii") in manifest
