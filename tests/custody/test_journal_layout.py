"""Segments, tiles, folds and tables: opened by the end alone, equal to what the lines say, whatever is thrown away."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import custody
from auditor.custody import Journal, open_workspace, rotate_log_keys, verify_workspace
from auditor.custody.journal.local_journal import LocalJournalStore
from auditor.errors import CustodyError, IntegrityError, VaultError
from auditor.model.events import RunOpened
from tests.custody import practice_authorities as practice
from tests.custody.journal_clerk import AT, Clerk, difference, read_whole
from tests.custody.practice_authorities import PATIENT, Authorities
from tests.custody.test_recovery import lived, told
from tests.custody.witness_server import witness as witnessing

LEDGER = Path("db") / "ledger.db"


def begun(root: Path) -> Path:
    practice.begin(root)
    return root


def same(root: Path) -> Journal:
    """The journal opens as its lines say."""
    journal, whole = read_whole(root)
    assert difference(journal, whole) == []
    return journal


def failing(root: Path) -> set[str]:
    return {check.name for check in verify_workspace(root).checks if check.verdict == "failed"}


# Opening.


def test_opening_reads_the_end_alone(grown: Path) -> None:
    """Of a sealed segment only lines of keys and trust are read, and of the checkpoint that is gone on from."""
    before = same(grown)
    assert before.segments == 2
    assert before.lines_read <= before.size - 512, "the open segment"
    segment = grown / "evidence" / "journal" / "entries" / "001.jsonl"
    size = len(segment.read_bytes())
    with open_workspace(grown, at=lambda: AT) as held:
        assert held.journal.frontier.root() == before.frontier.root()
    segment.chmod(0o644)
    with segment.open("r+b") as file:
        file.truncate(size // 2)
    with open_workspace(grown, at=lambda: AT):
        pass
    # Opening does not look at the middle of the past; whoever reads a line of it, and `verify`, does.
    assert failing(grown) == {"journal.line"}


def test_lines_of_the_past_are_held_against_their_tiles(grown: Path) -> None:
    path = grown / "evidence" / "journal" / "entries" / "001.jsonl"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b'"old-377"', b'"old-378"'))
    with pytest.raises(IntegrityError, match="not those of their hash tile"):
        list(Journal.open(grown).entries())
    assert failing(grown) == {"journal.chain"}


@pytest.fixture(scope="module")
def three_segments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three sealed segments, and nothing behind them."""
    root = begun(tmp_path_factory.mktemp("three") / "w")
    with open_workspace(root, at=lambda: AT) as held:
        while held.journal.size < 768:
            held.journal.append("schedule", {"action": "dropped", "schedule": f"old-{held.journal.size}"})
    return root


@pytest.fixture
def three(three_segments: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(three_segments, tmp_path / "three", symlinks=True))


def test_lines_of_a_sealed_segment_without_its_tile_are_not_given(three: Path) -> None:
    """Who alters a line cannot have it pass by taking the tile away."""
    folder = three / "evidence" / "journal"
    path = folder / "entries" / "001.jsonl"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b'"old-511"', b'"old-512"'))
    (folder / "tile" / "0" / "001").unlink()
    journal = Journal.open(three)
    for read in (lambda: journal.entry(511), lambda: list(journal.entries()), lambda: next(journal.entries(511))):
        with pytest.raises(IntegrityError, match="hash tile of lines 256 to 511 is missing"):
            read()
    assert journal.entry(255).body["schedule"] == "old-255"


@pytest.mark.parametrize("left", [0, 1, 20_000])
def test_a_segment_that_is_cut_off_or_gone_is_no_end_of_the_lines(three: Path, left: int) -> None:
    path = three / "evidence" / "journal" / "entries" / "001.jsonl"
    if left:
        path.chmod(0o644)
        os.truncate(path, left)
    else:
        path.unlink()
    journal = Journal.open(three)
    with pytest.raises(IntegrityError, match=r"line \d+ is missing or cut off"):
        list(journal.entries())
    with pytest.raises(IntegrityError):
        list(journal.entries(300))
    assert len(list(journal.entries(512))) == 256


