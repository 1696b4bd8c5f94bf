"""From intent to verified seal, and a changed byte anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import custody
from auditor.errors import VaultError
from auditor.model.evidence import Verification
from tests.custody import practice_authorities as practice
from tests.custody.practice_authorities import PATIENT, Authorities


def told(found: Verification) -> list[str]:
    return [f"{c.name} {c.subject} {c.detail}" for c in found.checks if c.verdict != "passed"]


def test_a_sealed_workspace_verifies(sealed: Path) -> None:
    found = custody.verify_workspace(sealed)
    assert told(found) == []
    assert found.verdict == "passed"
    assert found.counts["packages"] == 2
    assert found.counts["tokens"] == 8
    assert any("INSIDE THE EVIDENCE" in notice for notice in found.notices)
    assert any("PRACTICE" in notice for notice in found.notices)


def test_packages_come_back_as_they_were(sealed: Path) -> None:
    first, second = custody.stored_packages(sealed)
    assert first.seal.sealed and second.seal.sealed
    opened = custody.open_package(sealed / first.path, first.manifest_sha256)
    assert opened.capture.state == "complete"
    assert opened.load("registration/dom.html") == practice.FILES["registration/dom.html"]
    keys = custody.open_keys(sealed)
    assert opened.unseal("session.json.sealed", keys) == b"cookie sid=topsecret"


def test_every_file_matters(workspace: Path) -> None:
    """One byte of every file in evidence/, one at a time: each is found, and the file or its thing is named."""
    files = sorted(path for path in (workspace / "evidence").rglob("*") if path.is_file())
    assert len(files) > 30
    for path in files:
        kept = path.read_bytes()
        place = len(kept) // 2
        path.chmod(0o644)
        path.write_bytes(kept[:place] + bytes([kept[place] ^ 1]) + kept[place + 1 :])
        found = custody.verify_workspace(workspace)
        name = path.relative_to(workspace).as_posix()
        assert found.verdict == "failed", name
        assert any(c.verdict == "failed" and (c.subject == name or c.subject.startswith(name)) for c in found.checks), (
            name,
            told(found),
        )
        path.write_bytes(kept)
    assert custody.verify_workspace(workspace).verdict == "passed"


def test_every_file_must_be_there_and_no_other(workspace: Path) -> None:
    for path in sorted(path for path in (workspace / "evidence").rglob("*") if path.is_file()):
        aside = workspace / "aside"
        path.parent.chmod(0o755)
        path.rename(aside)
        found = custody.verify_workspace(workspace)
        assert found.verdict == "failed", path
        aside.rename(path)
        extra = path.with_name("extra")
        extra.write_bytes(b"")
        found = custody.verify_workspace(workspace)
        assert any(c.verdict == "failed" and c.name.endswith("extra-file") for c in found.checks), path
        extra.unlink()


def test_an_authority_that_is_down_costs_no_evidence(tmp_path: Path, stamps: Authorities) -> None:
    practice.begin(tmp_path)
    stamps.behave("unavailable")
    with custody.open_workspace(tmp_path) as held:
        pinned = stamps.pinned()
        sealer = custody.Sealer(held.vault, custody.http_authorities(pinned, PATIENT), 2, patience=PATIENT)
        waiting = sealer.seal(practice.keep(held, "c1", authorities=pinned))
        assert not waiting.seal.sealed
        assert custody.verify_workspace(tmp_path).verdict == "not checked"
        assert sealer.seal(waiting).seal == waiting.seal, "in back-off nobody is asked"
    stamps.behave("honest")
    moment = max(due for health in sealer.health().values() if (due := health.due(sealer.clock())))
    with custody.open_workspace(tmp_path, at=lambda: moment) as held:
        later = custody.Sealer(held.vault, custody.http_authorities(stamps.pinned(), PATIENT), 2, patience=PATIENT)
        assert [package.seal.sealed for package in later.seal_outbox()] == [True]
        assert custody.unsealed_packages(tmp_path) == []
    assert told(custody.verify_workspace(tmp_path, at=lambda: moment)) == []


def test_a_second_commit_and_a_second_process_are_refused(tmp_path: Path) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path) as held:
        practice.keep(held, "c1", authorities=[])
        with pytest.raises(VaultError, match="committed already"):
            held.vault.stage("site-a", "c1", held.journal.clock())
        with pytest.raises(VaultError, match="in use by process"), custody.open_workspace(tmp_path):
            pass
