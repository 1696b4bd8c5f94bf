"""Whatever a server answers, its visit ends as a package or a gap, the others are made, and the run ends by itself."""

from __future__ import annotations

import asyncio
import html
import json
import socketserver
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from auditor.custody import verify_workspace
from auditor.document.json_pointers import json_value_text, resolve_pointer
from auditor.document.page import page_from_body
from auditor.errors import IntegrityError
from auditor.formats import manifest
from auditor.model.captures import Capture
from auditor.workflow.audit.audit import run_audit, visit_one
from auditor.workflow.audit.run_record import close_run, open_run
from auditor.workflow.audit.run_summary import VisitOutcome
from auditor.workflow.audit.slots import VisitSlot
from auditor.workflow.audit.visit_steps import VisitPorts
from auditor.workflow.index.record import index_missing_captures
from auditor.workflow.wiring import open_instruments
from auditor.workspace import Workspace
from tests.scheduler.loopback_estate import SANDBOX, Place
from tests.scheduler.loopback_estate import targets as browser_targets
from tests.workflow.http_estate import JsonSite, opened, serving
from tests.workflow.test_visit_runner import endings, run_all

BODY = json.dumps({"used": 18, "cap": 20}).encode()


def answer(status: bytes = b"HTTP/1.1 200 OK", headers: Sequence[bytes] = (), body: bytes = BODY) -> bytes:
    length = b"Content-Length: %d" % len(body)
    return b"\r\n".join([status, b"Content-Type: application/json", length, b"Connection: close", *headers, b"", body])