def test_the_scrub_tells_a_segment_that_is_gone_with_its_tile(three: Path) -> None:
    folder = three / "evidence" / "journal"
    (folder / "entries" / "001.jsonl").unlink()
    (folder / "tile" / "0" / "001").unlink()
    with open_workspace(three, at=lambda: AT) as held:
        done = custody.scrub_next_share(held.vault, custody.ScrubCoverage(), turns=1)
    assert [each.split(":")[0] for each in done.failed] == ["journal.segment evidence/journal/entries/001.jsonl"]


def test_a_segment_is_the_lines_byte_for_byte(grown: Path) -> None:
    folder = grown / "evidence" / "journal"
    names = ("entries/000.jsonl", "entries/001.jsonl", "tail.jsonl")
    whole = b"".join((folder / name).read_bytes() for name in names)
    assert whole == b"".join(entry.line + b"\n" for entry in Journal.open(grown).entries())
    assert (folder / "entries" / "000.jsonl").stat().st_mode & 0o222 == 0
    assert (folder / "entries" / "000.jsonl").read_bytes().count(b"\n") == 256


def test_lines_beyond_what_a_log_can_bundle_are_refused_and_plans_are_parted(tmp_path: Path) -> None:
    with open_workspace(begun(tmp_path), at=lambda: AT) as held:
        with pytest.raises(VaultError, match="split it"):
            held.journal.record(RunOpened(run="r", targets={"x" * 70_000: "ab" * 32}))
        held.journal.record(RunOpened(run="r-1"))
        slots = [{"slot": f"slot-{number:05d}", "deployment": f"library-{number:05d}"} for number in range(2_000)]
        held.plan(run="r-1", slots=slots)
        assert held.journal.ledger.untouched_slots("r-1") == [one["slot"] for one in slots]
        held.gap_of_several("the disk is full", run="r-1", slots=slots)
        assert held.journal.ledger.untouched_slots("r-1") == []
    lines = list(Journal.open(tmp_path).entries(kinds=("plan", "gap")))
    assert len(lines) > 4 and max(len(entry.line) for entry in lines) < 1 << 16
    plans = [entry.body for entry in lines if entry.kind == "plan"]
    assert [body["part"] for body in plans] == list(range(1, len(plans) + 1))
    assert {body["parts"] for body in plans} == {len(plans)}


# The tables can be thrown away, and are never believed beyond what they may.


def throw_away(root: Path) -> None:
    for name in (LEDGER, Path(f"{LEDGER}-wal"), Path(f"{LEDGER}-shm")):
        (root / name).unlink(missing_ok=True)


def garbage(root: Path) -> None:
    throw_away(root)
    (root / LEDGER).write_bytes(b"no database at all" * 500)


def of_another_log(root: Path) -> None:
    other = begun(root.with_name("another"))
    with open_workspace(other, at=lambda: AT) as held:
        Clerk(5).write(held, 30)
    throw_away(root)
    shutil.copy(other / LEDGER, root / LEDGER)


def of_no_line(root: Path) -> None:
    with sqlite3.connect(root / LEDGER) as tables:
        assert tables.execute("DELETE FROM folded").rowcount == 1


