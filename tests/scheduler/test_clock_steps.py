"""A day of hourly wakings by a real clock that is set wrong now and then: libfaketime under the command line itself."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from auditor.capture.browser.driver import find_executable
from auditor.clock import parse_timestamp
from auditor.custody import open_package, verify_workspace
from auditor.model.targets.estate import BrowserSettings
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
    found = os.pathsep.join([str(place.root.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    return place.auditor(
        *arguments, expect=expect, LD_PRELOAD=str(LIBRARY), FAKETIME=f"@{moment:%Y-%m-%d %H:%M:%S}", TZ="UTC",
        FAKETIME_DONT_FAKE_MONOTONIC="1", PYTHONPATH=found,
    )  # fmt: skip


def beside_the_library(folder: Path) -> str:
    """Puts right in a folder what libfaketime breaks; the settings of the browser for targets.yaml.

    Where the monotonic clock is left alone, 0.9.10 refuses every sleep until a moment of it, as Python sleeps. Chromium
    takes a dozen times as long to start, so that the machine is found unfit where it is busy; no page here is its.
    """
    again = "import select, time\ntime.sleep = lambda seconds: select.select([], [], [], seconds) and None\n"
    (folder / "sitecustomize.py").write_text(again, encoding="utf-8")
    if not (found := find_executable(BrowserSettings())):
        return ""  # Playwright's own
    made = folder / "chromium"
    made.write_text(f'#!/bin/sh\nunset LD_PRELOAD\nexec {found} "$@"\n', encoding="utf-8")
    made.chmod(0o755)
    return f"browser: {{executable: {made}}}\n"


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
        text += beside_the_library(tmp_path)
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
    # Each ends as one capture: of a page that was asked for once, or with why this machine asked for none.
    captures = place.entries("capture")
    assert [entry.body["run"] for entry in captures] == [entry.body["run"] for entry in place.entries("plan")]
    packages = [place.root / "evidence" / str(entry.body["package"]) for entry in captures]
    views = [open_package(package).capture.views[0] for package in packages]
    assert len(site.asked) == sum(view.outcome != "unclean" for view in views) > 0
    assert all(view.outcome == "observed" or view.why for view in views)
    # A second waking at that wrong time finds what the first one recorded.
    ahead = sum(wrong == AHEAD != before for before, wrong in pairwise((timedelta(), *errors)))
    counted = [int(str(one.body["count"])) for one in place.entries("gap") if one.body.get("count")]
    assert len(counted) == ahead and all(count > 20_000 for count in counted), "of three years most are only counted"
    assert len(place.entries("gap")) <= ahead * (MAX_MISSED_RECORDS + 1) + 11 + len(errors)
    failed = [check for check in verify_workspace(place.root).checks if check.verdict == "failed"]
    assert failed == []
