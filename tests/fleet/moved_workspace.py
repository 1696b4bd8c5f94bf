"""A small workspace that moved to a fleet, with what it said before, and `auditor` run on it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from auditor import custody
from auditor.clock import now
from auditor.custody import Custody, Journal, Sealer, Vault, open_keys
from auditor.fleet import Bucket, DatabaseAddress, PostgresJournalStore, S3EvidenceStore, StoreAddress
from auditor.workflow.fleet.setting_up import prepare_fleet
from tests.cli.small_workspace import commit_in
from tests.custody.practice_authorities import PATIENT, Authorities
from tests.fleet.servers import PostgresServer, StoreServer
from tests.fleet.test_move_command import with_targets
from tests.prepared_process import run_auditor


@dataclass
class Moved:
    """The workspace, what it said before it moved, and where it went."""

    root: Path
    database: str
    store: str
    environment: dict[str, str]
    stamps: Authorities
    before: dict[str, Any]

    def auditor(self, *words: str, expect: int = 0, **environment: str) -> tuple[str, str]:
        """What a command says on its two streams."""
        variables = {**os.environ, **self.environment, **environment}
        done = run_auditor("--workspace", str(self.root), *words, env=variables, cwd=self.root)
        assert done.returncode == expect, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout, done.stderr

    def report(self, *, expect: int = 0, **environment: str) -> dict[str, Any]:
        said = self.auditor("report", "--format", "json", "-o", "-", expect=expect, **environment)[0]
        found: dict[str, Any] = json.loads(said)
        return found

    def told(self, *words: str) -> Any:
        return json.loads(self.auditor(*words, "--json")[0])

    @property
    def replica(self) -> Path:
        return self.root / "db" / "replica"

    @property
    def bucket(self) -> Bucket:
        return Bucket(StoreAddress(self.store))

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database, autocommit=True) as connection:
            done = connection.execute(query.encode(), values)
            return done.fetchall() if done.description else []

    def lines(self) -> int:
        return int(self.ask("select size from auditor.head")[0][0])

    def sealer(self, vault: Vault) -> Sealer:
        return Sealer(vault, custody.http_authorities(self.stamps.pinned(), PATIENT), 2, patience=PATIENT)

    @contextmanager
    def there(self) -> Iterator[Custody]:
        """The ledger and the store as maintenance has them, another process's acts going on or not."""
        kept = PostgresJournalStore(DatabaseAddress(self.database))
        store = S3EvidenceStore(StoreAddress(self.store), self.root / "staging")
        with ExitStack() as stack:
            stack.callback(kept.close)
            stack.callback(store.close)
            journal = Journal.open(self.root, open_keys(self.root), kept.clock, kept)
            stack.callback(journal.close)
            yield Custody(self.root, journal, Vault(self.root, journal, store))


def elsewhere(moved: Moved) -> Moved:
    """A folder of another machine, which has no key and no evidence."""
    root = moved.root.with_name("elsewhere")
    if not root.exists():
        root.mkdir()
        for name in ("targets.yaml", "MOVED", "alpha.pem", "beta.pem"):
            (root / name).write_bytes((moved.root / name).read_bytes())
    return Moved(root, moved.database, moved.store, moved.environment, moved.stamps, moved.before)


def make_moved(
    root: Path,
    stamps: Authorities,
    environment: dict[str, str],
    database: str,
    store: str,
    more: Callable[[Path], None] = lambda _: None,
    began: timedelta = timedelta(),
) -> Moved:
    """Two deployments with captures, sealed and told; then moved. `more` adds to the folder and its `targets.yaml`;
    `began`: how long ago the workspace was begun and its first capture was made."""  # fmt: skip
    root.mkdir()
    with_targets(root, stamps)
    more(root)
    then = partial(_ago, began)
    custody.create_workspace(root, origin="tests.example/moved", software="auditor tests", at=then)
    here = Moved(root, database, store, environment, stamps, {})
    with custody.open_workspace(root, at=then) as held:
        commit_in(held, "covered", 7, authorities=stamps.pinned())
    with custody.open_workspace(root) as held:
        for name, used in (("covered", 8), ("suspect", 3)):
            commit_in(held, name, used, authorities=stamps.pinned())
        here.sealer(held.vault).seal_outbox()
    here.auditor("rebuild")
    here.before = {
        "report": here.report(),
        "captures": here.told("captures"),
        "show": here.told("show", "c-002"),
        "read": here.told("read", "c-002"),
        "claim": here.told("claim", "all"),
        "status": here.told("status"),
        "confirm": json.loads(here.auditor("confirm", "list")[0]),
        "changes": here.told("changes"),
    }
    prepare_fleet(database)
    here.auditor("move", "--to", database, "--store", store)
    return here


def _ago(span: timedelta) -> datetime:
    return now() - span


def new_place(
    folder: Path,
    stamps: Authorities,
    postgres: PostgresServer,
    store: StoreServer,
    more: Callable[[Path], None] = lambda _: None,
    began: timedelta = timedelta(),
) -> Moved:
    """Moved into a database and a place in the store of its own; the rest as `make_moved`."""  # fmt: skip
    stamps.behave("honest")
    store.require_running()
    name = f"m{secrets.token_hex(6)}"
    return make_moved(
        folder / "workspace", stamps, dict(store.environment), postgres.new_database(name), f"s3://evidence/{name}",
        more, began,
    )  # fmt: skip


@pytest.fixture(scope="module")
def moved(
    tmp_path_factory: pytest.TempPathFactory, _servers: Authorities, postgres: PostgresServer, store: StoreServer
) -> Iterator[Moved]:
    """One for all tests of a file; what one test adds, the next one finds. The store's credentials are there."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in store.environment.items():
            patch.setenv(name, value)
        yield new_place(tmp_path_factory.mktemp("moved"), _servers, postgres, store)


@pytest.fixture
def move_anew(
    tmp_path: Path, stamps: Authorities, postgres: PostgresServer, store: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Moved]:
    """Moves one for this test alone; the store's credentials are in its environment."""
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    return lambda: new_place(tmp_path, stamps, postgres, store)
