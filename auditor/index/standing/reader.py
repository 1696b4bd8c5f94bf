"""Lists, sums and trends from the rows that are kept: every question seeks, none judges."""

from __future__ import annotations

import base64
import binascii
import heapq
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any, TypeVar

from auditor.errors import EvidenceIndexError
from auditor.index.standing.columns import finding_of, moment_text, position_of, subject_of
from auditor.index.standing.store import StandingStore
from auditor.index.standing.sums import Sums
from auditor.model.standing import (
    LARGEST_PAGE,
    DeploymentQuery,
    FindingQuery,
    StandingDeployment,
    StandingFinding,
    StandingMoment,
    StandingPage,
    StandingPosition,
    StandingScope,
    StandingTallies,
    TrendPoint,
)

Row = TypeVar("Row")
Columns = dict[str, Any]
Condition = tuple[str, tuple[object, ...]]

EVERYTHING_SCOPE = "*"
DEPLOYMENT_SORTS = {
    "over": ("over_key", True),
    "value": ("value_key", True),
    "captured": ("captured_at", True),
    "deployment": ("deployment", False),
}
FINDING_SORTS = {
    "weight": ("weight", False),
    "value": ("value_key", True),
    "units": ("units_key", True),
    "changed": ("changed_at", True),
    "deployment": ("deployment", False),
}
_MARKED = (
    "exists (select 1 from standing_dirty d where d.unit = {unit})"
    " or exists (select 1 from standing_unit u where u.unit = {unit} and u.until <= ?)"
)
_AWAITED = "exists (select 1 from standing_awaited a where a.deployment = {deployment})"
OUTSTANDING_DEPLOYMENT = f"({_MARKED} or {_AWAITED})".format(unit="'d:' || r.deployment", deployment="r.deployment")
# What several deployments have in common may be another thing as soon as one of them changed.
OUTSTANDING_UNIT = (
    f"({_MARKED} or (r.unit >= 'd:' and r.unit < 'd;' and {_AWAITED})"
    " or (r.unit >= 'i:' and r.unit < 'q' and (exists (select 1 from standing_awaited) or exists (select 1 from"
    " standing_dirty d where d.day = 0 and d.unit >= 'd:' and d.unit < 'd;'))))"
).format(unit="r.unit", deployment="substr(r.unit, 3)")
# Of the deployments of which a capture is awaited: those that nothing else marks, and those of which only the day has
# passed beside it.
_ONLY_AWAITED = (
    "select coalesce(sum(day is null and not late), 0), coalesce(sum(coalesce(day = 1, late)), 0)"
    " from (select d.day as day, exists (select 1 from standing_unit u where u.unit = a.unit and u.until <= ?) as late"
    " from (select distinct 'd:' || deployment as unit from standing_awaited) a"
    " left join standing_dirty d on d.unit = a.unit)"
)


