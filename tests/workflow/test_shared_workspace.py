"""The command line while a run goes on: decisions, questions and another run are answered; after a kill they go on."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from auditor.cli import confirm, run, status, verify
from auditor.custody import Journal
from auditor.custody.sharing import wire
from auditor.demo.http_server import HttpRequest, HttpResponse, LoopbackServer
from auditor.errors import HolderGoneError, OutcomeUnknownError
from auditor.workflow.wiring import initialise_workspace
from auditor.workspace import Workspace
from tests.custody.forks import Command, command_line
from tests.workflow.http_estate import JsonSite, targets

LOADED = (confirm, run, status, verify)
"""Commands that are forked here: loaded once, by the parent."""
SANDBOX = ["--no-sandbox"] if os.geteuid() == 0 else []
VISITS = 50
ELSEWHERE = VISITS - 1
"""The deployment that is at another host: visiting it is no business of the run that goes on."""


@dataclass
class GatedSite(JsonSite):
    """Answers so many visits at once and then holds the others until it is told to go on."""

    first: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(5))
    go_on: threading.Event = field(default_factory=threading.Event)
    held: threading.Event = field(default_factory=threading.Event)

    def answer(self, request: HttpRequest) -> HttpResponse:
        gated = not request.path.startswith(f"/d{ELSEWHERE}/")
        if gated and not self.go_on.is_set() and not self.first.acquire(blocking=False):
            self.held.set()
            self.go_on.wait(120)
        return super().answer(request)


@dataclass(frozen=True)
class Place:
    """A workspace over fifty deployments, and the command line on it in processes of their own."""

    root: Path
    site: GatedSite
    printed: Path

    def started(self, *arguments: str) -> AbstractContextManager[Command]:
        return command_line(self.printed, "--workspace", self.root, *arguments)

    def running(self, *arguments: str) -> AbstractContextManager[Command]:
        return self.started("run", *SANDBOX, "--json", *arguments)

    def auditor(self, *arguments: str) -> tuple[int, str, str]:
        with self.started(*arguments) as command:
            return command.end()

    def captured(self) -> list[str]:
        return [record.deployment for record in Journal.open(self.root).ledger.packages()]

    def open_runs(self) -> int:
        return len(Journal.open(self.root).ledger.standing.runs)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    site = GatedSite()
    server = LoopbackServer(site, name="gated", port=0)
    server.start()
    root = tmp_path / "w"
    root.mkdir()
    address = f"http://127.0.0.1:{server.port}/"
    text = targets(address, VISITS).replace("reference: test}}", "reference: test}, checks_off: {clock: none here}}")
    text = text.replace(f"{address}d{ELSEWHERE}/", f"http://localhost:{server.port}/d{ELSEWHERE}/")
    (root / "targets.yaml").write_text(text, encoding="utf-8")
    initialise_workspace(Workspace(root), origin="test.example/shared")
    try:
        yield Place(root, site, tmp_path)
    finally:
        site.go_on.set()
        server.stop()


DECISIONS: tuple[tuple[tuple[str, ...], int], ...] = (
    (("confirm", "event", "{name}", "notice", "2026-01-05", "--what", "警告函 sent"), 0),
    (("confirm", "event", "{name}", "notice", "2026-01-05", "--what", "again"), 0),
    (("confirm", "event", "other", "notice", "2026-01-05", "--what", "x", "--contract", "none"), 2),
    (("confirm", "other", "d1", "Library One", "--by", "Ana", "--reason", "a letter"), 0),
    (("confirm", "count", "nowhere", "3", "--by", "Ana", "--reason", "none"), 2),
)
"""Each with its exit code."""


def decided(place: Place, name: str) -> list[tuple[int, str, str]]:
    """How the commands end, and what they say."""
    found = []
    for arguments, code in DECISIONS:
        ended = place.auditor(*(one.format(name=name) for one in arguments))
        assert ended[0] == code, ended
        found.append((ended[0], without_ids(ended[1], name), without_ids(ended[2], name)))
    return found


def without_ids(text: str, name: str) -> str:
    return re.sub(r"d-[0-9a-f-]+", "ID", text.replace(name, "NAME"))


def test_commands_answer_through_a_run_and_directly_once_it_is_killed(place: Place) -> None:
    with place.running() as first:
        assert place.site.held.wait(120), "the run never came so far"
        # 1. Beside the run: decisions, a question, another run.
        beside = decided(place, "first")
        code, out, err = place.auditor("status", "--json")
        assert code == 0, err
        assert len(json.loads(out)["open_intents"]) >= 1, "the visits that the run is at"
        code, out, err = place.auditor("run", *SANDBOX, "--json", "--only", f"d{ELSEWHERE}")
        second = json.loads(out)
        assert (code, second["complete"]) == (0, 1), err
        assert place.open_runs() == 1, "the first run goes on"
        # 2. What a run visits now, another one waits for; when the first is killed, it ends too and says so.
        with place.running("--only", "d7") as waiting:
            until(lambda: place.open_runs() == 2)
            first.process.kill()
            code, out, err = waiting.end()
            assert code in {HolderGoneError.exit_code, OutcomeUnknownError.exit_code}, out + err
            assert "ended" in err
    assert (place.root / wire.NAME).exists(), "what a killed process leaves"
    place.site.go_on.set()
    # 3. Directly: the same answers, and the rest of the killed runs is recorded.
    assert decided(place, "second") == beside
    code, out, err = place.auditor("run", *SANDBOX, "--json", "--only", "d7")
    assert (code, json.loads(out)["complete"]) == (0, 1), err
    assert not (place.root / wire.NAME).exists()
    assert "failed" not in place.auditor("verify")[1].splitlines()[-1]
    journal = Journal.open(place.root)
    assert not journal.ledger.open_intents()
    assert not journal.ledger.standing.runs
    assert list(journal.ledger.slots_left()) == []
    assert journal.ledger.captured_in(second["run"]) == {f"d{ELSEWHERE}"}
    assert journal.ledger.captured_in(json.loads(out)["run"]) == {"d7"}


def test_a_run_waits_for_the_host_that_another_run_visits_and_both_come_to_their_end(place: Place) -> None:
    with place.running(*[word for n in range(8) for word in ("--only", f"d{n}")]) as first:
        assert place.site.held.wait(120)
        with place.running("--only", "d3") as second:
            until(lambda: place.open_runs() == 2)
            place.site.go_on.set()
            ends = [one.end() for one in (second, first)]
    told = [json.loads(out) for _, out, _ in ends]
    assert [(one["complete"], one["gaps"]) for one in told] == [(1, 0), (8, 0)], ends
    assert place.captured().count("d3") == 2


def until(come: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(600):
        if come():
            return
        waiting.wait(0.1)
    raise AssertionError("it never came to that")
