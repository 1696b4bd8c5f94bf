"""One running world for the whole folder; every test gets it without faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.demo import ANY_PORT, DemoEnvironment

SYSTEMS = ("libmsc-cn", "site-90", "libmsc-com", "yjzhjy-cn")


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoEnvironment]:
    state: Path = tmp_path_factory.mktemp("world")
    with DemoEnvironment(ports=ANY_PORT, state_dir=state) as world:
        yield world


@pytest.fixture
def world(running: DemoEnvironment) -> Iterator[DemoEnvironment]:
    yield running
    for system in SYSTEMS:
        running.restore(system)
    for authority in running.authorities:
        running.start(authority)
        running.authority_behaves(authority, "honest")