class RawServer(socketserver.ThreadingTCPServer):
    """Answers `/d<n>/…` with the n-th of these bytes, whatever they are."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, answers: Sequence[bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers


class _Handler(socketserver.StreamRequestHandler):
    server: RawServer

    def handle(self) -> None:
        path = self.rfile.readline().split(b" ")[1]
        while self.rfile.readline() not in (b"\r\n", b""):
            pass
        name = path.split(b"/")[1].removeprefix(b"d")
        if name.isdigit() and int(name) < len(self.server.answers):
            self.wfile.write(self.server.answers[int(name)])


@contextmanager
def answering(answers: Sequence[bytes]) -> Iterator[str]:
    with RawServer(answers) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()


ODD = {
    "a reason phrase in Chinese": answer("HTTP/1.1 200 成功".encode()),
    "a reason phrase in no encoding": answer(b"HTTP/1.1 404 \xff\xfe\x80"),
    "a year beyond the calendar": answer(b"HTTP/1.1 503 Later", [b"Retry-After: Fri, 31 Dec 99999999999 23:59:59 GMT"]),
    "a zone beyond the calendar": answer(b"HTTP/1.1 429 Later", [b"Retry-After: Fri, 31 Dec 0001 00:00:00 +9999"]),
    "seconds without an end": answer(b"HTTP/1.1 503 Later", [b"Retry-After: " + b"9" * 4000]),
    "a header in Chinese": answer(headers=["Location: /中文".encode(), "Server: 服务器".encode()]),
    "a header of 60 kB": answer(headers=[b"Server: " + b"x" * 60_000]),
    "a lone surrogate in JSON": answer(body=b'{"used": "a\\ud800b", "cap": "\\udfff"}'),
    "a body that is no JSON": answer(body=b'{"used": "a\\ud800b", "cap": 1e999}'),
    "nothing": b"",
    "no HTTP": b"\x00\x01\x02",
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
}


def test_each_odd_answer_ends_its_own_visit_and_no_other(tmp_path: Path) -> None:
    answers = [*ODD.values(), answer()]
    with answering(answers) as address, opened(tmp_path / "w", address, len(answers)) as instruments:
        summary = run_all(instruments, open_run(instruments, (), None))
        found = endings(instruments)
        # No authority is configured, so nothing waits; hosts that asked to be left alone are not asked again.
        assert summary.ended == len(answers)
        assert all(len(kinds) == 1 for kinds in found.values())
        assert index_missing_captures(instruments).unreadable == ()


@pytest.mark.parametrize("times", [2, pytest.param(200, marks=pytest.mark.long)])
def test_arbitrary_bytes_in_every_place_end_no_run(tmp_path_factory: pytest.TempPathFactory, times: int) -> None:
    line = st.binary(max_size=60).map(lambda raw: raw.replace(b"\r", b"").replace(b"\n", b""))
    head = st.one_of(line, st.just(b"HTTP/1.1 200 OK"), line.map(lambda raw: b"HTTP/1.1 200 " + raw))
    field = st.tuples(
        st.sampled_from([b"Retry-After", b"Server", b"Date", b"Content-Type", b"Set-Cookie", b"Location", b"X"]), line
    ).map(b": ".join)
    whole = st.builds(answer, head, st.lists(field, max_size=3), st.one_of(st.just(BODY), st.binary(max_size=200)))

    @given(answers=st.lists(st.one_of(whole, st.binary(max_size=300)), min_size=10, max_size=10))
    @settings(max_examples=times, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def visited(answers: list[bytes]) -> None:
        root = tmp_path_factory.mktemp("w") / "w"
        with answering(answers) as address, opened(root, address, 10, waits=0) as instruments:
            summary = run_all(instruments, open_run(instruments, (), None), workers=4)
            assert summary.ended == 10
            assert all(len(kinds) == 1 for kinds in endings(instruments).values())

    visited()


def _script(text: str) -> str:
    """A string literal of JavaScript inside HTML, lone surrogates included."""
    return json.dumps(text).replace("</", "<\\/").replace("<!--", "<\\!--")


PLACES: dict[str, Callable[[str], str]] = {
    "title": lambda text: f"<title>{html.escape(text)}</title>",
    "title by script": lambda text: f"<script>document.title = {_script(text)}</script>",
    "alert": lambda text: f"<script>alert({_script(text)})</script>",
    "confirm": lambda text: f"<script>document.body.append(confirm({_script(text)}))</script>",
    "prompt": lambda text: f"<script>prompt({_script(text)}, {_script(text)})</script>",
    "before leaving": lambda text: f"<script>onbeforeunload = () => {_script(text)}</script>",
    "console": lambda text: f"<script>console.error({_script(text)}, {{a: {_script(text)}}})</script>",
    "uncaught error": lambda text: f"<script>throw new Error({_script(text)})</script>",
    "address": lambda text: f"<script>location.hash = {_script(text)}; history.pushState(0, '', '?x')</script>",
    "cookie": lambda text: f"<script>document.cookie = {_script(text)}</script>",
    "request": lambda text: f"<script>fetch('/d0/' + {_script(text)}).catch(() => 0)</script>",
    "frame": lambda text: f"<iframe name='{html.escape(text)}' srcdoc='{html.escape(text)}'></iframe>",
    "worker": lambda text: f"<script>new Worker(URL.createObjectURL(new Blob([{_script(text)}])))</script>",
    "window": lambda text: f"<script>open('about:blank', {_script(text)})</script>",
    "label": lambda text: f"<table><tr><th>当前分馆数量</th><td>{html.escape(text)}</td></tr></table>",
    "markup": lambda text: text,
}
"""Where HTML, scripts, dialogs and the browser's own events carry a text of the page."""


