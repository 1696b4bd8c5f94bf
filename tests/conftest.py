"""What holds for every test: a clean environment, and markers by fixture and by folder.

==========  =====================================================================================
`browser`   starts Chromium
`tsa`       starts timestamp authorities (OpenSSL behind HTTP)
`story`     a whole job, from the command line to what it leaves: everything below `tests/story`
`long`      takes minutes; not run by default: `make soak`
==========  =====================================================================================

Markers follow from the fixtures a test asks for and from the folder or file it stands in; no test carries them by hand
but `long`. `make quick` leaves all four out.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).parent
BY_FIXTURE = {
    "browser": {"browser", "pictures", "practice"},
    "tsa": {"_servers", "running", "practice"},
}
"""Marker to the fixtures that start what it names; a test carries it too where a fixture of its own asks for one."""
BY_PLACE = {
    "story": ("story/",),
    "browser": (
        "story/", "scheduler/test_missed_slots.py", "scheduler/test_scheduler_process.py", "scheduler/test_logs.py",
        "capture/test_untouched.py", "capture/test_outcomes.py", "capture/test_early.py", "capture/test_supervision.py",
    ),
    "tsa": ("story/", "demo/test_world.py", "demo/test_authority.py"),
}  # fmt: skip
"""Marker to the files and folders, below `tests/`, that carry it whole."""
OURS = re.compile(r"AUDITOR_\w+|JOURNAL_STREAM|TZ|PYTHONWARNINGS|NO_COLOR|FORCE_COLOR|COLUMNS|LINES|SSLKEYLOGFILE")
"""Variables of a developer's shell that change what the program does or prints."""
NETWORK = re.compile(r"(https?|all|no|ftp)_proxy|SSL_CERT_(FILE|DIR)|(REQUESTS|CURL)_CA_BUNDLE", re.IGNORECASE)
"""Variables that lead a connection elsewhere, or trust somebody else."""


settings.register_profile("quick", max_examples=10)
"""For `make quick`: property tests try ten examples, where they do not say themselves how many."""


def pytest_configure() -> None:
    """Begin without the developer's own settings, before any fixture or subprocess sees them."""
    for name in list(os.environ):
        if OURS.fullmatch(name) or NETWORK.fullmatch(name):
            del os.environ[name]
    os.environ["TZ"] = "UTC"
    time.tzset()


@pytest.fixture(autouse=True)
def clean_environment() -> Iterator[None]:
    """The environment after a test is the one before it; what fixtures of a wider scope set stays."""
    before = dict(os.environ)
    yield
    if os.environ != before:
        os.environ.clear()
        os.environ.update(before)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test the markers of its fixtures and of its place."""
    for item in items:
        place = item.path.relative_to(TESTS).as_posix()
        fixtures = set(getattr(item, "fixturenames", ()))
        for marker in ("browser", "tsa", "story"):
            if place.startswith(BY_PLACE[marker]) or fixtures & BY_FIXTURE.get(marker, set()):
                item.add_marker(marker)
