"""Retention: what a rule would prune, the pruning itself, and the holds that go before it.

A hold is declared in `targets.yaml` and journalled when a pruning first meets it. One that was journalled and is gone
from the file, or holds less there, stops every pruning: holds are released by name and day, never dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from auditor.clock import Clock, now
from auditor.custody import Journal, PruneResult, prune, require_initialised, sign_checkpoint
from auditor.errors import ConfigError
from auditor.model.events import BundleExported, ExportContinued, HoldsTakenUp, parse_entry
from auditor.model.evidence import JournalEntry, Package
from auditor.model.targets.estate import Estate, Hold
from auditor.planning import ExportScope, PruningPlan, plan_pruning
from auditor.workflow.decisions import read_decisions
from auditor.workflow.wiring import Instruments, read_targets
from auditor.workspace import Workspace

__all__ = [
    "PruneResult",
    "PruningPlan",
    "apply_retention",
    "preview_retention",
    "recorded_holds",
    "require_holds_kept",
]

_SCOPE = ("deployments", "contracts", "captures")


def preview_retention(workspace: Workspace, *, clock: Clock = now) -> PruningPlan:
    """What `auditor prune --yes` would do now, read beside whoever may be writing the workspace; nothing is changed.

    Raises `ConfigError` where there is no workspace, where `targets.yaml` is wrong, or where a journalled hold is gone
    from it; `IntegrityError` where the journal is broken.
    """
    estate, _ = read_targets(workspace)
    require_initialised(workspace.root)
    return _plan(estate, Journal.open(workspace.root), clock())


def apply_retention(instruments: Instruments) -> tuple[PruningPlan, PruneResult]:
    """Prune what the rule says: holds journalled, then the removal journalled, then files removed, then the index."""
    plan = _plan(instruments.estate, instruments.journal, instruments.clock())
    known = recorded_holds(instruments.journal.standing_entries())
    fresh = [one for one in instruments.estate.retention.holds.values() if known.get(one.id) != one]
    if fresh:
        instruments.journal.record(HoldsTakenUp(holds=tuple(fresh)))
    if not plan.prunable:
        return plan, PruneResult(0, 0, 0)
    captures = [package.capture for package in plan.prunable]
    # Each batch is journalled, under the signed head, before its files go; the next start finishes an interruption.
    removed = prune(instruments.custody.vault, captures, plan.rule)
    instruments.index.remove(captures)
    sign_checkpoint(instruments.journal, instruments.sealer, f"{removed.captures} captures pruned")
    return plan, removed


def _plan(estate: Estate, journal: Journal, moment: datetime) -> PruningPlan:
    entries = list(journal.entries(kinds={"decision", "export"}))
    require_holds_kept(estate.retention.holds, recorded_holds(journal.standing_entries()))
    cited = {capture: one.id for one in read_decisions(entries) for capture in one.evidence}
    ledger = journal.ledger

    def older(before: datetime) -> Iterator[tuple[Package, datetime]]:
        return ((ledger.package_of(one), one.at) for one in list(ledger.packages_before(before)))

    return plan_pruning(
        estate, list(estate.retention.holds.values()), older, ledger.newest(), cited, _exports(entries), moment
    )


def _exports(entries: Iterable[JournalEntry]) -> list[ExportScope]:
    """Bundles that left: they may cite any capture of the deployments they name."""
    events = ((entry.at, parse_entry(entry)) for entry in entries if entry.kind == "export")
    told = ((at, one) for at, one in events if isinstance(one, BundleExported | ExportContinued))
    return [ExportScope(at, frozenset(one.deployments)) for at, one in told]


def recorded_holds(entries: Iterable[JournalEntry]) -> dict[str, Hold]:
    """The holds as last journalled, by id."""
    found: dict[str, Hold] = {}
    for entry in entries:
        if entry.kind == "prune" and isinstance(event := parse_entry(entry), HoldsTakenUp):
            found |= {hold.id: hold for hold in event.holds}
    return found


def require_holds_kept(declared: Mapping[str, Hold], known: Mapping[str, Hold]) -> None:
    """`ConfigError` where a journalled hold is gone from the file or holds less, without having been released."""
    for hold in known.values():
        now = declared.get(hold.id)
        if hold.released_on is not None:
            continue
        if now is None:
            raise ConfigError(
                f"retention: hold {hold.id} ({hold.matter}) is journalled and not in targets.yaml; nothing is pruned."
                " Write it again; to end it, give released_on and released_by"
            )
        if now.released_on is None and not _covers(now, hold):
            raise ConfigError(
                f"retention: hold {hold.id} ({hold.matter}) holds less than is journalled; nothing is pruned."
                " Write what it held again; to end it, give released_on and released_by"
            )


def _covers(now: Hold, before: Hold) -> bool:
    if not any(getattr(now, name) for name in _SCOPE):
        return True
    whole = not any(getattr(before, name) for name in _SCOPE)
    return not whole and all(set(getattr(before, name)) <= set(getattr(now, name)) for name in _SCOPE)
