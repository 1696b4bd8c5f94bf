"""What an outsider lays down is not believed: keys that nothing vouches for, another's roots, packages in staging."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from auditor import custody
from auditor.clock import now
from auditor.formats import manifest
from tests.custody import make_samples as forging
from tests.custody import practice_authorities as practice
from tests.custody.practice_authorities import FILES, Authorities, capture_of
from tests.custody.test_attack_corpus import GOLDEN, SAMPLES, told


def test_a_key_that_no_given_key_leads_to_fails_though_the_first_key_was_given(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN / "evidence" / "trust", tmp_path / "trust")
    assert told(GOLDEN, "--trust", tmp_path / "trust", GOLDEN / "evidence")[0] == 0
    forging.apply(SAMPLES / "tampered" / "unendorsed-rotation", GOLDEN, tmp_path / "w")
    code, found = told(tmp_path / "w", "--trust", tmp_path / "trust", tmp_path / "w" / "evidence")
    assert code == 4
    wrong = {check["name"] for check in found["checks"] if check["verdict"] == "failed"}
    assert wrong == {"journal.key"}


def test_the_first_key_given_is_enough_where_each_next_one_is_endorsed(tmp_path: Path, stamps: Authorities) -> None:
    practice.begin(tmp_path / "w")
    trust = tmp_path / "trust"
    trust.mkdir()
    for name, stamp in (("alpha", stamps.one), ("beta", stamps.two)):
        (trust / f"{name}.pem").write_bytes(stamp.ring.root.read_bytes())
    with custody.open_workspace(tmp_path / "w") as held:
        (trust / "log.vkey").write_text(f"{held.keys.verifier}\n")
        custody.rotate_log_keys(held.vault, why="yearly")
    assert custody.verify_workspace(tmp_path / "w", trust=trust).verdict == "passed"


def test_a_key_endorsed_by_a_revoked_key_is_not_vouched_for(tmp_path: Path) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path) as held:
        custody.revoke_log_key(held.journal, str(held.keys.verifier), "stolen")
        custody.rotate_log_keys(held.vault, why="by the thief")
    failed = [check.name for check in custody.verify_workspace(tmp_path).checks if check.verdict == "failed"]
    assert failed == ["journal.key"]


def test_the_roots_of_another_authority_in_the_folder_do_not_count(tmp_path: Path, stamps: Authorities) -> None:
    practice.run(tmp_path / "w", stamps, ("c1",))
    trust = tmp_path / "trust"
    trust.mkdir()
    (trust / "log.vkey").write_text(f"{custody.open_keys(tmp_path / 'w').verifier}\n")
    (trust / "alpha.pem").write_bytes(stamps.two.ring.root.read_bytes())
    (trust / "beta.pem").write_bytes(stamps.one.ring.root.read_bytes())
    found = custody.verify_workspace(tmp_path / "w", trust=trust)
    assert "token.trust" in {check.name for check in found.checks if check.verdict == "failed"}


def _plant(root: Path, intent: bytes, stamps: Authorities) -> None:
    """A whole package for an open intent, laid into staging by hand."""
    folder, at = root / "evidence" / ".staging" / "capture-c1", now()
    with custody.open_workspace(root.parent / "forge") as held:
        staging = held.vault.stage("site-a", "c1", at)
        for path, data in FILES.items():
            staging.put(path, data.replace(b"34", b"20"), media_type="text/html", made_by="test")
        described = custody.encode_manifest(
            capture_of("c1", "intent-c1", staging.artefacts, at),
            intent_sha256=intent.decode(), quorum=2, authorities=[p.authority for p in stamps.pinned()],
            software={"auditor": "0"},
        )  # fmt: skip
        shutil.copytree(root.parent / "forge" / "evidence" / ".staging" / "capture-c1", folder)
        (folder / manifest.NAME).write_bytes(described)
        seal = held.vault.sign_staged("c1", "intent-c1", described)
        shutil.copytree(root.parent / "forge" / "evidence" / ".staging" / "seal-c1", folder.with_name("seal-c1"))
        seal.discard()
        staging.discard()


def test_a_whole_package_that_our_key_did_not_sign_becomes_a_gap_with_its_digests(
    tmp_path: Path, stamps: Authorities
) -> None:
    root = tmp_path / "w"
    practice.begin(root)
    practice.begin(tmp_path / "forge")
    with custody.open_workspace(root) as held:
        intent = custody.entry_sha256(held.intent("intent-c1", run="run-1", deployment="site-a"))
    # The intent is open now: the process that recorded it is taken to have been killed.
    lines = (root / "evidence" / "journal" / "tail.jsonl").read_bytes().count(b"\n")
    _plant(root, intent.encode(), stamps)
    with custody.open_workspace(root) as held:
        assert held.journal.ledger.package_record("c1") is None
        assert not held.journal.ledger.open_intents()
    written = (root / "evidence" / "journal" / "tail.jsonl").read_bytes().splitlines()[lines:]
    assert any(b'"dropped"' in line and b"registration/dom.html" in line for line in written)
    assert any(b'"kind":"gap"' in line and b"intent-c1" in line for line in written)
    assert custody.verify_workspace(root).verdict == "passed"


def test_what_is_no_folder_in_staging_is_dropped_and_what_a_link_leads_to_stays(tmp_path: Path) -> None:
    root, outside = tmp_path / "w", tmp_path / "outside"
    practice.begin(root)
    outside.mkdir()
    (outside / manifest.NAME).write_text("{}")
    staging = root / "evidence" / ".staging"
    staging.mkdir(exist_ok=True)
    for kind in ("place", "capture", "filing", "seal", "other"):
        os.mkfifo(staging / f"{kind}-pipe")
        (staging / f"{kind}-file").write_text("x")
        (staging / f"{kind}-link").symlink_to(outside)
    with custody.open_workspace(root) as held:
        assert not held.journal.ledger.open_intents()
    assert not list(staging.iterdir())
    assert (outside / manifest.NAME).read_text() == "{}"
    assert custody.verify_workspace(root).verdict == "passed"
