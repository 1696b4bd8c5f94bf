"""Many slots: every one ends as a capture or a gap, whatever becomes of the others, of the disk or of the run."""

from __future__ import annotations

import asyncio
import errno
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from auditor.custody import SharingTerms, open_workspace
from auditor.demo.http_server import HttpRequest, HttpResponse
from auditor.errors import VaultError
from auditor.index import Index
from auditor.model.captures import Capture
from auditor.workflow.audit.audit import visit_one
from auditor.workflow.audit.run_record import OpenRun, open_run
from auditor.workflow.audit.run_summary import RunSummary, VisitOutcome
from auditor.workflow.audit.slots import VisitSlot
from auditor.workflow.audit.visit_runner import RunControl, VisitRunner
from auditor.workflow.audit.visit_steps import StoredVisit, VisitFunction, VisitPorts, journal_intent
from auditor.workflow.audit.visit_timing import VisitTiming
from auditor.workflow.wiring import Instruments, hold_workspace
from auditor.workspace import Workspace
from tests.workflow.http_estate import JsonSite, clean_machine, opened, serving, unopened_browser


def run_all(
    instruments: Instruments,
    run: OpenRun,
    visit: VisitFunction = visit_one,
    *,
    workers: int = 2,
    stop: Callable[[], bool] = lambda: False,
    said: list[str] | None = None,
) -> RunSummary:
    def progress(done: int, total: int, what: str) -> None:
        if said is not None:
            said.append(f"{done}/{total} {what}")

    async def go() -> RunSummary:
        runner = VisitRunner(instruments, run, VisitTiming(workers, {}, {}), RunControl(progress, stop))
        return await runner.run(visit, unopened_browser(), clean_machine())

    return asyncio.run(go())


def endings(instruments: Instruments) -> dict[str, list[str]]:
    """By deployment, how its slot ended in the journal."""
    found: dict[str, list[str]] = {name: [] for name in instruments.estate.deployments}
    for entry in instruments.journal.entries(kinds=("capture", "gap")):
        names = entry.body.get("deployments") or [entry.body["deployment"]]
        assert isinstance(names, list | tuple)
        for name in names:
            found[str(name)].append(entry.kind)
    return found


def test_every_slot_is_visited_and_indexed(tmp_path: Path) -> None:
    said: list[str] = []
    with serving(JsonSite()) as address, opened(tmp_path / "w", address, 7) as instruments:
        run = open_run(instruments, (), None)
        summary = run_all(instruments, run, said=said)
        assert {row.capture for row in instruments.index.packages()} == {slot.capture for slot in run.slots}
        assert set(map(tuple, endings(instruments).values())) == {("capture",)}
    assert (summary.planned, summary.complete, summary.ended, summary.stopped) == (7, 7, 7, False)
    assert [line.split()[0] for line in said] == [f"{number}/7" for number in range(1, 8)]
    assert {line.split(" ", 1)[1] for line in said} == {f"d{number}: complete" for number in range(7)}


def test_a_run_that_is_asked_to_stop_finishes_what_is_under_way(tmp_path: Path) -> None:
    site = JsonSite()
    with serving(site) as address, opened(tmp_path / "w", address, 5) as instruments:
        run = open_run(instruments, (), None)
        summary = run_all(instruments, run, workers=1, stop=lambda: bool(site.asked))
        (gap,) = instruments.journal.entries(kinds=("gap",))
        ended = endings(instruments)
    assert (summary.complete, summary.gaps, summary.stopped) == (1, 4, True)
    assert gap.body["deployments"] == ["d1", "d2", "d3", "d4"], "one gap for all that were not begun"
    assert ended == {"d0": ["capture"], **{f"d{number}": ["gap"] for number in range(1, 5)}}


def test_a_host_that_asks_for_more_than_a_run_waits_is_given_up(tmp_path: Path) -> None:
    site = JsonSite(busy={"d0": "3600"})
    with serving(site) as address, opened(tmp_path / "w", address, 3, waits=5) as instruments:
        summary = run_all(instruments, open_run(instruments, (), None), workers=1)
        gaps = list(instruments.journal.entries(kinds=("gap",)))
        (noted,) = instruments.journal.entries(kinds=("schedule",))
    assert site.asked == ["d0"]
    assert (summary.failed, summary.gaps, summary.stopped) == (1, 2, False)
    assert [entry.body["deployment"] for entry in gaps] == ["d1", "d2"]
    assert (noted.body["action"], noted.body["host"], noted.body["header"]) == ("retry_after", "127.0.0.1", "3600")