@pytest.mark.parametrize("spoil", [throw_away, garbage, of_another_log, of_no_line])
def test_tables_that_are_no_good_are_made_again(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    root = begun(tmp_path / "w")
    with open_workspace(root, at=lambda: AT) as held:
        Clerk(1).write(held, 40)
    spoil(root)
    assert ("journal.fold" in failing(root)) == (spoil is not throw_away)
    with open_workspace(root, at=lambda: AT) as held:
        Clerk(2).write(held, 10)
    same(root)
    assert "journal.fold" not in failing(root)
    assert (root / LEDGER).exists()


def test_older_tables_are_caught_up(tmp_path: Path) -> None:
    root = begun(tmp_path / "w")
    with open_workspace(root, at=lambda: AT) as held:
        Clerk(1).write(held, 30)
    older = (root / LEDGER).read_bytes()
    with open_workspace(root, at=lambda: AT) as held:
        Clerk(2).write(held, 30)
    throw_away(root)
    (root / LEDGER).write_bytes(older)
    assert "journal.fold" not in failing(root), "they are right as far as they go"
    same(root)


def test_an_altered_row_is_found_by_verify(tmp_path: Path) -> None:
    root = begun(tmp_path / "w")
    with open_workspace(root, at=lambda: AT) as held:
        Clerk(3).write(held, 60)
    assert "journal.fold" not in failing(root)
    with sqlite3.connect(root / LEDGER) as tables:
        assert tables.execute("DELETE FROM intent WHERE number = (SELECT max(number) FROM intent)").rowcount == 1
    found = [check for check in verify_workspace(root).checks if check.name == "journal.fold"]
    assert [check.verdict for check in found] == ["failed"] and "intent" in found[0].detail


def test_a_line_of_another_kind_than_the_tables_say_is_not_given(tmp_path: Path) -> None:
    root = begun(tmp_path / "w")
    with open_workspace(root, at=lambda: AT):
        pass
    with sqlite3.connect(root / LEDGER) as tables:
        assert tables.execute("UPDATE event SET kind = 'decision' WHERE number = 1").rowcount == 1
    with pytest.raises(IntegrityError, match=r"not as db/ledger.db says"):
        list(Journal.open(root).entries(kinds=("decision",)))


def test_a_segment_with_keys_or_trust_is_looked_at_by_every_start(grown: Path) -> None:
    path = grown / "evidence" / "journal" / "entries" / "000.jsonl"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b'"old-77"', b'"old-78"'))
    with pytest.raises(IntegrityError), open_workspace(grown, at=lambda: AT):
        pass


def test_an_altered_fold_is_not_gone_on_from(grown: Path) -> None:
    fold = max((grown / "evidence" / "journal" / "folds").glob("*.json"))
    fold.chmod(0o644)
    fold.write_bytes(fold.read_bytes().replace(b'"captures":2', b'"captures":3'))
    with sqlite3.connect(grown / LEDGER) as tables:
        tables.execute("DELETE FROM kept")
    with pytest.raises(IntegrityError, match="its bytes differ from the journal's record"), open_workspace(grown):
        pass
    assert failing(grown) == {"journal.digest"}


def test_a_kept_fold_of_another_hand_is_not_believed(grown: Path) -> None:
    with sqlite3.connect(grown / LEDGER) as tables:
        (note,) = tables.execute("SELECT fold FROM kept").fetchone()
        tables.execute("UPDATE kept SET fold = ?", (note.replace(b'"captures":0', b'"captures":9'),))
    assert same(grown).ledger.standing.captures == 2


# Beside a writer.


def test_beside_a_writer_a_reader_sees_a_moment_that_was(tmp_path: Path) -> None:
    root = begun(tmp_path / "w")
    with open_workspace(root, at=lambda: AT) as held:
        Clerk(1).write(held, 20)
        reading = Journal.open(root)
        size = held.journal.size
        assert (reading.size, reading.frontier.root()) == (size, held.journal.frontier.root())
        Clerk(2).write(held, 300)
        assert held.journal.segments >= 1
        assert len(list(reading.entries())) == size == reading.size
        same(root)
        with (root / "evidence" / "journal" / "tail.jsonl").open("ab") as file:
            file.write(b'{"at":"2026')  # the head does not count it yet
        assert Journal.open(root).size == held.journal.size
    with pytest.raises(IntegrityError):
        Journal.open(root)


def test_where_nothing_can_be_written_everything_is_read(tmp_path: Path) -> None:
    root = begun(tmp_path / "w")
    with open_workspace(root, at=lambda: AT) as held:
        Clerk(4).write(held, 40)
    throw_away(root)
    (root / "db").rmdir()
    (root / "db").write_text("not a folder", encoding="ascii")
    journal = same(root)
    assert journal.lines_read == journal.size


