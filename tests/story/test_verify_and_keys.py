"""Keeping on the command line: verify, its steps, the index, witnesses, keys and renewals, on one real run."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.custody import lock_workspace
from auditor.custody.transparency import checkpoints
from auditor.demo import ANY_PORT, DemoEnvironment
from auditor.demo.http_server import LoopbackServer
from auditor.workflow.upkeep.verify import verify_paths
from auditor.workspace import Workspace as Place
from tests.custody.witness_server import WitnessServer
from tests.prepared_process import run_auditor
from tests.story.conftest import TOP, Workspace, readdressed
from tests.story.in_process import Inside

Change = Callable[[sqlite3.Connection], None]


@pytest.fixture(scope="module")
def witness() -> Iterator[tuple[WitnessServer, str]]:
    server = WitnessServer()
    http = LoopbackServer(server, name="witness", port=0)
    http.start()
    yield server, http.url
    http.stop()


@pytest.fixture(scope="module")
def place(practice: Path) -> Iterator[DemoEnvironment]:
    with DemoEnvironment(ports=ANY_PORT, state_dir=practice) as started:
        yield started


@pytest.fixture(scope="module")
def kept(
    place: DemoEnvironment, practice: Path, witness: tuple[WitnessServer, str], tmp_path_factory: pytest.TempPathFactory
) -> Workspace:
    """A workspace with three witnesses after a run of one deployment: only to be read; copy it to alter it."""
    root = tmp_path_factory.mktemp("kept")
    carried = WitnessServer("witness.example/carried")
    gone = WitnessServer("witness.example/gone")
    text = readdressed((TOP / "targets.yaml").read_text(encoding="utf-8"), place).replace(".practice/", f"{practice}/")
    witnesses = (
        f"  witnesses:\n    near: {{key: {witness[0].vkey}, url: '{witness[1]}'}}\n"
        f"    carried: {{key: {carried.vkey}, folder: carried}}\n"
        f"    gone: {{key: {gone.vkey}, url: 'http://127.0.0.1:9/'}}\n"
    )
    assert "\ntimestamping:\n" in text
    text = text.replace("\ntimestamping:\n", f"\ntimestamping:\n{witnesses}", 1)
    (root / "targets.yaml").write_text(text, encoding="utf-8")
    made = Inside(root)
    made.auditor("init")
    made.run("--only", "libmsc-cn", "--only", "libmsc-net")
    return made


@pytest.fixture
def workspace(kept: Workspace, witness: tuple[WitnessServer, str], tmp_path: Path) -> Iterator[Workspace]:
    """A copy that goes on in its own way; the witness forgets it afterwards, else it would refuse the next one."""
    seen = witness[0].size, witness[0].root
    yield Inside(Path(shutil.copytree(kept.root, tmp_path / "workspace", symlinks=True)))
    witness[0].size, witness[0].root = seen


def verdict(workspace: Workspace, *arguments: str, expect: int = 0) -> dict[str, Any]:
    found = json.loads(workspace.auditor("verify", "--json", *arguments, expect=expect, streams="out"))
    assert isinstance(found, dict)
    return found


def names(found: dict[str, Any], state: str = "failed") -> set[str]:
    return {check["name"] for check in found["checks"] if check["verdict"] == state}


def test_a_whole_workspace_passes_with_its_index(kept: Workspace) -> None:
    found = verdict(kept)
    assert found["verdict"] == "passed"
    assert {"index.packages", "checkpoint.cosignature"} <= names(found, "passed")
    assert [c["detail"] for c in found["checks"] if c["name"] == "index.packages"] == ["2 of 2 captures agree"]


def test_the_witness_near_cosigned_the_close_and_the_others_cost_nothing(
    kept: Workspace, witness: tuple[WitnessServer, str]
) -> None:
    assert len(list((kept.root / "evidence/journal/checkpoints").glob("*.cosignature"))) == 1
    assert witness[0].size > 0
    (left,) = (kept.root / "carried").glob("*.add-checkpoint")
    assert left.read_bytes().startswith(b"old 0\n\n")


def test_a_witness_that_fails_is_said_at_the_end_of_a_run(workspace: Workspace) -> None:
    carried = WitnessServer("witness.example/carried")
    (left,) = (workspace.root / "carried").glob("*.add-checkpoint")
    at = checkpoints.parse_checkpoint(left.read_bytes().partition(b"\n\n")[2], "carried")
    (workspace.root / "carried" / f"{at.size:012d}.cosignature").write_bytes(carried.cosigned(at))
    told = json.loads(workspace.run("--only", "libmsc-net", "--json"))["notices"]
    assert [said for said in told if said.startswith("witness gone: the checkpoint of")]
    assert not [said for said in told if said.startswith(("witness near", "witness carried"))]
    found = verdict(workspace)
    assert sum(c["name"] == "checkpoint.cosignature" and c["verdict"] == "passed" for c in found["checks"]) == 3


def test_the_steps_printed_by_explain_verify_it_and_see_a_change(workspace: Workspace) -> None:
    script = workspace.auditor("verify", "--explain")
    plain = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    done = subprocess.run(["sh", "-s"], input=script, capture_output=True, text=True, env=plain)
    assert done.stdout.startswith("VERIFIED: "), done.stdout + done.stderr
    (shot,) = (workspace.root / "evidence/libmsc-cn").glob("*/registration/screenshot.png")
    shot.chmod(0o644)
    shot.write_bytes(shot.read_bytes()[:-1] + b"\0")
    done = subprocess.run(["sh", "-s"], input=script, capture_output=True, text=True, env=plain)
    assert done.returncode == 1 and "NOT VERIFIED: a file changed" in done.stdout


def test_one_package_is_verified_alone(workspace: Workspace) -> None:
    (good,) = (workspace.root / "evidence/libmsc-cn").iterdir()
    (other,) = (workspace.root / "evidence/libmsc-net").iterdir()
    victim = other / "dns.json"
    victim.chmod(0o644)
    victim.write_bytes(victim.read_bytes() + b" ")
    assert verdict(workspace, str(good))["verdict"] == "passed"
    assert names(verdict(workspace, str(other), expect=4)) == {"artefact.size"}
    assert "artefact.size" in names(verdict(workspace, expect=4))
    workspace.auditor("verify", str(workspace.root / "targets.yaml.not"), expect=2)


def test_notices_and_the_verdict_are_said_even_where_quiet(kept: Workspace) -> None:
    said = kept.auditor("--quiet", "verify")
    assert "! THE AUTHORITIES' ROOTS WERE TAKEN FROM INSIDE" in " ".join(said.split())
    assert "verdict: passed" in said


def _sql(*statements: str) -> Change:
    def change(connection: sqlite3.Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    return change


CHANGES: dict[str, tuple[Change, str]] = {
    "a count": (
        _sql("update observations set body = replace(body, '\"displayed\":20', '\"displayed\":200')"), "index.readings"
    ),
    "a reading": (_sql("update readings set body = replace(body, '分馆', '总馆')"), "index.readings"),
    "a row removed": (_sql("delete from packages where deployment = 'libmsc-cn'"), "index.packages"),
    "an observation removed": (_sql("delete from observations"), "index.readings"),
    "a row added": (
        _sql(
            "insert into packages select 'c-0', deployment, run, state, captured_at, sealed, body from packages limit 1"
        ),
        "index.packages",
    ),
    "a digest": (
        _sql("update packages set body = json_set(body, '$.manifest_sha256', printf('%064d', 0))"), "index.manifest"
    ),
    "a seal": (_sql("update packages set body = json_set(body, '$.seal.quorum', 1)"), "index.seal"),
    "a column": (_sql("update packages set sealed = 0"), "index.readings"),
    "not json": (
        _sql("drop index idx_packages_manifest", "update packages set body = 'x'"), "index.form"
    ),
    "a table": (_sql("drop table unobserved"), "index.form"),
}  # fmt: skip


def test_whatever_differs_in_the_index_is_named(workspace: Workspace) -> None:
    database = workspace.root / "db" / "auditor.db"
    for what, (change, name) in CHANGES.items():
        kept = database.read_bytes()
        with sqlite3.connect(database) as connection:
            before = connection.total_changes
            change(connection)
            assert connection.total_changes > before or what == "a table", what
        connection.close()
        found = verify_paths(Place(workspace.root), (), trust=None)
        wrong = [check for check in found.checks if check.verdict == "failed"]
        assert {check.name for check in wrong} == {name}, (what, wrong)
        assert all("auditor rebuild" in check.detail for check in wrong), what
        database.write_bytes(kept)
    assert verdict(workspace)["verdict"] == "passed"


@pytest.mark.parametrize(
    "change",
    [
        "delete from package where deployment = 'libmsc-cn'",
        "delete from event",
        "update package set home = home || 'x'",
    ],
)
def test_a_rebuild_believes_nothing_that_was_kept_of_the_journal(workspace: Workspace, change: str) -> None:
    """A row taken out of the journal's tables takes nothing out of the index, and is there again afterwards."""
    before = workspace.report()["positions"]
    with sqlite3.connect(workspace.root / "db" / "ledger.db") as tables:
        assert tables.execute(change).rowcount > 0
    tables.close()
    assert "journal.fold" in names(verdict(workspace, expect=4))
    workspace.auditor("rebuild")
    assert workspace.report()["positions"] == before
    assert verdict(workspace)["verdict"] == "passed"


