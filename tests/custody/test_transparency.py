"""The transparency log: trees, notes, checkpoints, proofs, witnesses, keys."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auditor import custody
from auditor.clock import now
from auditor.custody.journal.key_history import KeyHistory
from auditor.custody.transparency import checkpoints
from auditor.errors import ConfigError, CustodyError, IntegrityError, VaultError
from auditor.formats import merkle, signed_note
from auditor.formats.signed_note import VerifierKey
from auditor.model.evidence import Verification
from tests.custody import practice_authorities as practice
from tests.custody.practice_authorities import PATIENT, Authorities
from tests.custody.witness_server import WitnessServer
from tests.custody.witness_server import witness as witnessing


def _tree(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962 §2.1 writes it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return merkle.node_hash(_tree(leaves[:split]), _tree(leaves[split:]))


def test_roots_and_proofs_of_every_small_tree() -> None:
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(20)]
    for size in range(21):
        root = merkle.root_hash(leaves[:size])
        assert root == _tree(leaves[:size])
        for index in range(size):
            path = merkle.inclusion_path(leaves[:size], index)
            assert merkle.verify_inclusion(root, size, index, leaves[index], path)
            assert not merkle.verify_inclusion(root, size, index, merkle.leaf_hash(b"other"), path)
            assert not merkle.verify_inclusion(root, size, (index + 1) % size, leaves[index], path) or size == 1
            assert not merkle.verify_inclusion(root, size, index, leaves[index], [*path, root])
        for old in range(size + 1):
            proof, before = merkle.consistency_path(leaves[:size], old), merkle.root_hash(leaves[:old])
            assert merkle.verify_consistency(old, before, size, root, proof)
            if 0 < old < size:
                assert not merkle.verify_consistency(old, bytes(32), size, root, proof)
                assert not merkle.verify_consistency(old, before, size, bytes(32), proof)
                assert not merkle.verify_consistency(old, before, size, root, proof[:-1])


def test_the_known_roots_of_rfc_6962_test_vectors() -> None:
    """The vectors that Certificate Transparency implementations share."""
    data = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        bytes(range(0x50, 0x58)),
        bytes(range(0x60, 0x70)),
    ]
    root = merkle.root_hash([merkle.leaf_hash(leaf) for leaf in data])
    assert root.hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
VKEY = VerifierKey("tests.example/log", signed_note.ED25519, KEY.public_key().public_bytes_raw())


def test_a_note_has_one_spelling() -> None:
    data = signed_note.sign_note("tests.example/log\n1\nroot\n", VKEY.name, KEY)
    assert signed_note.parse_verified_note(data, VKEY, "note").text == "tests.example/log\n1\nroot\n"
    for place in range(len(data)):
        for bit in (1, 0x20):
            altered = data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]
            with pytest.raises(IntegrityError):
                signed_note.parse_verified_note(altered, VKEY, "note")
    for altered in (
        data + b"\n",
        data[:-1],
        b"\n" + data,
        data.replace(b"\n\n", b"\n\n\n"),
        data + data.splitlines(True)[-1],
    ):
        with pytest.raises(IntegrityError):
            signed_note.parse_verified_note(altered, VKEY, "note")


def test_keys_are_read_strictly() -> None:
    assert signed_note.parse_key(str(VKEY)) == VKEY
    for wrong in ("", "a+b+c", str(VKEY).replace("+", "+0", 1), str(VKEY) + "=", "x" + str(VKEY)):
        with pytest.raises(IntegrityError):
            signed_note.parse_key(wrong)


def test_a_package_proves_its_place_without_showing_another(sealed: Path) -> None:
    journal = custody.Journal.open(sealed)
    at = custody.latest_checkpoint(sealed)
    assert at is not None and journal.ring.active is not None
    entry = next(entry for entry in journal.entries() if entry.kind == "capture")
    proof = custody.inclusion_proof(journal, entry.number, at)
    assert custody.check_inclusion(proof, entry.line, journal.ring.active)[0] == entry.number
    with pytest.raises(IntegrityError, match="not entry"):
        custody.check_inclusion(proof, entry.line + b" ", journal.ring.active)
    with pytest.raises(IntegrityError, match="not signed"):
        custody.check_inclusion(proof, entry.line, VKEY)
    others = [other.line.decode() for other in journal.entries() if other.number != entry.number]
    assert not any(other in proof for other in others)


def test_checkpoints_continue_each_other(sealed: Path) -> None:
    journal = custody.Journal.open(sealed)
    first, second = (checkpoints.load_checkpoint(sealed, record.path) for record in journal.ledger.checkpoints())
    proof = [signed_note.unb64(step, "step") for step in custody.consistency_proof(journal, first.size, second.size)]
    assert merkle.verify_consistency(first.size, first.root, second.size, second.root, proof)
    assert all(custody.verify_workspace(sealed).verdict == "passed" for _ in range(1))


def test_a_witness_cosigns_and_is_checked(workspace: Path, stamps: Authorities, tmp_path: Path) -> None:
    with witnessing() as (server, witness), custody.open_workspace(workspace) as held:
        records = held.journal.ledger.checkpoints()
        for record in records:
            custody.request_cosignature(held.vault, checkpoints.load_checkpoint(workspace, record.path), witness)
        assert server.size == records[-1].size
        sealer = custody.Sealer(held.vault, custody.http_authorities(stamps.pinned(), PATIENT), 2, patience=PATIENT)
        third = custody.sign_checkpoint(held.journal, sealer, "third")
        server.lie = True
        with pytest.raises(IntegrityError, match="no cosignature"):
            custody.request_cosignature(held.vault, third, witness)
        assert (
            custody.write_submission(held.journal, third, 0, tmp_path / "carried").read_bytes().startswith(b"old 0\n\n")
        )
    found = custody.verify_workspace(workspace)
    assert found.verdict == "passed"
    assert sum(check.name == "checkpoint.cosignature" for check in found.checks) == 2


def test_a_witness_that_remembers_another_size_is_asked_again(workspace: Path) -> None:
    with witnessing() as (server, witness), custody.open_workspace(workspace) as held:
        first, second = (
            checkpoints.load_checkpoint(workspace, record.path) for record in held.journal.ledger.checkpoints()
        )
        server.size, server.root = first.size, first.root
        custody.request_cosignature(held.vault, second, witness)
        server.size = 10_000
        with pytest.raises(CustodyError, match="has seen 10000 lines"):
            custody.request_cosignature(held.vault, second, witness)


def test_a_witness_by_folder_signs_what_is_carried(workspace: Path, tmp_path: Path) -> None:
    server, folder = WitnessServer(), tmp_path / "carried"
    named = custody.parse_witness(str(server.vkey))
    with custody.open_workspace(workspace) as held:
        first, second = (
            checkpoints.load_checkpoint(workspace, record.path) for record in held.journal.ledger.checkpoints()
        )
        carried = custody.write_submission(held.journal, first, 0, folder)
        assert bytes(first.note) in carried.read_bytes()
        (folder / f"{first.size:012d}.cosignature").write_bytes(server.cosigned(first))
        server.lie = True
        (folder / f"{second.size:012d}.cosignature").write_bytes(server.cosigned(second))
        taken, (wrong,) = custody.collect_cosignatures(held.vault, named, folder)
        assert taken == 1 and "no cosignature" in wrong
        assert custody.collect_cosignatures(held.vault, named, folder)[0] == 0, "taken in once"
        assert custody.last_cosigned_size(held.journal, named) == first.size
    found = custody.verify_workspace(workspace)
    assert found.verdict == "passed"
    assert [check.verdict for check in found.checks if check.name == "checkpoint.cosignature"] == ["passed"]


def test_private_keys_that_others_can_read_are_refused(workspace: Path) -> None:
    (workspace / "keys" / "log.pem").chmod(0o640)
    with pytest.raises(VaultError, match="mode 0640"):
        custody.open_keys(workspace)
    (workspace / "keys" / "log.pem").chmod(0o600)
    (workspace / "keys").chmod(0o755)
    with pytest.raises(VaultError, match="mode 0755"):
        custody.open_keys(workspace)


def test_a_passphrase_locks_the_keys(tmp_path: Path) -> None:
    custody.create_workspace(tmp_path, origin=practice.ORIGIN, software="tests", passphrase="正确的密码")
    with pytest.raises(ConfigError, match="give its passphrase"), custody.open_workspace(tmp_path):
        pass
    with pytest.raises(ConfigError, match="another passphrase"), custody.open_workspace(tmp_path, passphrase="wrong"):
        pass
    with custody.open_workspace(tmp_path, passphrase="正确的密码") as held:
        assert held.journal.size == 2


def test_rotated_keys_are_endorsed_and_old_evidence_stays_good(workspace: Path, stamps: Authorities) -> None:
    with custody.open_workspace(workspace) as held:
        before = held.keys.verifier
        after = custody.rotate_log_keys(held.vault, why="yearly")
        assert after.verifier != before
        custody.revoke_log_key(held.journal, str(before), "replaced")
    with custody.open_workspace(workspace) as held:
        assert held.keys.verifier == after.verifier
        sealer = custody.Sealer(held.vault, custody.http_authorities(stamps.pinned(), PATIENT), 2, patience=PATIENT)
        custody.sign_checkpoint(held.journal, sealer, "after rotation")
    assert custody.verify_workspace(workspace).verdict == "passed"


def test_a_key_in_force_that_was_revoked_fails(workspace: Path) -> None:
    with custody.open_workspace(workspace) as held:
        custody.revoke_log_key(held.journal, str(held.keys.verifier), "stolen")
    assert any(
        check.name == "journal.key" and check.verdict == "failed"
        for check in custody.verify_workspace(workspace).checks
    )


def test_the_roots_and_keys_may_come_from_elsewhere(sealed: Path, stamps: Authorities, tmp_path: Path) -> None:
    trust = tmp_path / "trust"
    trust.mkdir()
    with pytest.raises(ConfigError, match="no certificates"):
        custody.verify_workspace(sealed, trust=trust)
    (trust / "alpha.pem").write_bytes(stamps.one.ring.root.read_bytes())
    found = custody.verify_workspace(sealed, trust=trust)
    assert found.verdict == "failed"
    assert {check.name for check in found.checks if check.verdict == "failed"} == {"token.trust", "seal.quorum"}
    (trust / "beta.pem").write_bytes(stamps.two.ring.root.read_bytes())
    (trust / "log.vkey").write_text(f"{VKEY}\n")
    assert {
        check.name for check in custody.verify_workspace(sealed, trust=trust).checks if check.verdict == "failed"
    } == {"journal.key"}
    (trust / "log.vkey").write_text(f"{custody.open_keys(sealed).verifier}\n")
    found = custody.verify_workspace(sealed, trust=trust)
    assert found.verdict == "passed"
    assert not any("INSIDE" in notice for notice in found.notices)


def test_renewals_cover_tokens_and_everything(workspace: Path, stamps: Authorities) -> None:
    with custody.open_workspace(workspace) as held:
        sealer = custody.Sealer(held.vault, custody.http_authorities(stamps.pinned(), PATIENT), 2, patience=PATIENT)
        (first,) = custody.reseal(held.journal, sealer)
        assert first.seal.sealed and first.files == 16
        (second,) = custody.reseal(held.journal, sealer, rehash=True)
        assert second.seal.sealed and second.files >= 40
    found = custody.verify_workspace(workspace)
    assert found.verdict == "passed"
    assert sum(check.name == "renewal.digest" for check in found.checks) == 2


def test_a_renewal_of_much_is_several_lists(workspace: Path, stamps: Authorities) -> None:
    """Each of as many files as one may have, together all of them once; a file that changed is told by its list."""
    with custody.open_workspace(workspace) as held:
        sealer = custody.Sealer(held.vault, custody.http_authorities(stamps.pinned(), PATIENT), 2, patience=PATIENT)
        lists = list(custody.list_renewals(held.journal, held.journal.clock(), most=6))
        assert [one.files for one in lists] == [6, 6, 4]
        names = [item["path"] for one in lists for item in json.loads(one.data)["files"]]
        assert len(set(names)) == 16
        made = [custody.stamp_renewal(held.journal, sealer, one) for one in lists]
        assert [one.path for one in made] == [f"journal/renewals/{number:06d}.json" for number in (1, 2, 3)]
    found = custody.verify_workspace(workspace)
    assert found.verdict == "passed" and sum(check.name == "renewal.digest" for check in found.checks) == 3


def test_of_a_renewal_the_files_of_named_packages_are_held_against_it(workspace: Path, stamps: Authorities) -> None:
    with custody.open_workspace(workspace) as held:
        sealer = custody.Sealer(held.vault, custody.http_authorities(stamps.pinned(), PATIENT), 2, patience=PATIENT)
        custody.reseal(held.journal, sealer)
        one, other, *_ = held.journal.ledger.packages()
    token = next((workspace / "evidence" / one.home).glob("*.tsr"))
    token.chmod(0o600)
    token.write_bytes(b"other bytes")
    told = {
        home: [check for check in _verified(workspace, home).checks if check.name == "renewal.digest"]
        for home in (one.home, other.home)
    }
    assert [check.verdict for check in told[one.home]] == ["failed"]
    (passed,) = told[other.home]
    assert passed.verdict == "passed" and "files of packages that were not named are left out" in passed.detail


def _verified(workspace: Path, home: str) -> Verification:
    return custody.verify_workspace(workspace, [workspace / "evidence" / home])


def test_a_renewal_without_tokens_is_of_the_journal_alone(tmp_path: Path) -> None:
    custody.create_workspace(tmp_path, origin="tests.example/empty", software="auditor tests")
    with custody.open_workspace(tmp_path) as held:
        (only,) = custody.list_renewals(held.journal, held.journal.clock())
        assert only.files == 0 and json.loads(only.data)["journal"]["lines"] == held.journal.size


@pytest.mark.parametrize("rehash", [False, True])
def test_a_renewal_that_waits_is_finished_later(workspace: Path, stamps: Authorities, rehash: bool) -> None:
    stamps.behave("unavailable")
    with custody.open_workspace(workspace) as held:
        sealer = custody.Sealer(held.vault, custody.http_authorities(stamps.pinned(), PATIENT), 2, patience=PATIENT)
        assert not any(one.seal.sealed for one in custody.reseal(held.journal, sealer, rehash=rehash))
        moment = max(due for health in sealer.health().values() if (due := health.due(sealer.clock())))
    assert custody.verify_workspace(workspace).verdict != "failed"
    stamps.behave("honest")
    with custody.open_workspace(workspace, at=lambda: moment) as held:
        later = custody.Sealer(held.vault, custody.http_authorities(stamps.pinned(), PATIENT), 2, patience=PATIENT)
        assert [renewal.seal.sealed for renewal in custody.finish_renewals(held.journal, later)] == [True]
        assert custody.finish_renewals(held.journal, later) == []
    found = custody.verify_workspace(workspace, at=lambda: moment)
    assert found.verdict == "passed"
    assert not any("not timestamped by the quorum" in notice for notice in found.notices)


def test_an_authority_s_certificate_is_warned_about_ahead(sealed: Path) -> None:
    health = custody.AuthorityHealth(0, now(), "CN=x", now().replace(year=2020), now().replace(year=now().year + 1))
    assert custody.expiry_warnings({"alpha": health}, now()) != []
    young = custody.AuthorityHealth(0, now(), "CN=x", now(), now().replace(year=now().year + 10))
    assert custody.expiry_warnings({"alpha": young}, now()) == []


def test_a_key_that_comes_back_by_an_unendorsed_line_is_vouched_for_by_nobody() -> None:
    given, later, alien = (
        VerifierKey("log.example", signed_note.ED25519, Ed25519PrivateKey.generate().public_key().public_bytes_raw())
        for _ in range(3)
    )
    history = KeyHistory(active=later, history=[(0, given), (5, later), (9, alien), (12, later)], unendorsed=[9])
    assert history.vouched_for([given]) == (given, later)
    assert not history.leads_from([given]) and history.leads_from([given, later])
