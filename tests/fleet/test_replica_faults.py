"""What interruptions, races and other hands leave in the replica of a workspace that moved is put right, or told. Real
database, real store."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from auditor.custody import PRUNING, Journal, SharingTerms, bring_package, extend_journal, prune
from auditor.errors import AwayError, IntegrityError
from auditor.fleet import DatabaseAddress, DatabaseLease, PostgresJournalStore, connect, package_key
from auditor.formats import manifest
from auditor.model.events import HoldsTakenUp, KeysPublished
from auditor.workflow import bring_up_to_date
from auditor.workflow.fleet.wiring import FleetPlaces, open_maintenance
from auditor.workflow.index import catching_up
from auditor.workflow.index.fleet_follower import FleetFollower
from auditor.workflow.memory.schedule_memory import FILE, WORTH_LINES, read_history
from auditor.workflow.replica.acting import alone_in_acting, open_acting
from auditor.workflow.replica.refreshing import open_replica
from auditor.workflow.replica.turns import my_turn
from auditor.workspace import Workspace
from tests.cli.small_workspace import commit_in
from tests.fleet.moved_workspace import Moved, elsewhere, move_anew, moved
from tests.fleet.servers import StoreServer
from tests.fleet.store_faults import faulty_store
from tests.fleet.world import FleetWorld
from tests.workflow.test_schedule_memory import missed, rewritten

__all__ = ["move_anew", "moved"]

DATE = ("confirm", "date", "judgment-1", "2021-01-27", "--by", "Ann", "--reason", "looked at it")


def home_of(moved: Moved, capture: str) -> Path:
    """The package's folder in the replica, whether it lies there or not."""
    record = Journal.open(moved.replica).ledger.package_record(capture)
    assert record is not None
    return moved.replica / "evidence" / record.home


@pytest.mark.parametrize("lacks", ["manifest.json", "status/body", "all but an artefact"])
def test_half_a_package_is_brought_again(moved: Moved, lacks: str) -> None:
    """Such as a kill in the middle of taking it away leaves."""
    moved.auditor("show", "c-002")
    folder = home_of(moved, "c-002")
    names = [lacks] if (folder / lacks).exists() else [
        one.name for one in folder.iterdir() if one.name != "status"
    ]  # fmt: skip
    for name in names:
        assert (folder / name).is_file()
        (folder / name).unlink()
    assert moved.told("show", "c-002") == moved.before["show"]
    assert moved.told("read", "c-002") == moved.before["read"]
    assert (folder / manifest.NAME).is_file() and (folder / "status" / "body").is_file()


def test_what_was_pruned_goes_after_an_interruption_and_after_a_race(move_anew: Callable[[], Moved]) -> None:
    """A process that was killed once it had put the lines in place, before it took away what they say was removed; and
    one that put the package in place just after, as it had been."""
    moved = move_anew()
    moved.auditor("show", "c-001")
    folder = home_of(moved, "c-001")
    shutil.copytree(folder, moved.root / "before")
    with moved.there() as held:
        prune(held.vault, ["c-001"], "a rule")
    kept = PostgresJournalStore(DatabaseAddress(moved.database), "auditor_reader")
    extend_journal(kept, moved.replica, lambda folder, files: None)
    kept.close()
    assert Journal.open(moved.replica).size == moved.lines()
    assert (folder / "status" / "body").is_file()
    moved.auditor("captures")
    assert not folder.exists()
    folder.parent.mkdir(exist_ok=True)
    (moved.root / "before").rename(folder)
    assert open_replica(moved.root) is not None and bring_package(folder)
    assert (folder / manifest.NAME).is_file() and not (folder / "status" / "body").exists()


