"""Lists of positions and findings whole, a page at a time, in every order that pages offer; and what occurs how often.

Each order is an index that is read forwards or backwards behind the row that came last.
"""

from __future__ import annotations

import base64
import binascii
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from auditor.errors import EvidenceIndexError
from auditor.index.standing.columns import finding_from, moment_text, position_from
from auditor.index.standing.listed import unpacked
from auditor.index.standing.reader import OUTSTANDING_DEPLOYMENT, OUTSTANDING_UNIT
from auditor.model.findings import Finding, Position
from auditor.model.standing import (
    LARGEST_PAGE,
    Combination,
    ContractCounts,
    FindingListQuery,
    ListedFinding,
    ListedPosition,
    PositionListQuery,
    StandingPage,
    WeekChange,
)

POSITION_ORDERS: Mapping[str, tuple[str, ...]] = {
    "over": ("over", "place"),
    "name": ("name", "place"),
    "displayed": ("displayed", "place"),
    "since": ("over_since", "place"),
    "value": ("value", "place"),
    "captured": ("captured", "place"),
    "peak": ("peak", "place"),
}
FINDING_ORDERS: Mapping[str, tuple[str, ...]] = {
    "weight": ("rank", "lighter", "fewer", "fingerprint"),
    "rule": ("rule", "fingerprint"),
    "deployment": ("deployment", "fingerprint"),
    "units": ("units", "fingerprint"),
    "value": ("value", "fingerprint"),
    "since": ("since", "fingerprint"),
}
POSITION_FACETS = ("status", "product", "vantage", "metric", "sealed", "certainty")
FINDING_FACETS = ("queue", "severity", "certainty", "rule", "favours", "life")
_PLACES = (int, float, str)
_FAR = 1 << 63
"""SQLite keeps no number from here on."""
Condition = tuple[str, tuple[object, ...]]
_FINDING_ROW = "(select f.unit from standing_finding f where f.fingerprint = r.fingerprint)"


