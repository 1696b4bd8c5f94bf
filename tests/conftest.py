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

import gc
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
        "architecture/test_names.py",
        "bundle",
        "capture",
        "claims/test_exports.py",
        "cli",
        "comparison",
        "contracts",
        "custody",
        "fleet",
        "hosting",
        "index/test_long_history.py",
        "index/test_picture_answers.py",
        "index/test_queries.py",
        "install",
        "model/test_events.py",
        "notices",
        "reading/ocr",
        "reading/test_four_checks.py",
        "reading/test_hostile.py",
        "repository/test_dependencies.py",
        "repository/test_doors.py",
        "repository/test_pure_modules.py",
        "repository/test_site.py",
        "repository/test_third_party.py",
        "scheduler",
        "targets/test_fuzz.py",
        "targets/test_import_equals_by_hand.py",
        "targets/test_odd_texts.py",
        "web",
        "wording/test_no_prose_is_decided_on.py",
        "wording/test_table.py",
        "workflow",
    ),
}
"""Marker to the files and folders, below `tests/`, that carry it whole."""
LONGEST = (
    "story",
    "scheduler",
    "workflow/test_few_descriptors.py",
    "reading/siblings",
    "reading/generated",
    "fleet/test_long_partitions.py",
    "fleet/test_partitions.py",
    "fleet/test_chaos.py",
    "fleet/test_replica_faults.py",
    "fleet/test_full_disks.py",
    "fleet/test_store_chaos.py",
    "fleet/test_reading_moved.py",
    "fleet/test_telling.py",
    "fleet/test_run_moved.py",
    "fleet/test_the_demo_by_workers.py",
    "fleet/test_second_party.py",
    "fleet",
    "web/test_pages.py",
    "web/test_week.py",
    "web/test_serving.py",
    "repository/test_site.py",
    "capture",
    "bundle",
    "comparison",
    "hosting",
    "custody",
    "web",
    "workflow",
)
"""Begun first, so that no worker is left alone with a file of minutes when the others have nothing to do any more."""
OURS = re.compile(
    r"AUDITOR_\w+|JOURNAL_STREAM|TZ|PYTHONWARNINGS|PYTHONDONTWRITEBYTECODE|NO_COLOR|FORCE_COLOR|COLUMNS|LINES|SSLKEYLOGFILE"
)
"""Variables of a developer's shell that change what the program does or prints, or what each start of it costs."""
NETWORK = re.compile(r"(https?|all|no|ftp)_proxy|SSL_CERT_(FILE|DIR)|(REQUESTS|CURL)_CA_BUNDLE", re.IGNORECASE)
"""Variables that lead a connection elsewhere, or trust somebody else."""
COMPILED = TESTS.parent / ".pytest_cache" / "node"
"""Where Playwright's driver keeps what it compiled: a quarter less of a start, of which there are hundreds."""
SEARCHES = (20_000, 20, 50)
"""After how many new objects the garbage collector looks for cycles. Each worker holds the half million objects of all
tests: by Python's own measure it walked through them for a tenth to two fifths of its time."""
_LEAVES_OUT = re.compile(r"not \w+( and not \w+)*")
"""A selection by markers that only leaves out."""


settings.register_profile("quick", max_examples=10)
settings.register_profile("ci", settings.get_profile("ci"), max_examples=30)
"""For `make quick` and `make test`: property tests try so many examples where they do not say how many; cheap ones say
a multiple of it. `make soak` tries Hypothesis's own hundred."""


def pytest_configure() -> None:
    """Begin without the developer's own settings, before any fixture or subprocess sees them."""
    for name in list(os.environ):
        if OURS.fullmatch(name) or NETWORK.fullmatch(name):
            del os.environ[name]
    gc.set_threshold(*SEARCHES)
    os.environ |= {"TZ": "UTC", "NODE_COMPILE_CACHE": str(COMPILED)}
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
        here = _markers_of(item.path)
        fixtures = set(getattr(item, "fixturenames", ()))
        imported = _imported(getattr(item, "module", None))
        for marker in ("browser", "tsa", "story", "slow"):
            if marker in here or fixtures & BY_FIXTURE.get(marker, set()) or imported & BY_IMPORT.get(marker, set()):
                item.add_marker(marker)
    items.sort(key=lambda item: _place_in_line(item.path))  # stable: the tests of a file stay together, in their order


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What a selection such as that of `make quick` leaves out by where it stands is not even imported."""
    wanted = str(config.option.markexpr)
    if collection_path == TESTS or not collection_path.is_relative_to(TESTS) or not _LEAVES_OUT.fullmatch(wanted):
        return None
    return True if _markers_of(collection_path) & {*wanted.split()} else None


@cache
def _markers_of(path: Path) -> frozenset[str]:
    """Markers that a file carries by where it stands."""
    place = path.relative_to(TESTS)
    above = {place.as_posix(), *(one.as_posix() for one in place.parents)}
    return frozenset(marker for marker, places in BY_PLACE.items() if not above.isdisjoint(places))


@cache
def _place_in_line(path: Path) -> int:
    place = path.relative_to(TESTS)
    return next((number for number, one in enumerate(LONGEST) if place.is_relative_to(one)), len(LONGEST))


@cache
def _imported(module: ModuleType | None) -> frozenset[tuple[str, str]]:
    """Functions and classes among a module's names, by the module and the name they were defined with."""
    values = vars(module).values() if module is not None else ()
    return frozenset((one.__module__, one.__name__) for one in values if isinstance(one, type | FunctionType))