def test_who_only_reads_is_told_nothing_of_a_line_that_stands_in_the_head_alone(tmp_path: Path) -> None:
    """The kept tables end before it: a capture would wait of which they know nothing."""
    root, before = begun(tmp_path / "w"), tmp_path / "before"
    with open_workspace(root, at=lambda: AT) as held:
        held.intent("i-1", run="r-1", deployment="d1")
        shutil.copytree(root, before, symlinks=True)
        Clerk(1).capture(held)
        assert held.journal.ledger.standing.waiting
        size = held.journal.size
    shutil.copytree(root / "evidence" / "journal", before / "evidence" / "journal", dirs_exist_ok=True)
    path = before / "evidence" / "journal" / "tail.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    reading = Journal.open(before)
    assert reading.ledger.unsealed() == [] and reading.size == size - 1 == len(list(reading.entries()))
    assert [one.id for one in reading.ledger.open_intents()] == ["i-1"]
    with open_workspace(before, at=lambda: AT) as held:
        assert held.recovered[0].endswith("was written") and len(held.journal.ledger.unsealed()) == 1


# Any history, and any end of a process.


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32), parts=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5)), max_size=5))
def test_any_history_opens_as_its_lines_say(seed: int, parts: list[tuple[int, int]]) -> None:
    with tempfile.TemporaryDirectory(prefix="auditor-history-") as name:
        root, clerk = begun(Path(name)), Clerk(seed)
        for events, then in parts:
            with open_workspace(root, at=lambda: AT) as held:
                clerk.write(held, events)
                if then == 1:
                    rotate_log_keys(held.vault, why="test")
                live, whole = held.journal, read_whole(root)[1]
                assert difference(live, whole) == []
            if then == 2:
                throw_away(root)
            same(root)
        checks = {check.name: check.verdict for check in verify_workspace(root).checks}
        assert {checks[name] for name in ("journal.chain", "journal.tile", "journal.head")} == {"passed"}


def _write(root: Path, seed: int) -> None:
    with open_workspace(root, at=lambda: AT) as held:
        Clerk(seed).write(held, 14)


def _killed(root: Path, near: Path, points: list[int]) -> int:
    """A process that writes over the end of a segment, killed at these of its calls; nothing is lost or half."""
    killed = 0
    for point in points:
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(near, root, symlinks=True)
        before = [entry.line for entry in Journal.open(root).entries()]

        status = lived(partial(_write, root, point), point)
        assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL, status
        killed += status != 0
        with open_workspace(root, at=lambda: AT):
            pass
        journal = same(root)
        lines = [entry.line for entry in journal.entries()]
        assert lines[: len(before)] == before and journal.segments == journal.size // 256
        found = [each for each in told(verify_workspace(root)) if not each.startswith(("package.", "intent.", "plan."))]
        assert found == []
    return killed


