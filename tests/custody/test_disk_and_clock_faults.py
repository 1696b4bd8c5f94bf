"""Disks that are full, read-only or forbidden; clocks that step back; two hands on one workspace."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from auditor import custody
from auditor.clock import now
from auditor.custody.journal.journal import Journal
from auditor.custody.journal.tables import VERSION
from auditor.errors import AuditorError, IntegrityError, VaultError
from auditor.formats.tiles import WIDTH
from tests.custody import practice_authorities as practice
from tests.custody.forks import Ends, forked
from tests.custody.practice_authorities import PATIENT, Authorities


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if made.returncode != 0:
        pytest.skip("this user may not mount a small file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_loses_nothing(small_disk: Path, stamps: Authorities) -> None:
    practice.begin(small_disk)
    with custody.open_workspace(small_disk) as held:
        pinned = stamps.pinned()
        sealer = custody.Sealer(held.vault, custody.http_authorities(pinned, PATIENT), 2, patience=PATIENT)
        sealer.seal(practice.keep(held, "c1", authorities=pinned))
        with pytest.raises(VaultError, match="No space left on device; nothing was lost; free space"):
            practice.keep(held, "c2", authorities=pinned, files={"big.bin": os.urandom(2_400_000)})
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as stream:
            for size in (4096, 1):
                try:
                    while stream.write(bytes(size)):
                        pass
                except OSError:
                    continue
        size = held.journal.size
        with pytest.raises(VaultError, match="No space left"):
            held.gap("the disk was full", run="run-1", deployment="site-a")
        assert held.journal.size == size
        filler.unlink()
        held.gap("the disk was full", run="run-1", deployment="site-a")
    with custody.open_workspace(small_disk) as held:
        assert any("interrupted" in line for line in held.recovered)
    found = custody.verify_workspace(small_disk)
    assert found.verdict == "passed" and found.counts["packages"] == 1


def test_a_read_only_disk_is_said_and_can_still_be_verified(small_disk: Path, stamps: Authorities) -> None:
    practice.run(small_disk, stamps, ("c1",))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with (
        pytest.raises(VaultError, match="Read-only file system; nothing was lost; mount it writable"),
        custody.open_workspace(small_disk),
    ):
        pass
    assert custody.verify_workspace(small_disk).verdict == "passed"
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    with custody.open_workspace(small_disk) as held:
        assert held.recovered == ()


def test_a_file_size_limit_is_said(tmp_path: Path) -> None:
    practice.begin(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with custody.open_workspace(tmp_path) as held:
        staging = held.vault.stage("site-a", "c1", now())
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        try:
            with pytest.raises(VaultError, match="File too large"):
                staging.put("big.bin", bytes(200_000), media_type="application/octet-stream", made_by="test")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        staging.put("big.bin", bytes(200_000), media_type="application/octet-stream", made_by="test")
        staging.discard()


def test_the_marker_of_a_move_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    """The process dies in the middle of its bytes; the next try writes it."""

    def die_writing(_: Ends) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
        custody.mark_moved(tmp_path, "where the log goes on")

    with forked(die_writing) as child:
        assert child.end() == -signal.SIGXFSZ
    assert custody.moved_text(tmp_path) == ""
    custody.mark_moved(tmp_path, "where the log goes on")
    assert custody.moved_text(tmp_path) == "where the log goes on"
    assert [path.name for path in tmp_path.iterdir()] == ["MOVED"]
    with pytest.raises(VaultError, match="exists already"):
        custody.mark_moved(tmp_path, "elsewhere")
    assert custody.moved_text(tmp_path) == "where the log goes on"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_lost_permission_is_said(tmp_path: Path) -> None:
    practice.begin(tmp_path)
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents[:2]:
        parent.chmod(0o755)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setuid(65534)
            with custody.open_workspace(tmp_path):
                pass
        except AuditorError as error:
            os.write(write, str(error).encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read, "rb") as stream:
        said = stream.read().decode()
    assert "Permission denied" in said


def test_a_clock_that_steps_back_is_recorded_and_told(tmp_path: Path) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path, at=lambda: now() - timedelta(hours=2)) as held:
        entry = held.gap("before", run="r", deployment="site-a")
        assert b'"stepped_back_ms":' in entry.line
        held.gap("after", run="r", deployment="site-a")
    found = custody.verify_workspace(tmp_path)
    assert any("clock stepped back" in notice for notice in found.notices)
    assert found.verdict == "passed"


def test_two_processes_on_one_workspace(tmp_path: Path) -> None:
    practice.begin(tmp_path)
    program = "\n".join(
        (
            "from pathlib import Path",
            "from auditor import custody",
            f"with custody.open_workspace(Path({str(tmp_path)!r})): pass",
        )
    )
    with custody.open_workspace(tmp_path) as held:
        reading = Journal.open(tmp_path)
        held.gap("written while another reads", run="r", deployment="site-a")
        assert Journal.open(tmp_path).size == reading.size + 1
        other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert f"in use by process {os.getpid()} since" in other.stderr
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0


def test_a_broken_journal_is_not_opened(workspace: Path) -> None:
    path = workspace / "evidence" / "journal" / "tail.jsonl"
    whole = path.read_bytes()
    for altered in (
        whole.replace(b"maintenance", b"maintenancE"),
        whole + whole.splitlines(keepends=True)[-1],
        whole[: len(whole) // 2],
    ):
        path.write_bytes(altered)
        with pytest.raises(IntegrityError), custody.open_workspace(workspace):
            pass
    path.write_bytes(whole)
    Journal.open(workspace)


def test_an_event_that_no_start_would_accept_is_refused_before_it_is_written(workspace: Path) -> None:
    with custody.open_workspace(workspace) as held:
        size = held.journal.size
        for kind, body in (
            ("intent", {"run": "x"}), ("intent", {"intent": "intent-c1", "run": "r", "deployment": "d"}),
            ("key", {"action": "rotated", "log": "nonsense", "box": ""}), ("workspace.created", {}),
        ):  # fmt: skip
            with pytest.raises(VaultError, match="event refused"):
                held.journal.append(kind, body)  # type: ignore[arg-type]
        assert held.journal.size == size
    assert custody.verify_workspace(workspace).verdict == "passed"


def test_names_that_mean_another_file_elsewhere_are_refused(tmp_path: Path) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path) as held:
        staging = held.vault.stage("site-a", "c1", now())
        for name in (
            "../x",
            "/x",
            "a//b",
            "a/./b",
            "",
            "截图.png",
            "con.txt",
            "x.",
            "a b",
            ".hidden",
            "manifest.json",
            "x" * 300,
        ):
            with pytest.raises(VaultError):
                staging.put(name, b"", media_type="text/plain", made_by="test")
        staging.put("a/B.txt", b"", media_type="text/plain", made_by="test")
        with pytest.raises(VaultError, match="written once"):
            staging.put("a/b.txt", b"", media_type="text/plain", made_by="test")
        for deployment in ("journal", "trust", "..", "a/b"):
            with pytest.raises(VaultError):
                held.vault.stage(deployment, "c2", now())


def test_a_line_stands_though_its_segment_cannot_be_sealed(tmp_path: Path) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path) as held:
        while held.journal.size < WIDTH - 1:
            held.gap("before", run="r", deployment="d")
        tiles = tmp_path / "evidence" / "journal" / "tile"
        tiles.write_text("in the way of a folder")
        entry = held.gap("the last of its segment", run="r", deployment="d")
        assert (entry.number, held.journal.size, held.journal.segments) == (WIDTH - 1, WIDTH, 0)
        for _ in range(2):
            with pytest.raises(VaultError, match="cannot be stored"):
                held.gap("refused before it is written", run="r", deployment="d")
        assert held.journal.size == WIDTH
        tiles.unlink()
        held.gap("and goes on", run="r", deployment="d")
        assert (held.journal.size, held.journal.segments) == (WIDTH + 1, 1)
    assert [one for one in custody.verify_workspace(tmp_path).checks if one.verdict == "failed"] == []


def test_tables_of_an_earlier_version_are_none_and_those_of_a_later_one_are_told(tmp_path: Path) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path) as held:
        held.gap("before", run="r", deployment="d")
        size = held.journal.size

    def told(version: int) -> list[str]:
        with sqlite3.connect(tmp_path / "db" / "ledger.db") as tables:
            tables.execute(f"pragma user_version = {version}")
        checks = custody.verify_workspace(tmp_path).checks
        return [one.verdict for one in checks if one.name == "journal.fold"]

    assert told(VERSION) == ["passed"]
    assert told(VERSION + 1) == ["failed"]
    assert told(VERSION - 1) == []
    assert custody.Journal.open(tmp_path).size == size
    with custody.open_workspace(tmp_path) as held:
        held.gap("after", run="r", deployment="d")
    assert told(VERSION) == ["passed"]
