"""What is wrong with a database is said in one line that says what to do, before anything is begun."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg import conninfo

from auditor.errors import AuditorError, AwayError, ConfigError, IntegrityError, VaultError
from auditor.fleet import (
    DatabaseAddress,
    FleetRole,
    FleetRoster,
    PostgresJournalStore,
    connect,
    database_errors,
    prepare_database,
    prepare_queue,
    require_queue,
    require_schema,
)
from auditor.fleet.database.listing import listing_sha256
from auditor.fleet.database.schema import expected_listing
from tests.fleet import servers
from tests.fleet.servers import PostgresServer


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A cluster that asks for passwords, with a prepared database `fleet`; they are in the file of PGPASSFILE."""
    kept = passwords_file(tmp_path_factory.mktemp("passwords"), "secret-")
    with servers.postgres_server(passwords=True) as server, pytest.MonkeyPatch.context() as environment:
        environment.setenv("PGPASSFILE", str(kept))
        owner = server.url(password="owner-secret")
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute("create database fleet")
        prepare_database(DatabaseAddress(server.url("fleet")))
        with psycopg.connect(owner, autocommit=True) as connection:
            for user, role in (("maria", "auditor_maintenance"), ("walter", "auditor_worker"), ("nina", "")):
                connection.execute(f"create role {user} login password 'secret-{user}'".encode())
                if role:
                    connection.execute(f"grant {role} to {user}".encode())
        yield server


def passwords_file(folder: Path, before: str) -> Path:
    """Of libpq: what each user is known by, behind `before`."""
    kept = folder / "pgpass"
    users = [*(f"*:*:*:{name}:{before}{name}" for name in ("maria", "walter", "nina")), "*:*:*:postgres:owner-secret"]
    kept.write_text("\n".join(users), encoding="utf-8")
    kept.chmod(0o600)
    return kept


def refused(address: DatabaseAddress, role: FleetRole) -> str:
    with pytest.raises(AuditorError) as told:
        store = PostgresJournalStore(address, role)
        try:
            store.exists()
        finally:
            store.close()
    assert isinstance(told.value, ConfigError)
    said = str(told.value)
    assert "\n" not in said and "secret" not in said
    return said


def test_each_user_works_as_its_role_and_no_other(guarded: PostgresServer) -> None:
    maria = DatabaseAddress(guarded.url("fleet", "maria"))
    with connect(maria, "auditor_maintenance") as connection:
        assert connection.execute("select current_user").fetchone() == ("auditor_maintenance",)
    walter = DatabaseAddress(guarded.url("fleet", "walter"))
    assert "let the database's owner run: grant auditor_maintenance to walter" in refused(walter, "auditor_maintenance")
    nina = DatabaseAddress(guarded.url("fleet", "nina"))
    assert "grant auditor_worker to nina" in refused(nina, "auditor_worker")


