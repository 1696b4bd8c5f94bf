"""Quorum, outbox and back-off: who is asked when, what is kept, and what counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from auditor import custody
from auditor.clock import now
from auditor.custody.journal.health import FIRST_WAIT, LONGEST_WAIT, AuthorityHealth
from auditor.custody.transparency import checkpoints
from auditor.demo.authority import Behaviour
from auditor.errors import ConfigError, IntegrityError, VaultError
from auditor.formats.evidence_layout import own_token_name
from auditor.model.events import RunClosed, RunOpened
from tests.custody import practice_authorities as practice
from tests.custody.practice_authorities import QUICK, Authorities


def test_back_off_doubles_up_to_its_bound_and_ends_with_a_token() -> None:
    at, health, waits = now(), AuthorityHealth(), []
    for _ in range(12):
        health = health.after("absent", "", at, None, None)
        due = health.due(at)
        assert due is not None
        waits.append(due - at)
        assert health.due(at - timedelta(days=1)) is None, "asked by a clock that was ahead"
    assert waits[0] == FIRST_WAIT and waits[1] == 2 * FIRST_WAIT and waits[2] == 4 * FIRST_WAIT
    assert waits[-1] == LONGEST_WAIT
    assert health.after("verified", "CN=x", at, at, at).due(at) is None


def _asked(stamps: Authorities) -> int:
    return len(stamps.servers[0].visits)


def test_who_fails_is_asked_once_in_a_pass_and_packages_lose_nothing(tmp_path: Path, stamps: Authorities) -> None:
    practice.begin(tmp_path)
    stamps.behave("unavailable")
    moments: list[datetime] = [now()]
    with custody.open_workspace(tmp_path, at=lambda: moments[0]) as held:
        pinned = stamps.pinned()
        sealer = custody.Sealer(held.vault, custody.http_authorities(pinned, QUICK), 2, patience=QUICK)
        before = _asked(stamps)
        for name in ("c1", "c2", "c3"):
            assert not sealer.seal(practice.keep(held, name, authorities=pinned)).seal.sealed
        assert _asked(stamps) == before + 1, "after its first failure it is in back-off"
        moments[0] += FIRST_WAIT
        assert not any(package.seal.sealed for package in sealer.seal_outbox())
        assert _asked(stamps) == before + 2
        stamps.behave("honest")
        moments[0] += 2 * FIRST_WAIT
        assert all(package.seal.sealed for package in sealer.seal_outbox())
        package = next(custody.stored_packages(tmp_path, held.journal))
        assert package.seal.sealed_at is not None
    assert custody.verify_workspace(tmp_path, at=lambda: moments[0]).verdict == "passed"


def test_what_a_clock_far_ahead_finished_holds_no_authority_back(tmp_path: Path, stamps: Authorities) -> None:
    """No honest token fits it, and refusals of its own making would keep the authorities in back-off for ever."""
    practice.begin(tmp_path)
    moments = [now() + timedelta(days=1000)]
    with custody.open_workspace(tmp_path, at=lambda: moments[0]) as held:
        pinned = stamps.pinned()
        sealer = custody.Sealer(held.vault, custody.http_authorities(pinned, QUICK), 2, patience=QUICK)
        practice.keep(held, "c1", authorities=pinned)
        moments[0] = now()
        practice.keep(held, "c2", authorities=pinned)
        sealed = {package.capture: package.seal.sealed for package in sealer.seal_outbox()}
        assert sealed == {"c1": False, "c2": True}
        assert not any(health.failures for health in sealer.health().values())


@pytest.mark.parametrize("behaviour", ["wrong_nonce", "granted_with_mods", "foreign_root", "no_certificates"])
def test_a_refused_token_is_kept_and_never_counts(tmp_path: Path, stamps: Authorities, behaviour: Behaviour) -> None:
    practice.begin(tmp_path)
    stamps.behave(behaviour)
    moments = [now()]
    with custody.open_workspace(tmp_path, at=lambda: moments[0]) as held:
        pinned = stamps.pinned()
        sealer = custody.Sealer(held.vault, custody.http_authorities(pinned, QUICK), 2, patience=QUICK)
        package = sealer.seal(practice.keep(held, "c1", authorities=pinned))
        assert not package.seal.sealed
        assert (tmp_path / package.path / "manifest.alpha.refused-1.tsr").exists()
        assert custody.verify_workspace(tmp_path).verdict == "not checked"
        moments[0] += timedelta(minutes=1)
        again = sealer.seal(package)
        assert (tmp_path / package.path / "manifest.alpha.refused-2.tsr").exists()
        stamps.behave("honest")
        moments[0] += timedelta(minutes=2)
        assert sealer.seal(again).seal.sealed
    found = custody.verify_workspace(tmp_path, at=lambda: moments[0])
    assert found.verdict == "passed" and found.counts["tokens"] == 2


def test_what_lies_under_a_token_s_name_keeps_no_package_from_its_seal(tmp_path: Path, stamps: Authorities) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path) as held:
        pinned = stamps.pinned()
        sealer = custody.Sealer(held.vault, custody.http_authorities(pinned, QUICK), 2, patience=QUICK)
        waits = practice.keep(held, "c1", authorities=pinned)
        foreign, before = tmp_path / waits.path / "manifest.alpha.tsr", _asked(stamps)
        foreign.parent.chmod(0o755)
        foreign.write_bytes(b"another thing")
        assert sealer.seal(waits).seal.sealed
        assert _asked(stamps) == before + 1
        (named,) = foreign.parent.glob("manifest.alpha.again-*.tsr")
        assert foreign.read_bytes() == b"another thing"
    told = [one for one in custody.verify_workspace(tmp_path).checks if one.verdict == "failed"]
    assert [one.subject for one in told] == [f"{waits.path}/{foreign.name}"], "that alone is told"
    foreign.unlink()
    assert custody.verify_workspace(tmp_path).verdict == "passed"
    assert own_token_name(named.name) == foreign.name


def test_what_lies_under_a_checkpoint_s_name_keeps_no_log_from_being_signed(
    tmp_path: Path, stamps: Authorities
) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path) as held:
        sealer = custody.Sealer(held.vault, custody.http_authorities(stamps.pinned(), QUICK), 2, patience=QUICK)
        size = held.journal.size
        taken = [checkpoints.path_of(size), checkpoints.fold_path(size + 1)]
        for path in taken:
            place = tmp_path / "evidence" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(b"another thing")
        made = custody.sign_checkpoint(held.journal, sealer, "a test")
        assert made.size == size + 2 and made.seal is not None and made.seal.sealed
    for path in taken:
        (tmp_path / "evidence" / path).unlink()
    assert custody.verify_workspace(tmp_path).verdict == "passed"


def test_names_that_are_all_taken_are_told_before_anything_is_journalled(tmp_path: Path, stamps: Authorities) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path) as held:
        sealer = custody.Sealer(held.vault, custody.http_authorities(stamps.pinned(), QUICK), 2, patience=QUICK)
        size, before = held.journal.size, _asked(stamps)
        for number in range(checkpoints.MOST_TAKEN + 1):
            place = tmp_path / "evidence" / checkpoints.path_of(size + number)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(b"another thing")
        with pytest.raises(VaultError, match="nothing is signed"):
            custody.sign_checkpoint(held.journal, sealer, "a test")
        assert (held.journal.size, _asked(stamps)) == (size, before)


def test_two_authorities_of_one_owner_are_one(tmp_path: Path, stamps: Authorities) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path) as held:
        same = [replace(p, authority=replace(p.authority, owner="One Ltd")) for p in stamps.pinned()]
        sealer = custody.Sealer(held.vault, custody.http_authorities(same, QUICK), 2, patience=QUICK)
        assert not sealer.seal(practice.keep(held, "c1", authorities=same)).seal.sealed
    assert custody.verify_workspace(tmp_path).verdict == "not checked"
    with custody.open_workspace(tmp_path) as held, pytest.raises(ConfigError, match="at least one"):
        custody.Sealer(held.vault, custody.http_authorities(same), 0)


def test_a_changed_signer_is_remarked(tmp_path: Path, stamps: Authorities) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path) as held:
        pinned = stamps.pinned()
        sealer = custody.Sealer(held.vault, custody.http_authorities(pinned, QUICK), 2, patience=QUICK)
        sealer.seal(practice.keep(held, "c1", authorities=pinned))
        stamps.behave("ec_key")
        second = sealer.seal(practice.keep(held, "c2", authorities=pinned))
    verdict = next(v for v in second.seal.verdicts if v.authority == "alpha")
    assert verdict.status == "verified" and any("another certificate than before" in note for note in verdict.notes)
    assert custody.verify_workspace(tmp_path).verdict == "passed"


def test_a_plan_is_stamped_before_it_starts_or_as_soon_as_may_be(tmp_path: Path, stamps: Authorities) -> None:
    practice.begin(tmp_path)
    stamps.behave("unavailable")
    moments = [now()]
    with custody.open_workspace(tmp_path, at=lambda: moments[0]) as held:
        assert checkpoints.is_checkpoint_due(held.journal, moments[0])
        sealer = custody.Sealer(held.vault, custody.http_authorities(stamps.pinned(), QUICK), 2, patience=QUICK)
        held.plan(run="run-1", slots=[{"slot": "a", "deployment": "site-a"}])
        made = custody.sign_checkpoint(held.journal, sealer, "plan")
        assert made.seal is not None and not made.seal.sealed
        assert not checkpoints.is_checkpoint_due(held.journal, moments[0])
        assert checkpoints.is_checkpoint_due(held.journal, moments[0] - timedelta(days=1)), "dated ahead of now"
        stamps.behave("honest")
        moments[0] += FIRST_WAIT
        sealer.seal_outbox()
        records = held.journal.ledger.tokens(made.path)
        assert {r.verdict.authority for r in records if r.verdict.status == "verified"} == {"alpha", "beta"}
        assert checkpoints.is_checkpoint_due(held.journal, moments[0] + timedelta(days=1))


def test_changed_authorities_are_a_new_dated_trust_statement(tmp_path: Path, stamps: Authorities) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path) as held:
        custody.Sealer(held.vault, custody.http_authorities(stamps.pinned()), 2)
        size = held.journal.size
        custody.Sealer(held.vault, custody.http_authorities(stamps.pinned()), 2)
        assert held.journal.size == size, "nothing changed, nothing is journalled"
        custody.Sealer(held.vault, custody.http_authorities(stamps.pinned()), 1)
        assert held.journal.size == size + 1
    statements = list((tmp_path / "evidence" / "trust").glob("authorities-*.json"))
    assert len(statements) == 2
    assert custody.verify_workspace(tmp_path).verdict == "passed"


def test_a_smaller_quorum_later_does_not_seal_what_promised_more(tmp_path: Path, stamps: Authorities) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path) as held:
        pinned = stamps.pinned()
        package = practice.keep(held, "c1", authorities=pinned)
        sealer = custody.Sealer(held.vault, custody.http_authorities(pinned[:1], QUICK), 1, patience=QUICK)
        assert not sealer.seal(package).seal.sealed
        assert [waiting.capture for waiting in custody.unsealed_packages(tmp_path, held.journal)] == ["c1"]


def test_packages_of_a_run_that_goes_on_are_left_to_it_but_where_nobody_else_seals(
    tmp_path: Path, stamps: Authorities
) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path) as held:
        pinned = stamps.pinned()
        sealer = custody.Sealer(held.vault, custody.http_authorities(pinned, QUICK), 2, patience=QUICK)
        held.journal.record(RunOpened(run="run-1", targets_sha256="0" * 64))
        for name in ("c1", "c2", "c3"):
            practice.keep(held, name, authorities=pinned)
        assert sealer.seal_outbox() == []
        sealed = sealer.seal_outbox(every_run=True, at_once=2)
        assert [(one.capture, one.seal.sealed) for one in sealed] == [("c1", True), ("c2", True), ("c3", True)]
        held.journal.record(RunClosed(run="run-1"))
    assert custody.verify_workspace(tmp_path).verdict == "passed"


def test_what_waits_for_one_authority_keeps_no_other_package_from_the_next(tmp_path: Path, stamps: Authorities) -> None:
    """So many in a pass, oldest first: who waits for an authority that is away takes no place."""
    practice.begin(tmp_path)
    stamps.behave("unavailable")
    with custody.open_workspace(tmp_path) as held:
        pinned = stamps.pinned()
        sealer = custody.Sealer(held.vault, custody.http_authorities(pinned, QUICK), 2, patience=QUICK)
        for name in ("c1", "c2", "c3"):
            practice.keep(held, name, authorities=pinned)
        for _ in range(3):
            sealer.seal_outbox(1)
        for package in custody.unsealed_packages(tmp_path, held.journal):
            owners = {one.authority for one in package.seal.verdicts if one.status == "verified"}
            assert owners == {"beta"}, package.capture


def test_what_cannot_be_read_keeps_no_other_package_from_its_timestamps(tmp_path: Path, stamps: Authorities) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path) as held:
        pinned = stamps.pinned()
        sealer = custody.Sealer(held.vault, custody.http_authorities(pinned, QUICK), 2, patience=QUICK)
        gone = practice.keep(held, "c1", authorities=pinned)
        practice.keep(held, "c2", authorities=pinned)
        (tmp_path / gone.path / "manifest.json").unlink()
        sealed = [one.capture for _ in range(2) for one in sealer.seal_outbox(1)]
        assert sealed == ["c2"]


def test_no_token_is_asked_for_over_a_manifest_that_the_journal_does_not_name(
    tmp_path: Path, stamps: Authorities
) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path) as held:
        pinned = stamps.pinned()
        sealer = custody.Sealer(held.vault, custody.http_authorities(pinned, QUICK), 2, patience=QUICK)
        package, other = (practice.keep(held, name, authorities=pinned) for name in ("c1", "c2"))
        changed = tmp_path / package.path / "manifest.json"
        changed.chmod(0o644)
        changed.write_bytes((tmp_path / other.path / "manifest.json").read_bytes())
        before = len(stamps.visits())
        with pytest.raises(IntegrityError, match="not the bytes that the journal names"):
            sealer.seal(package)
        assert len(stamps.visits()) == before
        assert [one.capture for one in sealer.seal_outbox()] == ["c2"]
