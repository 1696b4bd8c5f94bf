"""What every `CaptureMethod` does: a bad page is an outcome, nothing undeclared is asked, the traffic is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import pytest

from auditor.capture import Browser
from auditor.capture.base.outcomes import VisitEnded
from auditor.capture.base.scope import scope_of
from auditor.capture.methods import METHODS, VisitContext
from auditor.capture.methods.browser import BrowserVisit
from auditor.capture.methods.http import HttpVisit
from auditor.capture.recorder import CaptureRecorder
from auditor.clock import now
from auditor.model.captures import Capture, View
from auditor.model.targets.deployments import MethodName, PageSpec
from auditor.reading import SnapshotProbe
from tests.capture.folder_stage import FolderStage
from tests.capture.misbehaving_site import Site, registration, serving
from tests.capture.visit_helpers import CLEAN, SETTINGS, deployment, page

PLUGS: dict[type, MethodName] = {BrowserVisit: "browser", HttpVisit: "http"}
SECONDS = 60.0


@dataclass
class Visitor:
    """One method on one site; each visit is made anew."""

    name: MethodName
    site: Site
    folder: Path
    browser: Browser
    runner: asyncio.Runner

    def visit(self, *pages: PageSpec, address: str = "", cancel_after: float = 0.0) -> CaptureRecorder:
        """The recorder after a visit and its report."""
        where = deployment(address or self.site.url)
        own = [replace(one, method=self.name) for one in pages]
        recorder = CaptureRecorder(
            where, own, stage=FolderStage(self.folder), credentials=lambda _: None, circumstances=CLEAN, clock=now
        )
        method = METHODS[self.name](VisitContext(self.browser, recorder, scope_of(where), SnapshotProbe()))
        assert method.means

        async def act() -> None:
            async with asyncio.timeout(cancel_after or SECONDS):
                await method.visit(own)

        try:
            self.runner.run(act())
        except (VisitEnded, TimeoutError) as ended:
            assert cancel_after or isinstance(ended, VisitEnded), "a method ends a visit by no other error"
        method.report()
        return recorder

    def kept(self, recorder: CaptureRecorder) -> Capture:
        """The capture that comes of what was recorded."""
        made = recorder.conclude(
            capture_id="c1", run="r1", intent="i1", method=self.name, software="tests", means="tests"
        )
        return self.runner.run(made)

    def one(self, path: str, address: str = "") -> View:
        recorder = self.visit(page(path), address=address)
        assert len(recorder.views) == 1
        return recorder.views[0]


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="module")
def browser(runner: asyncio.Runner) -> Iterator[Browser]:
    opened = Browser.open(SETTINGS, now)
    yield runner.run(opened.__aenter__())
    runner.run(opened.__aexit__(None, None, None))


@pytest.fixture(params=PLUGS, ids=lambda plug: plug.__name__)
def visitor(
    request: pytest.FixtureRequest, tmp_path: Path, browser: Browser, runner: asyncio.Runner
) -> Iterator[Visitor]:
    with serving() as site:
        site.pages["/plain"] = registration()
        yield Visitor(PLUGS[request.param], site, tmp_path, browser, runner)


def test_the_table_has_every_method_that_targets_may_name() -> None:
    assert set(METHODS) == set(get_args(MethodName)) == set(PLUGS.values())
    made: list[object] = [*METHODS.values()]
    assert made == [*PLUGS]


def test_a_page_that_states_its_values_is_observed_and_kept(visitor: Visitor) -> None:
    recorder = visitor.visit(page("/plain"))
    (view,) = recorder.views
    assert (view.outcome, view.why, view.status) == ("observed", "", 200)
    assert view.captured_at is not None
    assert view.artefacts
    capture = visitor.kept(recorder)
    assert capture.state == "complete"
    kept = {artefact.path for artefact in capture.artefacts}
    assert set(view.artefacts.values()) <= kept
    assert any(b"34" in FolderStage(visitor.folder).read(path) for path in view.artefacts.values() if "htm" in path)
    assert [step.ok for step in recorder.log.steps] == [True]


def test_several_pages_are_visited_in_their_order(visitor: Visitor) -> None:
    visitor.site.pages["/second"] = registration("5", "9")
    recorder = visitor.visit(page("/second", "b"), page("/plain", "a"))
    assert [(view.page, view.outcome) for view in recorder.views] == [("b", "observed"), ("a", "observed")]


def test_the_traffic_is_handed_over_with_what_was_asked_and_answered(visitor: Visitor) -> None:
    recorder = visitor.visit(page("/plain"))
    asked = [item for item in recorder.exchanges if item.url == f"{visitor.site.url}plain"]
    assert [(item.method, item.status) for item in asked] == [("GET", 200)]
    assert asked[0].address == "127.0.0.1"
    assert asked[0].response_headers


def test_only_gets_are_sent_and_only_to_the_declared_address(visitor: Visitor) -> None:
    with serving() as stranger:
        visitor.site.pages["/leaves"] = f'<meta http-equiv="refresh" content="0; url={stranger.url}plain">'
        visitor.visit(page("/leaves"))
        assert stranger.seen == []
    assert {method for method, _, _ in visitor.site.seen} == {"GET"}


def test_a_bad_page_is_an_outcome_and_a_sentence(visitor: Visitor) -> None:
    visitor.site.pages["/empty"] = "<p>nothing here</p>"
    recorder = visitor.visit(page("/no-such-page", "missing"), page("/empty", "empty"))
    missing, empty = recorder.views
    assert (missing.outcome, missing.status) == ("http_error", 404)
    assert (empty.outcome, empty.status) == ("label_missing", 200)
    assert missing.why
    assert empty.why


def test_a_bad_page_does_not_keep_the_next_from_being_seen(visitor: Visitor) -> None:
    recorder = visitor.visit(page("/no-such-page", "bad"), page("/plain", "good"))
    assert [(view.page, view.outcome) for view in recorder.views] == [("bad", "http_error"), ("good", "observed")]


def test_where_nobody_listens_the_page_is_unreachable(visitor: Visitor) -> None:
    with serving() as gone:
        address = gone.url
    view = visitor.one("/plain", address)
    assert view.outcome == "unreachable"
    assert view.captured_at is None
    assert view.why


def test_a_visit_that_is_broken_off_still_reports(visitor: Visitor) -> None:
    recorder = visitor.visit(page("/plain"), page("/hang", "slow"), cancel_after=1.5)
    assert len(recorder.views) <= 2
    assert any(item.url.endswith("/plain") for item in recorder.exchanges)
