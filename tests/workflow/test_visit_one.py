"""Steps 3 to 8 of one slot: what each leaves behind, in which order, whoever makes the visit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from auditor.custody import Journal
from auditor.index import IndexedCapture
from auditor.model.captures import Capture
from auditor.workflow.audit.audit import visit_one
from auditor.workflow.audit.run_summary import VisitOutcome
from auditor.workflow.audit.slots import VisitSlot
from auditor.workflow.audit.visit_steps import StoredVisit, VisitPorts
from auditor.workflow.wiring import Instruments
from tests.workflow.http_estate import JsonSite, clean_machine, opened, serving, slots_of, unopened_browser


class Worker:
    """Makes one visit and notes what it was told, as a worker of a fleet would."""

    def __init__(self, instruments: Instruments) -> None:
        self.ports = VisitPorts(
            instruments, unopened_browser(), clean_machine(), self.left_site, self.store, self.recorded_by
        )
        self.journal = instruments.journal
        self.events: list[str] = []
        self.recorded: list[IndexedCapture] = []

    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.journal.entries() if entry.kind in {"intent", "capture", "seal", "gap"}]

    async def left_site(self, slot: VisitSlot, capture: Capture) -> None:
        self.events.append(f"left {slot.host} after {self.kinds()}")

    async def store(self, slot: VisitSlot, keep: Callable[[], StoredVisit]) -> StoredVisit:
        stored = keep()
        self.events.append(f"stored after {self.kinds()}")
        return stored

    def recorded_by(self, record: IndexedCapture) -> None:
        self.recorded.append(record)
        self.events.append("recorded")

    def visit(self, slot: VisitSlot) -> VisitOutcome:
        return asyncio.run(visit_one(slot, self.ports))


def test_the_steps_of_a_visit_in_their_order(tmp_path: Path) -> None:
    with serving(JsonSite()) as address, opened(tmp_path / "w", address, 1) as instruments:
        worker, (slot,) = Worker(instruments), slots_of(instruments)
        outcome = worker.visit(slot)
    assert worker.events == ["left 127.0.0.1 after ['intent']", "stored after ['intent', 'capture']", "recorded"]
    assert (outcome.capture, outcome.deployment, outcome.state) == (slot.capture, "d0", "complete")
    (record,) = worker.recorded
    assert record.row.capture == slot.capture
    assert [one.displayed for one in record.observations] == [18]
    package = tmp_path / "w" / record.row.path
    assert (package / "manifest.json").is_file()
    journal = Journal.open(tmp_path / "w")
    (intent,) = journal.entries(kinds=("intent",))
    assert (intent.body["slot"], intent.body["pages"]) == ("d0", ["status"])
    assert package.name.startswith(f"{intent.at:%Y%m%dT%H%M%S}"), "a package is named by the moment of its intent"


def test_a_deployment_that_is_away_is_a_capture_too(tmp_path: Path) -> None:
    with opened(tmp_path / "w", "http://127.0.0.1:9/", 1) as instruments:
        worker, (slot,) = Worker(instruments), slots_of(instruments)
        outcome = worker.visit(slot)
    assert outcome.state == "failed"
    assert worker.events[-1] == "recorded"
    (record,) = worker.recorded
    assert not [one for one in record.observations if one.counted is not None]
    assert [one.deployment for one in record.unobserved] == ["d0"]