@pytest.fixture(scope="module")
def near_the_end(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal with a few lines left in its first segment."""
    root = begun(tmp_path_factory.mktemp("near") / "w")
    with open_workspace(root, at=lambda: AT) as held:
        while held.journal.size < 250:
            held.journal.append("schedule", {"action": "dropped", "schedule": f"old-{held.journal.size}"})
    return root


def test_a_kill_while_a_segment_is_sealed(near_the_end: Path, tmp_path: Path) -> None:
    assert _killed(tmp_path / "w", near_the_end, list(range(40, 640, 75))) >= 6


def flushed(work: Callable[[], object], watched: dict[str, Path]) -> list[str]:
    """The names of those files and folders that are flushed while the work is done, in order; `head` where the head is
    exchanged meanwhile. The disk does as ever."""
    found, flush, exchange = list[str](), os.fsync, Path.replace
    known = {(one.stat().st_dev, one.stat().st_ino): name for name, one in watched.items()}

    def told(handle: int) -> None:
        made = os.fstat(handle)
        found.extend([name] if (name := known.get((made.st_dev, made.st_ino))) else [])
        flush(handle)

    def exchanged(path: Path, target: Path) -> Path:
        found.extend(["head"] if target.name == "head" else [])
        return exchange(path, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", told)
        patch.setattr(Path, "replace", exchanged)
        work()
    return found


def test_what_a_killed_process_left_is_flushed_before_the_head_counts_another_line(tmp_path: Path) -> None:
    """A line and names that the kernel alone had would be gone with the power, and the head two lines ahead."""
    root = begun(tmp_path / "w")
    folder = root / "evidence" / "journal"
    with open_workspace(root, at=lambda: AT) as held:
        found = flushed(
            lambda: held.gap("one", run="r", deployment="d"), {"lines": folder / "tail.jsonl", "folder": folder}
        )
        assert found == ["lines", "folder", "head", "folder", "lines"]
        found = flushed(
            lambda: held.gap("two", run="r", deployment="d"), {"lines": folder / "tail.jsonl", "folder": folder}
        )
        assert found == ["head", "folder", "lines"]


def test_a_full_segment_is_flushed_before_it_gets_its_name(near_the_end: Path, tmp_path: Path) -> None:
    """Its last line may be of a process that was killed before it was flushed."""
    root = Path(shutil.copytree(near_the_end, tmp_path / "w", symlinks=True))
    folder = root / "evidence" / "journal"
    with open_workspace(root, at=lambda: AT) as held:
        (folder / "tile").write_text("in the way")
        with pytest.raises(VaultError):
            while True:
                held.journal.append("schedule", {"action": "dropped", "schedule": f"old-{held.journal.size}"})
        assert held.journal.size == 256
    (folder / "tile").unlink()

    def opened() -> None:
        with open_workspace(root, at=lambda: AT) as held:
            assert held.journal.segments == 1

    assert flushed(opened, {"lines": folder / "tail.jsonl", "folder": folder})[:2] == ["lines", "folder"]


@pytest.mark.long
@pytest.mark.timeout(2400)
def test_kills_at_200_points_of_writing(near_the_end: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(near_the_end, tmp_path / "counted", symlinks=True))
    assert lived(partial(_write, root, 1), None, tmp_path / "points") == 0
    life = int((tmp_path / "points").read_text())  # of one; what each writes is drawn, and some live less long
    assert _killed(tmp_path / "w", near_the_end, [1 + number * life // 240 for number in range(200)]) >= 180


# What only somebody outside can tell.


def test_a_workspace_that_was_rolled_back_is_told_by_its_witness(
    workspace: Path, stamps: Authorities, tmp_path: Path
) -> None:
    earlier = Path(shutil.copytree(workspace, tmp_path / "earlier", symlinks=True))
    with witnessing() as (_, witness):
        with open_workspace(workspace) as held:
            sealer = custody.Sealer(held.vault, custody.http_authorities(stamps.pinned(), PATIENT), 2, patience=PATIENT)
            custody.request_cosignature(held.vault, custody.sign_checkpoint(held.journal, sealer, "day one"), witness)
            custody.request_cosignature(held.vault, custody.sign_checkpoint(held.journal, sealer, "day two"), witness)
        assert told(verify_workspace(earlier)) == [], "by itself it is whole: every copy of the past was"
        with open_workspace(earlier) as held:
            sealer = custody.Sealer(held.vault, custody.http_authorities(stamps.pinned(), PATIENT), 2, patience=PATIENT)
            again = custody.sign_checkpoint(held.journal, sealer, "day one, once more")
            with pytest.raises(CustodyError, match="has seen"):
                custody.request_cosignature(held.vault, again, witness)


def test_an_empty_store_has_no_segment(tmp_path: Path) -> None:
    store = LocalJournalStore(tmp_path)
    assert (store.segments(0), store.segments(255), store.tile(0, 0), list(store.lines(700))) == (0, 0, b"", [])


def test_a_fold_of_a_history_that_was_taken_back_is_not_gone_on_from(near_the_end: Path, tmp_path: Path) -> None:
    """The same key signed it, at the same size: of a copy of the workspace that went another way."""
    one, other = (Path(shutil.copytree(near_the_end, tmp_path / name, symlinks=True)) for name in ("one", "other"))
    for root, name in ((one, "one"), (other, "other")):
        with open_workspace(root, at=lambda: AT) as held:
            for number in range(12):
                held.intent(f"{name}-{number}", run="r", deployment="d")
    with sqlite3.connect(other / LEDGER) as tables:
        (note,) = tables.execute("SELECT fold FROM kept").fetchone()
    with sqlite3.connect(one / LEDGER) as tables:
        tables.execute("UPDATE kept SET fold = ?", (note,))
    assert set(same(one).ledger.standing.intents) == {f"one-{number}" for number in range(12)}
