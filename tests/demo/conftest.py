"""One running world for the whole folder; every test gets it without faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.demo import ANY_PORT, World

SYSTEMS = ("libmsc-cn", "site-90", "libmsc-com", "yjzhjy-cn")


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    state: Path = tmp_path_factory.mktemp("world")
    with World(ports=ANY_PORT, state_dir=state) as world:
        yield world


@pytest.fixture
def world(running: World) -> Iterator[World]:
    yield running
    for system in SYSTEMS:
        running.restore(system)
    for authority in running.authorities:
        running.start(authority)
        running.authority_behaves(authority, "honest")
