"""The servers of tests as fixtures: one of each for a run, begun where the first test asks for it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fleet import servers
from tests.fleet.servers import PostgresServer, StoreServer

if TYPE_CHECKING:
    from tests.fleet.world import FleetWorld


def require_servers() -> None:
    """Skips where something is not installed; `test_installed` fails then where the fleet's tests were asked for."""
    if lacks := servers.missing():
        pytest.skip(f"the fleet is not tested here, without {lacks}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    require_servers()
    with servers.postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def store() -> Iterator[StoreServer]:
    require_servers()
    with servers.store_server() as server:
        yield server


@pytest.fixture
def empty_database(postgres: PostgresServer) -> str:
    """The address of a database in which nothing is."""
    return postgres.new_database(f"t{secrets.token_hex(6)}")


@pytest.fixture
def empty_store(store: StoreServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a place in the store in which nothing is; its credentials are in the environment."""
    store.require_running()
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://evidence/t{secrets.token_hex(6)}"


@pytest.fixture
def fleet(tmp_path: Path, empty_database: str, empty_store: str, store: StoreServer) -> Callable[[str], FleetWorld]:
    """Makes the fleet over some `targets.yaml`."""
    from tests.fleet.world import FleetWorld

    return lambda targets: FleetWorld.make(tmp_path / "fleet", empty_database, empty_store, store.environment, targets)
