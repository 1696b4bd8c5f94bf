"""What a witness says of the log: refusals are journalled, and what it has not cosigned is never a silent pass."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from auditor import custody
from auditor.clock import now
from auditor.custody import CheckpointWitness
from auditor.custody.transparency import checkpoints
from auditor.custody.transparency.checkpoints import Checkpoint
from auditor.errors import ConfigError, CustodyError, RefusedByWitnessError
from auditor.model.events import RunClosed, RunOpened
from auditor.model.evidence import Verification
from tests.custody.practice_authorities import PATIENT, Authorities
from tests.custody.test_offline_script import steps
from tests.custody.witness_server import WitnessServer
from tests.custody.witness_server import witness as witnessing


def _sign(held: custody.Custody, stamps: Authorities, why: str) -> Checkpoint:
    sealer = custody.Sealer(held.vault, custody.http_authorities(stamps.pinned(), PATIENT), 2, patience=PATIENT)
    return custody.sign_checkpoint(held.journal, sealer, why)


def _run(held: custody.Custody, name: str) -> None:
    held.journal.record(RunOpened(run=name))
    held.journal.record(RunClosed(run=name))


def _show(root: Path, stamps: Authorities, witness: CheckpointWitness, run: str = "run-2") -> Checkpoint:
    """A run and its closing checkpoint, shown to the witness."""
    with custody.open_workspace(root) as held:
        _run(held, run)
        made = _sign(held, stamps, "close")
        custody.request_cosignature(held.vault, made, witness)
        return made


def _trust(folder: Path, root: Path, stamps: Authorities, server: WitnessServer) -> Path:
    folder.mkdir()
    for name, stamp in (("alpha", stamps.one), ("beta", stamps.two)):
        (folder / f"{name}.pem").write_bytes(stamp.ring.root.read_bytes())
    (folder / "log.vkey").write_text(f"{custody.open_keys(root).verifier}\n")
    (folder / "w1.vkey").write_text(f"{server.vkey}\n")
    return folder


def _wrong(found: Verification) -> list[tuple[str, str]]:
    return [(check.name, check.verdict) for check in found.checks if check.verdict != "passed"]


def _coverage(found: Verification) -> list[str]:
    return [check.detail for check in found.checks if check.name == "checkpoint.witness"]


def test_a_log_rolled_back_as_a_whole_is_refused_journalled_and_fails(
    workspace: Path, stamps: Authorities, tmp_path: Path
) -> None:
    with witnessing() as (server, witness):
        _show(workspace, stamps, witness)
        shutil.copytree(workspace, tmp_path / "before", symlinks=True)
        _show(workspace, stamps, witness, "run-3")
        root, trust = tmp_path / "before", _trust(tmp_path / "trust", workspace, stamps, server)
        assert _wrong(custody.verify_workspace(root, trust=trust)) == [], "an end that was once right is right"
        with custody.open_workspace(root) as held:
            with pytest.raises(RefusedByWitnessError, match="REFUSED") as told:
                custody.request_cosignature(held.vault, _sign(held, stamps, "close"), witness)
            assert told.value.exit_code == 4
            assert [one.contradicts for one in held.journal.ledger.standing_refusals()] == [True]
    for given in (trust, None):
        assert _wrong(custody.verify_workspace(root, trust=given)) == [("checkpoint.witness", "failed")]
    done = steps(root, tmp_path)
    assert done.returncode == 1 and "a witness that refused" in done.stderr


def test_a_rolled_back_log_of_which_the_witness_was_told_nothing_is_not_checked_with_its_age(
    workspace: Path, stamps: Authorities, tmp_path: Path
) -> None:
    with witnessing() as (server, witness):
        _show(workspace, stamps, witness)
    trust = _trust(tmp_path / "trust", workspace, stamps, server)
    (whole,) = _coverage(custody.verify_workspace(workspace, trust=trust))
    assert "the newest checkpoint" in whole and "lines since" in whole
    with custody.open_workspace(workspace) as held:
        _sign(held, stamps, "close, shown to nobody")
    later = custody.verify_workspace(workspace, trust=trust, at=lambda: now() + timedelta(days=3))
    assert _wrong(later) == [("checkpoint.witness", "not checked")] and later.verdict == "not checked"
    assert "3 days ago" in _coverage(later)[0] and "vouched for by nobody outside" in _coverage(later)[0]
    (trust / "w1.vkey").unlink()
    silent = custody.verify_workspace(workspace, trust=trust)
    assert silent.verdict == "passed"
    assert any("vouched for by nobody outside" in notice for notice in silent.notices), "said even without its key"
    done = steps(workspace, tmp_path)
    assert done.returncode == 0 and "NOT SEEN by witness 'witness.example/w1'" in done.stdout


def test_a_witness_whose_key_is_given_and_whose_cosignatures_are_all_gone_is_not_checked(
    workspace: Path, stamps: Authorities, tmp_path: Path
) -> None:
    trust = _trust(tmp_path / "trust", workspace, stamps, WitnessServer())
    found = custody.verify_workspace(workspace, trust=trust)
    assert _wrong(found) == [("checkpoint.witness", "not checked")]
    assert "cosigned nothing here" in _coverage(found)[0]


def test_a_checkpoint_kept_elsewhere_shows_a_log_that_was_cut_off(
    workspace: Path, stamps: Authorities, tmp_path: Path
) -> None:
    root = shutil.copytree(workspace, tmp_path / "before", symlinks=True)
    trust = _trust(tmp_path / "trust", workspace, stamps, WitnessServer())
    (trust / "w1.vkey").unlink()
    with custody.open_workspace(workspace) as held:
        _run(held, "run-2")
        (trust / "handed-over.checkpoint").write_bytes(bytes(_sign(held, stamps, "close").note))
    assert _wrong(custody.verify_workspace(workspace, trust=trust)) == []
    assert _wrong(custody.verify_workspace(root, trust=trust)) == [("checkpoint.outside", "failed")]
    with custody.open_workspace(root) as held:  # the log goes on another way, past the size that was seen
        for number in range(3):
            _run(held, f"run-other-{number}")
        _sign(held, stamps, "another log")
    found = custody.verify_workspace(root, trust=trust)
    assert [check.detail for check in found.checks if check.verdict == "failed"] == [
        f"its root is not that of the first {checkpoints.latest_checkpoint(workspace).size} lines: "  # type: ignore[union-attr]
        "another log under the same name"
    ]
    (trust / "handed-over.checkpoint").write_bytes(b"no checkpoint\n")
    with pytest.raises(ConfigError, match=r"handed-over\.checkpoint"):
        custody.verify_workspace(workspace, trust=trust)


def test_a_checkpoint_that_no_key_signed_says_nothing(workspace: Path, stamps: Authorities, tmp_path: Path) -> None:
    trust = _trust(tmp_path / "trust", workspace, stamps, WitnessServer())
    (trust / "w1.vkey").unlink()
    made = checkpoints.latest_checkpoint(workspace)
    assert made is not None
    (trust / "x.checkpoint").write_bytes(bytes(made.note).replace(made.note.text.encode(), made.note.text.encode()))
    assert _wrong(custody.verify_workspace(workspace, trust=trust)) == []
    signature = made.note.signatures[0]
    forged = made.note.__class__(made.note.text, ((signature[0], signature[1], bytes(64)),))
    (trust / "x.checkpoint").write_bytes(bytes(forged))
    assert _wrong(custody.verify_workspace(workspace, trust=trust)) == [("checkpoint.outside", "failed")]


def test_a_witness_that_does_not_know_the_log_is_not_checked_and_one_that_fails_is_no_refusal(
    workspace: Path, stamps: Authorities, tmp_path: Path
) -> None:
    with witnessing() as (server, witness), custody.open_workspace(workspace) as held:
        server.status = 503
        with pytest.raises(CustodyError, match="HTTP status 503") as told:
            custody.request_cosignature(held.vault, _sign(held, stamps, "close"), witness)
        assert not isinstance(told.value, RefusedByWitnessError) and not held.journal.ledger.refusals()
        server.status = 404
        with pytest.raises(RefusedByWitnessError, match="does not take this log"):
            custody.request_cosignature(held.vault, _sign(held, stamps, "close"), witness)
    inside = custody.verify_workspace(workspace)
    assert _wrong(inside) == [] and any("does not take this log" in notice for notice in inside.notices)
    trust = _trust(tmp_path / "trust", workspace, stamps, server)
    assert _wrong(custody.verify_workspace(workspace, trust=trust)) == [("checkpoint.witness", "not checked")]
    with witnessing() as (_, witness):
        _show(workspace, stamps, witness)
    assert _wrong(custody.verify_workspace(workspace)) == [], "what it cosigned since ends its refusal"


def test_checkpoints_of_other_logs_alone_leave_the_log_unchecked(
    workspace: Path, stamps: Authorities, tmp_path: Path
) -> None:
    """Whoever begins his log anew, under another name, is held against nothing that was seen of the old one."""
    trust = _trust(tmp_path / "trust", workspace, stamps, WitnessServer())
    (trust / "w1.vkey").unlink()
    other = tmp_path / "other"
    custody.create_workspace(other, origin="tests.example/other", software="auditor tests")
    with custody.open_workspace(other) as held:
        _run(held, "run-1")
        (trust / "other.checkpoint").write_bytes(bytes(_sign(held, stamps, "close").note))
    found = custody.verify_workspace(workspace, trust=trust)
    assert _wrong(found) == [("checkpoint.outside", "not checked")] and found.verdict == "not checked"
    made = checkpoints.latest_checkpoint(workspace)
    assert made is not None
    (trust / "own.checkpoint").write_bytes(bytes(made.note))
    assert _wrong(custody.verify_workspace(workspace, trust=trust)) == []
