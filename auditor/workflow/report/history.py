"""Limits the history in a report: whole series up to a number of counts, and every package that is cited.

A series is told whole or not at all, so that no chart and no list shows a part as if it were all. What is left out is
counted and said, with the way to have it; positions and findings rest on all of it either way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from auditor.model.findings import Finding, Position
from auditor.model.ports import DeploymentSize, ReportIndex
from auditor.model.reading.observations import Observation
from auditor.model.reports import EvidenceRow

DEFAULT_HISTORY_LIMIT = 20_000
"""Counts of the history that a report tells unless all are asked for."""

SelectedHistory = tuple[tuple[Observation, ...], tuple[EvidenceRow, ...], Mapping[str, int]]


def select_history(
    index: ReportIndex,
    as_of: datetime,
    positions: Sequence[Position],
    findings: Sequence[Finding],
    history_limit: int | None,
    only: Collection[str] | None = None,
) -> SelectedHistory:
    """History and evidence of a report, and how many counts and packages are left out of it.

    `history_limit`: how many counts are included at most; None for all of them.
    `only`: of these deployments alone.
    """
    sizes = {name: size for name, size in index.sizes(as_of).items() if only is None or name in only}
    chosen = list(sizes) if history_limit is None else _within(history_limit, sizes, positions)
    history = [seen for deployment in chosen for seen in index.series(deployment, as_of)]
    history.sort(key=lambda seen: (seen.captured_at, seen.capture, seen.metric))
    evidence = _evidence(
        index, as_of, chosen, None if only is None and len(chosen) == len(sizes) else _cited(positions, findings)
    )
    counts = sum(size.counts for size in sizes.values()) - len(history)
    packages = sum(size.captures for size in sizes.values()) - len(evidence)
    return tuple(history), evidence, MappingProxyType({"history": counts, "evidence": packages})


def _within(history_limit: int, sizes: Mapping[str, DeploymentSize], positions: Sequence[Position]) -> list[str]:
    """Deployments whose whole series fit, the weightiest first."""
    weights = dict.fromkeys(sizes, 0)
    for position in positions:
        if position.deployment in weights:
            weights[position.deployment] = max(weights[position.deployment], position.over_by or 0)
    chosen, left = [], history_limit
    for deployment in sorted(sizes, key=lambda name: (-weights[name], name)):
        size = max(sizes[deployment].captures, sizes[deployment].counts)
        if size <= left:
            chosen.append(deployment)
            left -= size
    return chosen


def _cited(positions: Iterable[Position], findings: Iterable[Finding]) -> set[str]:
    """Captures that a position shows or that anything rests on."""
    found = {name for one in positions for name in (one.capture, one.hwm_capture)}
    found |= {basis.capture for position in positions for basis in position.basis}
    found |= {basis.capture for finding in findings for basis in finding.basis}
    return found - {""}


def _evidence(
    index: ReportIndex, as_of: datetime, chosen: Sequence[str], cited: set[str] | None
) -> tuple[EvidenceRow, ...]:
    """The packages of the chosen deployments; beside them those cited, and all that wait for their seal."""
    if cited is None:
        return tuple(row for row in index.packages() if row.captured_at <= as_of)
    rows = {row.capture: row for deployment in chosen for row in index.packages_at(deployment)}
    rows |= {row.capture: row for row in index.unsealed()}
    rows |= {row.capture: row for row in index.packages_of(cited - rows.keys())}
    return tuple(sorted((row for row in rows.values() if row.captured_at <= as_of), key=_capture_time))


def _capture_time(row: EvidenceRow) -> tuple[datetime, str]:
    return row.captured_at, row.capture
