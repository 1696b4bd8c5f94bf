"""Maintenance of evidence: seals what waits, signs and publishes checkpoints, warns about expiring certificates."""

from __future__ import annotations

from auditor.custody import (
    expiry_warnings,
    finish_renewals,
    is_checkpoint_due,
    seal_waiting_filings,
    sign_checkpoint,
)
from auditor.model.evidence import Package
from auditor.workflow.audit.witness_submission import submit_to_witnesses
from auditor.workflow.index.record import index_missing_captures
from auditor.workflow.wiring import Instruments

MAX_SEALED_AT_START = 100
"""Packages of earlier runs that are sealed before a run begins; the others at its end."""


def seal_waiting(instruments: Instruments, limit: int | None = None) -> list[Package]:
    """Ask again for what waits for timestamps: packages, the newest checkpoint, renewals. Those sealed now."""
    finish_renewals(instruments.journal, instruments.sealer)
    seal_waiting_filings(instruments.sealer)
    return [package for package in instruments.sealer.seal_outbox(limit) if package.seal.sealed]


def run_daily_maintenance(instruments: Instruments) -> list[str]:
    """What is due once a day, run or no run: a checkpoint, its witnesses, the outbox. Warnings, one sentence each."""
    seal_waiting(instruments)
    index_missing_captures(instruments)
    if not is_checkpoint_due(instruments.journal, instruments.clock()):
        return certificate_warnings(instruments)
    missed = instruments.sealer.save_revocation()
    checkpoint = sign_checkpoint(instruments.journal, instruments.sealer, "a day has passed")
    return [*missed, *submit_to_witnesses(instruments, checkpoint).failures, *certificate_warnings(instruments)]


def certificate_warnings(instruments: Instruments) -> list[str]:
    """Authorities whose certificates end before long."""
    return expiry_warnings(instruments.sealer.health(), instruments.clock())