class ListRows:
    """A `ListReader` over the tables of the index."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def revision(self) -> int:
        """Another number whenever anything of what stands was written."""
        return int(str(self._ask("select number from standing_revision")[0][0]))

    def listed_positions(self, query: PositionListQuery, moment: datetime) -> StandingPage[ListedPosition]:
        """Positions whole, a page at a time."""
        columns = POSITION_ORDERS[query.order]
        page = self._page(
            ("listed_position", "body, sha256, before_at", OUTSTANDING_DEPLOYMENT), columns, query.descending,
            (_position_filters(query), query.after, query.limit), moment,
        )  # fmt: skip
        return StandingPage(tuple(_listed_position(row) for row in page.rows), page.next)

    def listed_findings(self, query: FindingListQuery, moment: datetime) -> StandingPage[ListedFinding]:
        """Findings whole, a page at a time."""
        columns, gone = FINDING_ORDERS[query.order], query.queue == "gone"
        outstanding = "? is null" if gone else OUTSTANDING_UNIT.replace("r.unit", _FINDING_ROW)
        page = self._page(
            (_table(query), "body, sha256", outstanding), columns, query.descending,
            (_finding_filters(query), query.after, query.limit), moment,
        )  # fmt: skip
        rows = (ListedFinding(_finding(row, gone=gone), bool(row["outstanding"])) for row in page.rows)
        return StandingPage(tuple(rows), page.next)

    def listed_finding(self, fingerprint: str) -> Finding | None:
        """One finding whole, as it was judged last."""
        rows = self._rows("select body, sha256 from listed_finding where fingerprint = ?", (fingerprint,))
        return _finding(rows[0]) if rows else None

    def gone_finding(self, fingerprint: str, gone_from: str) -> Finding | None:
        """One that stands no more and stood until a day or later, as it stood last."""
        rows = self._rows(
            "select body, sha256 from listed_gone where fingerprint = ? and gone_at >= ?", (fingerprint, gone_from)
        )
        return _finding(rows[0], gone=True) if rows else None

    def gone(self, gone_from: str) -> int:
        """How many stand no more that stood until a day or later."""
        return int(str(self._ask("select count(*) from listed_gone where gone_at >= ?", (gone_from,))[0][0]))

    def held_until(self, fingerprints: Sequence[str], moment: datetime) -> frozenset[str]:
        """Those of these findings that were held at a moment or before, also where their rows are being made anew."""
        names, at = json.dumps(list(fingerprints)), moment_text(moment)
        tables = ("standing_finding", "standing_memory")
        rows = self._ask(
            " union ".join(
                f"select fingerprint from {table} where fingerprint in (select value from json_each(?))"
                " and first_seen <= ?"
                for table in tables
            ),
            (names, at) * len(tables),
        )
        return frozenset(str(row[0]) for row in rows)

    def held_after(self, fingerprints: Sequence[str], moment: datetime) -> frozenset[str]:
        """Those of these findings that were first held after a moment."""
        rows = self._ask(
            "select fingerprint from standing_finding where first_seen > ?"
            " and fingerprint in (select value from json_each(?))",
            (moment_text(moment), json.dumps(list(fingerprints))),
        )
        return frozenset(str(row[0]) for row in rows)

    def positions_together(self, query: PositionListQuery) -> Sequence[Combination]:
        """How often which values of the filters (`POSITION_FACETS`) occur together in what the query leaves."""
        return [
            ((*values[:4], "yes" if values[4] == "1" else "no", values[5]), number)
            for values, number in self._together("listed_position", POSITION_FACETS, _position_filters(query))
        ]

    def findings_together(self, query: FindingListQuery) -> Sequence[Combination]:
        """The same of findings (`FINDING_FACETS`)."""
        return self._together(_table(query), FINDING_FACETS, _finding_filters(query))

    def finding_deployments(self, query: FindingListQuery, most: int) -> Sequence[tuple[str, int]]:
        """The deployments with the most of these findings, and how many each has."""
        where, values = _all(_finding_filters(query))
        rows = self._ask(
            f"select deployment, count(*) from {_table(query)} r where {where} group by deployment"
            " order by 2 desc, 1 limit ?",
            (*values, most),
        )
        return [(str(name), int(str(number))) for name, number in rows]

    def position_contracts(self, query: PositionListQuery, most: int) -> Sequence[tuple[str, int]]:
        """The contracts with the most of these positions, and how many each has."""
        where, values = _all(_position_filters(query))
        rows = self._ask(
            f"select contract, count(*) from listed_position r where {where} group by contract"
            " order by 2 desc, 1 limit ?",
            (*values, most),
        )
        return [(str(name), int(str(number))) for name, number in rows]

    def contract_counts(self, moment: datetime) -> Mapping[str, ContractCounts]:
        """By contract, how many deployments compared with it were captured, are over by record, and are outstanding."""
        rows = self._ask(
            "select contract, count(distinct case when captured > 0 then deployment end),"
            " count(distinct case when status in ('over', 'unlicensed') then deployment end),"
            f" count(distinct case when {OUTSTANDING_DEPLOYMENT} then deployment end)"
            " from listed_position r group by contract",
            (moment_text(moment),),
        )
        return {str(row[0]): ContractCounts(*(int(str(number)) for number in row[1:])) for row in rows}

    def missed(self) -> int:
        """Deployments of which something was not observed at the last visit, or that were not visited since."""
        return int(str(self._ask("select count(*) from listed_position where missed = 1")[0][0]))

    def weeks(self) -> Sequence[WeekChange]:
        """How the sums of the trend change from week to week, oldest first."""
        return [
            WeekChange(
                date.fromisoformat(str(monday)), int(str(shown)), int(str(over)), int(str(names)), int(str(series))
            )
            for monday, shown, over, names, series in self._ask("select * from listed_week order by monday")
        ]

    def fingerprints_of(
        self, rules: Sequence[str], contracts: Sequence[str], deployments: Sequence[str], most: int
    ) -> Sequence[str]:
        """Fingerprints of findings of one of these rules, contracts or deployments."""
        found: dict[str, None] = {}
        for column, names in (("rule", rules), ("deployment", deployments), ("contract", contracts)):
            query = (
                f"select fingerprint from listed_finding where {column} in (select value from json_each(?))"
                f" order by {column}, fingerprint limit ?"
            )
            found |= dict.fromkeys(str(row[0]) for row in self._ask(query, (json.dumps(list(names)), most)))
        return list(found)[:most]

    def fingerprints_from(self, beginning: str, most: int) -> Sequence[str]:
        """Fingerprints that begin so."""
        rows = self._ask(
            "select fingerprint from listed_finding where fingerprint >= ? and fingerprint < ? order by 1 limit ?",
            (beginning, f"{beginning}\U0010ffff", most),
        )
        return [str(row[0]) for row in rows]

    def fingerprints(self, text: str, most: int) -> Sequence[str]:
        """Fingerprints that hold a text, whatever the case; those that begin with it are no others."""
        rows = self._ask(
            "select fingerprint from listed_finding indexed by listed_finding_rule where instr(lower(fingerprint), ?)"
            " order by rule, fingerprint limit ?",
            (text, most),
        )
        return [str(row[0]) for row in rows]

    def _together(self, table: str, facets: Sequence[str], filters: Sequence[Condition]) -> list[Combination]:
        where, values = _all(filters)
        names = ", ".join(facets)
        rows = self._ask(f"select {names}, count(*) from {table} r where {where} group by {names}", values)
        return [(tuple(map(str, row[:-1])), int(str(row[-1]))) for row in rows]

    def _page(
        self, what: tuple[str, str, str], columns: Sequence[str], descending: bool,
        some: tuple[Sequence[Condition], str, int], moment: datetime,
    ) -> StandingPage[dict[str, Any]]:  # fmt: skip
        table, told, outstanding = what
        filters, after, limit = some
        size = max(1, min(limit, LARGEST_PAGE))
        conditions = list(filters)
        if after:
            places = ", ".join("?" for _ in columns)
            way = "<" if descending else ">"
            conditions.append((f"({', '.join(columns)}) {way} ({places})", tuple(_cursor_of(after, len(columns)))))
        where, values = _all(conditions)
        order = ", ".join(f"{name} desc" if descending else name for name in columns)
        rows = self._rows(
            f"select {told}, {', '.join(columns)}, {outstanding} as outstanding from {table} r where {where}"
            f" order by {order} limit ?",
            (moment_text(moment), *values, size + 1),
        )
        shown = rows[:size]
        more = _cursor([shown[-1][name] for name in columns]) if len(rows) > size else ""
        return StandingPage(tuple(shown), more)

    def _rows(self, query: str, values: Sequence[object]) -> list[dict[str, Any]]:
        try:
            cursor = self._connection.execute(query, tuple(values))
            names = [one[0] for one in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]
        except sqlite3.Error as error:
            raise EvidenceIndexError(f"index: {error}. Run: auditor rebuild") from error

    def _ask(self, query: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        try:
            return self._connection.execute(query, tuple(values)).fetchall()
        except sqlite3.Error as error:
            raise EvidenceIndexError(f"index: {error}. Run: auditor rebuild") from error


def _position_filters(query: PositionListQuery) -> list[Condition]:
    found: list[Condition] = []
    if query.statuses:
        found.append((f"status in ({', '.join('?' for _ in query.statuses)})", query.statuses))
    found += [
        (f"{name} = ?", (value,))
        for name in ("contract", "product", "vantage", "metric", "certainty")
        if (value := getattr(query, name))
    ]
    if query.sealed is not None:
        found.append(("sealed = ?", (int(query.sealed),)))
    if query.since:
        found.append(("r.since >= ?", (query.since,)))
    if query.owing:
        found.append(("owing = 1", ()))
    if query.deployments:
        found.append(("r.deployment in (select value from json_each(?))", (json.dumps(query.deployments),)))
    if query.text:
        customers = json.dumps(query.customers)
        found.append(
            ("(instr(search, ?) or customer in (select value from json_each(?)))", (query.text.casefold(), customers))
        )
    return found


def _finding_filters(query: FindingListQuery) -> list[Condition]:
    found: list[Condition] = [
        (f"r.{name} = ?", (value,))
        for name in ("queue", "severity", "certainty", "rule", "contract", "deployment", "favours", "life")
        if (value := getattr(query, name))
    ]
    if query.queue == "gone":
        found.append(("r.gone_at >= ? and r.gone_at <> ''", (query.gone_from,)))
    if query.held_after:
        held = "r.fingerprint in (select fingerprint from standing_finding where first_seen > ?)"
        found.append((held, (moment_text(datetime.fromisoformat(query.held_after)),)))
    if query.text:
        found.append(("instr(said, ?)", (query.text.casefold(),)))
    return found


def _all(conditions: Sequence[Condition]) -> tuple[str, tuple[object, ...]]:
    where = " and ".join(text for text, _ in conditions) or "1"
    return where, tuple(value for _, some in conditions for value in some)


def _listed_position(row: Mapping[str, Any]) -> ListedPosition:
    before = row["before_at"]
    return ListedPosition(
        _position(row), None if before is None else datetime.fromisoformat(str(before)), bool(row["outstanding"])
    )


def _position(row: Mapping[str, Any]) -> Position:
    return position_from(unpacked(row["body"], row["sha256"]))


def _finding(row: Mapping[str, Any], *, gone: bool = False) -> Finding:
    found = finding_from(unpacked(row["body"], row["sha256"]))
    return replace(found, baseline="absent") if gone else found


def _table(query: FindingListQuery) -> str:
    return "listed_gone" if query.queue == "gone" else "listed_finding"


def _cursor(values: Sequence[object]) -> str:
    told = json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def _cursor_of(text: str, size: int) -> Iterator[object]:
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError) as error:
        raise ValueError("after: no place in a list; expected what the page before gave") from error
    if (
        not isinstance(found, list)
        or len(found) != size
        or not all(isinstance(one, float | str) or (type(one) is int and -_FAR <= one < _FAR) for one in found)
    ):
        raise ValueError("after: no place in this list; expected what the page before gave, in the same order")
    yield from found
