"""Bundles of thieves and forked logs, one authority for two, bytes hidden in a zip, a witness that refused."""

from __future__ import annotations

import json
import shutil
import struct
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.bundle import build_bag
from auditor.cli import group
from auditor.custody import open_keys, open_workspace, revoke_log_key, rotate_log_keys, sign_checkpoint
from auditor.model.events import CheckpointRefused
from auditor.model.evidence import Verification
from auditor.workflow.bundle.export import ExportResult
from auditor.workflow.bundle.selection import BundleRequest, build_dossier, determine_cutoff, select_scope
from auditor.workflow.bundle.verify import verify_bundle
from auditor.workflow.wiring import open_instruments
from auditor.workspace import Workspace
from tests.bundle import printed_sheet as sheet
from tests.bundle.conftest import Practice
from tests.bundle.test_alterations import sign

WANTED = BundleRequest(deployments=("libmsc-com",))


def copied(practice: Practice, folder: Path) -> Practice:
    """The workspace as a thief has it, or as its owner goes on with it."""
    return Practice(Path(shutil.copytree(practice.root, folder, symlinks=True)), practice.trust)


def rotated(own: Practice, *, revoke: bool) -> None:
    with open_instruments(own.workspace) as instruments:
        old = str(instruments.custody.keys.verifier)
        rotate_log_keys(instruments.custody.vault, why="yearly")
    with open_instruments(own.workspace) as instruments:
        if revoke:
            revoke_log_key(instruments.journal, old, "stolen")
        sign_checkpoint(instruments.journal, instruments.sealer, "after the rotation")


def gone_on(thief: Practice) -> None:
    """A line that the owner's journal has not."""
    with open_workspace(thief.root) as held:
        held.gap("the host was down", run="r-9", deployment="libmsc-com", slot="later")


def wrong(found: Verification) -> set[str]:
    return {check.name for check in found.checks if check.verdict == "failed"}


