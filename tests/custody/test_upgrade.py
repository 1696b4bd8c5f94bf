"""A workspace of the earlier layout becomes one of the present one: same lines, same root; or it stays what it was."""

from __future__ import annotations

import json
import os
import shutil
import signal
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor import custody
from auditor.cli import group
from auditor.custody import Journal, open_workspace, upgrade_workspace, verify_workspace
from auditor.custody.journal.lines import head_text
from auditor.custody.journal.local_journal import LocalJournalStore
from auditor.custody.upgrade import BEFORE
from auditor.errors import ConfigError, IntegrityError
from auditor.formats import merkle
from tests.custody import practice_authorities as practice
from tests.custody.practice_authorities import PATIENT, Authorities
from tests.custody.test_recovery import lived, told


def as_an_earlier_version_left_it(root: Path) -> list[bytes]:
    """One file of lines, and a head that states no root; its lines."""
    folder, keys = root / "evidence" / "journal", custody.open_keys(root)
    lines = [line for line, _ in LocalJournalStore(root).lines()]
    for name in ("entries", "tile"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "tail.jsonl").unlink(missing_ok=True)
    (folder / "journal.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    (folder / "head").write_bytes(keys.sign(head_text(keys.origin, len(lines), None, lines[-1])))
    shutil.rmtree(root / "db", ignore_errors=True)
    (root / "db").mkdir()
    (root / "db" / "journal.json").write_text("{}", encoding="ascii")
    return lines


@pytest.fixture
def earlier(grown: Path) -> Path:
    as_an_earlier_version_left_it(grown)
    return grown


def test_every_checkpoint_proof_and_line_stays_what_it_was(earlier: Path, stamps: Authorities) -> None:
    before = Journal.open(earlier)
    lines, records = [entry.line for entry in before.entries()], before.ledger.checkpoints()
    proofs = [
        custody.inclusion_proof(before, number, custody.load_checkpoint(earlier, record.path))
        for record in records
        for number in (0, record.size - 1)
    ]
    done = upgrade_workspace(earlier)
    assert (done.lines, done.checkpoints, done.done) == (len(lines), 2, True)
    journal = Journal.open(earlier)
    assert [entry.line for entry in journal.entries()][: len(lines)] == lines
    assert journal.tree(len(lines)).root == merkle.root_hash([merkle.leaf_hash(line) for line in lines])
    again = [
        custody.inclusion_proof(journal, number, custody.load_checkpoint(earlier, record.path))
        for record in records
        for number in (0, record.size - 1)
    ]
    assert again == proofs
    (told_there,) = journal.entries(kinds=("journal.layout",))
    assert told_there.body == {
        "layout": "auditor.journal/2", "lines": len(lines), "root": done.root, "checkpoints": 2,
    }  # fmt: skip
    assert told(verify_workspace(earlier)) == []
    assert (earlier / BEFORE).read_bytes() == b"".join(line + b"\n" for line in lines)
    assert not (earlier / "db" / "journal.json").exists()
    with open_workspace(earlier) as held:
        assert held.journal.lines_read < 60
        sealer = custody.Sealer(held.vault, custody.http_authorities(stamps.pinned(), PATIENT), 2, patience=PATIENT)
        sealer.seal(practice.keep(held, "c3", authorities=stamps.pinned()))
        custody.sign_checkpoint(held.journal, sealer, "after")
    assert told(verify_workspace(earlier)) == []
    assert not upgrade_workspace(earlier).done, "once is enough"


def test_an_earlier_workspace_is_read_and_not_written(earlier: Path) -> None:
    assert told(verify_workspace(earlier)) == []
    assert len(list(custody.stored_packages(earlier))) == 2
    with pytest.raises(ConfigError, match="Run: auditor upgrade"), open_workspace(earlier):
        pass


def test_the_command_says_what_it_did(earlier: Path) -> None:
    for done in (True, False):
        ran = CliRunner().invoke(group, ["--workspace", str(earlier), "upgrade", "--json"])
        assert ran.exit_code == 0, ran.output
        assert json.loads(ran.stdout)["done"] is done
    assert "present layout" in CliRunner().invoke(group, ["--workspace", str(earlier), "upgrade"]).output


@pytest.mark.parametrize("wrong", ["line", "checkpoint"])
def test_what_does_not_hold_is_not_upgraded(earlier: Path, wrong: str) -> None:
    folder = earlier / "evidence" / "journal"
    path = folder / "journal.jsonl" if wrong == "line" else max((folder / "checkpoints").glob("*.checkpoint"))
    data = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(data.replace(b'"old-307"', b'"old-308"') if wrong == "line" else data.replace(b"\n5", b"\n4", 1))
    assert path.read_bytes() != data
    with pytest.raises(IntegrityError):
        upgrade_workspace(earlier)
    assert not (folder / "entries").exists() and (folder / "journal.jsonl").exists()
    path.write_bytes(data)
    assert told(verify_workspace(earlier)) == []


def test_tiles_that_are_not_of_the_lines_are_not_signed_by_the_first_head_after(earlier: Path) -> None:
    """An upgrade that was interrupted when all was in place: the old head stands, which states no root."""
    old = (earlier / "evidence" / "journal" / "head").read_bytes()
    upgrade_workspace(earlier)
    folder = earlier / "evidence" / "journal"
    lines = (folder / "tail.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "tail.jsonl").write_bytes(b"".join(lines[:-1]))
    (folder / "head").write_bytes(old)
    (tile,) = (folder / "tile" / "1" / "000.p").iterdir()
    whole = tile.read_bytes()
    tile.chmod(0o644)
    tile.write_bytes(whole[:32] + bytes(32))
    with pytest.raises(IntegrityError, match="than the tiles"), open_workspace(earlier):
        pass
    assert (folder / "head").read_bytes() == old
    tile.write_bytes(whole)
    with open_workspace(earlier):
        pass
    assert told(verify_workspace(earlier)) == []


def test_a_line_that_stood_in_the_head_alone_comes_along(earlier: Path) -> None:
    path = earlier / "evidence" / "journal" / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][:20])
    assert upgrade_workspace(earlier).lines == len(lines)
    assert told(verify_workspace(earlier)) == []


def _upgrade(root: Path) -> None:
    upgrade_workspace(root)


def _killed(earlier: Path, root: Path, points: list[int]) -> int:
    lines, killed = [entry.line for entry in Journal.open(earlier).entries()], 0
    for point in points:
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(earlier, root, symlinks=True)
        status = lived(partial(_upgrade, root), point)
        assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL, status
        killed += status != 0
        assert [entry.line for entry in Journal.open(root).entries()][: len(lines)] == lines, "one of the two stands"
        between = verify_workspace(root)
        if (root / "evidence" / "journal" / "journal.jsonl").exists():
            left = {check.name for check in between.checks if check.verdict != "passed"}
            assert left <= {"journal.upgrade"}, left
        upgrade_workspace(root)
        assert told(verify_workspace(root)) == []
        assert not (root / ".upgrade").exists()
    return killed


def test_an_interrupted_upgrade_leaves_one_of_the_two_whole(earlier: Path, tmp_path: Path) -> None:
    points = [*range(60, 420, 45)]
    assert _killed(earlier, tmp_path / "w", points) >= len(points) // 2


@pytest.mark.long
@pytest.mark.timeout(2400)
def test_kills_at_150_points_of_an_upgrade(earlier: Path, tmp_path: Path) -> None:
    assert _killed(earlier, tmp_path / "w", list(range(1, 601, 4))) >= 80
