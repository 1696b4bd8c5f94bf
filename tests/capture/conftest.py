"""One Chromium for the whole room's tests, in one event loop; each visit has its own context."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from auditor.capture import Browser
from auditor.clock import now
from tests.capture.misbehaving_site import Site, serving
from tests.capture.visit_helpers import SETTINGS


@pytest.fixture(scope="package")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="package")
def browser(runner: asyncio.Runner) -> Iterator[Browser]:
    opened = Browser.open(SETTINGS, now)
    yield runner.run(opened.__aenter__())
    runner.run(opened.__aexit__(None, None, None))


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as served:
        yield served
