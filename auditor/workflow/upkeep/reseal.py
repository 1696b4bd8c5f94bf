"""Timestamps renewed before their certificates or their hash weaken."""

from __future__ import annotations

from auditor.custody import TimestampRenewal, reseal
from auditor.workflow.audit.maintenance import seal_waiting
from auditor.workflow.index.record import index_missing_captures
from auditor.workflow.wiring import Instruments


def renew_timestamps(instruments: Instruments, *, rehash: bool) -> TimestampRenewal:
    """Timestamp the old tokens anew; with `rehash`, everything kept. A renewal that waits is finished, not repeated."""
    seal_waiting(instruments)
    index_missing_captures(instruments)
    return reseal(instruments.journal, instruments.sealer, rehash=rehash)