@pytest.mark.parametrize("times", [pytest.param(10, marks=pytest.mark.long)])
def test_arbitrary_texts_in_every_place_of_a_page_and_its_dialogs_end_no_run(
    tmp_path_factory: pytest.TempPathFactory, times: int
) -> None:
    text = st.text(st.characters(exclude_categories=()) | st.sampled_from("\x1b\x9b\u202e[]<>&'\"\\`\0"), max_size=60)
    part = st.tuples(st.sampled_from(sorted(PLACES)), text).map(lambda drawn: PLACES[drawn[0]](drawn[1]))
    page = st.lists(part, max_size=4).map(lambda parts: "".join(["<!doctype html><meta charset=utf-8><body>", *parts]))
    body = page.map(lambda made: made.encode("utf-8", "surrogatepass"))
    visits = 0

    @given(bodies=st.lists(body, min_size=10, max_size=10))
    @settings(
        max_examples=times,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.generate],
    )
    def visited(bodies: list[bytes]) -> None:
        nonlocal visits
        place = tmp_path_factory.mktemp("w")
        answers = [answer(body=one).replace(b"application/json", b"text/html", 1) for one in bodies]
        with answering(answers) as address:
            Place.make(place / "w", browser_targets(address, 10, "politeness: {seconds_between: 0}"))
            with open_instruments(Workspace(place / "w"), sandbox=not SANDBOX) as instruments:
                summary = asyncio.run(run_audit(instruments, lambda done, total, what: None))
                assert summary.ended == 10
                assert all(len(kinds) == 1 for kinds in endings(instruments).values())
        failed = [check for check in verify_workspace(place / "w").checks if check.verdict == "failed"]
        assert failed == []
        visits += 10

    visited()
    assert visits == 10 * times


def test_a_visit_that_breaks_off_after_its_page_is_a_gap_and_frees_its_host(tmp_path: Path) -> None:
    """A page's description that cannot be kept (here: not JSON by RFC 8785) is refused before anything is committed."""

    async def visit(slot: VisitSlot, ports: VisitPorts) -> VisitOutcome:
        async def left_site(left: VisitSlot, capture: Capture) -> None:
            await ports.left_site(left, capture)
            if left.deployment.id == "d1":
                raise ValueError("page text\nof several lines")

        return await visit_one(slot, replace(ports, left_site=left_site))

    with serving(JsonSite()) as address, opened(tmp_path / "w", address, 4) as instruments:
        summary = run_all(instruments, open_run(instruments, (), None), visit, workers=1)
        assert (summary.complete, summary.gaps, summary.ended) == (3, 1, 4)
        assert endings(instruments) == {"d0": ["capture"], "d1": ["gap"], "d2": ["capture"], "d3": ["capture"]}
        (notice,) = summary.notices
        assert notice == "d1: nothing of its visit was kept (ValueError: page text)"
        assert instruments.custody.vault.store.staged() == []
        (gap,) = instruments.journal.entries(kinds=("gap",))
        assert "ValueError: page text" in str(gap.body["why"])


def test_a_manifest_that_nobody_could_read_again_is_not_committed(tmp_path: Path) -> None:
    with serving(JsonSite()) as address, opened(tmp_path / "w", address, 1) as instruments:
        run = open_run(instruments, (), None)
        (slot,) = run.slots
        stage = instruments.custody.vault.stage(slot.deployment.id, slot.capture, instruments.clock())
        with pytest.raises(IntegrityError, match="nothing is committed"):
            stage.commit(b" " * (manifest.MAX_MANIFEST + 1))
        assert instruments.journal.ledger.package_record(slot.capture) is None


def test_one_unreadable_package_keeps_no_later_run_from_its_visits(tmp_path: Path) -> None:
    with serving(JsonSite()) as address, opened(tmp_path / "w", address, 2) as instruments:
        first = open_run(instruments, (), None)
        close_run(instruments, run_all(instruments, first))
        package = next(instruments.journal.ledger.packages())
        path = tmp_path / "w" / "evidence" / package.home / manifest.NAME
        path.chmod(0o644)
        path.write_bytes(b"{" + b" " * manifest.MAX_MANIFEST + b"}")
        instruments.index.remove([package.capture])
        (told,) = index_missing_captures(instruments).unreadable
        assert package.capture in told
        assert [one.capture for one in instruments.sealer.seal_outbox()] != []
        assert package.capture not in {one.capture for one in instruments.sealer.seal_outbox()}
        assert run_all(instruments, open_run(instruments, (), None)).complete == 2


def test_a_key_that_stands_twice_gives_no_number_and_a_lone_surrogate_is_kept_as_such() -> None:
    assert page_from_body(b'{"u": 34, "u": 20}').document is None
    page = page_from_body(b'{"u": "a\\ud800b"}')
    assert json_value_text(resolve_pointer(page.document, "/u")) == "a\N{REPLACEMENT CHARACTER}b"
