"""Whatever an authority answers, a run ends with its evidence kept, and the record says what the answer was worth."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.clock import now
from auditor.custody import verify_workspace
from auditor.demo import BEHAVIOURS, Behaviour, DemoEnvironment
from auditor.workflow.audit.audit import run_audit
from auditor.workflow.wiring import open_instruments
from auditor.workspace import Workspace as Place
from tests.story.conftest import Workspace

GOOD: dict[Behaviour, str] = {
    "honest": "rfc3161-client",
    "ec_key": "rfc3161-client",
    "sha384": "rfc3161-client",
    "fraction_of_a_second": "rfc3161-client",
    "extra_certificates": "rfc3161-client",
    "unsorted_certificates": "cannot decode it",
}
"""Unusual and right: counted, with the program that verified it. OpenSSL alone reads the certificates out of order."""
SHORT: tuple[Behaviour, ...] = ("wrong_nonce", "unsorted_certificates")


def kept_in_spite_of(behaviour: Behaviour, world: DemoEnvironment, root: Path) -> None:
    """One run with the second authority answering so; then what the record and a verifier say."""
    world.authority_behaves("practice-b", behaviour)
    with open_instruments(Place(root), sandbox=False, clock=now) as instruments:
        summary = asyncio.run(run_audit(instruments, lambda done, total, what: None, ("libmsc-net",)))
        ledger = instruments.journal.ledger
        (package,) = map(ledger.package_of, ledger.packages())
        records = [record for _, each in ledger.stamped() for record in each]
    assert (summary.complete, summary.gaps) == (1, 0), behaviour
    answers = [record for record in records if record.verdict.authority == "practice-b"]
    answer = answers[0].verdict
    assert all(record.verdict.status == "verified" for record in records if record not in answers)
    found = verify_workspace(root)
    if behaviour in GOOD:
        assert package.seal.sealed and GOOD[behaviour] in answer.verified_by, (behaviour, answer)
        assert found.verdict == "passed", [check for check in found.checks if check.verdict != "passed"]
        return
    assert not package.seal.sealed and summary.waiting == (package.capture,), behaviour
    assert answer.status in {"absent", "refused"} and answer.why, (behaviour, answer)
    assert found.verdict == "not checked", [check for check in found.checks if check.verdict == "failed"]
    assert "UNSEALED" in " ".join(check.detail for check in found.checks if check.verdict == "not checked")
    assert list((root / package.path).rglob("dom.html")), "the evidence is there"
    assert len(answers) == 1, "in back-off it is not asked again in this run"
    kept = (root / "evidence" / answers[0].response).is_file() and bool(answers[0].response)
    assert kept == (answer.status == "refused"), "a token that does not verify is kept as such"


@pytest.mark.parametrize("behaviour", SHORT)
def test_a_run_ends_with_its_evidence(
    behaviour: Behaviour, world: DemoEnvironment, make_workspace: Callable[..., Workspace]
) -> None:
    kept_in_spite_of(behaviour, world, make_workspace().root)


@pytest.mark.long
@pytest.mark.parametrize("behaviour", [one for one in BEHAVIOURS if one not in SHORT])
def test_a_run_ends_with_its_evidence_whatever_is_answered(
    behaviour: Behaviour, world: DemoEnvironment, make_workspace: Callable[..., Workspace]
) -> None:
    kept_in_spite_of(behaviour, world, make_workspace().root)
