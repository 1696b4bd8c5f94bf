"""Which captures may be pruned, and why each other one is kept. Pure; what is in doubt is kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from auditor.clock import local_day
from auditor.model.evidence import Package
from auditor.model.targets.contracts import Contract
from auditor.model.targets.estate import Estate, Hold


@dataclass(frozen=True, slots=True)
class RetainedCapture:
    """A capture that is old enough and stays, and why."""

    capture: str
    deployment: str
    why: str


@dataclass(frozen=True, slots=True)
class PruningPlan:
    """What a rule would prune now."""

    rule: str
    """Empty where the file has no rule: nothing is pruned."""
    before: datetime | None
    prunable: tuple[Package, ...]
    kept: tuple[RetainedCapture, ...]
    """Of those that are old enough."""


@dataclass(frozen=True, slots=True)
class ExportScope:
    """What an exported bundle may cite: captures of these deployments (empty: of all) made by then."""

    at: datetime
    deployments: frozenset[str]


def hold_in_force(hold: Hold, today: date) -> bool:
    """A hold holds until the day of its release; one dated ahead holds already."""
    return hold.released_on is None or today < hold.released_on


def covering_hold(estate: Estate, holds: Iterable[Hold], capture: str, deployment: str) -> str:
    """The id of a hold that covers a capture; empty where none does."""
    for hold in holds:
        if not (hold.deployments or hold.contracts or hold.captures):
            return hold.id
        if capture in hold.captures or deployment in hold.deployments or _contracted(estate, hold, deployment):
            return hold.id
    return ""


def _contracted(estate: Estate, hold: Hold, deployment: str) -> bool:
    place = estate.deployments.get(deployment)
    if place is None:
        # A deployment that left the file can no longer be told from those of the contract.
        return bool(hold.contracts)
    contracts = [estate.contracts[name] for name in hold.contracts if name in estate.contracts]
    products = {contract.product for contract in contracts}
    suspect = place.contract is None and place.product in products and place.legal_status == "suspect"
    return suspect or place.contract in hold.contracts or any(_lists(one, deployment) for one in contracts)


def _lists(contract: Contract, deployment: str) -> bool:
    return any(entry.deployment == deployment for entry in contract.authorised)


def plan_pruning(
    estate: Estate,
    holds: Collection[Hold],
    packages: Callable[[datetime], Iterable[tuple[Package, datetime]]],
    newest: Mapping[str, str],
    decided: Mapping[str, str],
    exports: Collection[ExportScope],
    now: datetime,
) -> PruningPlan:
    """`packages`: those journalled before a moment and not pruned, each with its own, oldest first; `newest`: by
    deployment, the last of its captures that was not; `decided`: capture to the decision citing it."""
    days = estate.retention.keep_days
    if days is None:
        return PruningPlan("", None, (), ())
    before = now - timedelta(days=days)
    # A release is a day of the estate's zone; `verify`, which does not know it, counts in UTC: the later one counts.
    today = min(now.astimezone(UTC).date(), local_day(now, estate.timezone))
    standing = [hold for hold in holds if hold_in_force(hold, today)]
    prunable, kept = [], []
    for package, at in packages(before):
        why = _why_kept(estate, standing, package, at, newest, decided, exports)
        if why:
            kept.append(RetainedCapture(package.capture, package.deployment, why))
        else:
            prunable.append(package)
    return PruningPlan(
        f"keep_days {days}: captured before {before:%Y-%m-%d %H:%M} UTC", before, tuple(prunable), tuple(kept)
    )


def _why_kept(
    estate: Estate,
    holds: Collection[Hold],
    package: Package,
    at: datetime,
    newest: Mapping[str, str],
    decided: Mapping[str, str],
    exports: Collection[ExportScope],
) -> str:
    if hold := covering_hold(estate, holds, package.capture, package.deployment):
        return f"under hold {hold}"
    if not package.seal.sealed:
        return "not sealed"
    if newest.get(package.deployment) == package.capture:
        return "the latest capture of its deployment"
    if package.capture in decided:
        return f"cited by decision {decided[package.capture]}"
    if any(at <= one.at and (not one.deployments or package.deployment in one.deployments) for one in exports):
        return "may be cited by an exported bundle"
    return ""