@dataclass
class LastSite(JsonSite):
    """Answers for `d1` only once something else is in the index, or after half a minute."""

    db: Path = Path()
    found: set[str] = field(default_factory=set)

    def answer(self, request: HttpRequest) -> HttpResponse:
        until = time.monotonic() + 30
        while request.path.startswith("/d1/") and not self.found and time.monotonic() < until:
            with Index.open_to_read(self.db) as index:
                self.found = index.captures()
            time.sleep(0.05)
        return super().answer(request)


def test_what_was_captured_is_soon_in_the_index_however_slow_others_are(tmp_path: Path) -> None:
    site = LastSite()
    with serving(site) as address, opened(tmp_path / "w", address, 2) as instruments:
        site.db, run = instruments.workspace.db, open_run(instruments, (), None)

        async def go() -> RunSummary:
            control = RunControl(lambda *_: None, lambda: False, oldest_seconds=0.2)
            runner = VisitRunner(instruments, run, VisitTiming(2, {}, {}), control)
            return await runner.run(visit_one, unopened_browser(), clean_machine())

        assert asyncio.run(go()).complete == 2
        assert site.found == {run.slots[0].capture}


def test_no_more_visits_at_once_than_workers(tmp_path: Path) -> None:
    lock, active, most = threading.Lock(), 0, 0

    async def counted(slot: VisitSlot, ports: VisitPorts) -> VisitOutcome:
        nonlocal active, most
        with lock:
            active += 1
            most = max(most, active)
        await asyncio.sleep(0.02)

        async def left(which: VisitSlot, capture: Capture) -> None:
            nonlocal active
            with lock:
                active -= 1
            await ports.left_site(which, capture)

        return await visit_one(
            slot,
            VisitPorts(ports.instruments, ports.browser, ports.machine, left, ports.store, ports.record),
        )

    with serving(JsonSite()) as address, opened(tmp_path / "w", address, 9) as instruments:
        summary = run_all(instruments, open_run(instruments, (), None), counted, workers=2)
    assert summary.complete == 9
    assert most == 2


def test_a_full_disk_ends_the_run_with_an_ending_for_every_slot(tmp_path: Path) -> None:
    async def fails_at_d2(slot: VisitSlot, ports: VisitPorts) -> VisitOutcome:
        def full() -> StoredVisit:
            told = "evidence/d2: cannot be written: no space left on device; free some and run again"
            raise VaultError(told) from OSError(errno.ENOSPC, "no space left on device")

        if slot.deployment.id != "d2":
            return await visit_one(slot, ports)

        async def store(slot: VisitSlot, keep: Callable[[], StoredVisit]) -> StoredVisit:
            return await ports.store(slot, full)

        return await visit_one(
            slot,
            VisitPorts(ports.instruments, ports.browser, ports.machine, ports.left_site, store, ports.record),
        )

    with serving(JsonSite()) as address, opened(tmp_path / "w", address, 6) as instruments:
        run = open_run(instruments, (), None)
        with pytest.raises(VaultError, match="no space left"):
            run_all(instruments, run, fails_at_d2, workers=1)
        ended = endings(instruments)
        gaps = [str(entry.body["why"]) for entry in instruments.journal.entries(kinds=("gap",))]
        kept = {row.deployment for row in instruments.index.packages()}
    assert all(len(kinds) == 1 for kinds in ended.values()), ended
    assert ended["d2"] == ["gap"]
    assert all("no space left" in why for why in gaps)
    assert {"d0", "d1"} <= kept, "what was kept before is in the index"


def test_a_run_that_breaks_off_at_a_site_leaves_it_to_others(tmp_path: Path) -> None:
    async def breaks_off(slot: VisitSlot, ports: VisitPorts) -> VisitOutcome:
        raise VaultError("evidence: no space left on device") from OSError(errno.ENOSPC, "no space left on device")

    with serving(JsonSite()) as address, opened(tmp_path / "w", address, 2) as instruments:
        run = open_run(instruments, (), None)
        with pytest.raises(VaultError, match="no space left"):
            run_all(instruments, run, breaks_off)
        with open_workspace(tmp_path / "w", terms=SharingTerms("another", ())) as guest:
            assert guest.link is not None
            assert [guest.claims.take([name]) for name in ("host 127.0.0.1", "deployment d0")] == ["", ""]


def test_what_a_failed_piece_of_work_left_open_is_ended_by_the_process_that_goes_on(tmp_path: Path) -> None:
    with opened(tmp_path / "w", "http://127.0.0.1:9/", 1):
        pass
    with hold_workspace(Workspace(tmp_path / "w")) as held:
        with pytest.raises(VaultError, match="in the middle"), held.instruments() as instruments:
            (slot,) = open_run(instruments, (), None).slots
            journal_intent(instruments, slot)
            raise VaultError("in the middle of it")
        assert held.custody.journal.ledger.standing.runs == {}
        assert held.custody.journal.ledger.open_intents() == []
