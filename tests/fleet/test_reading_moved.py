"""A workspace that moved to a fleet is read as in its folder: same answers, what comes is there at once, and what
is not as it was recorded is told. Real database, real store."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from auditor.custody import Journal
from auditor.errors import IntegrityError
from auditor.fleet import pack, package_key
from auditor.index import Index
from auditor.workflow import bring_up_to_date
from auditor.workflow.desk.reads.captures import verify_capture
from auditor.workflow.report.render import stored_file_loader
from tests.cli.small_workspace import commit_in
from tests.fleet.moved_workspace import Moved, elsewhere, move_anew, moved

__all__ = ["move_anew", "moved"]

MOMENTS = {"as_of", "known_on", "software"}
AWAY = "postgresql://nobody@127.0.0.1:9/none"


def rows(path: Path) -> dict[str, list[Any]]:
    """What an index says, by table."""
    with sqlite3.connect(path) as index:
        names = [one for (one,) in index.execute("select name from sqlite_master where type = 'table'")]
        return {
            name: sorted(map(repr, index.execute(f"select * from {name}")))
            for name in names
            if name in {"packages", "readings", "observations", "unobserved", "views"}
        }


def test_what_is_read_is_what_stood_in_the_folder(moved: Moved) -> None:
    """No field of the report differs but its moment; captures, show, read, claim, decisions and changes are the same,
    and are what another machine tells that has the file `MOVED` and `targets.yaml` alone."""
    for home in (moved, elsewhere(moved)):
        found = home.report()
        for name in found.keys() | moved.before["report"].keys():
            assert name in MOMENTS or found.get(name) == moved.before["report"].get(name), name
        for verb, words in {"captures": (), "show": ("c-002",), "read": ("c-002",), "claim": ("all",)}.items():
            assert home.told(verb, *words) == moved.before[verb], verb
        assert json.loads(home.auditor("confirm", "list")[0]) == moved.before["confirm"]
        status, before = home.told("status"), moved.before["status"]
        assert {k: status[k] for k in ("last_capture", "unsealed", "never_captured", "unobserved")} == {
            k: before[k] for k in ("last_capture", "unsealed", "never_captured", "unobserved")
        }
    checked = moved.auditor("report", "--verify", "--format", "json", "-o", "-")[0]
    assert "V807" not in {one["rule"] for one in json.loads(checked)["findings"]}
    assert (moved.replica / "evidence" / "journal" / "head").exists()


def test_a_rebuilt_index_is_the_same_and_packages_do_not_stay(moved: Moved) -> None:
    moved.auditor("captures")
    before = rows(moved.root / "db" / "auditor.db")
    assert before["packages"]
    for folder in (moved.replica / "evidence").glob("*/*-c-*"):
        subprocess.run(["rm", "-r", str(folder)], check=True)
    moved.auditor("rebuild")
    assert rows(moved.root / "db" / "auditor.db") == before
    assert not list((moved.replica / "evidence").glob("*/*-c-*")), "streamed past, none is kept"
    moved.auditor("show", "c-002")
    assert len(list((moved.replica / "evidence").glob("*/*-c-*"))) == 1, "what was opened is kept"
    assert moved.told("read", "c-002")["same"]


def test_a_capture_is_verified_from_its_page(moved: Moved) -> None:
    """Whether its package lies here or not."""
    found = bring_up_to_date(moved.root)
    assert found is not None
    with Index.open(found.workspace.db) as index:
        row = index.package("c-001")
    assert row is not None and not (found.workspace.root / row.path).exists()
    for _ in range(2):
        assert not [one for one in verify_capture(found.workspace, row).checks if one.verdict != "passed"]


def test_what_comes_later_is_in_the_next_report(moved: Moved) -> None:
    """A capture over the fleet's ledger and store, sealed after a first look, and its number."""
    with moved.there() as held:
        name = commit_in(held, "suspect", 5)
        assert moved.told("show", name)["capture"] == name
        assert not moved.told("show", name)["sealed"]
        moved.sealer(held.vault).seal_outbox()
    assert moved.told("show", name)["sealed"]
    (found,) = [one for one in moved.report()["positions"] if one["deployment"] == "suspect"]
    assert found["displayed"] == 5
    assert moved.lines() == Journal.open(moved.replica).size


