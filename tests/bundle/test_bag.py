"""A bag as others see it: BagIt, the sheet, completeness, determinism, the gate, the event."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import bagit
import pytest

from auditor.bundle.bag import layout
from auditor.custody import Journal, verify_workspace
from auditor.errors import ConfigError, IntegrityError
from auditor.workflow.bundle.export import ExportResult
from auditor.workflow.bundle.selection import BundleRequest
from auditor.workflow.bundle.verify import verify_bundle
from auditor.workspace import Workspace
from tests.bundle import printed_sheet as sheet
from tests.bundle.conftest import Practice
from tests.prepared_process import run_auditor


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


@pytest.mark.parametrize("which", ["plain", "printed"])
def test_it_stands_alone(which: str, practice: Practice, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """bagit.py, the printed sheet and our verifier agree, on the folder and on the zip."""
    done: ExportResult = request.getfixturevalue(which)
    assert bagit.Bag(str(done.bag)).validate()
    ok, said = sheet.run(sheet.script(done.bag), done.bag, practice.trust)
    assert ok, said
    for path in (done.bag, done.zip):
        found = verify_bundle(path, Workspace(tmp_path), practice.trust)
        assert found.verdict == "passed", [check for check in found.checks if check.verdict != "passed"]
    assert verify_bundle(done.bag, practice.workspace, None).verdict == "passed"
    assert done.stamped
    assert {path.name for path in done.seal.iterdir()} == {
        "bundle.note", "bundle.note.practice-a.tsq", "bundle.note.practice-a.tsr",
        "bundle.note.practice-b.tsq", "bundle.note.practice-b.tsr",
    }  # fmt: skip


def test_the_program_of_the_sheet_is_short_and_standard(plain: ExportResult) -> None:
    program = (plain.bag / layout.VERIFY / "check.py").read_text("utf-8")
    assert len(program.splitlines()) <= 30
    assert f"```python\n{program}```" in (plain.bag / "VERIFY.md").read_text("utf-8")
    assert program.startswith("import base64, csv, functools, hashlib, json, pathlib, sys\n")


def test_vectors_that_must_fail(plain: ExportResult, practice: Practice) -> None:
    folder = plain.bag / layout.VERIFY / "test-vectors"
    commands = (folder / "must-fail.sh").read_text("utf-8")
    _, said = sheet.run(commands, plain.bag, practice.trust)
    assert said == (folder / "expected.txt").read_text("utf-8")


def test_the_command_verifies_it(plain: ExportResult, practice: Practice, tmp_path: Path) -> None:
    command = ("--workspace", str(tmp_path), "verify", str(plain.zip))
    done = run_auditor(*command, "--trust", str(practice.trust))
    assert (done.returncode, "verdict: passed" in done.stdout) == (0, True), done.stdout + done.stderr
    assert run_auditor(*command).returncode == 5


def test_the_same_moment_gives_the_same_bytes(practice: Practice, printed: ExportResult, tmp_path: Path) -> None:
    wanted = BundleRequest(contracts=("OEM-2015",), as_of=printed.as_of)
    again = practice.export(tmp_path, wanted, pdf=True)
    differing = [
        path.relative_to(again.bag)
        for path in sorted(again.bag.rglob("*"))
        if path.is_file() and path.read_bytes() != (printed.bag / path.relative_to(again.bag)).read_bytes()
    ]
    assert differing == []
    assert again.zip.read_bytes() == printed.zip.read_bytes()
    assert again.zip_sha256 == printed.zip_sha256


def test_the_export_is_an_event_and_the_workspace_stays_sound(practice: Practice, plain: ExportResult) -> None:
    events = [entry.body for entry in Journal.open(practice.root).entries() if entry.kind == "export"]
    mine = [body for body in events if body.get("tags_sha256") == plain.tags_sha256]
    assert mine and mine[0]["zip_sha256"] == plain.zip_sha256
    assert mine[0]["deployments"] == ["libmsc-com"]
    found = verify_workspace(practice.root)
    assert found.verdict == "passed", [check for check in found.checks if check.verdict != "passed"][:5]


def test_others_are_proved_to_be_there_and_not_shown(plain: ExportResult) -> None:
    """Lines about other deployments stand by their hashes; no file names them."""
    stated = json.loads((plain.bag / layout.COMPLETENESS).read_bytes())
    assert stated["deployments"] == ["libmsc-com"]
    assert stated["visits"] == {"intents": 1, "captures": 1, "gaps": 0, "gaps_before": 1, "not_ended": []}
    assert stated["lines_left_out"]["elsewhere"]["lines"] >= 6
    assert stated["lines_left_out"]["mixed"]["lines"] == 1
    shown = (plain.bag / layout.LINES).read_bytes().count(b"\n")
    left = table(plain.bag / layout.LEFT_OUT)
    assert shown + len(left) == stated["log"]["size"]
    for path in plain.bag.rglob("*"):
        if path.is_file() and "package" not in path.parts and path.suffix in {".json", ".csv", ".jsonl", ".txt", ".md"}:
            text = path.read_text("utf-8")
            assert "libmsc-net" not in text, path
            assert "libmsc-cn" not in text.replace("libmsc-cn\n", "") or layout.CONTRACT in str(path), path


def test_gaps_are_rows_of_the_series(plain: ExportResult) -> None:
    rows = table(plain.bag / layout.SERIES / "counts.csv")
    gap = [row for row in rows if row["state"] == "gap"]
    assert [(row["outcome"], row["displayed"], row["why"]) for row in gap] == [("gap", "", "the host was down")]
    seen = [row for row in rows if row["metric"] == "branch"]
    assert [(row["displayed"], row["cap"], row["cap_as_written"]) for row in seen] == [("18", "unlimited", "不限")]


def test_secrets_stay_out(plain: ExportResult) -> None:
    assert not list(plain.bag.rglob("*.sealed"))
    withheld = table(plain.bag / layout.WITHHELD)
    assert [row["path"] for row in withheld] == ["traffic.warc.gz.sealed"]


def test_abroad_needs_a_legal_basis(practice: Practice, tmp_path: Path) -> None:
    wanted = BundleRequest(deployments=("libmsc-com",), proceeding="US")
    with pytest.raises(ConfigError, match="legal basis"):
        practice.export(tmp_path, wanted)
    assert list(tmp_path.iterdir()) == []
    answered = BundleRequest(
        deployments=("libmsc-com",),
        proceeding="US",
        legal_basis="approval no. 1 of the authority",
        answered_by="Li Lei",
    )
    done = practice.export(tmp_path, answered)
    (event,) = [
        entry.body
        for entry in Journal.open(practice.root).entries()
        if entry.kind == "export" and entry.body.get("tags_sha256") == done.tags_sha256 and "legal_basis" in entry.body
    ]
    assert (event["legal_basis"], event["answered_by"]) == ("approval no. 1 of the authority", "Li Lei")
    assert event["taken_or_stored_in"] == ["CN"]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (BundleRequest(contracts=("nobody",)), "no such contract"),
        (BundleRequest(deployments=("nowhere",)), "no such deployment"),
        (BundleRequest(findings=("Q999",)), "no finding"),
        (BundleRequest(deployments=("yjzhjy-cn",)), "no capture"),
    ],
)
def test_an_empty_choice_is_refused(wanted: BundleRequest, message: str, practice: Practice, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message):
        practice.export(tmp_path, wanted)


def test_what_does_not_verify_is_not_cited(practice: Practice, tmp_path: Path) -> None:
    """One changed byte of evidence, and nothing is exported."""
    (picture,) = practice.root.glob("evidence/libmsc-com/*/registration/screenshot.png")
    kept, mode = picture.read_bytes(), picture.stat().st_mode
    picture.chmod(0o644)
    try:
        picture.write_bytes(kept[:-1] + b"\x00")
        with pytest.raises(IntegrityError, match=r"screenshot\.png: artefact\.digest failed"):
            practice.export(tmp_path, BundleRequest(deployments=("libmsc-com",)))
    finally:
        picture.write_bytes(kept)
        picture.chmod(mode)
    assert list(tmp_path.iterdir()) == []


def test_a_zip_that_is_no_bundle_is_said_to_be_none(practice: Practice, plain: ExportResult, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.zip"
    wrong.write_bytes(b"PK no")
    with pytest.raises(ConfigError, match="not a bundle"):
        verify_bundle(wrong, Workspace(tmp_path), practice.trust)
    twice = tmp_path / "twice.zip"
    data = io.BytesIO(plain.zip.read_bytes())
    with zipfile.ZipFile(data, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(f"{plain.bag.name}/README.txt", "other")
    twice.write_bytes(data.getvalue())
    with pytest.raises(IntegrityError, match="each name once"):
        verify_bundle(twice, Workspace(tmp_path), practice.trust)
