"""The golden workspace verifies for ever; every attack on it is refused by the check that its folder names."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from auditor import custody
from auditor.cli import group
from auditor.custody.verification import offline_script
from tests.custody import golden_workspace as scene
from tests.custody import make_samples as forging
from tests.custody.test_offline_script import steps
from tests.custody.witnessed_workspace import WITNESSED_ATTACKS

SAMPLES = Path(__file__).parents[1] / "samples"
GOLDEN = SAMPLES / "packages" / "manifest-1"
GOLDEN_OF = {"tampered": GOLDEN, "tampered-2": SAMPLES / "packages" / "journal-2"}
"""The golden workspace of each layout of the journal, by the folder of the attacks on it."""
ATTACKS = sorted((table, path.name) for table in GOLDEN_OF for path in (SAMPLES / table).iterdir() if path.is_dir())


FOLDS_LEFT_OUT = "restated-fold"
"""The one that the printed steps pass over, and say so: no line, file or package is another for it."""


def told(root: Path, *arguments: Path | str) -> tuple[int, dict[str, Any]]:
    """The exit code of `auditor verify`, on a workspace's evidence or as told, and what it prints as JSON."""
    named = [str(each) for each in arguments or [root / "evidence"]]
    done = CliRunner().invoke(group, ["--workspace", str(root), "verify", "--json", *named])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return done.exit_code, found


@pytest.mark.parametrize("golden", GOLDEN_OF.values(), ids=lambda path: path.name)
def test_a_golden_workspace_verifies(golden: Path, tmp_path: Path) -> None:
    golden = Path(shutil.copytree(golden, tmp_path / "golden"))  # SQLite keeps files beside its own
    for year in (2024, 2027, 2060):
        found = custody.verify_workspace(golden, at=partial(datetime, year, 1, 1, tzinfo=UTC))
        assert found.verdict == "passed"
    found = custody.verify_workspace(golden)
    assert [check for check in found.checks if check.verdict != "passed"] == []
    assert found.verdict == "passed"
    assert [told(golden)[0], told(golden)[1]["verdict"]] == [0, "passed"]
    done = steps(golden, tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_the_corpus_is_complete() -> None:
    assert len(ATTACKS) >= 30
    assert {name for _, name in ATTACKS} == set(scene.ATTACKS), (
        "run `python -m tests.custody.make_samples tests/samples`"
    )


@pytest.mark.parametrize(("table", "name"), ATTACKS)
def test_an_attack_is_refused_by_the_command_with_the_check_it_names_and_by_the_printed_steps(
    table: str, name: str, tmp_path: Path
) -> None:
    expected = forging.apply(SAMPLES / table / name, GOLDEN_OF[table], tmp_path / "w")
    code, found = told(tmp_path / "w")
    wrong = [check for check in found["checks"] if check["verdict"] != "passed"]
    assert expected in {check["name"] for check in wrong}, wrong
    assert (code, found["verdict"]) == ((5, "not checked") if name == "quorum-of-one" else (4, "failed"))
    done = steps(tmp_path / "w", tmp_path)
    if name == FOLDS_LEFT_OUT:
        assert "what stood open at checkpoints" in offline_script.STEPS
        return
    assert done.returncode != 0, done.stdout
    assert "NOT VERIFIED" in done.stdout + done.stderr


WITNESSED = SAMPLES / "witnessed"
UNSEEN = {"rolled-back-and-hidden": 5, "rolled-back-to-a-cosigned-end": 0}
"""Attacks that only what lies outside shows: the exit code with roots, keys and the witness's key alone."""


def _wrong(found: dict[str, Any]) -> set[str]:
    return {check["name"] for check in found["checks"] if check["verdict"] != "passed"}


def trusted(tmp_path: Path, *, checkpoint: bool) -> Path:
    """What an outsider holds: roots, the first log key, the witness's key; with the checkpoint that he was given."""
    folder = Path(shutil.copytree(WITNESSED / "trust", tmp_path / "trust"))
    if not checkpoint:
        (folder / "handed-over.checkpoint").unlink()
    return folder


def test_the_witnessed_workspace_verifies_from_the_first_key_on(tmp_path: Path) -> None:
    trust, root = trusted(tmp_path, checkpoint=True), WITNESSED / "workspace"
    code, found = told(root, "--trust", trust, root / "evidence")
    assert (code, [check for check in found["checks"] if check["verdict"] != "passed"]) == (0, [])
    assert {"checkpoint.witness", "checkpoint.outside"} <= {check["name"] for check in found["checks"]}
    done = steps(root, tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "NOT SEEN" not in done.stdout


def test_the_witnessed_corpus_is_complete() -> None:
    kept = {path.name for path in (WITNESSED / "tampered").iterdir()}
    assert kept == set(WITNESSED_ATTACKS), "run `python -m tests.custody.witnessed_workspace tests/samples/witnessed`"


@pytest.mark.parametrize("name", sorted(WITNESSED_ATTACKS))
def test_an_attack_on_the_witnessed_workspace_is_refused_by_the_check_it_names(name: str, tmp_path: Path) -> None:
    root = tmp_path / "w"
    expected = forging.apply(WITNESSED / "tampered" / name, WITNESSED / "workspace", root)
    if name not in UNSEEN:
        assert expected in _wrong(told(root)[1]), "by what lies inside alone"
    for checkpoint in (False, True):
        trust = trusted(tmp_path / str(checkpoint), checkpoint=checkpoint)
        code, found = told(root, "--trust", trust, root / "evidence")
        if name in UNSEEN and not checkpoint:
            assert (code, _wrong(found)) == (UNSEEN[name], {expected} if UNSEEN[name] else set())
        else:
            assert code == 4
            assert name not in UNSEEN or "checkpoint.outside" in _wrong(found)
    done = steps(tmp_path / "w", tmp_path)
    if name in UNSEEN:
        assert done.returncode == 0 and ("NOT SEEN by witness" in done.stdout) == (name == "rolled-back-and-hidden")
    else:
        assert done.returncode != 0 and "NOT VERIFIED" in done.stdout + done.stderr
