"""What keeps evidence good over time: what waits is sealed, the log is signed and shown, certificates are watched."""

from __future__ import annotations

from auditor.custody import Checkpoint, Renewal, checkpoint, due, expiring, finish, reseal
from auditor.model.evidence import Package
from auditor.workflow.opening import House
from auditor.workflow.remembering import catch_up
from auditor.workflow.witnessing import show

AT_START = 100
"""Packages of earlier runs that are sealed before a run begins; the others at its end."""


def seal_waiting(house: House, most: int | None = None) -> list[Package]:
    """Ask again for what waits for timestamps: packages, the newest checkpoint, renewals. Those sealed now."""
    finish(house.journal, house.sealer)
    return [package for package in house.sealer.seal_outbox(most) if package.seal.sealed]


def daily(house: House) -> list[str]:
    """What is due once a day, run or no run: a checkpoint, its witnesses, the outbox. Warnings, one sentence each."""
    seal_waiting(house)
    catch_up(house)
    if not due(house.journal, house.clock()):
        return warnings(house)
    missed = house.sealer.save_revocation()
    made = checkpoint(house.journal, house.sealer, "a day has passed")
    return [*missed, *show(house, made), *warnings(house)]


def after_run(house: House, made: Checkpoint) -> list[str]:
    """Show the closing checkpoint outside; what is to be said at the end of a run."""
    return [*show(house, made), *warnings(house)]


def warnings(house: House) -> list[str]:
    """Authorities whose certificates end before long."""
    return expiring(house.sealer.health(), house.clock())


def renew(house: House, *, rehash: bool) -> Renewal:
    """Timestamp the old tokens anew; with `rehash`, everything kept. A renewal that waits is finished, not repeated."""
    seal_waiting(house)
    catch_up(house)
    return reseal(house.journal, house.sealer, rehash=rehash)
