"""Timestamps renewed before their certificates or their hash weaken."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import partial

from auditor.custody import Journal, TimestampRenewal, list_renewals, reseal, stamp_renewal
from auditor.workflow.audit.maintenance import seal_waiting
from auditor.workflow.index.record import index_missing_captures
from auditor.workflow.replica.place import moved_place
from auditor.workflow.wiring import CommandTerms, open_instruments
from auditor.workspace import Workspace

__all__ = ["TimestampRenewal", "renew_timestamps"]


def renew_timestamps(workspace: Workspace, terms: CommandTerms, *, rehash: bool) -> Sequence[TimestampRenewal]:
    """Timestamp the old tokens anew; with `rehash`, everything kept. A renewal that waits is finished, not repeated.

    In a workspace that moved the tokens are read from the store by nobody's leave; the ledger is held, and acts wait,
    only while a list is filed and stamped. Maintenance seals there what waits.
    """
    with open_instruments(workspace, terms=terms) as instruments:
        if (place := moved_place(workspace.home)) is None:
            seal_waiting(instruments)
            index_missing_captures(instruments)
            return reseal(instruments.journal, instruments.sealer, rehash=rehash)
        at = instruments.clock()
    from auditor.workflow.replica.digests import digests_in_store  # loads what the extra `fleet` brings

    made = []
    with closing(Journal.open(workspace.root)) as journal:
        for listed in list_renewals(journal, at, digests=partial(digests_in_store, place)):
            with open_instruments(workspace, terms=terms) as instruments:
                made.append(stamp_renewal(instruments.journal, instruments.sealer, listed))
    return made