def unpack_zip(source: Path, folder: Path) -> list[str]:
    with zipfile.ZipFile(source) as opened:
        opened.extractall(folder)
        return opened.namelist()


def packed(folder: Path, names: Sequence[str], target: Path) -> tuple[Path, str]:
    made = pack(folder, names, target)
    return made.path, made.sha256


def test_a_package_that_was_altered_in_the_store_is_told(move_anew: Callable[[], Moved], tmp_path: Path) -> None:
    """By another hand, with the store's credentials: whoever opens it is refused, nothing of it is put in place, and
    the index that is made anew leaves it out."""
    moved = move_anew()
    home = Journal.open(moved.root).ledger.package_record("c-002")
    assert home is not None
    cached = moved.replica / "evidence" / home.home
    moved.auditor("show", "c-002")
    (cached / "status" / "body").write_bytes(b"of another hand, on this machine")
    found = bring_up_to_date(moved.root)
    assert found is not None
    with Index.open_to_read(found.workspace.db) as index:
        row = index.package("c-002")
    assert row is not None
    assert verify_capture(found.workspace, row).verdict == "passed", "what the store has is checked"
    key, bucket = package_key(home.home), moved.bucket
    bucket.save(key, tmp_path / "was.zip")
    names = unpack_zip(tmp_path / "was.zip", tmp_path / "altered")
    body = tmp_path / "altered" / "status" / "body"
    body.write_bytes(body.read_bytes().replace(b'"used": 8', b'"used": 9'))
    bucket.remove(key)
    bucket.create(key, *packed(tmp_path / "altered", names, tmp_path / "is.zip"))
    with pytest.raises(IntegrityError, match="c-002/status/body"):
        verify_capture(found.workspace, row)
    shutil.rmtree(cached)
    with pytest.raises(IntegrityError, match="c-002/status/body"):
        stored_file_loader(found.workspace)(row.path, "status/body")
    said = moved.auditor("show", "c-002", expect=4)[1]
    assert "c-002/status/body" in said and "differ" in said and said.count("\n") == 1, said
    assert not (moved.replica / "evidence" / home.home).exists()
    said = moved.auditor("rebuild", expect=5)[1]
    assert "c-002" in said, said
    assert moved.auditor("show", "c-003")[0]


def test_a_database_that_is_away_is_one_line_and_an_exit_code(moved: Moved) -> None:
    moved.auditor("captures")
    place = moved.root / "MOVED"
    text = place.read_text()
    place.write_text(text.replace(moved.database, AWAY))
    try:
        out, said = moved.auditor("captures", "--json", expect=1)
        assert json.loads(out)["captures"] and said.count("\n") == 1, said
        assert "cannot be opened" in said and "0 minutes ago, at 20" in said, said
        said = moved.auditor("confirm", "finding", "R", "dismissed", "--by", "A", "--reason", "b", expect=2)[1]
        assert said.count("\n") <= 2, said
        fresh = elsewhere(moved).root.with_name("fresh")
        fresh.mkdir()
        for name in ("targets.yaml", "MOVED", "alpha.pem", "beta.pem"):
            (fresh / name).write_bytes((moved.root / name).read_bytes())
        here = Moved(fresh, moved.database, moved.store, moved.environment, moved.stamps, {})
        said = here.auditor("captures", expect=2)[1]
        assert "cannot be opened" in said and said.count("\n") == 1, said
    finally:
        place.write_text(text)