class StandingRows:
    """A `StandingReader` over the tables of the index."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._store = StandingStore(connection)

    def state(self, moment: datetime) -> StandingMoment:
        """As of what the rows stand, and how much is outstanding at a moment."""
        head = self._store.head()
        if head is None:
            return StandingMoment(None, 0, "", 0, 0)
        every, passed = self._store.outstanding()
        ((late,),) = self._ask(
            "select count(*) from standing_unit where until <= ? and unit not in (select unit from standing_dirty)",
            (moment_text(moment),),
        )
        ((awaited, both),) = self._ask(_ONLY_AWAITED, (moment_text(moment),))
        return StandingMoment(head.as_of, head.line, head.targets, every + late + awaited, passed + late - both)

    def tallies(self, scope: StandingScope) -> StandingTallies:
        """The sums of what a reader sees."""
        total = Sums()
        for one in self.scopes(scope):
            total.add(self._store.sums(one))
        return total.tallies()

    def deployments(self, query: DeploymentQuery, moment: datetime) -> StandingPage[StandingDeployment]:
        """Deployments of a reader. One that several of his contracts list stands once for each of them."""
        column, falling = DEPLOYMENT_SORTS[query.sort]
        filters = [
            *_among("status", query.statuses), *_among("contract", query.contracts),
            *_among("customer", query.customers), *_among("product", query.products),
        ]  # fmt: skip
        if query.text:
            filters.append(("instr(search, ?)", (query.text.casefold(),)))
        after = _after(query.after, query.sort)

        def ordered(row: Columns) -> tuple[object, ...]:
            return (_Falling(row[column]) if falling else row[column], row["deployment"], row["scope"])

        def of_scope(scope: str) -> Iterator[Columns]:
            where = [("r.scope = ?", (scope,)), *filters]
            if after is not None:
                where.append(_beyond(column, falling, "deployment", after, scope))
            direction = "desc" if falling else ""
            order = f"{column} {direction}, deployment" if column != "deployment" else "deployment"
            return self._select("standing_subject", OUTSTANDING_DEPLOYMENT, moment, where, order)

        found = heapq.merge(*(of_scope(scope) for scope in self.scopes(query.scope)), key=ordered)
        return _paged(found, query.limit, subject_of, lambda row: _cursor(query.sort, row[column], row))

    def findings(self, query: FindingQuery, moment: datetime) -> StandingPage[StandingFinding]:
        """Findings of a reader, each once."""
        column, falling = FINDING_SORTS[query.sort]
        after = _after(query.after, query.sort)
        filters = self._finding_filters(query)

        def ordered(row: Columns) -> tuple[object, ...]:
            return (_Falling(row[column]) if falling else row[column], row["weight"])

        def of_scope(scope: str) -> Iterator[Columns]:
            where = [*_visible(scope), *filters]
            if after is not None:
                where.append(_beyond(column, falling, "weight", after, ""))
            direction = "desc" if falling else ""
            order = f"{column} {direction}, weight" if column != "weight" else "weight"
            return self._select("standing_finding", OUTSTANDING_UNIT, moment, where, order)

        found = heapq.merge(*(of_scope(scope) for scope in self.scopes(query.scope)), key=ordered)
        return _paged(found, query.limit, finding_of, lambda row: _cursor(query.sort, row[column], row))

    def finding(self, fingerprint: str, scope: StandingScope, moment: datetime) -> StandingFinding | None:
        """One finding, where this reader sees it."""
        for one in self.scopes(scope):
            where = [("r.fingerprint = ?", (fingerprint,)), *_visible(one)]
            for row in self._select("standing_finding", OUTSTANDING_UNIT, moment, where, "weight"):
                return finding_of(row, bool(row["outstanding"]))
        return None

    def positions(self, deployment: str, scope: StandingScope, moment: datetime) -> Sequence[StandingPosition]:
        """The positions of a deployment that a reader sees, by contract and metric."""
        seen = self.scopes(scope)
        where: list[Condition] = [("r.deployment = ?", (deployment,))]
        found = self._select("standing_position", OUTSTANDING_DEPLOYMENT, moment, where, "contract, metric")
        return [
            position_of({name: value for name, value in row.items() if name != "outstanding"}, bool(row["outstanding"]))
            for row in found
            if not {EVERYTHING_SCOPE, f"contract/{row['contract']}", f"customer/{row['customer']}"}.isdisjoint(seen)
        ]

    def trend(self, scope: StandingScope, since: date) -> Sequence[TrendPoint]:
        """The sums as they last stood on each day since then on which any of them changed, and as they stood before."""
        scopes = self.scopes(scope)
        standing: dict[str, Sums] = {}
        changes: dict[str, list[tuple[str, int, str]]] = {}
        for one in scopes:
            rows = self._ask("select day, line, body from standing_trend where scope = ? order by day", (one,))
            for day, line, body in rows:
                changes.setdefault(str(day), []).append((one, int(line), str(body)))
        points: list[TrendPoint] = []
        for day in sorted(changes):
            line = 0
            for one, at, body in changes[day]:
                standing[one], line = Sums.of_text(body), max(line, at)
            total = Sums()
            for known in standing.values():
                total.add(known)
            point = TrendPoint(date.fromisoformat(day), line, total.tallies())
            points = [point] if point.day < since else [*points, point]
        return points

    def scopes(self, scope: StandingScope) -> list[str]:
        """The scopes of which a reader's rows are made, no row in two of them."""
        if scope.everything:
            return [EVERYTHING_SCOPE]
        names = json.dumps(sorted(scope.contracts))
        customers = {
            str(name): str(json.loads(about)["customer"])
            for name, about in self._ask(
                "select id, about from standing_entry where kind = 'contract'"
                " and id in (select value from json_each(?))",
                (names,),
            )
        }
        apart = [name for name in sorted(scope.contracts) if customers.get(name) not in scope.customers]
        return [*(f"customer/{one}" for one in sorted(scope.customers)), *(f"contract/{one}" for one in apart)]

    def _finding_filters(self, query: FindingQuery) -> list[Condition]:
        filters = [
            *_among("severity", query.severities), *_among("certainty", query.certainties),
            *_among("kind", query.kinds), *_among("life", query.states), *_among("rule", query.rules),
            *_among("reader", query.contracts), *_among("customer", query.customers),
        ]  # fmt: skip
        if query.deployment:
            filters.append(("r.deployment = ?", (query.deployment,)))
        if query.text:
            wanted = query.text.casefold()
            filters.append(
                (
                    "(instr(lower(r.fingerprint), ?) or r.deployment in"
                    " (select deployment from standing_subject where scope = '*' and instr(search, ?)))",
                    (wanted, wanted),
                )
            )
        return filters

    def _select(
        self, table: str, outstanding: str, moment: datetime, where: Sequence[Condition], order: str
    ) -> Iterator[Columns]:
        conditions = " and ".join(text for text, _ in where) or "1"
        values = [value for _, some in where for value in some]
        query = f"select r.*, {outstanding} as outstanding from {table} r where {conditions} order by {order}"
        try:
            cursor = self._connection.execute(query, (moment_text(moment), *values))
            names = [one[0] for one in cursor.description]
            for row in cursor:
                yield dict(zip(names, row, strict=True))
        except sqlite3.Error as error:
            raise EvidenceIndexError(f"index: {error}. Run: auditor rebuild") from error

    def _ask(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, tuple(values)).fetchall()
        except sqlite3.Error as error:
            raise EvidenceIndexError(f"index: {error}. Run: auditor rebuild") from error