@pytest.mark.parametrize(
    ("database", "user", "password", "expected"),
    [
        ("fleet", "maria", "wrong-word-", "password"),
        ("fleet", "nobody", "wrong-word-", "password"),
        ("elsewhere", "maria", "secret-", "elsewhere"),
    ],
)
def test_a_wrong_password_user_or_database_is_one_line(
    guarded: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    database: str, user: str, password: str, expected: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("PGPASSFILE", str(passwords_file(tmp_path, password)))
    said = refused(DatabaseAddress(guarded.url(database, user)), "auditor_maintenance")
    assert expected in said and "PGPASSFILE" in said and "wrong-word" not in said


def test_no_database_there_is_one_line() -> None:
    said = refused(DatabaseAddress("postgresql://maria@127.0.0.1:9/fleet"), "auditor_maintenance")
    assert "check that it runs" in said


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:secret@h/y",
        "fleet.db",
        "postgresql://h/x?no=secret",
        "postgresql://u:secret@h/x",
        "postgresql://u:/secret@h/x",
        "postgresql://u:5/secret@h/x",
        "postgresql://u:a@secret@h/x",
        "postgresql://u@secret@h/x",
        "postgresql://u:sec#ret@h/x",
        "postgresql://u:a?secret@h/x",
        "postgresql://u@h/x#secret",
        "postgresql://u@h/x?password=secret",
        "postgresql://u@h/x?sslpassword=secret",
        "postgresql://u:%73ecret@h/x",
        "postgresql://h/x\n?password=secret",
        "postgresql://u@h:1,u:secret@k:2/x?target_session_attrs=read-write",
        "postgresql://h:1,u:secret@k:2/x?target_session_attrs=read-write",
        "postgresql://u@h:1,k:secret/x?target_session_attrs=read-write",
        "postgresql://u@h,u:a/secret@k/x?target_session_attrs=read-write",
        "host=h password=secret",
    ],
)
def test_an_address_with_a_secret_and_another_one_is_refused_and_nothing_of_it_is_said(url: str) -> None:
    with pytest.raises(ConfigError) as told:
        DatabaseAddress(url)
    said = str(told.value)
    assert "ecret" not in said and "\n" not in said and "PGPASSFILE" in said


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u@h,k/x",
        "postgresql://u@h:1,k:2/x?target_session_attrs=any",
        "postgresql://u@h:1,k:2/x?target_session_attrs=prefer-standby",
        "postgresql:///x?host=/run/a,/run/b",
        "postgresql://u@/x?hostaddr=10.0.0.1,10.0.0.2",
    ],
)
def test_of_several_hosts_the_one_that_takes_lines_is_to_be_asked_for(url: str) -> None:
    with pytest.raises(ConfigError, match=r"add target_session_attrs=read-write") as told:
        DatabaseAddress(url)
    assert "\n" not in str(told.value)


def test_every_host_of_an_address_is_held_to_it(guarded: PostgresServer) -> None:
    """What one host answers is told beside what another does, in one line; none is taken without what was asked for."""
    here = f"127.0.0.1:{guarded.port}"
    for more in ("sslmode=require", "target_session_attrs=read-write&sslmode=verify-full&sslrootcert=system"):
        url = f"postgresql://maria@127.0.0.1:9,{here}/fleet?target_session_attrs=read-write&{more}"
        assert "SSL" in refused(DatabaseAddress(url), "auditor_maintenance")
    url = f"postgresql://maria@127.0.0.1:9,{here}/fleet?target_session_attrs=read-write"
    with connect(DatabaseAddress(url), "auditor_maintenance") as connection:
        assert connection.execute("select current_user").fetchone() == ("auditor_maintenance",)
    wrong = f"postgresql://nobody@127.0.0.1:9,{here}/fleet?target_session_attrs=read-write"
    assert "password" in refused(DatabaseAddress(wrong), "auditor_maintenance")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u@h:5432/x?sslmode=verify-full&sslrootcert=/etc/ca.pem",
        "postgresql://u@h,k:5433/x?target_session_attrs=read-write",
        "postgres://u@[::1]/x",
        "postgresql:///x?host=/run/postgresql",
    ],
)
def test_what_is_shown_of_an_address_makes_the_same_connection(url: str) -> None:
    assert conninfo.conninfo_to_dict(DatabaseAddress(url).shown) == conninfo.conninfo_to_dict(url)


def test_a_database_without_the_schema_says_how_it_is_prepared(postgres: PostgresServer, empty_database: str) -> None:
    prepare_database(DatabaseAddress(postgres.new_database(f"t{secrets.token_hex(6)}")))  # the roles are there
    assert "auditor fleet prepare" in refused(DatabaseAddress(empty_database), "auditor_maintenance")


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "delete from auditor.schema_version where number = (select max(number) from auditor.schema_version)",
            "prepare",
        ),
        ("insert into auditor.schema_version (number, sha256) values (9999, 'x')", "version 9999"),
        ("update auditor.schema_version set sha256 = 'x' where number = 1", "another text"),
    ],
)
def test_an_old_a_newer_and_another_schema_are_one_line_each(
    empty_database: str, statement: str, expected: str
) -> None:
    address = DatabaseAddress(empty_database)
    prepare_database(address)
    with connect(address, None) as owner:
        require_schema(owner, address)
        owner.execute(statement.encode())
        with pytest.raises(ConfigError) as told:
            require_schema(owner, address)
    assert expected in str(told.value) and "\n" not in str(told.value)


