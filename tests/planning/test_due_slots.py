"""What is missed, what is visited, what is overdue: from a book and an instant. No clock, no waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.events import GapRecorded, JournalEvent, RunClosed, RunOpened, RunPlanned, ScheduleAdopted
from auditor.model.evidence import Event
from auditor.model.targets.estate import Schedule
from auditor.planning import BusyPeriod, ScheduleHistory, Turn, find_overdue, plan_turn, schedule_definition
from auditor.planning.due_slots import MAX_ATTEMPTS, MAX_MISSED_RECORDS
from auditor.wording import english

START = datetime(2026, 1, 5, tzinfo=UTC)
HOURLY = Schedule("hourly", every_seconds=3600, grace_seconds=600)


def hours(number: float) -> datetime:
    return START + timedelta(hours=number)


class Diary:
    """A journal in memory, in the shape the corridor writes it."""

    def __init__(self, schedule: Schedule, since: datetime = START) -> None:
        self.schedule = schedule
        self.entries: list[Event] = []
        self.add(since, ScheduleAdopted(schedule=schedule.id, definition=schedule_definition(schedule)))

    def add(self, at: datetime, event: JournalEvent) -> None:
        self.entries.append(Event(len(self.entries), at, event.kind, event.body()))

    @property
    def book(self) -> ScheduleHistory:
        return ScheduleHistory.of(self.entries)

    def turn(self, now: datetime, awake_since: datetime = START, *busy: BusyPeriod) -> Turn:
        return plan_turn(self.schedule, self.book, now, awake_since=awake_since, busy=busy)

    def act(self, now: datetime, turn: Turn, *, close: Mapping[str, Any] | None = None) -> None:
        """Journal what the corridor would."""
        for gap in turn.missed:
            missed = GapRecorded(
                run="", deployment="d", slot=gap.slot.id, intent="", why=english(gap.why),
                schedule=gap.slot.schedule, planned=gap.slot.at, count=gap.count,
            )  # fmt: skip
            self.add(now, missed)
        if turn.visit is not None:
            run, slot = f"r-{len(self.entries)}", turn.visit
            self.add(now, RunOpened(run=run))
            self.add(now, RunPlanned(run=run, slots=(), schedule=slot.schedule, schedule_slot=slot.id, planned=slot.at))
            if close is not None:
                self.add(now, RunClosed(run=run, **close))


def whys(turn: Turn) -> list[str]:
    return [english(gap.why).partition(":")[0] for gap in turn.missed]


def test_a_slot_within_its_grace_is_visited_and_only_once() -> None:
    diary = Diary(HOURLY)
    assert diary.turn(hours(0.5)).idle
    turn = diary.turn(hours(1.1))
    assert turn.visit is not None
    assert (turn.visit.at, turn.late, turn.missed) == (hours(1), False, ())
    diary.act(hours(1.1), turn, close={"complete": 1})
    assert diary.turn(hours(1.1)).idle
    assert diary.turn(hours(1.9)).idle


def test_a_clock_set_back_makes_nothing_due_twice() -> None:
    diary = Diary(HOURLY)
    diary.act(hours(1.1), diary.turn(hours(1.1)), close={"complete": 1})
    for hour in (0.2, 0.9, 1.0, 1.05):
        assert diary.turn(hours(hour)).idle
    assert diary.turn(hours(2.1)).visit is not None


def test_a_clock_set_forward_makes_the_slots_between_missed() -> None:
    diary = Diary(HOURLY)
    turn = diary.turn(hours(5.1))
    assert whys(turn) == ["misfire"] * 4
    assert turn.visit is not None
    assert (turn.visit.at, turn.late) == (hours(5), False)


def test_reasons() -> None:
    schedule = replace(HOURLY, blackout=("03:00-04:00",))
    diary = Diary(schedule)
    busy = BusyPeriod(hours(3.5), hours(4.5), "run r-1")
    turn = diary.turn(hours(5.5), hours(2.5), busy)
    assert whys(turn) == ["the scheduler was not running"] * 2 + ["blackout window 03", "overlap", "misfire"]
    assert turn.visit is not None
    assert (turn.visit.at, turn.late) == (hours(5), True)


def test_in_a_blackout_window_the_slot_is_a_gap_and_nothing_is_caught_up() -> None:
    diary = Diary(replace(HOURLY, blackout=("00:00-02:30",)))
    turn = diary.turn(hours(2.0))
    assert (whys(turn), turn.visit) == (["blackout window 00"] * 2, None)


def test_catching_up_waits_for_the_end_of_a_window() -> None:
    diary = Diary(replace(HOURLY, blackout=("01:30-04:30",)))
    assert diary.turn(hours(3.5)).idle
    assert find_overdue({"hourly": diary.schedule}, diary.book, hours(3.5), silence=60) == ()
    turn = diary.turn(hours(4.75))
    assert [gap.slot.at for gap in turn.missed] == [hours(1), hours(2), hours(3), hours(4)]
    assert turn.late


def test_skip_visits_nothing_late() -> None:
    turn = Diary(replace(HOURLY, missed="skip")).turn(hours(3.5))
    assert (len(turn.missed), turn.visit) == (3, None)


def test_an_interrupted_run_is_finished_a_bounded_number_of_times() -> None:
    diary = Diary(HOURLY)
    diary.act(hours(1.1), diary.turn(hours(1.1)), close={"interrupted": True})
    for _ in range(1, MAX_ATTEMPTS):
        turn = diary.turn(hours(1.2))
        assert turn.visit is not None
        assert (turn.visit.id, turn.late, turn.after_run != "") == ("hourly/20260105T010000Z", True, True)
        diary.act(hours(1.2), turn, close={"interrupted": True})
    assert diary.turn(hours(1.3)).idle


def test_a_year_without_a_scheduler_is_counted_in_few_records() -> None:
    diary = Diary(HOURLY)
    turn = diary.turn(hours(365 * 24 + 0.5))
    assert len(turn.missed) == MAX_MISSED_RECORDS
    assert sum(gap.count for gap in turn.missed) == 365 * 24
    diary.act(hours(365 * 24 + 0.5), turn, close={"complete": 1})
    assert diary.book.missed == 365 * 24


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(0.01, 30), min_size=1, max_size=12), st.sampled_from(["skip", "catch_up"]))
def test_whenever_it_wakes_every_slot_is_accounted_for_once(sleeps: list[float], missed: str) -> None:
    diary = Diary(replace(HOURLY, missed=missed))
    at = 0.0
    ended: list[datetime] = []
    for sleep in sleeps:
        at += sleep
        turn = diary.turn(hours(at))
        ended += [gap.slot.at for gap in turn.missed]
        if turn.visit is not None and not turn.late:
            ended.append(turn.visit.at)
        diary.act(hours(at), turn, close={"complete": 1})
        assert find_overdue({"hourly": diary.schedule}, diary.book, hours(at), silence=1e9) == ()
    assert ended == [hours(number) for number in range(1, (hours(at) - START) // timedelta(hours=1) + 1)]


def test_overdue_by_the_journal_alone() -> None:
    diary = Diary(HOURLY)
    schedules = {"hourly": HOURLY}
    assert find_overdue(schedules, diary.book, hours(1.1), silence=60) == (), "within its grace"
    (late,) = find_overdue(schedules, diary.book, hours(1.2), silence=60)
    assert (late.slot, late.since) == ("hourly/20260105T010000Z", hours(1))
    diary.act(hours(1.25), diary.turn(hours(1.25)), close=None)
    assert find_overdue(schedules, diary.book, hours(1.26), silence=60) == (), "a run is under way"
    (stalled,) = find_overdue(schedules, diary.book, hours(1.5), silence=60)
    assert "journalled nothing since" in english(stalled.why)


def test_another_definition_counts_from_when_it_is_taken_up() -> None:
    diary = Diary(HOURLY)
    other = replace(HOURLY, every_seconds=7200)
    assert diary.book.adopted(HOURLY, START)
    assert not diary.book.adopted(other, START)
    assert not diary.book.adopted(replace(HOURLY, timezone="Asia/Shanghai"), START)
    assert diary.book.adopted(replace(HOURLY, missed="skip", jitter_seconds=60), START), "when it is due stays the same"


def test_slots_of_a_clock_that_was_ahead_settle_nothing_once_it_is_right_again() -> None:
    diary = Diary(HOURLY)
    diary.act(hours(1.1), diary.turn(hours(1.1)), close={"complete": 1})
    ahead = 3 * 365 * 24
    diary.act(hours(ahead + 0.1), diary.turn(hours(ahead + 0.1)), close={"complete": 1})
    schedules = {"hourly": HOURLY}
    (late,) = find_overdue(schedules, diary.book, hours(2.5), silence=60)
    assert late.slot == "hourly/20260105T020000Z", "the watchdog speaks before anything was visited"
    for hour in (2, 3, 4):
        turn = diary.turn(hours(hour + 0.1))
        assert turn.visit is not None
        assert (turn.visit.at, turn.missed) == (hours(hour), ())
        diary.act(hours(hour + 0.1), turn, close={"complete": 1})
    for hour in (ahead - 3, ahead):
        turn = diary.turn(hours(hour + 0.1))
        assert turn.visit is not None, "nor when the moments that it told have come"
        assert turn.visit.at == hours(hour)


def test_a_clock_that_was_ahead_by_some_hours_silences_none_of_them() -> None:
    diary = Diary(HOURLY)
    diary.act(hours(1.1), diary.turn(hours(1.1)), close={"complete": 1})
    diary.act(hours(11.1), diary.turn(hours(11.1)), close={"complete": 1})
    (late,) = find_overdue({"hourly": HOURLY}, diary.book, hours(2.5), silence=60)
    assert late.slot == "hourly/20260105T020000Z", "the watchdog speaks"
    for hour in (3, 4, 5):
        turn = diary.turn(hours(hour + 0.1))
        assert turn.visit is not None and turn.visit.at == hours(hour), "it is visited, though it was told as missed"
        diary.act(hours(hour + 0.1), turn, close={"complete": 1})
        assert diary.turn(hours(hour + 0.2)).idle, "and once"


def test_a_schedule_taken_up_by_a_clock_that_was_ahead_is_not_taken_up_yet() -> None:
    diary = Diary(HOURLY, hours(9000))
    assert not diary.book.adopted(HOURLY, hours(1))
    (never,) = find_overdue({"hourly": HOURLY}, diary.book, hours(1), silence=60)
    assert never.why.code == "slot.not_taken_up"
    diary.add(hours(1.5), ScheduleAdopted(schedule="hourly", definition=schedule_definition(HOURLY)))
    turn = diary.turn(hours(2.1))
    assert turn.visit is not None
    assert (turn.visit.at, turn.missed) == (hours(2), ())


def test_centuries_of_minutes_are_counted_and_not_listed() -> None:
    for every in (replace(HOURLY, every_seconds=60), replace(HOURLY, every_seconds=0, cron="* * * * *")):
        diary = Diary(every)
        turn = diary.turn(hours(24 * 365 * 170))
        assert len(turn.missed) == MAX_MISSED_RECORDS
        assert sum(one.count for one in turn.missed) == 60 * 24 * 365 * 170 - 1
        assert turn.missed[0].first is not None
        assert turn.missed[0].first.at == START + timedelta(minutes=1)