class _Falling:
    """A value that sorts the other way round."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Falling) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Falling) and self.value == other.value

    __hash__ = None  # type: ignore[assignment]


def _visible(scope: str) -> list[Condition]:
    kind, _, name = scope.partition("/")
    if kind == "contract":
        return [("r.reader = ?", (name,)), ("r.in_contract = 1", ())]
    return [("r.customer = ?", (name,)), ("r.in_customer = 1", ())] if kind == "customer" else []


def _among(column: str, wanted: Sequence[str]) -> list[Condition]:
    return [(f"r.{column} in ({', '.join('?' * len(wanted))})", tuple(wanted))] if wanted else []


def _beyond(column: str, falling: bool, second: str, after: Sequence[Any], scope: str) -> Condition:
    """What comes after a row, in a form that an index is sought by."""
    first, then, of_scope = after
    beyond = f"(r.{second} > ? or (r.{second} = ? and ? > ?))"
    values = (then, then, scope, of_scope)
    if column == second:
        return beyond, values
    way = "<" if falling else ">"
    return f"r.{column} {way}= ? and (r.{column} {way} ? or {beyond})", (first, first, *values)


def _cursor(sort: str, first: object, row: Mapping[str, object]) -> str:
    second = row["weight"] if "weight" in row else row["deployment"]
    told = json.dumps([sort, first, second, row.get("scope", "")], ensure_ascii=False)
    return base64.urlsafe_b64encode(told.encode()).decode()


def _after(cursor: str, sort: str) -> list[Any] | None:
    if not cursor:
        return None
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (binascii.Error, ValueError) as error:
        raise ValueError("after: no place in a list; expected what the page before gave") from error
    if not isinstance(told, list) or len(told) != 4 or told[0] != sort or not isinstance(told[2], str):
        raise ValueError("after: no place in this list; expected what the page before gave, in the same order")
    return told[1:]


def _paged(
    rows: Iterable[Columns],
    limit: int,
    value: Callable[[Columns, bool], Row],
    cursor: Callable[[Columns], str],
) -> StandingPage[Row]:
    size = max(1, min(limit, LARGEST_PAGE))
    found = list(islice(rows, size + 1))
    told = found[:size]
    more = cursor(told[-1]) if len(found) > size else ""
    return StandingPage(tuple(value(row, bool(row["outstanding"])) for row in told), more)
