"""Positions and findings whole, as lists show them: written beside the rows of what stands, in the same transaction."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, cast

from auditor.errors import EvidenceIndexError
from auditor.index.standing.columns import moment_text
from auditor.index.standing.writing import insert_rows, replace_rows
from auditor.model.standing import WeekChange

_SAME_POSITION = (
    "l.deployment = p.deployment and l.metric = p.metric"
    " and l.contract = case p.contract when '' then '-' else p.contract end"
)
_DIFFERING = (
    "select 'listed position ' || p.deployment || '/' || p.metric || '/' || p.contract from standing_position p"
    f" left join listed_position l on {_SAME_POSITION} where l.sha256 is null or l.sha256 <> p.sha256",
    "select 'listed position ' || l.place from listed_position l"
    f" left join standing_position p on {_SAME_POSITION} where p.sha256 is null",
    "select 'listed finding ' || f.fingerprint from standing_finding f"
    " left join listed_finding l using (fingerprint) where l.sha256 is null or l.sha256 <> f.sha256",
    "select 'listed finding ' || l.fingerprint from listed_finding l"
    " left join standing_finding f using (fingerprint) where f.sha256 is null",
)
_POSITION = (
    "place, deployment, number, contract, metric, status, product, vantage, customer, sealed, certainty, since, search,"
    " over, name, displayed, over_since, value, captured, peak, before_at, missed, owing, weeks, sha256"
)
_FINDING = (
    "fingerprint, deployment, contract, rule, severity, certainty, favours, life, {queue}, rank, lighter, fewer, units,"
    " value, since, said, sha256"
)
_GONE = (
    f"insert or replace into listed_gone ({_FINDING.format(queue='queue')}, body, gone_at)"
    f" select {_FINDING.format(queue=repr('gone'))}, body, ? from listed_finding"
)
_AMONG = "in (select value from json_each(?))"
KEPT_GONE = timedelta(days=90)
"""How long findings that stand no more are told."""
_ASIDE = ""
"""In place of when a finding was gone: everything is judged anew, and whether it stands is not known yet."""
ListedRow = Mapping[str, object]
"""Columns of a listed position or finding; its canonical bytes are `body`, and packed where they are written."""


def packed(body: bytes) -> bytes:
    """Canonical bytes of a position or finding as they are kept."""
    packing = zlib.compressobj(1, wbits=12, memLevel=5)  # they are short: a larger window costs more to set up
    return packing.compress(body) + packing.flush()


def unpacked(body: object, sha256: object) -> bytes:
    """The inverse; `EvidenceIndexError` where the bytes are not those of the digest."""
    try:
        found = zlib.decompress(body if isinstance(body, bytes) else b"")
    except zlib.error:
        found = b""
    if hashlib.sha256(found).hexdigest() != sha256:
        raise EvidenceIndexError("index: a row of a list says other than when it was judged. Run: auditor rebuild")
    return found


def weeks_text(weeks: Iterable[WeekChange]) -> str:
    """How a position changes the sums of the trend, as it is kept."""
    told = [[one.monday.isoformat(), one.displayed, one.over, one.deployments, one.series] for one in weeks]
    return json.dumps(told, separators=(",", ":"))


def weeks_of(text: str) -> list[WeekChange]:
    """The inverse."""
    return [WeekChange(date.fromisoformat(monday), *numbers) for monday, *numbers in json.loads(text or "[]")]


class ListedStore:
    """The tables of lists, on the connection of the index that they lie in; written within its transactions."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def put_positions(self, deployments: Iterable[str], rows: Sequence[ListedRow]) -> None:
        """The positions of some deployments, in place of those that were listed; what says the same is not written."""
        stood = self._rows(f"select {_POSITION} from listed_position where deployment {_AMONG}", deployments)
        before, now = ({str(row["place"]): str(row["weeks"]) for row in each} for each in (stood, rows))
        self._replace("listed_position", "place", stood, rows)
        changed = [place for place in before.keys() | now.keys() if before.get(place) != now.get(place)]
        self._add_weeks(
            (sign, one)
            for sign, weeks in ((-1, before), (1, now))
            for place in changed
            for one in weeks_of(weeks.get(place, ""))
        )

    def put_findings(self, rows: Sequence[ListedRow], stood: Mapping[str, bool], moment: datetime) -> None:
        """Findings, in place of those that stood; what stands no more is kept apart for a while.

        `stood`: by fingerprint, whether that was looked for again. What was not (its deployment is off the record) is
        told no more.
        """
        names = [str(row["fingerprint"]) for row in rows]
        gone = stood.keys() - set(names)
        if gone:
            long_ago = moment_text(moment - KEPT_GONE)
            self._ask("delete from listed_gone where gone_at < ? and gone_at <> ?", (long_ago, _ASIDE))
            told = json.dumps([name for name in gone if stood[name]])
            self._ask(f"{_GONE} where fingerprint {_AMONG}", (moment_text(moment), told))
            self._ask(f"delete from listed_finding where fingerprint {_AMONG}", (json.dumps(list(gone)),))
        query = f"select {_FINDING.format(queue='queue')} from listed_finding where fingerprint {_AMONG}"
        known = self._rows(query, names) if names else []
        held = {row["fingerprint"] for row in known}
        come = [name for name in names if name not in held]
        if come:  # what is listed is not among the gone
            self._ask(f"delete from listed_gone where fingerprint {_AMONG}", (json.dumps(come),))
        self._replace("listed_finding", "fingerprint", known, rows)

    def forget_gone(self, column: Literal["deployment", "contract"], names: Iterable[str]) -> None:
        """Tell no more of what is gone about these, which are off the record."""
        for name in names:
            self._ask(f"delete from listed_gone where {column} = ?", (name,))

    def clear(self) -> None:
        """Forget what is listed. Findings are set aside: what is judged to stand comes back from there."""
        self._ask(_GONE, (_ASIDE,))
        for table in ("position", "finding", "week"):
            self._ask(f"delete from listed_{table}")

    def remember(self, other: ListedStore, known: Callable[[str, str], bool]) -> None:
        """Take over what another index knows to be gone, and set aside what it lists. `known`: whether a deployment and
        a contract are on record."""
        for row in (*other.every("finding"), *other.every("gone")):
            if known(str(row["deployment"]), str(row["contract"])):
                insert_rows(self._connection, "listed_gone", [{"gone_at": _ASIDE, **row, "queue": "gone"}])

    def settle(self, moment: datetime, known: Callable[[str, str], bool]) -> None:
        """Everything was judged: what is aside still stands no more. It was held last until now, and is held first when
        it comes back; of a deployment with captures that are awaited nothing is said. `known`: as for `remember`."""
        left = "fingerprint in (select fingerprint from listed_gone where gone_at = ?)"
        rows = self._ask(
            "select fingerprint, deployment, contract from listed_gone where gone_at = ?"
            " and deployment not in (select deployment from standing_awaited)",
            (_ASIDE,),
        )
        for name, deployment, contract in rows:
            if known(str(deployment), str(contract)):
                self._ask("update listed_gone set gone_at = ? where fingerprint = ?", (moment_text(moment), name))
            else:
                self._ask("delete from listed_gone where fingerprint = ?", (name,))
        self._ask(f"delete from standing_memory where not {left}", (_ASIDE,))

    def gone(self) -> frozenset[str]:
        """The findings that are known to stand no more."""
        rows = self._ask("select fingerprint from listed_gone where gone_at <> ?", (_ASIDE,))
        return frozenset(str(row[0]) for row in rows)

    def every(self, table: str, order: str = "1") -> Iterator[dict[str, object]]:
        """Every row of one table, in the order of these columns."""
        cursor = self._connection.execute(f"select * from listed_{table} order by {order}")
        names = [one[0] for one in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor)

    def differing(self) -> list[str]:
        """What lists say otherwise than the rows of what stands, by name; and weeks that are no sum of their parts."""
        told = [str(row[0]) for query in _DIFFERING for row in self._ask(query)]
        weeks = self._ask("select weeks from listed_position where weeks <> '[]'")
        sums = _summed_weeks((1, one) for (text,) in weeks for one in _weeks_told(str(text)))
        kept = {str(day): [int(str(one)) for one in rest] for day, *rest in self._ask("select * from listed_week")}
        sums = {day: total for day, total in sums.items() if any(total)}
        return told + [f"week of {day}" for day in sorted(sums.keys() | kept.keys()) if sums.get(day) != kept.get(day)]

    def _add_weeks(self, changes: Iterable[tuple[int, WeekChange]]) -> None:
        for day, more in _summed_weeks(changes).items():
            if not any(more):
                continue
            found = self._ask("select displayed, over, deployments, series from listed_week where monday = ?", (day,))
            stood = [int(str(number)) for number in found[0]] if found else [0, 0, 0, 0]
            displayed, over, deployments, series = (then + now for then, now in zip(stood, more, strict=True))
            if displayed or over or deployments or series:
                self._ask(
                    "insert or replace into listed_week values (?, ?, ?, ?, ?)",
                    (day, str(displayed), str(over), deployments, series),
                )
            else:
                self._ask("delete from listed_week where monday = ?", (day,))

    def _rows(self, query: str, values: Iterable[str]) -> list[dict[str, object]]:
        cursor = self._connection.execute(query, (json.dumps(list(values)),))
        names = [one[0] for one in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def _replace(self, table: str, key: str, stood: Sequence[ListedRow], rows: Sequence[ListedRow]) -> None:
        """Rows in place of those that stood, which come without their bodies: the digest speaks for these."""
        known = {row[key]: row["sha256"] for row in stood}
        ready = []
        for row in rows:
            body = {} if known.get(row[key]) == row["sha256"] else {"body": packed(cast("bytes", row["body"]))}
            ready.append({name: value for name, value in row.items() if name != "body"} | body)
        replace_rows(self._connection, table, (key,), stood, ready)

    def _ask(self, query: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        try:
            return self._connection.execute(query, tuple(values)).fetchall()
        except sqlite3.Error as error:
            raise EvidenceIndexError(f"index: {error}. Run: auditor rebuild") from error


def _weeks_told(text: str) -> list[WeekChange]:
    """Those of a row that may say anything; none where it says no weeks."""
    try:
        return weeks_of(text)
    except (ValueError, TypeError):
        return []


def _summed_weeks(changes: Iterable[tuple[int, WeekChange]]) -> dict[str, list[int]]:
    """By Monday, what was added less what was taken away: displayed, over, deployments, series."""
    sums: dict[str, list[int]] = {}
    for sign, one in changes:
        total = sums.setdefault(one.monday.isoformat(), [0, 0, 0, 0])
        for place, number in enumerate((one.displayed, one.over, one.deployments, one.series)):
            total[place] += sign * number
    return sums
