"""A second party in a fleet: its worker signs what it keeps, and its capture of a slot is paired with the other one.

Two captures of one slot are named in one line by their digests before either is timestamped.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from auditor.custody import (
    Journal,
    LedgerCaptures,
    PartyKey,
    check_pair,
    check_party_signature,
    open_party_key,
    parse_party_key,
)
from auditor.errors import ConfigError, IntegrityError
from auditor.fleet import RequestBook, SecondVisit
from auditor.model.events import CaptureCommitted, CapturesPaired, PairedCapture
from auditor.model.targets.estate import Estate, PartyVantage

LOGGER = logging.getLogger("auditor.workflow")

PAIR_SECONDS = 900.0
"""How long a capture waits for the other party's, unstamped: a later timestamp proves less."""


@dataclass(frozen=True, slots=True)
class PartySigner:
    """What a worker signs with on a machine of another party."""

    declared: PartyVantage
    key: PartyKey

    @property
    def facts(self) -> Mapping[str, str]:
        """Said in the manifest of every package."""
        return {"party": self.declared.party, "party_key": self.declared.key}

    def signed(self, event: CaptureCommitted) -> CaptureCommitted:
        """The event with the party's signature over the manifest that it names."""
        signature = self.key.sign(event.capture, event.deployment, event.manifest_sha256)
        return replace(event, party=self.declared.party, party_key=str(self.key.verifier), party_signature=signature)


def open_signer(estate: Estate, vantage: str, path: Path | None, passphrase: str | None) -> PartySigner | None:
    """What a worker of that vantage signs with; None where the vantage is the workspace's own.

    `ConfigError` where another party's vantage is given no key, or not the one that `targets.yaml` declares, or a key
    is given for a vantage of one's own.
    """
    declared = estate.vantages.get(vantage)
    if declared is None:
        if path is not None:
            raise ConfigError(
                f"--party-key {path}: vantage {vantage} is no other party's by targets.yaml; declare it under"
                " vantages:, or leave the key out"
            )
        return None
    if path is None:
        raise ConfigError(
            f"vantage {vantage} belongs to party {declared.party}, whose worker signs what it keeps; give --party-key"
            " FILE, or make one: auditor keys party"
        )
    return PartySigner(declared, open_party_key(path, parse_party_key(declared.key), passphrase))


def why_unsigned(estate: Estate, vantage: str, signer: PartySigner | None) -> str:
    """Why a worker that began with this signer may not go on under the present `targets.yaml`; empty where it may.
    Pure."""
    declared = estate.vantages.get(vantage)
    if declared == (signer.declared if signer is not None else None):
        return ""
    return f"targets.yaml says of vantage {vantage} another party or key than when this worker began; start it again"


def pair_captures(journal: Journal, estate: Estate, requests: RequestBook) -> frozenset[str]:
    """Journal the pairs that are there; the captures that wait for their other half, which are not to be stamped yet.

    A capture that was stamped is never paired: that the two were named before is what a pair says. Nor is one whose
    party or key `targets.yaml` does not declare: whoever may append a capture may write any key into it.
    """
    waiting = {one.capture for one in journal.ledger.standing.waiting.values()}
    known, held, done = LedgerCaptures(journal.ledger), set[str](), set[str]()
    for one in requests.second_visits(sorted(waiting)) if waiting else ():
        if one.capture in done or known.is_stamped(one.capture):
            continue
        made, other = known.committed(one.capture), known.committed(one.other)
        if made is not None and other is not None and one.other in waiting:
            done |= {one.capture, one.other}
            _pair(journal, estate, known, (made, other))
        elif may_come(one):
            held.add(one.capture)
    return frozenset(held)


def may_come(visit: SecondVisit) -> bool:
    """Whether a capture waits on for the other one: it is made and not followed yet, or may be made in time. Pure."""
    return (visit.expected or bool(visit.other)) and visit.seconds < PAIR_SECONDS


def why_not_theirs(estate: Estate, made: CaptureCommitted) -> str:
    """Why a capture is not that of the party it names; empty where it is, or names none. Pure."""
    try:
        key = check_party_signature(made)
    except IntegrityError as error:
        return str(error)
    declared = {(one.party, one.key) for one in estate.vantages.values()}
    if key is None or (made.party, str(key)) in declared:
        return ""
    return f"capture {made.capture}: targets.yaml declares no vantage of party {made.party} with key {key}"


def _pair(
    journal: Journal, estate: Estate, known: LedgerCaptures, captures: tuple[CaptureCommitted, CaptureCommitted]
) -> None:
    for made in captures:
        if why := why_not_theirs(estate, made):
            LOGGER.warning("captures not paired: %s", why)
            return
    event = CapturesPaired(
        run=captures[0].run,
        deployment=captures[0].deployment,
        captures=tuple(
            PairedCapture(capture=one.capture, manifest_sha256=one.manifest_sha256, party_key=one.party_key or "")
            for one in captures
        ),
    )
    try:
        check_pair(event, known)
    except IntegrityError as error:
        LOGGER.warning("captures not paired: %s", error)
        return
    journal.record(event)
    LOGGER.info("captures paired: run=%s deployment=%s", event.run, event.deployment)
