"""A second party's signature over a capture, and the line that names two captures of a slot."""

from __future__ import annotations

import shutil
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.custody import (
    Custody,
    PartyChecks,
    PartyKey,
    Sealer,
    committed_event,
    create_party_key,
    http_authorities,
    load_trust_dir,
    open_party_key,
    open_workspace,
    parse_party_key,
    verify_workspace,
)
from auditor.custody.transparency.parties import check_party_signature, party_text
from auditor.errors import ConfigError, IntegrityError, VaultError
from auditor.formats import signed_note
from auditor.model.events import CaptureCommitted, CapturesPaired, PairedCapture
from auditor.model.evidence import CheckList
from tests.custody import practice_authorities as practice
from tests.custody.practice_authorities import Authorities
from tests.custody.test_offline_script import steps as printed_steps

DIGEST = "ab" * 32


@pytest.fixture
def signed(tmp_path: Path) -> CaptureCommitted:
    key = open_party_key(tmp_path / "key", create_party_key(tmp_path / "key", "notary.example"))
    plain = CaptureCommitted(
        capture="c1", intent="c1", deployment="d", run="r", state="complete", package="d/20260101T000000Z-c1",
        manifest_sha256=DIGEST, manifest_bytes=1, artefacts=0, quorum=2,
    )  # fmt: skip
    assert check_party_signature(plain) is None
    return replace(
        plain, party="notary", party_key=str(key.verifier), party_signature=key.sign("c1", "d", DIGEST)
    )  # fmt: skip


def test_a_signature_is_over_capture_deployment_and_manifest(signed: CaptureCommitted, tmp_path: Path) -> None:
    found = check_party_signature(signed)
    assert found is not None and str(found) == signed.party_key
    other = str(create_party_key(tmp_path / "other", "notary.example"))
    line = signed.party_signature or ""
    for wrong in (
        replace(signed, manifest_sha256="cd" * 32),
        replace(signed, capture="c2"),
        replace(signed, deployment="e"),
        replace(signed, party_key=other),
        replace(signed, party_signature=f"{line}\n{line}"),
        replace(signed, party_signature=line[:-1]),
        replace(signed, party_signature=f"\n\n{line}"),
        replace(signed, party=None),
        replace(signed, party_key=None),
        replace(signed, party_signature=None),
        replace(signed, party=""),
    ):
        with pytest.raises(IntegrityError):
            check_party_signature(wrong)


