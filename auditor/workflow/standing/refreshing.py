"""What is marked, judged again in portions: rows, sums and the removal of the marks are one transaction each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from auditor.clock import Clock, monotonic, now
from auditor.index import (
    Index,
    StandingStore,
    Sums,
    finding_body,
    finding_columns,
    position_body,
    position_columns,
)
from auditor.model.findings import Finding
from auditor.model.standing import StandingDeployment
from auditor.model.targets.estate import Estate
from auditor.workflow.standing.contributions import add_differences, contributed_by
from auditor.workflow.standing.following import StandingMoved
from auditor.workflow.standing.judging import (
    JudgedUnit,
    JudgedUnits,
    judge_contracts,
    judge_deployments,
    judge_likenesses,
    judge_pool,
    near_marks,
)
from auditor.workflow.standing.known import Known
from auditor.workflow.standing.listing.rows import listed_finding, listed_positions

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
Rows = list[dict[str, object]]
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
    return any(at > moment for at in index.latest_at(portion.names, present).values())


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
    stood = [row for rows in store.findings_of(units).values() for row in rows]
    told = [one for unit in units if unit in judged.units for one in _told(unit, judged.units[unit])]
    rows = [row for _, row, _ in told]
    touched = {*portion.names} if portion.kind == "d" else set[str]()
    touched |= {str(row["deployment"]) for row in (*stood, *rows)}
    before = _rows(store, touched, stood)
    positions = {name: mine for name, (mine, _) in before.items()}
    if portion.kind == "d":
        positions |= _keep_deployments(index, known, portion, judged, positions)
        index.listed.forget_gone("deployment", [one for one in portion.names if one not in known.estate.deployments])
    if portion.kind == "c":
        index.listed.forget_gone("contract", [one for one in portion.names if one not in known.estate.contracts])
    looked_for = {str(row["fingerprint"]): _looked_for(known.estate, row) for row in stood}
    index.listed.put_findings([listed_finding(*one) for one in told], looked_for, known.moment)
    store.put_findings(rows, stood, known.moment)
    store.settle({unit: (each.until, each.uses) for unit, each in judged.units.items()})
    store.forget(unit for unit in units if unit not in judged.units)
    gone = {str(row["fingerprint"]) for row in (*stood, *rows)}
    now = {name: (positions[name], _without(gone, findings)) for name, (_, findings) in before.items()}
    for row in rows:
        now[str(row["deployment"])][1].append(row)
    _keep_sums(index, known, before, now, only_day=portion.day)


def on_record(estate: Estate, deployment: str, contract: str) -> bool:
    """Whether `targets.yaml` still has what a finding is about. What it has no more is not looked for again, so that
    nobody can say that it is not found."""
    return (not deployment or deployment in estate.deployments) and (
        contract in ("", "-") or contract in estate.contracts
    )


def _looked_for(estate: Estate, row: Mapping[str, object]) -> bool:
    return on_record(estate, str(row["deployment"]), str(row["contract"] or ""))


_RowsOf = tuple[Rows, Rows]
"""The positions of a deployment and the findings about it."""


def _rows(store: StandingStore, names: Collection[str], stood: Rows) -> dict[str, _RowsOf]:
    """By deployment; for no deployment, what these units said of none."""
    findings = store.findings_about(name for name in names if name)
    found = {name: (mine, findings[name]) for name, mine in store.positions(findings).items()}
    return found if "" not in names else {**found, "": ([], [row for row in stood if not row["deployment"]])}


def _without(fingerprints: Collection[str], rows: Rows) -> Rows:
    return [row for row in rows if row["fingerprint"] not in fingerprints]


def _keep_sums(
    index: Index, known: Known, before: Mapping[str, _RowsOf], now: Mapping[str, _RowsOf], *, only_day: bool
) -> None:
    """The sums that follow from the rows, and how each scope sees a deployment."""
    store, changes = index.standing, dict[str, Sums]()
    subjects: dict[str, list[tuple[str, StandingDeployment]]] = {}
    for name in sorted(before):
        if only_day and _same(now[name], before[name]):
            continue
        place = known.estate.deployments.get(name)
        stood, stands = contributed_by(place, *before[name]), contributed_by(place, *now[name])
        if name:
            seen = ((scope, one.subject) for scope, one in stands.items())
            subjects[name] = [(scope, subject) for scope, subject in seen if subject is not None]
        add_differences(changes, stood, stands)
    store.put_subjects(subjects, [one for each in subjects.values() for one in each])
    store.add_sums(changes, known.moment.astimezone(UTC).date().isoformat(), known.line)


def _same(these: _RowsOf, those: _RowsOf) -> bool:
    """Whether rows say the same, in whatever order."""
    return these[0] == those[0] and {str(one["fingerprint"]): one for one in these[1]} == {
        str(one["fingerprint"]): one for one in those[1]
    }


def _told(unit: str, judged: JudgedUnit) -> Iterator[tuple[Finding, dict[str, object], bytes]]:
    """Each finding of a unit with its row and its canonical bytes."""
    seen: dict[str, int] = {}
    for finding, place in judged.findings:
        twin = seen.get(finding.fingerprint, 0)
        seen[finding.fingerprint] = twin + 1
        body = finding_body(finding)
        yield finding, finding_columns(finding, body, unit, place, twin), body


def _keep_deployments(
    index: Index, known: Known, portion: _Portion, judged: JudgedUnits, stood: Mapping[str, Rows]
) -> dict[str, Rows]:
    """Positions and marks of deployments, and their rows; whoever depends on them is marked."""
    store, listed = index.standing, list[dict[str, object]]()
    found: dict[str, Rows] = {name: [] for name in portion.names}
    for name, positions in judged.positions.items():
        bodies = [position_body(one) for one, _ in positions]
        rows = [position_columns(*one, body) for one, body in zip(positions, bodies, strict=True)]
        told = zip((one for one, _ in positions), rows, bodies, strict=True)
        place, series = known.estate.deployments[name], judged.series.get(name, ())
        listed += listed_positions(place, told, series, missed=name in judged.missed)
        found[name] = sorted(rows, key=lambda row: (str(row["contract"]), str(row["metric"])))
    store.put_positions(
        [row for rows in found.values() for row in rows], [row for name in found for row in stood[name]]
    )
    index.listed.put_positions(portion.names, listed)
    for name, rows in found.items():
        pools = {str(row["contract"]) for row in (*stood[name], *rows) if _pooled(known, str(row["contract"]))}
        if not portion.day or stood[name] != rows:
            store.mark(f"p:{contract}" for contract in pools)
    store.put_entries({("ahead", name): (at.isoformat(), "") for name, at in judged.ahead.items()}, ())
    if not portion.day:  # else what others look at of them is no older than it was
        _keep_marks(index, portion.names, judged.marks)
    return found


def _keep_marks(index: Index, names: Iterable[str], judged: Mapping[str, frozenset[int]]) -> None:
    """What deployments may have in common with others, one after another: how many have a mark before and after the
    change of one decides whether it says anything."""
    store = index.standing
    for name, marks in store.marks_of(names).items():
        now = judged.get(name, frozenset())
        if not marks and not now:
            continue
        store.put_marks(name, (), now - marks)
        store.mark(f"i:{one}" for one in near_marks(index, marks | now) | {name})
        store.put_marks(name, marks - now, ())


def _pooled(known: Known, contract: str) -> bool:
    terms = known.estate.contracts.get(contract)
    return bool(contract) and (terms is None or bool(terms.pools))
