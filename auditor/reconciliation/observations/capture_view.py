"""One capture with its reading and its page descriptions: what was observed, and the evidence that statements cite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.errors import ReadingError
from auditor.model.captures import Capture, View
from auditor.model.reading.observations import Basis
from auditor.model.reading.readings import Candidate, FieldReading, ListedRow, Locator, Reading
from auditor.model.targets.deployments import FieldSpec, PageSpec


@dataclass(frozen=True, slots=True)
class CaptureView:
    """One capture with its reading, the pages as described, and the digests of its artefacts."""

    reading: Reading
    capture: Capture
    pages: Mapping[str, PageSpec]
    digests: Mapping[str, str]
    described: tuple[str, ...]
    """The pages that a visit of this deployment goes to."""

    @property
    def observed(self) -> dict[str, View]:
        """The views that ended as observed, by id."""
        return {view.id: view for view in self.capture.views if view.outcome == "observed"}

    def page_of(self, field: FieldReading) -> str:
        """The id of the page that a field was read on; empty where its reading names no place."""
        place = field.candidates[0].locator.view if field.candidates else ""
        return next((view.page for view in self.capture.views if view.id == place), "")

    def spec(self, field: FieldReading) -> FieldSpec | None:
        """The description of a field: from the page it was read on, else from the first visited one that has it."""
        visited = [view.page for view in self.capture.views if view.page in self.pages]
        own = self.page_of(field)
        for page in (own, *visited) if own in self.pages else visited:
            found = next((spec for spec in self.pages[page].fields if spec.id == field.field), None)
            if found is not None:
                return found
        return None

    def basis(self, raw: str, locator: Locator, box: Candidate | ListedRow | None) -> Basis:
        """The stored text that a statement rests on. Raises `ReadingError` for an artefact the manifest lacks."""
        if locator.artefact not in self.digests:
            raise ReadingError(
                f"capture {self.capture.id}: the text {raw!r} rests on {locator.artefact}, which its manifest "
                "does not list; verify the package"
            )
        view = next((found for found in self.capture.views if found.id == locator.view), None)
        return Basis(
            capture=self.capture.id,
            artefact=locator.artefact,
            sha256=self.digests[locator.artefact],
            locator=locator.node,
            raw_text=raw,
            box=None if box is None else box.box,
            view=locator.view,
            captured_at=None if view is None else view.captured_at,
        )