def test_a_rebuild_beside_another_process_says_what_it_leaves(workspace: Workspace) -> None:
    with lock_workspace(workspace.root):
        done = run_auditor("--workspace", str(workspace.root), "rebuild", cwd=workspace.root)
    assert done.returncode == 0 and "ledger.db is in use by another process and is left" in done.stderr


def test_another_targets_file_is_said_and_is_no_pass(workspace: Workspace) -> None:
    path = workspace.root / "targets.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("当前分馆数量", "别的标签"), encoding="utf-8")
    assert text != path.read_text(encoding="utf-8")
    found = verdict(workspace, expect=5)
    (unsure,) = [c for c in found["checks"] if c["verdict"] == "not checked"]
    assert unsure["name"] == "index.readings" and "targets.yaml has changed" in unsure["detail"]
    path.unlink()
    assert names(verdict(workspace, expect=5), "not checked") == {"index.readings"}
    assert verdict(workspace, "--no-index")["verdict"] == "passed"
    shutil.rmtree(workspace.root / "db")
    assert any("no index here" in notice for notice in verdict(workspace)["notices"])


def test_timestamps_are_renewed_and_keys_change(workspace: Workspace) -> None:
    assert "sealed" in workspace.auditor("reseal")
    renewed = json.loads(workspace.auditor("reseal", "--rehash", "--json"))
    assert renewed["sealed"] and renewed["files"] > 40
    before = json.loads(workspace.auditor("keys", "show", "--json"))["keys"]
    assert [key["active"] for key in before] == [True]
    first = before[0]["key"]
    assert "first: auditor keys rotate" in workspace.auditor("keys", "revoke", first, "--why", "stolen", expect=2)
    assert "not a key of this log" in workspace.auditor("keys", "revoke", "01234567", "--why", "x", expect=2)
    assert "why" in workspace.auditor("keys", "rotate", expect=2)
    workspace.auditor("keys", "rotate", "--why", "yearly")
    workspace.auditor("keys", "revoke", first.split("+")[1], "--why", "replaced by the yearly rotation")
    assert "revoked already" in workspace.auditor("keys", "revoke", first, "--why", "again", expect=2)
    after = json.loads(workspace.auditor("keys", "show", "--json"))["keys"]
    assert [(key["active"], key["endorsed"], key["revoked"] is not None) for key in after] == [
        (False, True, True),
        (True, True, False),
    ]
    assert "revoked in journal line" in workspace.auditor("keys", "show")
    workspace.run("--only", "libmsc-net")
    assert verdict(workspace)["verdict"] == "passed"
    for other in ("keys", "keys.old-1"):
        assert (workspace.root / other).stat().st_mode & 0o077 == 0


def test_keys_with_a_passphrase_are_opened_by_it_alone(tmp_path: Path) -> None:
    workspace = Inside(tmp_path)
    (tmp_path / "targets.yaml").write_bytes((TOP / "targets.yaml").read_bytes())
    workspace.auditor("init", AUDITOR_KEY_PASSPHRASE="correct horse")
    (tmp_path / ".practice").mkdir()
    assert "BEGIN ENCRYPTED PRIVATE KEY" in (tmp_path / "keys" / "log.pem").read_text()
    assert "in force" in workspace.auditor("keys", "show")
