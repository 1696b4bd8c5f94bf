"""`auditor init`: a few questions, a commented file that `check` accepts, keys. Answers come from a pipe."""

from __future__ import annotations

import subprocess
from pathlib import Path

from auditor.targets import EXAMPLE_ANSWERS, QUESTIONS
from tests.prepared_process import run_auditor


def init(folder: Path, answers: str, *, expect: int = 0) -> subprocess.CompletedProcess[str]:
    done = run_auditor("--workspace", str(folder), "init", given=answers)
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode == expect, done.stdout + done.stderr
    return done


def piped(**changed: str) -> str:
    return "".join(f"{changed.get(one.id, EXAMPLE_ANSWERS.get(one.id, ''))}\n" for one in QUESTIONS)


def files(folder: Path) -> dict[Path, bytes]:
    """Every file but the lock, which says who held it last."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".auditor.lock")
    return {path: path.read_bytes() for path in found}


def check(folder: Path) -> str:
    done = run_auditor("--workspace", str(folder), "check")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_piped_answers_make_a_file_that_check_accepts(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "workspace"
    done = init(folder, piped())
    for question in QUESTIONS:
        assert question.text in done.stdout
    assert "no errors" in check(folder)
    text = (folder / "targets.yaml").read_text(encoding="utf-8")
    assert text.startswith("# targets.yaml")
    assert "合肥市图书馆" in text
    assert (folder / "keys").is_dir()
    assert (folder / "evidence" / "journal" / "tail.jsonl").exists()


def test_an_answer_that_cannot_be_taken_is_asked_again(tmp_path: Path) -> None:
    wrong = piped().replace("2015-02-10\n", "10.2.2015\n2015-02-10\n").replace("100000.00\n", "much\n100000.00\n")
    done = init(tmp_path, wrong)
    assert "10.2.2015" in done.stderr
    assert "much" in done.stderr
    assert "no errors" in check(tmp_path)


def test_answers_that_end_too_early_leave_nothing_behind(tmp_path: Path) -> None:
    done = init(tmp_path, "甲方软件有限公司\n", expect=2)
    assert "these are missing: --customer, --product" in done.stderr
    assert not (tmp_path / "targets.yaml").exists()
    assert not (tmp_path / "keys").exists()


def test_a_second_init_changes_neither_file_nor_keys(tmp_path: Path) -> None:
    init(tmp_path, piped())
    kept = files(tmp_path)
    init(tmp_path, "")
    assert files(tmp_path) == kept


def test_hostile_answers_stay_answers(tmp_path: Path) -> None:
    hostile = 'x"} # : {a: [b, "\\n", *c, &d, !e'
    init(tmp_path, piped(vendor=hostile, product="'; DROP TABLE", contract="A: B, C"))
    assert "no errors" in check(tmp_path)


def test_a_file_with_errors_gets_no_keys(tmp_path: Path) -> None:
    (tmp_path / "targets.yaml").write_text("format: 1\ntimezone: Nowhere\n", encoding="utf-8")
    done = init(tmp_path, "", expect=2)
    assert "error[" in done.stderr
    assert not (tmp_path / "keys").exists()
