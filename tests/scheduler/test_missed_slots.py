"""A scheduler that was stopped: every missed slot a gap, one alert, one catch-up, and a watchdog that needs nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.alerting import AlertCause
from auditor.clock import now
from auditor.model.events import RunOpened
from auditor.workflow.alerts.causes import current_causes
from auditor.workflow.alerts.sending import TRY_AGAIN, send_alerts, send_alerts_as_observer
from auditor.workflow.report.render import workspace_report
from auditor.workflow.schedule import read_schedule_history
from auditor.workflow.views.status import health_report
from auditor.workflow.wiring import open_instruments
from tests.alerting.receivers import Hook, hooked
from tests.scheduler.loopback_estate import Place, Site, interval, serving, targets


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    with hooked() as receiver:
        monkeypatch.setenv("HOOK", receiver.url)
        monkeypatch.setenv("HOOK_KEY", "k")
        yield receiver


def stopped_for_three_slots(folder: Path, address: str, missed: str) -> Place:
    """A workspace whose scheduler took a schedule up and then did not run while three slots passed."""
    at = now()
    every = interval(at)
    last = int(at.timestamp()) // every * every
    since = at - timedelta(seconds=int(at.timestamp()) - last + 2 * every + every // 2)
    more = (
        f"schedules: {{hourly: {{every_seconds: {every}, missed: {missed}, grace_seconds: 60}}}}\n"
        "alerts: {webhooks: {ops: {url_env: HOOK, secret_env: HOOK_KEY}}}"
    )
    return Place.make(folder / "w", targets(address, 2, more), since=since)


def test_three_gaps_an_alert_and_a_catch_up(tmp_path: Path, hook: Hook) -> None:
    with serving(Site()) as address:
        place = stopped_for_three_slots(tmp_path, address, "catch_up")
        assert "neither begun nor recorded" in health_report(place.workspace).overdue[0]
        done = place.once()
        gaps = [entry.body for entry in place.entries("gap")]
        assert [gap["slot"] for gap in gaps] == done.missed
        assert len(gaps) == 3
        assert {gap["why"] for gap in gaps} == {"the scheduler was not running"}
        assert all(gap["deployments"] == ["d0", "d1"] for gap in gaps)
        (told, *_) = hook.received
        keys = [one["key"] for one in told["raised"] if one["kind"] == "missed"]
        assert keys == [f"missed/{slot}" for slot in done.missed]
        ((slot, summary),) = done.visited
        assert (slot, summary.planned, summary.complete) == (done.missed[-1], 2, 2)
        (plan,) = place.entries("plan")
        assert (plan.body["schedule"], plan.body["schedule_slot"], plan.body["late"]) == ("hourly", slot, True)
        assert plan.number > max(entry.number for entry in place.entries("gap")), "gaps stand before the catch-up"
        vitals = health_report(place.workspace)
        assert (vitals.well, vitals.missed_slots, vitals.never_captured) == (True, 3, 0)
        assert vitals.next_due is not None
        assert vitals.last_success is not None
        again = place.once()
        assert (again.missed, again.visited) == ([], [])


def test_skip_records_the_same_gaps_and_visits_nothing(tmp_path: Path, hook: Hook) -> None:
    site = Site()
    with serving(site) as address:
        place = stopped_for_three_slots(tmp_path, address, "skip")
        done = place.once()
        assert (len(done.missed), done.visited) == (3, [])
        assert len(place.entries("gap")) == 3
        assert site.asked == []
        unobserved = workspace_report(place.workspace).unobserved
        assert {one.deployment for one in unobserved} == {"d0", "d1"}, "a missed slot is told, not hidden"


def test_a_schedule_that_nobody_took_up_is_overdue(tmp_path: Path) -> None:
    place = Place.make(tmp_path / "w", targets("http://127.0.0.1:9/", 1, "schedules: {daily: {cron: '0 3 * * *'}}"))
    assert "no scheduler has taken it up" in health_report(place.workspace).overdue[0]


def test_the_watchdog_tells_where_the_scheduler_cannot(tmp_path: Path, hook: Hook) -> None:
    place = stopped_for_three_slots(tmp_path, "http://127.0.0.1:9/", "catch_up")
    said = place.auditor("status", "--watchdog", "--alert", expect=1)
    assert "delivered" in said
    (told,) = hook.received
    assert [one["kind"] for one in told["raised"]] == ["overdue"]
    assert send_alerts_as_observer(place.workspace, health_report(place.workspace)) == ()
    assert len(hook.received) == 1, "the same thing is told once"


def test_what_no_receiver_took_is_tried_again_after_a_while(tmp_path: Path, hook: Hook) -> None:
    """Neither with the next look, which may be seconds away, nor never; what is new meanwhile is told at once."""
    text = targets("http://127.0.0.1:9/", 1, "alerts: {webhooks: {ops: {url_env: HOOK, secret_env: HOOK_KEY}}}")
    place, at = Place.make(tmp_path / "w", text), [now()]
    one, two = (AlertCause(f"authority/{name}", "authority", "fails") for name in ("one", "two"))
    kinds = frozenset({"authority"})
    with open_instruments(place.workspace, clock=lambda: at[0]) as instruments:
        hook.status = 503
        assert [sent.ok for sent in send_alerts(instruments, [one], kinds=kinds)] == [False]
        at[0] += TRY_AGAIN / 2
        assert send_alerts(instruments, [one], kinds=kinds) == ()
        hook.status = 204
        assert [sent.ok for sent in send_alerts(instruments, [one, two], kinds=kinds)] == [True]
        assert [cause["key"] for cause in hook.received[-1]["raised"]] == [two.key]
        at[0] += TRY_AGAIN / 2
        assert [sent.ok for sent in send_alerts(instruments, [one, two], kinds=kinds)] == [True]
        assert [cause["key"] for cause in hook.received[-1]["raised"]] == [one.key]
        hook.status = 503
        assert [sent.ok for sent in send_alerts(instruments, [two], kinds=kinds)] == [False]
        assert send_alerts(instruments, [two], kinds=kinds) == ()
        hook.status = 204
        at[0] += TRY_AGAIN
        send_alerts(instruments, [two], kinds=kinds)
        assert hook.received[-1]["over"] == [one.key]


def test_a_run_that_is_silent_is_told_once_though_that_is_a_line_itself(tmp_path: Path, hook: Hook) -> None:
    text = targets("http://127.0.0.1:9/", 1, "alerts: {webhooks: {ops: {url_env: HOOK, secret_env: HOOK_KEY}}}")
    place, at = Place.make(tmp_path / "w", text), [now()]
    with open_instruments(place.workspace, clock=lambda: at[0]) as instruments:
        instruments.journal.record(RunOpened(run="r-1", targets_sha256="0" * 64))
        for later in (timedelta(hours=1), timedelta(minutes=5), timedelta(minutes=5)):
            at[0] += later
            causes = current_causes(instruments, read_schedule_history(instruments), at[0])
            assert [cause.kind for cause in causes] == ["overdue"] and "run r-1" in causes[0].text
            send_alerts(instruments, causes, kinds=frozenset({"overdue"}))
        assert len(hook.received) == 1
