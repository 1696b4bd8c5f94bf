"""The kept rows held against a whole recomputation: every row that is not marked must say the same. Nothing is written.

What changed since the rows were judged is followed in a copy of the marks, in memory: what it touches is outstanding,
and no fault.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.index import (
    AWAITED_TABLE,
    GONE_TABLES,
    LISTED_TABLES,
    SHARED_KINDS,
    STANDING_TABLES,
    Index,
    StandingStore,
    Sums,
    subject_columns,
)
from auditor.model.severity import CLOSED_STATES
from auditor.workflow.index.unrecorded import unrecorded_captures
from auditor.workflow.standing.contributions import contributed_by
from auditor.workflow.standing.following import Present, follow
from auditor.workflow.standing.known import JUDGED_KINDS, Known
from auditor.workflow.standing.listing.held import held_findings, held_positions
from auditor.workflow.standing.recomputing import REMEMBERED, WholeStanding, recompute

COPIED = ("head", "entry", "unit", "dirty", "awaited", "gap")
Row = Mapping[str, object]


@dataclass
class StandingComparison:
    """What was found."""

    kept: bool = True
    """Whether anything is kept that could be compared."""
    agreeing: int = 0
    """Rows that say the same."""
    outstanding: int = 0
    """Units that are to be judged again: their rows were not compared."""
    unrecorded: tuple[str, ...] = ()
    """Deployments of which the journal has captures, seals or prunings that the index has not: rows and recomputation
    are made of the same index, so that of these nothing is known."""
    differing: list[tuple[str, str]] = field(default_factory=list)
    """What says other than the recomputation: the row, and how."""


def compare_standing(index: Index, present: Present) -> StandingComparison:
    """Hold what is kept against everything judged at once."""
    head = index.standing.head()
    if head is None or head.code != present.code:
        return StandingComparison(kept=False)
    missing = sorted(set(unrecorded_captures(index, present.journal).values()))
    outstanding = _outstanding(index, present, missing)
    known = Known(
        present.estate(), tuple(present.journal.entries(kinds=JUDGED_KINDS)), present.receipts, present.moment,
        present.head.before, present.head.line, present.targets,
    )  # fmt: skip
    found = StandingComparison(outstanding=len(outstanding.units), unrecorded=tuple(missing))
    whole = recompute(index, present.journal, known)
    for what, stands, says in _pairs(index, known, whole, outstanding):
        if stands == says:
            found.agreeing += 1
        else:
            found.differing.append((what, _how(stands, says)))
    found.differing += [(what, "is not what its row says") for what in index.listed.differing()]
    return found


@dataclass(frozen=True, slots=True)
class _Outstanding:
    """What is not compared."""

    units: frozenset[str]
    shared: bool
    """Whether a deployment changed, so that what several have in common may be another thing."""

    def __contains__(self, unit: str) -> bool:
        return unit in self.units or (self.shared and unit[0] in SHARED_KINDS)


def _outstanding(index: Index, present: Present, missing: Sequence[str]) -> _Outstanding:
    """The units that are marked, or would be if what changed were followed, and deployments of which the index lacks
    something."""
    kept, memory = index.standing, sqlite3.connect(":memory:")
    try:
        for statement in (*STANDING_TABLES, AWAITED_TABLE, *LISTED_TABLES, *GONE_TABLES):
            memory.execute(statement)
        memory.commit()
        copy = StandingStore(memory)
        with copy.transaction():
            for table in COPIED:
                copy.take(table, kept.every(table))
            lives = CLOSED_STATES | {"reopened"}
            copy.take("finding", (row for row in kept.every("finding") if row["life"] in lives))
        follow(index, present, last=True, store=copy)
        marked = frozenset(str(row["unit"]) for row in copy.every("dirty"))
        return _Outstanding(marked.union(f"d:{one}" for one in missing), bool(missing or copy.dirty("d", 1, day=False)))
    finally:
        memory.close()


def _pairs(
    index: Index, known: Known, whole: WholeStanding, outstanding: _Outstanding
) -> Iterator[tuple[str, object, object]]:
    """Each row with what it should say; None where there is none."""
    kept = index.standing
    positions: dict[tuple[str, str, str], Row] = {
        (str(row["deployment"]), str(row["contract"]), str(row["metric"])): row for row in kept.every("position")
    }
    for key in sorted(positions.keys() | whole.positions.keys()):
        if f"d:{key[0]}" not in outstanding:
            yield f"position {'/'.join(key)}", positions.get(key), whole.positions.get(key)
    findings = {str(row["fingerprint"]): row for row in kept.every("finding")}
    for name in sorted(findings.keys() | whole.findings.keys()):
        unit = _unit_of(whole, findings, name)
        if unit not in outstanding:
            yield f"finding {name}", _lasting(findings.get(name)), _lasting(whole.findings.get(name))
    yield from _sums(kept, known, positions, findings, outstanding)
    yield from held_positions(index, known, whole.positions, outstanding.__contains__)
    yield from held_findings(index)


def _sums(
    kept: StandingStore,
    known: Known,
    positions: Mapping[tuple[str, str, str], Row],
    findings: Mapping[str, Row],
    outstanding: _Outstanding,
) -> Iterator[tuple[str, object, object]]:
    """The sums against the rows that they are the sums of, and how each scope sees a deployment."""
    rows: dict[str, tuple[list[Row], list[Row]]] = {}
    for key, row in positions.items():
        rows.setdefault(key[0], ([], []))[0].append(row)
    for row in findings.values():
        rows.setdefault(str(row["deployment"]), ([], []))[1].append(row)
    totals: dict[str, Sums] = {}
    subjects: dict[tuple[str, str], Row] = {}
    for name, (mine, told) in rows.items():
        for scope, one in contributed_by(known.estate.deployments.get(name), mine, told).items():
            totals.setdefault(scope, Sums()).add(one.sums)
            if one.subject is not None:
                subjects[scope, name] = subject_columns(scope, one.subject)
    said = {scope: total.to_text() for scope, total in totals.items() if not total.empty}
    stood = {str(row["scope"]): str(row["body"]) for row in kept.every("sums")}
    for scope in sorted(said.keys() | stood.keys()):
        yield f"sums of {scope}", stood.get(scope), said.get(scope)
    seen = {(str(row["scope"]), str(row["deployment"])): row for row in kept.every("subject")}
    for pair in sorted(subjects.keys() | seen.keys()):
        if f"d:{pair[1]}" not in outstanding:
            yield f"deployment {pair[1]} in {pair[0]}", seen.get(pair), subjects.get(pair)


def _unit_of(whole: WholeStanding, findings: Mapping[str, Row], name: str) -> str:
    row = findings.get(name)
    return str(row["unit"]) if row is not None else whole.unit(name)


def _lasting(row: Row | None) -> Row | None:
    """Without what no evidence says again, and without the unit, which only says who judged it."""
    return None if row is None else {key: value for key, value in row.items() if key not in (*REMEMBERED, "unit")}


def _how(stands: object, says: object) -> str:
    if stands is None:
        return "is not there"
    if says is None:
        return "is not said by the evidence"
    if isinstance(stands, Mapping) and isinstance(says, Mapping):
        return ", ".join(f"{key}: {stands[key]!r}, not {says[key]!r}" for key in stands if stands[key] != says.get(key))
    return f"{stands}, not {says}"