def test_a_ledger_that_was_set_back_or_exchanged_is_told(move_anew: Callable[[], Moved]) -> None:
    """By the database's owner: to fewer lines under a head of its own, and to other lines under that head."""
    moved = move_anew()
    head = moved.ask("select size, note from auditor.head")[0]
    with moved.there() as held:
        commit_in(held, "suspect", 5)
    moved.auditor("captures")
    later = moved.ask("select size, note from auditor.head")[0]
    moved.ask("update auditor.head set size = %s, note = %s", *head)
    said = moved.auditor("captures", expect=4)[1]
    assert "set back" in said and said.count("\n") == 1, said
    moved.ask("update auditor.head set size = %s, note = %s", *later)
    moved.auditor("captures")
    with moved.there() as held:
        commit_in(held, "suspect", 6)
    moved.ask("alter table auditor.ledger disable trigger all")
    moved.ask(
        "update auditor.ledger set line = convert_to(replace(convert_from(line, 'UTF8'), 'suspect', 'suspecT'), 'UTF8')"
        " where number >= %s and kind = 'intent'",
        later[0],
    )
    moved.ask("alter table auditor.ledger enable trigger all")
    size = Journal.open(moved.replica).size
    said = moved.auditor("captures", expect=4)[1]
    assert said.count("\n") == 1, said
    assert Journal.open(moved.replica).size == size, "nothing of it is in the copy"


def test_the_copy_goes_on_where_it_was_interrupted(move_anew: Callable[[], Moved]) -> None:
    """Lines that no head counts yet, in the open segment and in a sealed one: readers pass them over, and the next look
    writes them again."""
    moved = move_anew()
    moved.auditor("captures")
    journal = moved.replica / "evidence" / "journal"
    tail, head = (journal / "tail.jsonl").read_bytes(), (journal / "head").read_bytes()
    with moved.there() as held:
        for _ in range(2):
            commit_in(held, "suspect", 5)
    moved.auditor("captures")
    ahead = (journal / "tail.jsonl").read_bytes()
    assert ahead.startswith(tail)
    (journal / "head").write_bytes(head)  # as after a kill before the head was exchanged; the tables are ahead too
    assert Journal.open(moved.replica).size == tail.count(b"\n")
    moved.auditor("captures")
    assert Journal.open(moved.replica).size == moved.lines() == ahead.count(b"\n")


def peak(moved: Moved, *words: str) -> int:
    """The most memory that a command's process had, in KiB."""
    code = (
        "import os, resource, subprocess, sys; done = subprocess.run(sys.argv[1:], capture_output=True, text=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss);"
        "sys.exit(done.stderr if done.returncode else 0)"
    )
    command = [sys.executable, "-c", code, sys.executable, "-m", "auditor", "--workspace", str(moved.root), *words]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **moved.environment}, cwd=moved.root
    )
    assert not done.returncode, done.stderr
    return int(done.stdout)


@pytest.mark.parametrize(
    ("few", "many", "size"), [(17, 34, 1 << 19), pytest.param(60, 160, 4 << 20, marks=pytest.mark.long)]
)
def test_memory_and_disk_do_not_grow_with_the_packages(
    move_anew: Callable[[], Moved], few: int, many: int, size: int
) -> None:
    """An index made anew over several times the packages needs no more; what is kept of them keeps to its room.

    Sixteen come at once, and how many of them are held in the same moment is chance: the most that 60 needed was 179 MB
    or 190, that 260 needed 192, 320 needed 190. What may be more is a thirtieth of what the further ones hold.
    """
    moved = move_anew()
    found = []
    for count in (few, many):
        with moved.there() as held:
            while len(list(held.journal.ledger.packages())) < count:
                commit_in(held, "suspect", 5, extra=size)
        found.append(peak(moved, "rebuild"))
    assert found[1] - found[0] < max(8 << 20, (many - few) * size // 30) >> 10, found
    captures = [one["capture"] for one in moved.told("captures", "--limit", str(many))["captures"]]
    for name in captures[:24]:
        moved.auditor("show", name, AUDITOR_REPLICA_MB="8")
        for folder in (moved.replica / "evidence").glob("*/*-c-*"):
            os.utime(folder, (1, folder.stat().st_mtime - 100))  # it was used some time ago
    kept = sum(path.stat().st_size for path in (moved.replica / "evidence").glob("*/*-c-*/**/*") if path.is_file())
    assert kept < (8 << 20) + 2 * size + (8 << 17), kept
