"""A look at a page as a visit would have it, kept nowhere: what `auditor profile` describes pages from.

The capture room makes the visit, with its login, its guard and its read-only rules; the reading room surveys the bytes.
Nothing is journalled or sealed, because nothing here is evidence: the artefacts live in memory and are dropped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from auditor.capture import Browser, capture_deployment, negotiate_switches
from auditor.clock import Clock, monotonic
from auditor.custody import open_keys, workspace_exists
from auditor.model.captures import Artefact, Capture, Circumstances, KeptSignIn, Readiness, View
from auditor.model.reading.readings import Reading
from auditor.model.targets.deployments import Deployment, PageSpec
from auditor.model.targets.estate import Estate
from auditor.reading import (
    PageRemarks,
    SnapshotProbe,
    Survey,
    SurveyedPair,
    check_survey,
    read_capture,
    remarks_on_page,
    survey,
    survey_body,
)
from auditor.reporting import MarkedBox, mark_screenshot
from auditor.workflow.entry.sign_ins import load_sign_in
from auditor.workflow.index.record import TRAFFIC
from auditor.workflow.wiring import key_passphrase, open_credentials
from auditor.workspace import Workspace

__all__ = ["InMemoryStage", "PagePreview", "SurveyedPair", "marked_picture", "preview_page"]

NO_REMARKS = PageRemarks()

STILL_SECONDS = 1.5
"""How long a page that nobody described yet must keep still before it counts as complete."""
PREVIEW_SECONDS = 30.0
"""How long it may take: nobody has said yet which texts matter."""


@dataclass(slots=True)
class InMemoryStage:
    """Holds what a look brings back; bytes with secrets are dropped at once."""

    files: dict[str, bytes] = field(default_factory=dict)

    def put(self, path: str, data: bytes, *, media_type: str, made_by: str, sealed: bool = False) -> Artefact:
        """See `auditor.model.captures.Stage`."""
        if not sealed:
            self.files[path] = data
        return Artefact(path, media_type, hashlib.sha256(data).hexdigest(), len(data), made_by)


class StablePageProbe(SnapshotProbe):
    """Reads an undescribed page: it is ready when its texts have kept still for a while."""

    def __init__(self) -> None:
        super().__init__()
        self._seen = ""
        self._since = 0.0

    def ready(self, page: PageSpec, snapshot: bytes, url: str) -> Readiness:
        """Ready once texts are there and none of them changed for `STILL_SECONDS`."""
        if page.method == "http":
            return Readiness("ready", "", hashlib.sha256(snapshot).hexdigest())
        if page.ready is not None and not self.holds(page.ready, snapshot, url):
            return Readiness("waiting", "the page's ready condition does not hold yet")
        texts = self.texts(snapshot)
        if not texts:
            return Readiness("waiting", "the page shows no text yet")
        fingerprint = hashlib.sha256(texts.encode("utf-8", "replace")).hexdigest()
        if fingerprint != self._seen:
            self._seen, self._since = fingerprint, monotonic()
        if monotonic() - self._since < STILL_SECONDS:
            return Readiness("waiting", "the page's texts still change", fingerprint)
        return Readiness("ready", "", fingerprint)


@dataclass(frozen=True, slots=True)
class PagePreview:
    """What one page showed."""

    deployment: Deployment
    page: PageSpec
    capture: Capture
    view: View
    survey: Survey
    """Empty where nothing of the page was kept."""
    files: Mapping[str, bytes]
    remarks: PageRemarks = NO_REMARKS
    numbers: tuple[int, ...] = ()
    """The numbers of the survey's pairs, where they are kept between looks; else in order, from 1."""

    @property
    def numbered_pairs(self) -> tuple[tuple[int, SurveyedPair], ...]:
        """The pairs with their numbers."""
        numbers = self.numbers or tuple(range(1, len(self.survey.pairs) + 1))
        return tuple(zip(numbers, self.survey.pairs, strict=True))

    @property
    def picture(self) -> bytes:
        """The screenshot; empty for a page of method `http`."""
        return self.files.get(self.view.artefacts.get("screenshot", ""), b"")

    def read(self, page: PageSpec) -> Reading:
        """What a description of the page reads from this look."""
        view = replace(self.view, page=page.id)
        return read_capture(
            (view,), {page.id: page}, self.files.__getitem__, capture="look", deployment=self.deployment.id,
            media_types=self.capture.media_types,
            traffic=TRAFFIC if TRAFFIC in self.files else None,
        )  # fmt: skip


async def preview_page(
    workspace: Workspace, estate: Estate, deployment: Deployment, page: PageSpec, clock: Clock
) -> PagePreview:
    """Visit one page of a deployment and survey it. A page that could not be seen has its why."""
    stage = InMemoryStage()
    settings = replace(estate.browser, settle_seconds=max(estate.browser.settle_seconds, PREVIEW_SECONDS))
    async with Browser.open(settings, clock, arguments=negotiate_switches([deployment])) as browser:
        capture = await capture_deployment(
            browser,
            deployment,
            [replace(page, fields=(), listing=None)],
            capture_id="look",
            run="look",
            intent="look",
            stage=stage,
            eyes=StablePageProbe(),
            credentials=open_credentials(workspace, estate),
            # The checks belong to evidence; a look is none.
            circumstances=Circumstances(clock(), (), {}),
            clock=clock,
            sign_in=_sign_in_of(workspace, deployment),
        )
    view = capture.views[0]
    snapshot = view.artefacts.get("snapshot")
    remarks = remarks_on_page(stage.files[snapshot]) if snapshot else NO_REMARKS
    return PagePreview(deployment, page, capture, view, _surveyed(view, stage.files, page), stage.files, remarks)


def _sign_in_of(workspace: Workspace, deployment: Deployment) -> KeptSignIn | None:
    if deployment.login is None or not deployment.login.by_person or not workspace_exists(workspace.root):
        return None
    return load_sign_in(workspace.home, open_keys(workspace.home, passphrase=key_passphrase()), deployment.id)


def _surveyed(view: View, files: Mapping[str, bytes], page: PageSpec) -> Survey:
    snapshot, body = view.artefacts.get("snapshot"), view.artefacts.get("body")
    if snapshot:
        return check_survey(survey(files[snapshot], locale=page.locale), view, files.__getitem__)
    return survey_body(files[body], locale=page.locale) if body else Survey((), (), view.title)


def marked_picture(look: PagePreview) -> bytes:
    """The screenshot as PNG with the numbers of pairs and lists at their places."""
    pairs = look.numbered_pairs
    marks = [
        MarkedBox(str(number), pair.box, pair.kind) for number, pair in pairs if pair.box is not None and pair.shown
    ]
    lists = enumerate(look.survey.lists, start=1)
    marks += [MarkedBox(f"L{number}", one.box, "list") for number, one in lists if one.box is not None]
    return mark_screenshot(look.picture, marks, look.view.scale)