def test_a_change_of_the_schema_that_fails_leaves_nothing(empty_database: str) -> None:
    address = DatabaseAddress(empty_database)
    with psycopg.connect(empty_database, autocommit=True) as owner:
        owner.execute("create schema auditor")  # in the way of the first part
        with pytest.raises(AuditorError):
            prepare_database(address)
        owner.execute("drop schema auditor")
    assert 1 in prepare_database(address)


def test_a_connection_ends_in_seconds_where_the_network_is_cut_on_both_sides(empty_database: str) -> None:
    address = DatabaseAddress(empty_database)
    prepare_database(address)
    with connect(address, "auditor_worker") as connection:
        found = connection.execute(
            "select name, setting from pg_settings where name like 'tcp_%' order by name"
        ).fetchall()
        assert found == [
            ("tcp_keepalives_count", "3"),
            ("tcp_keepalives_idle", "5"),
            ("tcp_keepalives_interval", "2"),
            ("tcp_user_timeout", "10000"),
        ]
        ours = connection.info.get_parameters()
        assert (ours["tcp_user_timeout"], ours["keepalives_idle"]) == ("10000", "5")


def test_what_is_answered_as_kept_is_on_the_disk_whatever_is_set_for_the_database(empty_database: str) -> None:
    with psycopg.connect(empty_database, autocommit=True) as owner:
        name = conninfo.conninfo_to_dict(empty_database)["dbname"]
        owner.execute(f'alter database "{name}" set synchronous_commit = off'.encode())
    with connect(DatabaseAddress(empty_database), None) as connection:
        assert connection.execute("show synchronous_commit").fetchone() == ("on",)


def test_what_stands_in_the_schema_is_told_by_one_digest(empty_database: str) -> None:
    address = DatabaseAddress(empty_database)
    prepare_database(address)
    store = PostgresJournalStore(address)
    try:
        before = store.schema_sha256()
        assert before == listing_sha256(expected_listing())
        with connect(address, None) as owner:
            owner.execute("grant execute on function auditor.append_line(text, text) to auditor_worker")
        assert store.schema_sha256() != before
    finally:
        store.close()


def test_the_same_is_listed_whoever_owns_the_database(postgres: PostgresServer) -> None:
    name = f"t{secrets.token_hex(6)}"
    prepare_database(DatabaseAddress(postgres.new_database(f"{name}r")))  # the roles are there
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"create role auditor_{name} login".encode())
        connection.execute(f"create database {name} owner auditor_{name}".encode())
    owner = DatabaseAddress(postgres.url(name, f"auditor_{name}"))
    prepare_database(owner)
    prepare_queue(owner)
    address = DatabaseAddress(postgres.url(name))
    with connect(address, "auditor_worker") as worker:
        require_schema(worker, address)
        require_queue(worker, address)
    with connect(address, None) as other:
        other.execute("alter function auditor.append_line(text, text) owner to postgres")
        with pytest.raises(IntegrityError, match=r"auditor\.append_line"):
            require_schema(other, address)


CHANGES = [
    (
        "create or replace function auditor.require_here(p_head auditor.head) returns void language sql as 'select'",
        "auditor.require_here",
    ),
    ("alter function auditor.append_line(text, text) reset all", "auditor.append_line"),
    ("alter function auditor.end_frozen(text, integer) owner to auditor_worker", "auditor.end_frozen"),
    ("grant execute on function auditor.append_line(text, text) to auditor_worker", "auditor.append_line"),
    ("grant trigger on auditor.request to auditor_worker", "relation request"),
    ("create function auditor.more() returns void language sql as 'select'", "auditor.more"),
    (
        "create function public.more() returns trigger language plpgsql as 'begin return null; end';"
        " create trigger more before insert on auditor.request for each row execute function public.more()",
        "trigger more of request",
    ),
    ("create rule more as on insert to auditor.ledger do instead nothing", "rule more of ledger"),
    ("alter table auditor.ledger enable row level security", "relation ledger"),
    ("alter table auditor.ledger alter column kind set default 'key'", "column kind of ledger"),
    ("drop index auditor.ledger_outcome", "index auditor.ledger_outcome is missing"),
    ("update auditor.worker_kind set members = members || '{\"more\": \"string?\"}' where kind = 'gap'", "kind gap"),
    ("insert into auditor.worker_kind values ('key', '{}')", "kind key is not of this program"),
    ("do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$", "right of"),
]