@pytest.fixture(scope="module")
def stolen(practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> ExportResult:
    """A bundle that a thief of the first key made of a fork of the log."""
    base = tmp_path_factory.mktemp("thief")
    thief = copied(practice, base / "workspace")
    gone_on(thief)
    return thief.export(base / "bundles", WANTED)


@pytest.mark.parametrize("given", [False, True], ids=["", "with --trust"])
def test_a_bundle_under_a_revoked_key_fails_in_the_workspace_that_revoked_it(
    practice: Practice, stolen: ExportResult, tmp_path: Path, given: bool
) -> None:
    own = copied(practice, tmp_path / "own")
    assert wrong(verify_bundle(stolen.bag, own.workspace, practice.trust if given else None)) == {"bundle.log"}
    rotated(own, revoke=True)
    found = verify_bundle(stolen.bag, own.workspace, practice.trust if given else None)
    assert wrong(found) == {"bundle.signature", "bundle.log"}
    assert any("revoked" in check.detail for check in found.checks if check.name == "bundle.signature")


def test_a_fork_s_bundle_under_a_key_that_was_only_rotated_fails_and_outside_only_the_log_could_tell(
    practice: Practice, stolen: ExportResult, tmp_path: Path
) -> None:
    own = copied(practice, tmp_path / "own")
    rotated(own, revoke=False)
    assert wrong(verify_bundle(stolen.bag, own.workspace, None)) == {"bundle.log"}
    assert verify_bundle(stolen.bag, Workspace(tmp_path / "none"), practice.trust).verdict == "passed"


def test_the_first_key_is_enough_for_a_bundle_under_a_later_one_and_a_revoked_one_signs_none(
    practice: Practice, tmp_path: Path
) -> None:
    own = copied(practice, tmp_path / "own")
    before = open_keys(own.root)
    rotated(own, revoke=True)
    done = own.export(tmp_path / "bundles", WANTED)
    found = verify_bundle(done.bag, Workspace(tmp_path / "none"), practice.trust)
    assert found.verdict == "passed", wrong(found)
    sign(done.bag, before)
    found = verify_bundle(done.bag, Workspace(tmp_path / "none"), practice.trust)
    assert wrong(found) == {"bundle.signature"}
    assert any("revoked" in check.detail for check in found.checks)


def test_one_file_of_roots_stands_for_no_authority_and_copies_named_as_in_the_evidence_do(
    practice: Practice, plain: ExportResult, tmp_path: Path
) -> None:
    trust = tmp_path / "trust"
    trust.mkdir()
    roots = [practice.trust / f"practice-{name}.pem" for name in "ab"]
    (trust / "log.vkey").write_bytes((practice.trust / "log.vkey").read_bytes())
    (trust / "roots.pem").write_bytes(b"".join(root.read_bytes() for root in roots))
    none = Workspace(tmp_path / "none")
    assert {"token.verified", "seal.quorum"} <= wrong(verify_bundle(plain.bag, none, trust))
    assert not sheet.run(sheet.script(plain.bag), plain.bag, trust)[0]
    (trust / "roots.pem").unlink()
    for root in roots:
        (trust / f"{root.stem}-20260105-0123abcd.pem").write_bytes(root.read_bytes())
    assert verify_bundle(plain.bag, none, trust).verdict == "passed"


def hidden_entry(good: bytes, start: int) -> bytes:
    """A local entry between the listed ones and the directory, whose offset is moved: unpackers of a stream see it."""
    name, data = b"x/index.html", b"forged"
    local = b"PK\x03\x04" + struct.pack("<HHHHHLLLHH", 20, 0, 0, 0, 33, 0, len(data), len(data), len(name), 0)
    return good[:start] + local + name + data + good[start:-6] + struct.pack("<LH", start + len(local + name + data), 0)


@pytest.mark.parametrize("where", ["between", "before", "after"])
def test_a_zip_with_bytes_that_its_directory_does_not_list_fails_on_the_command_line(
    practice: Practice, plain: ExportResult, tmp_path: Path, where: str
) -> None:
    good = plain.zip.read_bytes()
    with zipfile.ZipFile(plain.zip) as archive:
        start = archive.start_dir
    altered = {"between": hidden_entry(good, start), "before": bytes(30) + good, "after": good + bytes(30)}[where]
    path = tmp_path / plain.zip.name
    for data, expected in ((good, 0), (altered, 4)):
        path.write_bytes(data)
        named = ["--workspace", str(tmp_path), "verify", "--json", str(path), "--trust", str(practice.trust)]
        done = CliRunner().invoke(group, named)
        code = done.exit_code if not isinstance(done.exception, Exception) else getattr(done.exception, "exit_code", 1)
        assert code == expected, done.output
        if not expected:
            assert json.loads(done.stdout)["verdict"] == "passed"


def test_a_log_that_a_witness_refused_is_no_good_bundle_by_the_verifier_and_by_the_sheet(
    practice: Practice, tmp_path: Path
) -> None:
    own = copied(practice, tmp_path / "own")
    key = "witness.example/w1+5aa3a1a8+BGtkEVYKFZcDwjFNlZfbIh7aqYWuYUWtLgvjSOL1cgwk"
    with open_instruments(own.workspace) as instruments:
        size = instruments.journal.size
        instruments.journal.record(CheckpointRefused(size=size, witness=key, status=422, seen=None, said="\x1b[2Jno"))
        sign_checkpoint(instruments.journal, instruments.sealer, "after the refusal")
        cutoff = determine_cutoff(instruments, WANTED)
        scope = select_scope(instruments, WANTED, cutoff)
        dossier = build_dossier(instruments, WANTED, cutoff, scope, None)
        made = build_bag(dossier, tmp_path / dossier.name, instruments.custody.keys.sign, lambda *_: None)
    assert wrong(verify_bundle(made.folder, own.workspace, None)) == {"checkpoint.witness"}
    ok, said = sheet.run(sheet.script(made.folder), made.folder, practice.trust)
    assert not ok and "NOT VERIFIED: a witness refused the log" in said
