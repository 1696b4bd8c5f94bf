"""What is due between two instants: clock changes, leap days, blackout windows, jitter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.targets.estate import Schedule
from auditor.model.targets.recurrence import Blackout, Cron
from auditor.planning import SlotTime, blackout_at, next_slot, slots_between, visit_offset
from auditor.planning.slots import count_slots, latest_slots


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def moments(schedule: Schedule, after: str, until: str) -> list[str]:
    return [slot.at.isoformat()[:16] for slot in slots_between(schedule, at(after), at(until))]


def cron(line: str, zone: str = "UTC") -> Schedule:
    return Schedule("s", cron=line, timezone=zone)


def test_monday_is_one_and_sunday_is_zero_and_seven() -> None:
    week = ("2026-01-05T00:00", "2026-01-12T00:00")  # from a Monday to the next
    assert moments(cron("0 3 * * 1"), *week) == ["2026-01-05T03:00"]
    assert moments(cron("0 3 * * 0"), *week) == moments(cron("0 3 * * 7"), *week) == ["2026-01-11T03:00"]
    assert moments(cron("0 3 * * mon,SUN"), *week) == ["2026-01-05T03:00", "2026-01-11T03:00"]
    assert moments(cron("0 3 * * Sat-Sun"), *week) == ["2026-01-10T03:00", "2026-01-11T03:00"]


def test_a_day_of_the_month_or_of_the_week_where_both_are_given() -> None:
    assert moments(cron("0 3 13 * 5"), "2026-02-01T00:00", "2026-02-28T00:00") == [
        "2026-02-06T03:00", "2026-02-13T03:00", "2026-02-20T03:00", "2026-02-27T03:00",
    ]  # fmt: skip


def test_the_end_belongs_to_the_span_and_its_beginning_does_not() -> None:
    assert moments(cron("0 3 * * *"), "2026-01-05T03:00", "2026-01-06T03:00") == ["2026-01-06T03:00"]


def test_a_time_that_the_clocks_skip_comes_once_after_the_change() -> None:
    # Berlin, 2026-03-29: 02:00 becomes 03:00.
    assert moments(cron("30 2 * * *", "Europe/Berlin"), "2026-03-28T12:00", "2026-03-30T12:00") == [
        "2026-03-29T01:30", "2026-03-30T00:30",
    ]  # fmt: skip


def test_two_times_that_a_change_makes_one_are_one_slot() -> None:
    line = cron("30 2,3 * * *", "Europe/Berlin")
    assert moments(line, "2026-03-28T12:00", "2026-03-29T12:00") == ["2026-03-29T01:30"]


def test_a_time_that_comes_twice_is_due_once() -> None:
    # Berlin, 2026-10-25: 03:00 becomes 02:00.
    assert moments(cron("30 2 * * *", "Europe/Berlin"), "2026-10-24T12:00", "2026-10-25T12:00") == ["2026-10-25T00:30"]


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_what_recurs_every_hour_follows_the_hours_that_pass(day: str) -> None:
    start = at(f"{day}T00:00") - timedelta(hours=12)
    found = [slot.at for slot in slots_between(cron("0 * * * *", "Europe/Berlin"), start, start + timedelta(hours=24))]
    assert len(found) == 24
    assert {second - first for first, second in pairwise(found)} == {timedelta(hours=1)}


def test_leap_days_are_found_and_years_without_are_passed_over() -> None:
    slots = islice(slots_between(cron("0 0 29 2 *"), at("2026-01-01T00:00"), at("2040-01-01T00:00")), 3)
    assert [slot.at.year for slot in slots] == [2028, 2032, 2036]


def test_an_interval_does_not_shift_with_the_moment_it_is_asked_at() -> None:
    schedule = Schedule("s", every_seconds=6 * 3600)
    whole = moments(schedule, "2026-01-01T00:00", "2026-01-02T00:00")
    assert whole == ["2026-01-01T06:00", "2026-01-01T12:00", "2026-01-01T18:00", "2026-01-02T00:00"]
    assert moments(schedule, "2026-01-01T11:59", "2026-01-01T17:00") == ["2026-01-01T12:00"]


LINES = st.sampled_from(["0 3 * * *", "*/20 * * * *", "30 2 * * 0", "15 1,2,3 25-31 3,10 *", "0 0 1 1 *"])
ZONES = st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"])
INSTANTS = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: at("2025-01-01T00:00") + timedelta(minutes=minutes))


@settings(max_examples=60, deadline=None)
@given(LINES, ZONES, INSTANTS, st.integers(0, 30 * 24), st.integers(0, 30 * 24))
def test_a_span_cut_in_two_gives_the_same_slots_once_each(
    line: str, zone: str, start: datetime, one: int, two: int
) -> None:
    """Whenever a process stops and another goes on, nothing is due twice and nothing falls between."""
    schedule = cron(line, zone)
    middle, end = start + timedelta(hours=one), start + timedelta(hours=one + two)
    whole = list(slots_between(schedule, start, end))
    assert whole == [*slots_between(schedule, start, middle), *slots_between(schedule, middle, end)]
    assert whole == sorted(set(whole))
    assert list(latest_slots(schedule, start, end)) == whole[::-1]
    assert count_slots(schedule, start, end) == len(whole)


@settings(max_examples=60, deadline=None)
@given(LINES, ZONES, INSTANTS)
def test_the_next_is_the_first_of_those_due(line: str, zone: str, now: datetime) -> None:
    following = next_slot(cron(line, zone), now)
    assert following is not None
    assert next(slots_between(cron(line, zone), now, following.at)) == following
    assert following.at > now


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("0 3 * *", "4 fields"),
        ("60 3 * * *", "leaves 0 to 59"),
        ("0 3 * * 1#2", "not a number"),
        ("0 3 L * *", "not a number here"),
        ("0 5-3 * * *", "backwards"),
        ("0 3 31 2,4 *", "no month has such a day"),
        ("*/0 * * * *", "not a number"),
    ],
)
def test_a_line_that_is_none_is_refused(line: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Cron.parse(line)


@pytest.mark.parametrize(
    ("window", "moment", "inside"),
    [
        ("22:00-06:00", "2026-01-05T23:00", True),
        ("22:00-06:00", "2026-01-05T05:59", True),
        ("22:00-06:00", "2026-01-05T06:00", False),
        ("Fri 22:00-06:00", "2026-01-10T05:00", True),  # the Saturday after
        ("Fri 22:00-06:00", "2026-01-09T05:00", False),
        ("Sat,Sun 00:00-24:00", "2026-01-11T23:59", True),
        ("Mon-Fri 08:00-18:00", "2026-01-11T09:00", False),
        ("2026-10-01..2026-10-07", "2026-10-07T23:59", True),
        ("2026-10-01..2026-10-07", "2026-10-08T00:00", False),
    ],
)
def test_blackout_windows(window: str, moment: str, inside: bool) -> None:
    assert Blackout.parse(window).covers(datetime.fromisoformat(moment)) is inside


def test_a_window_is_read_on_the_clock_of_the_schedule() -> None:
    schedule = Schedule("s", cron="0 3 * * *", timezone="Asia/Shanghai", blackout=("02:00-04:00",))
    assert blackout_at(schedule, at("2026-01-04T19:00")) == "02:00-04:00"
    assert blackout_at(schedule, at("2026-01-05T03:00")) == ""


def test_jitter_spreads_the_visits_the_same_way_in_every_process() -> None:
    schedule = Schedule("s", cron="0 3 * * *", jitter_seconds=600)
    slot = SlotTime(at("2026-01-05T03:00"), "s")
    found = [visit_offset(schedule, slot, f"d{number}") for number in range(200)]
    assert found == [visit_offset(schedule, slot, f"d{number}") for number in range(200)]
    assert all(0 <= each < 600 for each in found)
    assert max(found) - min(found) > 500
    other = SlotTime(at("2026-01-06T03:00"), "s")
    assert visit_offset(schedule, other, "d1") != visit_offset(schedule, slot, "d1")


def test_a_slot_is_named_by_schedule_and_planned_moment() -> None:
    assert SlotTime(at("2026-01-05T03:00"), "weekly").id == "weekly/20260105T030000Z"
