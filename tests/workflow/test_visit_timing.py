"""How many visits go on, when each may begin, and which hosts an earlier run was asked to leave alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.clock import now, timestamp
from auditor.errors import ConfigError
from auditor.model.targets.estate import Schedule
from auditor.planning import SlotTime, visit_offset
from auditor.workflow.audit.run_record import ScheduledRun
from auditor.workflow.audit.slots import choose_slots
from auditor.workflow.audit.visit_timing import concurrent_visit_limit, plan_timing
from tests.workflow.http_estate import opened, slots_of

NOWHERE = "http://127.0.0.1:9/"


def test_jitter_puts_off_each_visit_but_not_a_late_run_or_one_by_hand(tmp_path: Path) -> None:
    with opened(tmp_path / "w", NOWHERE, 3) as instruments:
        at = now()
        ticking = replace(instruments, clock=lambda: at)
        slots = slots_of(instruments)
        schedule = Schedule("weekly", every_seconds=3600, jitter_seconds=600)
        planned = ScheduledRun(schedule, SlotTime(at - timedelta(seconds=100), "weekly"))
        assert plan_timing(ticking, slots, planned).delays == {
            slot.id: max(0.0, visit_offset(schedule, planned.slot, slot.id) - 100) for slot in slots
        }
        assert plan_timing(ticking, slots, replace(planned, late=True)).delays == {}
        assert plan_timing(ticking, slots, None).delays == {}


def test_hosts_that_asked_an_earlier_run_are_still_held(tmp_path: Path) -> None:
    with opened(tmp_path / "w", NOWHERE, 1) as instruments:
        at = now()
        for host, seconds in (("held.example", 300), ("over.example", -1)):
            until = timestamp(at + timedelta(seconds=seconds))
            body = {"action": "retry_after", "host": host, "until": until, "header": "x", "capture": "c-1"}
            instruments.journal.append("schedule", body)
        held = plan_timing(replace(instruments, clock=now), (), None).held
    assert held == {"held.example": pytest.approx(300, abs=30)}


def test_as_many_visits_as_are_set(tmp_path: Path) -> None:
    with opened(tmp_path / "w", NOWHERE, 1) as instruments:
        browser = replace(instruments.estate.browser, concurrency=7)
        assert concurrent_visit_limit(replace(instruments, estate=replace(instruments.estate, browser=browser))) == 7
        assert 1 <= concurrent_visit_limit(instruments) <= 16


def test_slots_follow_the_file_and_unknown_names_are_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "w", NOWHERE, 3) as instruments:
        assert [slot.id for slot in choose_slots(instruments, "r-1", ())] == ["d0", "d1", "d2"]
        assert [slot.id for slot in choose_slots(instruments, "r-1", ("d2", "d0"))] == ["d0", "d2"]
        with pytest.raises(ConfigError, match=r"--only d9: no such deployment in .*targets\.yaml\. It has: d0, d1, d2"):
            choose_slots(instruments, "r-1", ("d0", "d9"))
        first, again = choose_slots(instruments, "r-1", ("d0",)), choose_slots(instruments, "r-2", ("d0",))
    assert first[0].capture != again[0].capture
