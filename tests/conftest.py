"""What holds for every test: a clean environment, and markers by fixture and by folder.

==========  =====================================================================================
`browser`   starts Chromium
`tsa`       starts timestamp authorities (OpenSSL behind HTTP)
`story`     a whole job, from the command line to what it leaves: everything below `tests/story`
`slow`      takes seconds: processes of their own, very large files, deep property tests
`long`      takes minutes; not run by default: `make soak`
==========  =====================================================================================

Markers follow from the fixtures a test asks for, from what its file imports and from where it stands; no test carries
them by hand but `long`. `make quick` leaves all five out.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType

import pytest
from hypothesis import settings

TESTS = Path(__file__).parent
BY_FIXTURE = {
    "browser": {"browser", "pictures", "practice"},
    "tsa": {"_servers", "running", "practice"},
}
"""Marker to the fixtures that start what it names; a test carries it too where a fixture of its own asks for one."""
BY_IMPORT = {
    "browser": {
        ("auditor.workflow.audit.audit", "run_audit"),
        ("auditor.workflow.audit.audit", "audit_workspace"),
        ("auditor.workflow.bundle.pdf", "pdf_printer"),
        ("auditor.workflow.doctor.checkup", "check_machine"),
        ("tests.capture.visit_helpers", "visit"),
        ("tests.capture.visit_helpers", "once"),
        ("tests.reading.chromium_snapshots", "browsing"),
        ("tests.reading.generated.visits", "read_pages"),
        ("tests.scheduler.loopback_estate", "Place"),
    },
    "tsa": {("auditor.demo.environment", "DemoEnvironment"), ("tests.hosting.estates", "estate")},
}
"""Marker to what starts it, by module and name: every test of a file that imports one of these carries it."""
BY_PLACE = {
    "story": ("story",),
    "browser": (
        "install/test_wheel.py",
        "story",
        "workflow/test_shared_workspace.py",
        "workflow/test_starts_read_the_end.py",
    ),
    "tsa": ("story",),
    "slow": (
        "alerting",
        "bundle/test_zip_and_disk_tables.py",
        "cli/test_command_line.py",
        "cli/test_init.py",
        "custody/test_attack_corpus.py",
        "custody/test_sharing.py",
        "hosting/test_page.py",
        "install",
        "reading/ocr/test_reading_pixels.py",
        "scheduler",
        "targets/test_fuzz.py",
        "workflow/test_shared_workspace.py",
        "workflow/test_starts_read_the_end.py",
    ),
}
"""Marker to the files and folders, below `tests/`, that carry it whole."""
LONGEST = ("story", "scheduler", "reading/siblings", "reading/generated", "capture", "bundle", "comparison", "custody")
"""Begun first, so that no worker is left alone with a file of minutes when the others have nothing to do any more."""
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
    """Give every test the markers of its fixtures, its file's imports and its place; the longest files first."""
    for item in items:
        place = item.path.relative_to(TESTS)
        fixtures = set(getattr(item, "fixturenames", ()))
        imported = _imported(getattr(item, "module", None))
        for marker in ("browser", "tsa", "story", "slow"):
            here = any(place.is_relative_to(one) for one in BY_PLACE[marker])
            if here or fixtures & BY_FIXTURE.get(marker, set()) or imported & BY_IMPORT.get(marker, set()):
                item.add_marker(marker)
    items.sort(key=_place_in_line)  # stable: the tests of a file stay together, in their order


def _place_in_line(item: pytest.Item) -> int:
    place = item.path.relative_to(TESTS)
    return next((number for number, one in enumerate(LONGEST) if place.is_relative_to(one)), len(LONGEST))


@cache
def _imported(module: ModuleType | None) -> frozenset[tuple[str, str]]:
    """Functions and classes among a module's names, by the module and the name they were defined with."""
    values = vars(module).values() if module is not None else ()
    return frozenset((one.__module__, one.__name__) for one in values if isinstance(one, type | FunctionType))