def test_a_package_goes_by_its_name_first(moved: Moved) -> None:
    """Nothing is deleted where packages lie: a kill at any moment leaves a package whole, or none."""
    moved.auditor("show", "c-002")
    code = """
import shutil, sys
from pathlib import Path
from auditor.workflow.replica import refreshing
root, home, deleted = Path(sys.argv[1]), sys.argv[2], []
refreshing.open_replica(root)
told = {"shutil.rmtree", "os.remove"}
sys.addaudithook(lambda name, args: deleted.append((name, str(args[0]))) if name in told else None)
refreshing._KNOWN[(root / "db/replica").resolve()].packages.drop(home)
within = [one for one in deleted if "/replica/evidence/" in one[1]]
sys.exit(f"{within}" if within or not deleted else 0)
"""
    folder = home_of(moved, "c-002")
    home = folder.relative_to(moved.replica / "evidence").as_posix()
    done = subprocess.run(
        [sys.executable, "-c", code, str(moved.root), home], capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stderr
    assert not folder.exists()


def test_what_a_killed_process_left_is_taken_away_and_what_another_has_is_not(moved: Moved) -> None:
    moved.auditor("captures")
    code = """
import os, sys
from pathlib import Path
from auditor.workflow.replica.scratch import ReplicaScratch
(ReplicaScratch(Path(sys.argv[1])).folder() / "file").write_text("half")
print("made", flush=True)
sys.stdin.read()
os._exit(9)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code, str(moved.replica)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None and other.stdin is not None
        assert other.stdout.readline() == "made\n"
        bring_up_to_date(moved.root)
        assert len(list(moved.replica.glob(".scratch-*/*/file"))) == 1, "it is at work"
        other.stdin.close()
        other.wait(30)
    assert list(moved.replica.glob(".scratch-*/*/file"))
    bring_up_to_date(moved.root)
    assert not list(moved.replica.glob(".scratch-*/*/file"))


def test_an_object_under_the_name_of_a_file_of_a_package_is_told_and_keeps_nobody_from_the_others(
    move_anew: Callable[[], Moved], caplog: pytest.LogCaptureFixture
) -> None:
    """Nor is it a trouble of whoever follows the fleet."""
    moved = move_anew()
    with moved.there() as held:
        capture = commit_in(held, "covered", 5)
        commit_in(held, "suspect", 4)
        record = held.journal.ledger.package_record(capture)
        assert record is not None
    key = f"evidence/{record.home}/{manifest.NAME}"
    moved.bucket.try_to_create(key, b"{}")
    out, said = moved.auditor("captures", "--json", expect=5)
    captures = [one["capture"] for one in json.loads(out)["captures"]]
    assert len(captures) == 4 and capture not in captures
    moved.report(expect=5)
    assert key in moved.auditor("rebuild", expect=5)[1]
    assert len(json.loads(moved.auditor("captures", "--json", expect=5)[0])["captures"]) == 4
    moved.auditor("confirm", "list")
    assert f"{key}: the store holds '{manifest.NAME}' twice" in said and said.count("\n") == 1, said
    follower, end = FleetFollower(moved.root, 0.1), time.monotonic() + 60
    try:
        while key not in caplog.text:
            assert time.monotonic() < end
            time.sleep(0.02)
        time.sleep(0.5)
        assert not follower.trouble and caplog.text.count(key) == 1
    finally:
        follower.close()
    assert key in moved.told("status")["warnings"][0]
    moved.bucket.remove(key)
    out, said = moved.auditor("captures", "--json")
    assert len(json.loads(out)["captures"]) == 5 and not said, said


def test_an_index_that_another_process_fills_is_behind(moved: Moved, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has not read yet is in no answer: that is no success."""
    monkeypatch.setattr(catching_up, "WAIT_SECONDS", 0.1)
    with my_turn(moved.replica / catching_up.TURN, 1) as mine:
        assert mine
        found = bring_up_to_date(moved.root)
    assert found is not None and "another process goes on reading" in found.behind and not found.unreadable
    found = bring_up_to_date(moved.root)
    assert found is not None and not found.behind


def test_what_is_kept_of_schedules_is_compared_and_thrown_away(moved: Moved) -> None:
    """There is one file, wherever the lines are read from."""
    with moved.there() as held:
        for number in range(WORTH_LINES):
            held.journal.record(missed(number))
    found = bring_up_to_date(moved.root)
    assert found is not None
    kept = moved.root / "db" / FILE
    assert read_history(Journal.open(moved.replica)).missed == WORTH_LINES
    assert kept.exists() and not list(moved.replica.rglob(FILE))
    assert ", 0 failed," in moved.auditor("verify")[0]
    rewritten(kept, {}, missed=1)
    assert read_history(Journal.open(moved.replica)).missed == 1, "it is believed"
    with open_acting(found.workspace, SharingTerms("confirm"), None) as custody:
        assert read_history(custody.journal).missed == 1, "by acts, too"
    assert f"db/{FILE}" in moved.auditor("verify", expect=4)[0]
    moved.auditor("rebuild")
    assert not kept.exists()


def test_an_act_that_is_recorded_is_done_whatever_the_copy_here_does(
    moved: Moved, caplog: pytest.LogCaptureFixture
) -> None:
    """The disk refuses what follows the commit: that is a warning, and made up for by the next look."""
    found = bring_up_to_date(moved.root)
    assert found is not None
    before, trust, looked = moved.lines(), moved.replica / "evidence" / "trust", moved.replica / ".looked"
    trust.rename(moved.root / "trust.aside")
    trust.write_text("no folder")
    looked.unlink()
    looked.mkdir()
    name = "trust/of-this-test.pub"
    with open_acting(found.workspace, SharingTerms("confirm"), None) as custody:
        custody.vault.place({name: b"a key"}, KeysPublished(log=str(custody.keys.verifier), box="a key"))
        custody.journal.record(HoldsTakenUp(holds=()))
    assert moved.lines() == before + 2
    assert "recorded; the copy here" in caplog.text and name in caplog.text
    looked.rmdir()
    trust.unlink()
    (moved.root / "trust.aside").rename(trust)
    bring_up_to_date(moved.root)
    assert Journal.open(moved.replica).size == moved.lines()
    assert (trust.parent / name).read_bytes() == b"a key"


@pytest.mark.parametrize(
    "then",
    [
        DATE,
        pytest.param(("move", "--back"), marks=pytest.mark.long),
        pytest.param(("schedule", "--once"), marks=pytest.mark.long),
    ],
)
def test_what_the_store_did_not_take_is_kept_though_the_replica_was_thrown_away(
    move_anew: Callable[[], Moved], store: StoreServer, monkeypatch: pytest.MonkeyPatch, then: tuple[str, ...]
) -> None:
    """The line stands, and its file is on this machine's disk alone: whoever acts there next puts it into the store,
    and so does maintenance."""
    moved = move_anew()
    found = bring_up_to_date(moved.root)
    assert found is not None
    name = "trust/of-this-test.pub"
    with faulty_store(store.port) as proxy:
        proxy.faults = {"PUT": ["error"] * 99}
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
        with open_acting(found.workspace, SharingTerms("confirm"), None) as custody:
            key = KeysPublished(log=str(custody.keys.verifier), box="a key")
            with pytest.raises(AwayError):
                custody.vault.place({name: b"a key"}, key)
    monkeypatch.setenv("AWS_ENDPOINT_URL", store.endpoint)
    shutil.rmtree(moved.replica)
    assert name in moved.auditor("verify", expect=4)[0]
    moved.auditor(*then)
    assert ", 0 failed," in moved.auditor("verify")[0]
    if "--back" in then:
        assert (moved.root / "evidence" / name).read_bytes() == b"a key"
        assert not (moved.root / "acting").exists()
    else:
        assert moved.bucket.read(f"evidence/{name}", 99) == b"a key"


@pytest.mark.long
def test_maintenance_puts_what_acts_left_into_the_store_once_that_is_back_and_nobody_acts(
    move_anew: Callable[[], Moved], store: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the store is away maintenance says so once; what an act that goes on has staged is that act's own."""
    moved = move_anew()
    found = bring_up_to_date(moved.root)
    assert found is not None
    name = "trust/of-this-test.pub"
    world = FleetWorld(moved.root, moved.database, moved.store, moved.environment)
    maintenance = world.maintenance()
    with faulty_store(store.port) as proxy:
        proxy.faults = {"PUT": ["error"] * 999}
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
        with open_acting(found.workspace, SharingTerms("confirm"), None) as custody:
            key = KeysPublished(log=str(custody.keys.verifier), box="a key")
            with pytest.raises(AwayError):
                custody.vault.place({name: b"a key"}, key)
        maintenance._publish_left()
        maintenance._publish_left()
        assert len(world.told) == 1 and "is not in the store yet" in world.told[0], world.told
    monkeypatch.setenv("AWS_ENDPOINT_URL", store.endpoint)
    with alone_in_acting(found.workspace):
        maintenance._publish_left()
        assert moved.bucket.size(f"evidence/{name}") is None
    maintenance._publish_left()
    maintenance._publish_left()
    assert len(world.told) == 2 and "put in place" in world.told[1], world.told
    assert moved.bucket.read(f"evidence/{name}", 99) == b"a key"
    assert ", 0 failed," in moved.auditor("verify")[0]


def test_what_was_pruned_is_removed_by_one_at_a_time(move_anew: Callable[[], Moved], tmp_path: Path) -> None:
    """Maintenance that starts leaves to an act what that act is at; an act waits for maintenance."""
    moved = move_anew()
    whole = tmp_path / "whole.zip"
    with moved.there() as held:
        record = held.journal.ledger.package_record("c-001")
        assert record is not None
        key = package_key(record.home)
        moved.bucket.save(key, whole)
        prune(held.vault, ["c-001"], "a rule")
    moved.bucket.remove(package_key(record.home, 1))  # as a kill right after the line leaves it
    moved.bucket.create(key, whole, hashlib.sha256(whole.read_bytes()).hexdigest())
    found = bring_up_to_date(moved.root)
    assert found is not None
    entered = threading.Event()

    def act() -> None:
        with open_acting(found.workspace, SharingTerms("prune", ("packages",)), None):
            entered.set()

    thread = threading.Thread(target=act)
    address = DatabaseAddress(moved.database)
    maintenance = FleetWorld(moved.root, moved.database, moved.store, moved.environment)
    with connect(address, "auditor_maintenance", "another") as other:
        assert not DatabaseLease(other, address).take([PRUNING])
        maintenance.maintain()
        assert moved.bucket.size(key) is not None, "it is not maintenance's to remove now"
        thread.start()
        assert not entered.wait(1.0)
    assert entered.wait(30)
    thread.join()
    assert moved.bucket.size(key) is None and moved.bucket.size(package_key(record.home, 1)) is not None


@contextmanager
def lost(moved: Moved) -> Iterator[None]:
    """What is appended meanwhile is gone after it, as where the database is brought back from an older backup."""
    names = [name for (name,) in moved.ask(
        "select column_name from information_schema.columns where (table_schema, table_name) = ('auditor', 'head')"
    )]  # fmt: skip
    (row,) = moved.ask(f"select {', '.join(names)} from auditor.head")
    yield
    moved.ask("alter table auditor.ledger disable trigger all")
    moved.ask("delete from auditor.ledger where number >= %s", row[names.index("size")])
    moved.ask("alter table auditor.ledger enable trigger all")
    moved.ask(f"update auditor.head set ({', '.join(names)}) = ({', '.join(['%s'] * len(names))})", *row)


@pytest.mark.long
def test_a_ledger_that_was_set_back_is_told_though_the_replica_was_thrown_away(move_anew: Callable[[], Moved]) -> None:
    """By what is kept beside the index, by the index, and by the file `MOVED`; once it goes on, by the root."""
    moved = move_anew()
    known = moved.root / "db" / "followed.json"
    with lost(moved):
        with moved.there() as held:
            commit_in(held, "suspect", 5)
        moved.auditor("captures")
        assert json.loads(known.read_text())["size"] == moved.lines()

    def told(by: str) -> None:
        shutil.rmtree(moved.replica)
        said = moved.auditor("captures", expect=4)[1]
        assert "set back" in said and by in said and said.count("\n") == 1, said

    told("followed.json")
    (moved.root / "MOVED.kept").write_text(known.read_text())
    known.unlink()
    told("auditor.db")
    (moved.root / "MOVED.kept").rename(known)
    (moved.root / "db" / "auditor.db").unlink()
    with moved.there() as held:
        for _ in range(2):  # other lines, more of them than were read; of another deployment, whose objects are its own
            commit_in(held, "covered", 6)
    assert moved.lines() > json.loads(known.read_text())["size"]
    told("followed.json")
    known.unlink()
    shutil.rmtree(moved.replica)
    moved.auditor("rebuild")
    assert moved.told("captures")["captures"], "what was lost is accepted"
    place = moved.root / "MOVED"
    text = place.read_text()
    place.write_text(text.replace(f'"size": {json.loads(text)["size"]}', '"size": 100000'))
    known.unlink()
    told("MOVED")


def record_a_line(moved: Moved) -> None:
    """As maintenance does."""
    world = FleetWorld(moved.root, moved.database, moved.store, moved.environment)
    with open_maintenance(Workspace(moved.root), FleetPlaces(DatabaseAddress(moved.database), world.evidence())) as at:
        at.journal.record(HoldsTakenUp(holds=()))


@pytest.mark.parametrize(
    "who", ["maintenance", *(pytest.param(one, marks=pytest.mark.long) for one in ("an act", "a reader"))]
)
def test_a_ledger_that_was_set_back_is_signed_by_nobody(move_anew: Callable[[], Moved], who: str) -> None:
    """Whoever signed or read the lines that are gone: no other line takes their place, until the loss is accepted."""
    moved = move_anew()
    with lost(moved):
        if who == "maintenance":
            record_a_line(moved)
        elif who == "an act":
            moved.auditor(*DATE)
        else:
            with moved.there() as held:
                commit_in(held, "suspect", 5)
            moved.auditor("captures")
    head = moved.ask("select size, note from auditor.head")
    for _ in range(2):  # nothing of it is forgotten by being refused
        with pytest.raises(IntegrityError, match=r"followed\.json tells of: it was set back"):
            record_a_line(moved)
        for words in (DATE, ("move", "--back")):
            said = moved.auditor(*words, expect=4)[1]
            assert "set back" in said and said.count("\n") == 1, said
        shutil.rmtree(moved.replica, ignore_errors=True)
    assert moved.ask("select size, note from auditor.head") == head
    (moved.root / "db" / "followed.json").unlink()
    moved.auditor("rebuild")
    record_a_line(moved)
    moved.auditor(*DATE)
    assert moved.lines() == head[0][0] + 2, "what was lost is accepted"


def test_an_act_after_which_the_ledger_does_not_continue_what_was_read_is_no_success(
    move_anew: Callable[[], Moved],
) -> None:
    """Another process read more of it before it was set back, and says so once this one is open."""
    moved = move_anew()
    found = bring_up_to_date(moved.root)
    assert found is not None
    kept = moved.root / "db" / "followed.json"
    with open_acting(found.workspace, SharingTerms("confirm"), None) as custody:
        kept.write_text(json.dumps({**json.loads(kept.read_text()), "size": moved.lines() + 100}))
        with pytest.raises(IntegrityError, match="set back"):
            custody.journal.record(HoldsTakenUp(holds=()))


def wait_for(follower: FleetFollower, words: str) -> None:
    """Until it says so; without words, until it is in no trouble."""
    end = time.monotonic() + 60
    while words not in follower.trouble if words else follower.trouble:
        assert time.monotonic() < end, follower.trouble
        time.sleep(0.02)


def test_what_nobody_foresaw_is_told_with_its_place_and_what_to_do(moved: Moved) -> None:
    bring_up_to_date(moved.root)
    turn = moved.replica / catching_up.TURN
    turn.unlink(missing_ok=True)
    turn.mkdir()
    follower = FleetFollower(moved.root, 0.1)
    try:
        wait_for(follower, f"{moved.root}: what workers bring cannot be read: IsADirectoryError")
        assert "auditor status" in follower.trouble and "\n" not in follower.trouble
        turn.rmdir()
        wait_for(follower, "")
    finally:
        follower.close()


def test_a_ledger_that_the_log_left_is_not_told_as_now(move_anew: Callable[[], Moved]) -> None:
    """The workspace is brought back; another machine still has the file `MOVED`, and here pages are served."""
    moved = move_anew()
    there = elsewhere(moved)
    assert not there.auditor("captures")[1]
    here, far = FleetFollower(moved.root, 0.1), FleetFollower(there.root, 0.1)
    try:
        wait_for(here, "")
        moved.auditor("move", "--back")
        wait_for(here, "is in this folder again")  # while it is brought back, a look may meet another trouble first
        wait_for(far, "brought back")
    finally:
        here.close()
        far.close()
    out, said = there.auditor("captures", "--json", expect=1)
    assert json.loads(out)["captures"], "what was copied is told"
    assert "brought back" in said and "minutes ago" in said and said.count("\n") == 1, said
