"""What is marked, judged again in portions: rows, sums and the removal of the marks are one transaction each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from auditor.clock import Clock, monotonic, now
from auditor.index import Index, Sums, finding_columns, position_columns
from auditor.model.targets.estate import Estate
from auditor.workflow.standing.contributions import contributed_by, differences
from auditor.workflow.standing.following import StandingMoved
from auditor.workflow.standing.judging import (
    JudgedUnits,
    judge_contracts,
    judge_deployments,
    judge_likenesses,
    judge_pool,
    near_marks,
)
from auditor.workflow.standing.known import Known
from auditor.workflow.standing.listing.rows import listed_findings, listed_positions

PORTION = 250
"""Deployments that are judged in one transaction at most."""
HELD_SECONDS = 0.5
"""How long a portion may hold the writer's lock: a run that records its captures waits so long. Portions begin small,
and grow and shrink by what the last one took."""
FIRST_SHARE, LEAST_SHARE = 0.1, 0.004
RECORDS = 100
"""Contracts whose records are judged in one transaction."""
LIKENESSES = 100
"""Deployments whose likeness to others is judged in one transaction."""
KINDS = (("d", PORTION), ("p", 1), ("i", LIKENESSES), ("c", RECORDS))


@dataclass(frozen=True, slots=True)
class _Portion:
    kind: str
    names: tuple[str, ...]
    day: bool
    """Only their day has passed: no fact changed."""


def refresh_portion(index: Index, known: Known, code: str, share: float = 1.0, clock: Clock = now) -> bool:
    """Judge a portion of what is marked, or a share of one; False where nothing is. Raises `StandingMoved`."""
    store = index.standing
    with store.transaction():
        head = store.head()
        if head is None or (head.code, head.line, head.targets) != (code, known.line, known.targets):
            raise StandingMoved
        portion = _next(index, share)
        if portion is None:
            return False
        if portion.kind == "d" and not portion.day and _is_newer(index, portion, known.moment, clock()):
            raise StandingMoved  # captured after the moment that is judged: its mark is for one who follows anew
        _judge(index, known, portion)
        if _next(index, 0.0) is None:
            index.listed.settle(known.moment, partial(on_record, known.estate))
        as_of = known.moment if head.as_of is None else max(head.as_of, known.moment)
        store.put_head(replace(head, as_of=as_of))
    return True


def judge_portions(index: Index, known: Known, code: str, clock: Clock = now) -> Iterator[None]:
    """Judge what is marked, a portion at each step, until nothing is. Raises `StandingMoved`."""
    share = FIRST_SHARE
    while True:
        began = monotonic()
        if not refresh_portion(index, known, code, share, clock):
            return
        took = monotonic() - began
        if took > HELD_SECONDS:
            share = max(share / 2, LEAST_SHARE)
        elif took < HELD_SECONDS / 3:
            share = min(share * 2, 1.0)
        yield


def _is_newer(index: Index, portion: _Portion, moment: datetime, present: datetime) -> bool:
    """Whether one of them was captured after `moment`; what is dated ahead of now (a clock that was wrong) is not."""
    newest = (index.latest_at(name, present) for name in portion.names)
    return any(at is not None and at > moment for at in newest)


def _next(index: Index, share: float) -> _Portion | None:
    """What changed before what only grew older; deployments before what is judged over several of them."""
    for day in (False, True):
        for kind, size in KINDS:
            units = index.standing.dirty(kind, max(1, int(size * share)), day=day)
            if units:
                return _Portion(kind, tuple(unit[2:] for unit in units), day)
    return None


def _judge(index: Index, known: Known, portion: _Portion) -> None:
    names = portion.names
    match portion.kind:
        case "d":
            _keep(index, known, portion, judge_deployments(index, known, names))
        case "p":
            _keep(index, known, portion, judge_pool(index, known, names[0]))
        case "i":
            _keep(index, known, portion, judge_likenesses(index, known, names))
        case _:
            _keep(index, known, portion, judge_contracts(index, known, names))


def _keep(index: Index, known: Known, portion: _Portion, judged: JudgedUnits) -> None:
    """The rows of these units in place of those that stood, and everything that follows from them."""
    store = index.standing
    units = [f"{portion.kind}:{name}" for name in portion.names]
    touched = set(portion.names) if portion.kind == "d" else set()
    stood = {unit: store.findings_of(unit) for unit in units}
    touched |= {str(row["deployment"]) for rows in stood.values() for row in rows}
    touched |= {one.deployment for each in judged.units.values() for one, _ in each.findings}
    before = {name: _rows(index, name, units) for name in touched}
    if portion.kind == "d":
        _keep_deployments(index, known, portion, judged)
        index.listed.forget_gone("deployment", [one for one in portion.names if one not in known.estate.deployments])
    if portion.kind == "c":
        index.listed.forget_gone("contract", [one for one in portion.names if one not in known.estate.contracts])
    for unit in units:
        told = judged.units.get(unit)
        findings = () if told is None else told.findings
        rows = _numbered(unit, findings)
        index.listed.put_findings(
            listed_findings(zip((one for one, _ in findings), rows, strict=True)),
            {str(row["fingerprint"]): _looked_for(known.estate, row) for row in stood[unit]},
            known.moment,
        )
        store.put_findings(unit, rows, stood[unit], known.moment)
    store.settle({unit: (each.until, each.uses) for unit, each in judged.units.items()})
    store.forget(unit for unit in units if unit not in judged.units)
    _keep_sums(index, known, units, before, only_day=portion.day)


def on_record(estate: Estate, deployment: str, contract: str) -> bool:
    """Whether `targets.yaml` still has what a finding is about. What it has no more is not looked for again, so that
    nobody can say that it is not found."""
    return (not deployment or deployment in estate.deployments) and (
        contract in ("", "-") or contract in estate.contracts
    )


def _looked_for(estate: Estate, row: Mapping[str, object]) -> bool:
    return on_record(estate, str(row["deployment"]), str(row["contract"] or ""))


def _keep_sums(
    index: Index, known: Known, units: Sequence[str], before: Mapping[str, _RowsOf], *, only_day: bool
) -> None:
    """The sums that follow from the rows, and how each scope sees a deployment."""
    store, changes = index.standing, dict[str, Sums]()
    for name in sorted(before):
        rows = _rows(index, name, units)
        if only_day and rows == before[name]:
            continue
        place = known.estate.deployments.get(name)
        stood, now = contributed_by(place, *before[name]), contributed_by(place, *rows)
        if name:
            store.put_subjects(name, {scope: one.subject for scope, one in now.items() if one.subject is not None})
        for scope, change in differences(stood, now).items():
            changes.setdefault(scope, Sums()).add(change)
    store.add_sums(changes, known.moment.astimezone(UTC).date().isoformat(), known.line)


_RowsOf = tuple[list[dict[str, object]], list[dict[str, object]]]


def _rows(index: Index, name: str, units: Sequence[str]) -> _RowsOf:
    """The positions of a deployment and the findings about it; for no deployment, what these units say of none."""
    store = index.standing
    if name:
        return store.positions(name), store.findings_about(name)
    return [], [row for unit in units for row in store.findings_of(unit) if not row["deployment"]]


def _numbered(unit: str, findings: Iterable[tuple]) -> list[dict[str, object]]:  # type: ignore[type-arg]
    seen: dict[str, int] = {}
    rows = []
    for finding, place in findings:
        twin = seen.get(finding.fingerprint, 0)
        seen[finding.fingerprint] = twin + 1
        rows.append(finding_columns(finding, unit, place, twin))
    return rows


def _keep_deployments(index: Index, known: Known, portion: _Portion, judged: JudgedUnits) -> None:
    """Positions and marks of deployments; whoever depends on them is marked."""
    store = index.standing
    for name in portion.names:
        stood = store.positions(name)
        rows = [position_columns(one, customer) for one, customer in judged.positions.get(name, ())]
        store.put_positions(name, rows)
        index.listed.put_positions(name, listed_positions(index, known, name, judged.positions.get(name, ())))
        pools = {str(row["contract"]) for row in (*stood, *rows) if _pooled(known, str(row["contract"]))}
        if not portion.day or stood != store.positions(name):
            store.mark(f"p:{contract}" for contract in pools)
        if name in judged.ahead:
            store.put_entries({("ahead", name): (judged.ahead[name].isoformat(), "")}, ())
        if portion.day:
            continue  # what others look at of it is no older than it was
        marks, now = store.marks_of(name), judged.marks.get(name, frozenset())
        lost, won = marks - now, now - marks
        store.put_marks(name, (), won)
        if marks or now:
            store.mark(f"i:{one}" for one in near_marks(index, marks | now) | {name})
        store.put_marks(name, lost, ())


def _pooled(known: Known, contract: str) -> bool:
    terms = known.estate.contracts.get(contract)
    return bool(contract) and (terms is None or bool(terms.pools))
