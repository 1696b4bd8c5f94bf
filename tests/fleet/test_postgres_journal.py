"""The journal over PostgreSQL: workers append beside the process that has the key, which takes over and signs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor import clock
from auditor.custody import Journal, Keys, create_keys
from auditor.custody.journal import key_history
from auditor.custody.journal.lines import parse_head
from auditor.errors import ConfigError, IntegrityError, OutcomeUnknownError, VaultError
from auditor.fleet import DatabaseAddress, FleetConnection, PostgresJournalStore, connect, prepare_database
from auditor.formats import canonical_json
from auditor.model.events import GapRecorded, KeyRotated, RunClosed, RunOpened, VisitIntended, WorkspaceCreated
from tests.fleet.servers import PostgresServer

Opened = Callable[[], PostgresJournalStore]


@pytest.fixture
def opened(empty_database: str) -> Iterator[Opened]:
    address, stores = DatabaseAddress(empty_database), list[PostgresJournalStore]()
    prepare_database(address)

    def one() -> PostgresJournalStore:
        stores.append(PostgresJournalStore(address))
        return stores[-1]

    yield one
    for store in stores:
        store.close()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return create_keys(tmp_path, origin="tests.example/fleet")


def begun(root: Path, keys: Keys, store: PostgresJournalStore) -> Journal:
    opening = WorkspaceCreated(
        format="auditor.workspace/1", origin=keys.origin, software="tests", log=str(keys.verifier), box=keys.box_public
    )
    return Journal.create(root, keys, opening, store.clock, store)


def appended(connection: FleetConnection, *names: str) -> None:
    for name in names:
        event = VisitIntended(intent=name, run="r1", deployment="site-a", slot="")
        body = canonical_json.encode(event.body()).decode("utf-8")
        connection.execute("select auditor.append_line(%s, %s)", (event.kind, body))


def intents(count: int, who: str = "c") -> list[str]:
    return [f"{who}{number}" for number in range(count)]


def test_lines_of_workers_are_taken_over_before_the_next_line_and_signed(
    tmp_path: Path, keys: Keys, opened: Opened
) -> None:
    store = opened()
    journal = begun(tmp_path, keys, store)
    with connect(store.address, "auditor_maintenance") as visits:
        appended(visits, "c1", "c2")
        assert parse_head(store.head()).size == 1 and store.size() == 3
        entry = journal.record(RunOpened(run="r1", targets_sha256="0" * 64))
        assert entry.number == 3 and parse_head(store.head()).size == 4
        assert journal.ledger.has_intent("c2")
        appended(visits, "c3")
        assert (journal.follow(), journal.follow()) == (1, 0)
        assert parse_head(store.head()).size == 5
    journal.close()
    again = Journal.open(tmp_path, None, store=opened())
    assert [one.kind for one in again.entries()] == ["workspace.created", "intent", "intent", "run.opened", "intent"]
    assert again.frontier.root() == journal.frontier.root()
    again.close()


def test_what_was_appended_while_nobody_had_the_key_is_sealed_and_signed_at_the_next_start(
    tmp_path: Path, keys: Keys, opened: Opened
) -> None:
    store = opened()
    begun(tmp_path, keys, store).close()
    with connect(store.address, "auditor_maintenance") as visits:
        appended(visits, *intents(600))
    reader = Journal.open(tmp_path, None, store=opened())
    assert reader.size == 1
    reader.close()
    journal = Journal.open(tmp_path, keys, store.clock, store)
    assert (journal.size, journal.segments, store.segments(601)) == (601, 2, 2)
    assert parse_head(store.head()).root == journal.frontier.root() == journal.tree().root
    journal.record(RunClosed(run="r1"))
    journal.close()
    reader = Journal.open(tmp_path / "elsewhere", None, store=opened())
    assert reader.size == 602 and len(list(reader.entries())) == 602
    reader.close()


def test_workers_and_the_holder_of_the_key_write_at_once(tmp_path: Path, keys: Keys, opened: Opened) -> None:
    store = opened()
    journal = begun(tmp_path, keys, store)

    def work(who: str) -> None:
        with connect(store.address, "auditor_maintenance") as visits:
            appended(visits, *intents(60, who))

    threads = [threading.Thread(target=work, args=(who,)) for who in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for number in range(40):
        journal.record(RunClosed(run=f"r{number}"))
    for thread in threads:
        thread.join()
    journal.follow()
    assert journal.size == store.size() == 221
    assert len({entry.number for entry in journal.entries()}) == 221
    assert parse_head(store.head()).root == journal.tree().root
    journal.close()


def test_two_holders_of_the_key_do_not_fork_the_log(tmp_path: Path, keys: Keys, opened: Opened) -> None:
    first = begun(tmp_path, keys, opened())
    second = Journal.open(tmp_path / "elsewhere", keys, lambda: datetime.now(UTC), opened())
    numbers = [journal.record(RunClosed(run="r")).number for journal in (second, first, first, second)]
    assert numbers == [1, 2, 3, 4]
    first.close()
    second.close()


def test_a_line_that_another_hand_changed_or_took_is_seen(tmp_path: Path, keys: Keys, opened: Opened) -> None:
    store = opened()
    journal = begun(tmp_path, keys, store)
    for number in range(5):
        journal.record(RunClosed(run=f"r{number}"))
    journal.close()
    with connect(store.address, None) as owner:
        kept = owner.execute("select line from auditor.ledger where number = 3").fetchone()
        owner.execute("update auditor.ledger set line = replace(line::text, '7232', '7239')::bytea where number = 3")
        with pytest.raises(IntegrityError):
            Journal.open(tmp_path, keys, store.clock, opened())
        owner.execute("update auditor.ledger set line = %s where number = 3", kept)
        Journal.open(tmp_path, keys, store.clock, opened()).close()
        owner.execute("delete from auditor.ledger where number = 3")
        with pytest.raises(IntegrityError, match="line 3 of the ledger is gone"):
            Journal.open(tmp_path, keys, store.clock, opened())


def test_lines_of_another_hand_that_are_no_chain_are_not_signed(tmp_path: Path, keys: Keys, opened: Opened) -> None:
    store = opened()
    begun(tmp_path, keys, store).close()
    note = store.head()
    with connect(store.address, None) as owner:
        owner.execute("select auditor.append_exact(1, %s)", (b'{"no":"chain"}',))
    with pytest.raises(IntegrityError):
        Journal.open(tmp_path, keys, store.clock, opened())
    assert opened().head() == note


def test_the_database_goes_away_and_comes_back(
    tmp_path: Path, keys: Keys, opened: Opened, postgres: PostgresServer
) -> None:
    store = opened()
    journal = begun(tmp_path, keys, store)
    postgres.stop_at_once()
    try:
        with pytest.raises((VaultError, ConfigError)) as refused:
            journal.record(RunClosed(run="r1"))
        assert "\n" not in str(refused.value)
    finally:
        postgres.start()
    for _ in range(50):
        try:
            entry = journal.record(RunClosed(run="r2"))
            break
        except (VaultError, ConfigError):
            time.sleep(0.1)
    assert entry.number == 1 and [one.kind for one in journal.entries()] == ["workspace.created", "run.closed"]
    journal.close()


@contextmanager
def dying_commits(owner: FleetConnection) -> Iterator[None]:
    """The backend is ended while a transaction with a line is about to be committed: by a trigger that waits for it."""
    owner.execute(
        """create function public.die() returns trigger language plpgsql security definer as $$
           begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$"""
    )
    owner.execute(
        "create constraint trigger die after insert on auditor.ledger deferrable initially deferred"
        " for each row execute function public.die()"
    )
    yield
    owner.execute("drop trigger die on auditor.ledger")


def test_where_it_is_not_known_whether_a_line_was_kept_the_journal_reads_it_again(
    tmp_path: Path, keys: Keys, opened: Opened
) -> None:
    store = opened()
    journal = begun(tmp_path, keys, store)
    with connect(store.address, None) as owner, dying_commits(owner), pytest.raises(OutcomeUnknownError):
        journal.record(RunClosed(run="r1"))
    assert store.size() == 1
    assert journal.record(RunClosed(run="r2")).number == 1
    assert [one.body.get("run") for one in journal.entries(1)] == ["r2"]
    journal.close()
    Journal.open(tmp_path, keys, store.clock, opened()).close()


def test_a_database_that_was_set_back_while_nothing_was_known_of_it_is_not_signed_on(
    tmp_path: Path, keys: Keys, opened: Opened
) -> None:
    """As where a copy that lacks the last line takes over in the middle of the next one."""
    store = opened()
    journal = begun(tmp_path, keys, store)
    with connect(store.address, None) as owner:
        before = owner.execute("select size, last_sha256, last_at, peaks, note from auditor.head").fetchone()
        assert before is not None
        journal.record(RunClosed(run="r1"))
        with dying_commits(owner), pytest.raises(OutcomeUnknownError):
            journal.record(RunClosed(run="r2"))
        owner.execute("alter table auditor.ledger disable trigger all")
        owner.execute("delete from auditor.ledger where number >= 1")
        owner.execute("alter table auditor.ledger enable trigger all")
        owner.execute(
            "update auditor.head set (size, last_sha256, last_at, peaks, note) = (%s, %s, %s, %s, %s)", before
        )
        for _ in range(2):
            with pytest.raises(IntegrityError, match="set back"):
                journal.record(RunClosed(run="r3"))
        assert store.size() == 1
    journal.close()


def test_a_reader_s_role_reads_and_writes_nothing(tmp_path: Path, keys: Keys, opened: Opened) -> None:
    store = opened()
    begun(tmp_path, keys, store).close()
    reader = PostgresJournalStore(store.address, "auditor_reader")
    try:
        assert parse_head(reader.head()).size == 1
        with pytest.raises(VaultError, match="refuses"):
            reader.replace_head(b"x")
        with pytest.raises(VaultError, match="refuses"):
            reader.append(b"x", 1)
    finally:
        reader.close()


def a_line(number: int, previous: bytes, kind: str, body: Mapping[str, object]) -> bytes:
    return canonical_json.encode(
        {
            "at": clock.timestamp(datetime.now(UTC)),
            "body": body,
            "kind": kind,
            "number": number,
            "previous": canonical_json.sha256(previous),
        }
    )


def test_behind_the_head_only_what_workers_may_say_is_signed(tmp_path: Path, keys: Keys, opened: Opened) -> None:
    """The owner of the tables appends lines that are chained: none of them gets the log's signature."""
    store = opened()
    journal = begun(tmp_path, keys, store)
    with connect(store.address, "auditor_maintenance") as visits:
        appended(visits, "c1")
    journal.follow()
    note, last = store.head(), next(iter(store.lines(1)))[0]
    gap = GapRecorded(run="r1", deployment="site-a", slot="", intent="c1", why="gone").body()
    wrong: list[tuple[str, Mapping[str, object], str]] = [
        ("run.closed", RunClosed(run="r1").body(), "of kind run.closed"),
        ("key", {"action": "revoked", "key": str(keys.verifier), "why": "x"}, "of kind key"),
        ("gap", {**gap, "more": "x"}, "more"),
        ("gap", {**gap, "intent": "c2"}, "not under way"),
        ("gap", {**gap, "run": "r2"}, "not under way"),
        ("intent", VisitIntended(intent="c1", run="r1", deployment="site-a", slot="").body(), "journalled before"),
    ]
    with connect(store.address, None) as owner:
        owner.execute("drop index auditor.ledger_subject")
        head = owner.execute("select size, last_sha256, last_at, peaks from auditor.head").fetchone()
        assert head is not None
        for kind, body, why in wrong:
            owner.execute("select auditor.append_exact(2, %s)", (a_line(2, last, kind, body),))
            with pytest.raises(IntegrityError, match=why):
                journal.follow()
            with pytest.raises(IntegrityError, match=why):
                Journal.open(tmp_path / "again", keys, store.clock, store)
            assert store.head() == note
            owner.execute("delete from auditor.ledger where number = 2")
            owner.execute("update auditor.head set (size, last_sha256, last_at, peaks) = (%s, %s, %s, %s)", head)
        owner.execute("select auditor.append_exact(2, %s)", (a_line(2, last, "gap", gap),))
    assert journal.follow() == 1 and parse_head(store.head()).size == 3
    journal.close()


def test_a_log_that_names_our_key_and_is_signed_by_another_is_not_gone_on_with(
    tmp_path: Path, keys: Keys, opened: Opened
) -> None:
    """Whoever owns the tables can begin another log there, and let its first key endorse ours."""
    store, other = opened(), tmp_path / "other"
    other.mkdir()
    theirs = create_keys(other, origin=keys.origin)
    forged = begun(other, theirs, store)
    endorsed = theirs.sign(key_history.endorsement(keys.verifier, keys.box_public)).decode("utf-8")
    forged.record(KeyRotated(log=str(keys.verifier), box=keys.box_public, endorsed=endorsed, why="x"))
    forged.close()
    note = store.head()
    with pytest.raises(IntegrityError, match="journal head"):
        Journal.open(tmp_path, keys, store.clock, store)
    assert store.head() == note
