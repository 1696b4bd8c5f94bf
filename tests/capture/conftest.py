"""One Chromium for the whole room's tests, in one event loop; each visit has its own context."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from auditor.capture import Browser
from auditor.clock import now
from tests.capture.misbehaving_site import Site, serving
from tests.capture.visit_helpers import SETTINGS

IDN = "xn--fsqu00a.xn--0zwm56d"


@pytest.fixture(scope="package")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="package")
def browser(runner: asyncio.Runner) -> Iterator[Browser]:
    opened = Browser.open(SETTINGS, now)
    yield runner.run(opened.__aenter__())
    runner.run(opened.__aexit__(None, None, None))


@pytest.fixture(scope="package")
def mapped(runner: asyncio.Runner) -> Iterator[Browser]:
    """A browser for which two public names lead to this machine."""
    rules = f"--host-resolver-rules=MAP inside.example 127.0.0.1,MAP {IDN} 127.0.0.1"
    opened = Browser.open(SETTINGS, now, arguments=(rules,))
    yield runner.run(opened.__aenter__())
    runner.run(opened.__aexit__(None, None, None))


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as served:
        yield served
