"""A day of hourly wakings by a real clock that is set wrong now and then: libfaketime under the command line itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from auditor.clock import parse_timestamp
from auditor.custody import verify_workspace
from auditor.planning.due_slots import MAX_MISSED_RECORDS
from tests.scheduler.loopback_estate import SANDBOX, Place
from tests.workflow.http_estate import JsonSite, serving, targets

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
AHEAD, BACK = timedelta(days=3 * 365), timedelta(hours=-2)
LIBRARY = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)
pytestmark = pytest.mark.skipif(
    LIBRARY is None, reason="libfaketime is not installed (Debian: apt-get install faketime)"
)

SHORT = (timedelta(), 10 * HOUR, -3 * HOUR, timedelta())
"""How wrong the clock is at each hour's waking."""
LONG = tuple(
    {5: AHEAD, 9: BACK, 12: AHEAD, 13: AHEAD, 17: BACK, 18: -12 * HOUR}.get(hour, timedelta()) for hour in range(24)
)


def auditor(place: Place, moment: datetime, *arguments: str, expect: int = 0) -> str:
    """A process whose clock begins at that moment; its monotonic clock is left alone."""
    return place.auditor(
        *arguments, expect=expect, LD_PRELOAD=str(LIBRARY), FAKETIME=f"@{moment:%Y-%m-%d %H:%M:%S}", TZ="UTC",
        FAKETIME_DONT_FAKE_MONOTONIC="1",
    )  # fmt: skip


@pytest.mark.parametrize(
    "errors",
    [SHORT, pytest.param(LONG, marks=[pytest.mark.long, pytest.mark.timeout(1800)])],
    ids=["4 hours", "24 hours"],
)
def test_each_hour_is_visited_once_or_recorded_as_missed_whatever_the_clock_said(
    tmp_path: Path, errors: Sequence[timedelta]
) -> None:
    schedule = "schedules: {hourly: {every: 1h, missed: skip, grace_seconds: 900}}\n"
    site = JsonSite()
    with serving(site) as address:
        text = targets(address, 1).replace("deployments:\n", f"{schedule}deployments:\n", 1)
        text = text.replace("reference: test}}", "reference: test}, checks_off: {clock: no time server here}}")
        place = Place.make(tmp_path / "w", text, since=BEGIN + timedelta(minutes=30))
        for hour, wrong in enumerate(errors, start=1):
            auditor(place, BEGIN + hour * HOUR + timedelta(seconds=10) + wrong, "schedule", "--once", *SANDBOX)
        last = BEGIN + len(errors) * HOUR
        auditor(place, last + timedelta(minutes=5), "status", "--watchdog")
        said = auditor(place, last + 3 * HOUR, "status", "--watchdog", expect=1)
    assert "overdue" in said, "the watchdog speaks where nobody wakes"

    visits = Counter(parse_timestamp(str(entry.body["planned"])) for entry in place.entries("plan"))
    missed = Counter(
        parse_timestamp(str(entry.body["planned"])) for entry in place.entries("gap") if entry.at <= last + HOUR
    )
    for hour, wrong in enumerate(errors, start=1):
        slot = BEGIN + hour * HOUR
        if not wrong:
            assert (visits[slot], missed[slot]) == (1, 0), f"{slot}: visited once, on time"
        else:
            assert visits[slot] == 0, f"{slot}: nobody could know of it"
            assert missed[slot] == 1, f"{slot}: recorded as missed"
    right = sum(not wrong for wrong in errors)
    assert len(site.asked) == sum(visits.values()) >= right
    # A second waking at that wrong time finds what the first one recorded.
    ahead = sum(wrong == AHEAD != before for before, wrong in pairwise((timedelta(), *errors)))
    counted = [int(str(one.body["count"])) for one in place.entries("gap") if one.body.get("count")]
    assert len(counted) == ahead and all(count > 20_000 for count in counted), "of three years most are only counted"
    assert len(place.entries("gap")) <= ahead * (MAX_MISSED_RECORDS + 1) + 11 + len(errors)
    failed = [check for check in verify_workspace(place.root).checks if check.verdict == "failed"]
    assert failed == []