def test_openssl_verifies_what_a_party_signed(signed: CaptureCommitted, tmp_path: Path) -> None:
    key = parse_party_key(signed.party_key or "")
    raw = signed_note.unb64((signed.party_signature or "").split(" ")[2], "signature")
    (tmp_path / "text").write_text(party_text("c1", "d", DIGEST))
    (tmp_path / "signature").write_bytes(raw[4:])
    (tmp_path / "public.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + key.public)
    words = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", "public.der", "-in"]
    ok = subprocess.run([*words, "text", "-sigfile", "signature"], cwd=tmp_path, capture_output=True, check=False)
    assert ok.returncode == 0, ok.stderr
    (tmp_path / "text").write_text(party_text("c1", "d", "cd" * 32))
    wrong = subprocess.run([*words, "text", "-sigfile", "signature"], cwd=tmp_path, capture_output=True, check=False)
    assert wrong.returncode != 0


def test_a_party_key_is_private_never_overwritten_and_the_declared_one(tmp_path: Path) -> None:
    path = tmp_path / "key"
    made = create_party_key(path, "notary.example")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "PRIVATE" not in repr(open_party_key(path, made))
    with pytest.raises(VaultError, match="never overwritten"):
        create_party_key(path, "notary.example")
    with pytest.raises(ConfigError, match="without spaces"):
        create_party_key(tmp_path / "b", "a b")
    other = create_party_key(tmp_path / "other", "notary.example")
    with pytest.raises(ConfigError, match="declares"):
        open_party_key(path, other)
    with pytest.raises(ConfigError, match="no such file"):
        open_party_key(tmp_path / "none", made)
    path.chmod(0o644)
    with pytest.raises(VaultError, match="chmod 600"):
        open_party_key(path, made)
    with pytest.raises(IntegrityError, match="type 1"):
        parse_party_key("w+14f42d88+BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g")


def failed(root: Path) -> list[str]:
    return [f"{one.name}: {one.detail}" for one in verify_workspace(root).checks if one.verdict == "failed"]


@pytest.mark.tsa
def test_a_pair_that_cannot_be_is_told(workspace: Path, stamps: Authorities) -> None:
    with open_workspace(workspace) as held:
        practice.keep(held, "c8", authorities=stamps.pinned())
        practice.keep(held, "c9", authorities=stamps.pinned())
        ledger = held.journal.ledger
        known = {one.capture: one for one in ledger.packages()}
        first = next(iter(known.values()))
        fresh, other = known["c8"], known["c9"]

        def pair(*named: tuple[str, str, str], run: str = fresh.run, deployment: str = fresh.deployment) -> None:
            captures = tuple(
                PairedCapture(capture=capture, manifest_sha256=digest, party_key=key) for capture, digest, key in named
            )
            held.journal.record(CapturesPaired(run=run, deployment=deployment, captures=captures))

        mine = (fresh.capture, fresh.manifest_sha256, "")
        pair(mine)
        pair(mine, (other.capture, other.manifest_sha256, ""))
        pair(mine, ("c77", DIGEST, ""))
        pair((fresh.capture, DIGEST, ""), (other.capture, other.manifest_sha256, ""))
        pair((fresh.capture, fresh.manifest_sha256, "n+1+x"), (other.capture, other.manifest_sha256, ""))
        pair((first.capture, first.manifest_sha256, ""), mine, run=first.run, deployment=first.deployment)
    found = [one for one in failed(workspace) if one.startswith("capture.pair")]
    for number, expected in enumerate(
        (
            "names 1 captures",
            "both captures are by one party",
            "capture c77 is none of this run",
            "another manifest than the pair names",
            "signed by another key",
            "was timestamped before",
        )
    ):
        assert expected in found[number], found
    assert len(found) == 6


def named(key: PartyKey, name: str) -> PartyKey:
    """The same key under another name."""
    return PartyKey(name, key.private)


def keep_signed(
    held: Custody, name: str, key: PartyKey | None, stamps: Authorities, slot: str = ""
) -> CaptureCommitted:
    """As a worker keeps it: with its party's signature, where it has a key."""
    staging, data = practice.described(held, name, authorities=stamps.pinned(), slot=slot)
    event = committed_event(staging.finish(data), staging.home, data)
    if key is not None:
        signature = key.sign(event.capture, event.deployment, event.manifest_sha256)
        event = replace(event, party=key.name, party_key=str(key.verifier), party_signature=signature)
    held.journal.record(event)
    staging.publish()
    return event


def test_one_key_of_two_parties_is_neithers(tmp_path: Path) -> None:
    """Under one name or two; what each party gave from outside does not help it."""
    key = open_party_key(tmp_path / "key", create_party_key(tmp_path / "key", "notary.example"))
    other = named(key, "expert.example")
    third = create_party_key(tmp_path / "third", "third.example")
    given = [key.verifier, other.verifier, third]
    for held in (
        {(str(key.verifier), "notary"), (str(other.verifier), "expert")},
        {(str(key.verifier), "notary"), (str(key.verifier), "expert")},
    ):
        checks = CheckList()
        PartyChecks(held | {(str(third), "third")}).finish(given, [], "journal", checks)
        answers = checks.done().checks
        assert [one.verdict for one in answers] == ["failed", "failed", "passed"]
        assert "is that of expert too" in answers[1].detail and "is that of notary too" in answers[0].detail
    checks = CheckList()
    PartyChecks({(str(key.verifier), "notary"), (str(other.verifier), "notary")}).finish(given, [], "journal", checks)
    assert {one.verdict for one in checks.done().checks} == {"passed"}, "two names of one party's key"


@pytest.mark.tsa
@pytest.mark.parametrize("first", ["", "notary", "other"])
def test_a_pair_by_one_key_under_two_names_is_none(
    workspace: Path, stamps: Authorities, tmp_path: Path, first: str
) -> None:
    """For `auditor verify`, and for the printed steps; what is by two keys is a pair for both."""
    key = open_party_key(tmp_path / "key", create_party_key(tmp_path / "key", "notary.example"))
    second = open_party_key(tmp_path / "second", create_party_key(tmp_path / "second", "expert.example"))
    keys = {"": None, "notary": named(key, "another.example"), "other": second}
    with open_workspace(workspace) as held:
        made = [keep_signed(held, name, signer, stamps) for name, signer in (("c8", keys[first]), ("c9", key))]
        captures = tuple(
            PairedCapture(capture=one.capture, manifest_sha256=one.manifest_sha256, party_key=one.party_key or "")
            for one in made
        )
        held.journal.record(CapturesPaired(run=made[0].run, deployment=made[0].deployment, captures=captures))
        sealer = Sealer(held.vault, http_authorities(stamps.pinned(), practice.PATIENT), 2, patience=practice.PATIENT)
        sealer.seal_outbox()
    told, steps = failed(workspace), printed_steps(workspace, tmp_path)
    if first == "notary":
        assert [one.partition(":")[0] for one in told] == ["capture.pair", "capture.party-key", "capture.party-key"], (
            told
        )
        assert "both captures are by one party" in told[0]
        assert steps.returncode != 0 and "a pair that cannot be" in steps.stdout + steps.stderr, steps
    else:
        assert told == [] and steps.returncode == 0, (told, steps)


@pytest.mark.tsa
def test_a_second_partys_slot_is_captured_by_the_key_that_the_plan_names(
    workspace: Path, stamps: Authorities, tmp_path: Path
) -> None:
    key = open_party_key(tmp_path / "key", create_party_key(tmp_path / "key", "notary.example"))
    other = open_party_key(tmp_path / "second", create_party_key(tmp_path / "second", "expert.example"))
    slots = {name: f"site-a@{name}" for name in ("theirs", "ours", "others", "gone", "earlier")}
    with open_workspace(workspace) as held:
        planned = [{"slot": slot, "deployment": "site-a", "party_key": str(key.verifier)} for slot in slots.values()]
        del planned[-1]["party_key"]  # as earlier versions planned it
        held.plan(run="run-1", slots=planned)
        ours = keep_signed(held, "c5", None, stamps, slots["ours"])
        others = keep_signed(held, "c6", other, stamps, slots["others"])
        keep_signed(held, "c7", key, stamps, slots["theirs"])
        keep_signed(held, "c8", other, stamps, slots["earlier"])
        held.gap("no worker", run="run-1", deployment="site-a", slot=slots["gone"])
    found = [one for one in verify_workspace(workspace).checks if one.name == "plan.party"]
    failures, passes = ([one for one in found if one.verdict == verdict] for verdict in ("failed", "passed"))
    assert [one.subject for one in failures] == ["run run-1 slot site-a@ours", "run run-1 slot site-a@others"]
    assert f"capture {ours.capture} " in failures[0].detail and "names no party" in failures[0].detail
    assert f"names the key {others.party_key}, the plan {key.verifier}" in failures[1].detail
    assert [one.detail for one in passes] == [
        "2 captures of second parties' slots, by the key that the plan names, if any"
    ]


@pytest.mark.tsa
def test_a_partys_key_signs_no_log_and_the_logs_is_no_partys(workspace: Path, tmp_path: Path) -> None:
    """What is given for one role does not count for the other."""
    trust = tmp_path / "given"
    shutil.copytree(workspace / "evidence" / "trust", trust)
    for one in trust.glob("*.vkey"):
        one.unlink()
    own = (workspace / "keys" / "log.vkey").read_text()
    (trust / "log.party.vkey").write_text(own)
    found = load_trust_dir(trust)
    assert (found.keys, [str(one) for one in found.parties]) == ((), [own.strip()])
    told = verify_workspace(workspace, trust=trust)
    assert any("THE LOG KEY WAS TAKEN FROM INSIDE" in one for one in told.notices)
    assert not [one for one in told.checks if one.name == "journal.key" and one.verdict == "passed"]
    checks, seen = CheckList(), PartyChecks()
    key = parse_party_key(own.strip())
    seen.keys.add((str(key), "notary"))
    seen.finish([key], [key], "journal", checks)
    assert [(one.name, one.verdict) for one in checks.done().checks] == [("capture.party-key", "failed")]
