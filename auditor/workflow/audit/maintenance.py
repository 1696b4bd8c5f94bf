"""Maintenance of evidence: seals what waits, signs and publishes checkpoints, warns about expiring certificates."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeAlias

from auditor.custody import (
    OUTBOX,
    RENEWALS,
    PackageCarrier,
    expiry_warnings,
    finish_renewals,
    is_checkpoint_due,
    is_scrub_due,
    scrub_coverage,
    scrub_next_share,
    seal_waiting_filings,
    sign_checkpoint,
)
from auditor.model.evidence import Package
from auditor.workflow.audit.witness_submission import submit_to_witnesses
from auditor.workflow.index.record import index_missing_captures
from auditor.workflow.wiring import Instruments

LOGGER = logging.getLogger("auditor.workflow")

Carrying: TypeAlias = "Callable[[], AbstractContextManager[BringsPackages]]"
"""Opens what brings packages that lie elsewhere."""
MAX_SEALED_AT_START = 100
"""Packages of earlier runs that are sealed before a run begins; the others at its end."""


class BringsPackages(PackageCarrier, Protocol):
    """Brings packages into a folder."""

    @property
    def evidence(self) -> Path:
        """The folder."""
        ...


def seal_waiting(
    instruments: Instruments,
    limit: int | None = None,
    *,
    run: str = "",
    every_run: bool = False,
    at_once: int = 1,
    left: Collection[str] = (),
) -> list[Package]:
    """Ask again for what waits for timestamps: packages, the newest checkpoint, renewals. Those sealed now.

    `run`: the one that asks; what other runs that go on have captured they have sealed themselves. `every_run`: nobody
    else seals. `at_once`: packages that are asked for at the same time. `left`: captures that wait for something
    else. Nothing is asked where another command is at this.
    """
    claims = instruments.custody.claims
    if claims.take([OUTBOX]):
        return []
    try:
        if not claims.take([RENEWALS]):  # else whoever makes one is asking about it
            try:
                finish_renewals(instruments.journal, instruments.sealer)
            finally:
                claims.give_back([RENEWALS])
        seal_waiting_filings(instruments.sealer)
        sealed_now = instruments.sealer.seal_outbox(limit, run, every_run=every_run, at_once=at_once, left=left)
        return [package for package in sealed_now if package.seal.sealed]
    finally:
        claims.give_back([OUTBOX])


def run_daily_maintenance(instruments: Instruments) -> list[str]:
    """What is due once a day, run or no run: a checkpoint, its witnesses, the outbox. Warnings, one sentence each."""
    seal_waiting(instruments)
    index_missing_captures(instruments)
    scrubbed = scrub_share(instruments)
    if not is_checkpoint_due(instruments.journal, instruments.clock()):
        return [*scrubbed, *certificate_warnings(instruments)]
    missed = instruments.sealer.save_revocation()
    checkpoint = sign_checkpoint(instruments.journal, instruments.sealer, "a day has passed")
    failures = submit_to_witnesses(instruments, checkpoint).failures
    return [*scrubbed, *missed, *failures, *certificate_warnings(instruments)]


def scrub_share(instruments: Instruments, carrying: Carrying | None = None) -> list[str]:
    """Read the day's share of segments and packages again, where it is due; a sentence for each that does not hold.

    `carrying`: what brings packages that lie elsewhere.
    """
    journal, at = instruments.journal, instruments.clock()
    coverage = scrub_coverage(journal.newest(("scrub",)), journal.segments, journal.ledger.standing.captures)
    if not is_scrub_due(coverage, at):
        return []
    vault = instruments.custody.vault
    if carrying is None:
        done = scrub_next_share(vault, coverage)
    else:
        with carrying() as carrier:
            done = scrub_next_share(vault, coverage, evidence=carrier.evidence, carrier=carrier)
    LOGGER.info("scrub: segments=%d packages=%d bytes=%d failed=%d", done.segments[1] - done.segments[0],
                done.packages[1] - done.packages[0], done.bytes, len(done.failed))  # fmt: skip
    return [f"scrub: {why}; run `auditor verify`" for why in done.failed]


def certificate_warnings(instruments: Instruments) -> list[str]:
    """Authorities whose certificates end before long."""
    return expiry_warnings(instruments.sealer.health(), instruments.clock())