def test_a_schema_of_another_hand_is_seen_before_anything_is_begun(empty_database: str) -> None:
    address = DatabaseAddress(empty_database)
    prepare_database(address)
    with connect(address, "auditor_worker") as worker:
        require_schema(worker, address)
    with connect(address, None) as owner:
        for statement, expected in CHANGES:
            with owner.transaction(force_rollback=True):
                owner.execute(statement.encode())
                owner.execute("set local role auditor_worker")
                with pytest.raises(IntegrityError) as told:
                    require_schema(owner, address)
            assert expected in str(told.value) and "\n" not in str(told.value), statement


def test_the_queue_is_rows_to_a_worker_and_a_queue_of_another_hand_is_seen_and_made_anew(empty_database: str) -> None:
    address = DatabaseAddress(empty_database)
    prepare_database(address)
    assert (prepare_queue(address), prepare_queue(address)) == (True, False)
    with connect(address, "auditor_worker") as worker:
        require_queue(worker, address)
        for statement in (
            "create trigger more before insert on auditor_queue.procrastinate_jobs for each row"
            " execute function auditor_queue.procrastinate_unlink_periodic_defers_v1()",
            "truncate auditor_queue.procrastinate_jobs cascade",
            "create table auditor_queue.more (x int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                worker.execute(statement.encode())
        with connect(address, None) as owner:
            for statement in (
                "grant trigger on auditor_queue.procrastinate_jobs to auditor_worker",
                "create rule more as on insert to auditor_queue.procrastinate_jobs do also nothing",
                "create trigger more before insert on auditor_queue.procrastinate_jobs for each row"
                " execute function auditor_queue.procrastinate_unlink_periodic_defers_v1()",
            ):
                owner.execute(statement.encode())
                with pytest.raises(IntegrityError, match="the queue is not as it was made"):
                    require_queue(worker, address)
                assert prepare_queue(address)
                require_queue(worker, address)


def test_a_database_that_takes_no_lines_is_away(empty_database: str) -> None:
    """As a standby is, to which an address leads that does not ask for the one that takes lines."""
    address = DatabaseAddress(empty_database)
    prepare_database(address)
    with psycopg.connect(empty_database, autocommit=True) as owner:
        name = conninfo.conninfo_to_dict(empty_database)["dbname"]
        owner.execute(f'alter database "{name}" set default_transaction_read_only = on'.encode())
    told = r"takes no lines: .*; it is a standby"
    with connect(address, "auditor_maintenance") as connection, pytest.raises(AwayError, match=told):
        FleetRoster(connection, address).know(["main"])


def test_two_transactions_that_waited_for_each_other_may_be_tried_again(empty_database: str) -> None:
    address = DatabaseAddress(empty_database)
    prepare_database(address)
    change = "update auditor.vantage set paused = true where id = %s"
    with connect(address, None) as one, connect(address, None) as other, ThreadPoolExecutor(1) as beside:
        FleetRoster(one, address).know(["a", "b"])
        for connection, name in ((one, "a"), (other, "b")):
            connection.execute("begin")
            connection.execute(change, (name,))
        waiting = beside.submit(other.execute, change, ("a",))
        errors = []
        try:
            with database_errors(address):
                one.execute(change, ("b",))
        except VaultError as error:
            errors.append(error)
            one.execute("rollback")
        try:
            with database_errors(address):
                waiting.result()
        except VaultError as error:
            errors.append(error)
    assert [type(error) for error in errors] == [AwayError]
