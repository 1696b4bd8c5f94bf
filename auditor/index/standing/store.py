"""What the standing index keeps: marks of what is to be judged again, rows, and sums that follow them.

Nothing is decided here: whoever judges gives rows, and they are written together, in one transaction with the marks.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditor.errors import EvidenceIndexError
from auditor.index.standing.columns import moment_text, subject_columns
from auditor.index.standing.listed import ListedStore
from auditor.index.standing.sums import Sums
from auditor.index.standing.writing import Row, insert_rows, replace_rows, write_many
from auditor.model.standing import StandingDeployment

Rows = list[dict[str, object]]

MARK = (
    "insert into standing_dirty (unit, day) values (?, ?) on conflict (unit) do update set day = min(day, excluded.day)"
)
"""One unit, to be judged again: 1 where only its day has passed, 0 where a fact changed."""


SHARED_KINDS = frozenset("ip")
"""Kinds of unit that say what several deployments have in common: as long as one that changed is not judged, nobody
knows which of these it touches."""


@dataclass(frozen=True, slots=True)
class StandingHead:
    """As of what the rows stand."""

    code: str
    """Digest of the code that judged them."""
    line: int
    targets: str
    before: datetime | None
    """The earlier moment that closed findings are held against."""
    as_of: datetime | None
    receipts: Mapping[str, str]
    """Receipts of notices, each by the digest of what it says."""


@dataclass(frozen=True, slots=True)
class StandingGap:
    """A slot that ended without a visit."""

    line: int
    at: datetime
    why: str
    intent: str


class StandingStore:
    """The tables of the standing index, on the connection of the index that they lie in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; others who write wait meanwhile."""
        try:
            self._connection.execute("begin immediate")
            yield
            self._connection.execute("update standing_revision set number = number + 1")
            self._connection.commit()
        except BaseException as error:  # whoever is stopped halfway, too: nothing of it stands
            self._connection.rollback()
            if isinstance(error, sqlite3.Error):
                raise EvidenceIndexError(f"index: what stands was not written ({error})") from error
            raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything that is asked meanwhile is of one moment, whatever others write; nothing is written here."""
        self._ask("begin")
        try:
            self._ask("select 1 from standing_head")  # the moment is that of the first look
            yield
        finally:
            self._connection.rollback()

    def watch(self, told: Callable[[str], None] | None) -> None:
        """Have SQLite tell of every statement before it is run; None: no more."""
        self._connection.set_trace_callback(told)

    def head(self) -> StandingHead | None:
        """None where nothing was ever kept."""
        row = next(iter(self._rows("select * from standing_head")), None)
        if row is None:
            return None
        return StandingHead(
            str(row["code"]), int(str(row["line"])), str(row["targets"]), _moment(row["before_at"]),
            _moment(row["as_of"]), json.loads(str(row["receipts"])),
        )  # fmt: skip

    def put_head(self, head: StandingHead) -> None:
        self._ask(
            "insert or replace into standing_head values (0, ?, ?, ?, ?, ?, ?)",
            (head.code, head.line, head.targets, moment_text(head.before), moment_text(head.as_of),
             json.dumps(dict(head.receipts), sort_keys=True)),
        )  # fmt: skip

    def clear(self) -> None:
        """Forget everything but what is remembered: sums of earlier days, and when each finding was first held."""
        self._ask(
            "insert or replace into standing_memory"
            " select fingerprint, first_seen, changed_at, sha256 from standing_finding"
        )
        for table in (
            "head", "entry", "unit", "dirty", "awaited", "gap", "mark", "position", "finding", "subject", "sums",
        ):  # fmt: skip
            self._ask(f"delete from standing_{table}")
        ListedStore(self._connection).clear()

    # --- entries of targets.yaml

    def entries(self) -> dict[tuple[str, str], tuple[str, str]]:
        """By kind and id: the digest of an entry, and what is to be known of it when it is gone."""
        rows = self._ask("select kind, id, sha256, about from standing_entry")
        return {(str(kind), str(name)): (str(digest), str(about)) for kind, name, digest, about in rows}

    def about(self, kind: str, name: str) -> dict[str, Any]:
        """What is to be known of an entry; nothing where there is none."""
        rows = self._ask("select about from standing_entry where kind = ? and id = ?", (kind, name))
        found: dict[str, Any] = json.loads(str(rows[0][0])) if rows else {}
        return found

    def entries_of(self, kind: str) -> dict[str, tuple[str, str]]:
        """Those of one kind, by id."""
        rows = self._ask("select id, sha256, about from standing_entry where kind = ?", (kind,))
        return {str(name): (str(digest), str(about)) for name, digest, about in rows}

    def put_entries(self, entries: Mapping[tuple[str, str], tuple[str, str]], gone: Iterable[tuple[str, str]]) -> None:
        """Entries as they are now, and those that are no more."""
        self._many("delete from standing_entry where kind = ? and id = ?", gone)
        self._many(
            "insert or replace into standing_entry values (?, ?, ?, ?)",
            ((*key, *said) for key, said in entries.items()),
        )

    # --- what is to be judged again

    def mark(self, units: Iterable[str], *, day: bool = False) -> None:
        """To be judged again; `day`: only because its day has passed."""
        self._many(MARK, ((unit, int(day)) for unit in units))

    def mark_passed(self, moment: datetime) -> None:
        """Mark every unit whose day has passed at a moment."""
        self._ask(
            "insert into standing_dirty (unit, day) select unit, 1 from standing_unit where until <= ?"
            " on conflict (unit) do nothing",
            (moment_text(moment),),
        )

    def any_passed(self, moment: datetime) -> bool:
        """Whether the day of a unit has passed that is not marked yet."""
        rows = self._ask(
            "select 1 from standing_unit where until <= ? and unit not in (select unit from standing_dirty) limit 1",
            (moment_text(moment),),
        )
        return bool(rows)

    def is_outstanding(self, unit: str, moment: datetime) -> bool:
        """Whether a unit is marked, was never judged, its day has passed, or a capture of it is awaited."""
        rows = self._ask(
            "select 1 from standing_unit where unit = ? and (until is null or until > ?)"
            " and unit not in (select unit from standing_dirty)"
            " and unit not in (select 'd:' || deployment from standing_awaited)",
            (unit, moment_text(moment)),
        )
        return not rows or (unit[0] in SHARED_KINDS and (bool(self.dirty("d", 1, day=False)) or bool(self.awaited())))

    def awaited(self) -> dict[str, str]:
        """Captures of which the journal says what the index has not recorded yet, each with its deployment."""
        rows = self._ask("select capture, deployment from standing_awaited")
        return {str(capture): str(deployment) for capture, deployment in rows}

    def put_awaited(self, captures: Mapping[str, str]) -> None:
        """These are awaited, each with its deployment, and no others."""
        if captures != self.awaited():
            self._ask("delete from standing_awaited")
            self._many(
                "insert or replace into standing_awaited values (?, ?)",
                ((deployment, capture) for capture, deployment in captures.items()),
            )

    def marked_references(self) -> list[str]:
        """Reference deployments that changed and were not judged since."""
        rows = self._ask(
            "select id from standing_entry join standing_dirty on unit = 'd:' || id and day = 0"
            " where kind = 'reference'"
        )
        return [str(row[0]) for row in rows]

    def dirty(self, kind: str, limit: int, *, day: bool) -> list[str]:
        """Units of one kind that are to be judged again."""
        rows = self._ask(
            "select unit from standing_dirty where day = ? and unit >= ? and unit < ? order by unit limit ?",
            (int(day), f"{kind}:", f"{kind};", limit),
        )
        return [str(row[0]) for row in rows]

    def outstanding(self) -> tuple[int, int]:
        """How many units are to be judged again, and of how many of these only the day has passed."""
        ((every, passed),) = self._ask("select count(*), coalesce(sum(day), 0) from standing_dirty")
        return int(str(every)), int(str(passed))

    def settle(self, units: Mapping[str, tuple[datetime | None, Sequence[str]]]) -> None:
        """These were judged: until when their day holds, and the contracts that they looked at."""
        self._many("delete from standing_dirty where unit = ?", ((unit,) for unit in units))
        self._many(
            "insert or replace into standing_unit values (?, ?, ?)",
            ((unit, moment_text(until), "".join(f"/{one}/" for one in uses)) for unit, (until, uses) in units.items()),
        )

    def forget(self, units: Iterable[str]) -> None:
        """These are no more."""
        for unit in units:
            self._ask("delete from standing_dirty where unit = ?", (unit,))
            self._ask("delete from standing_unit where unit = ?", (unit,))

    def units_using(self, contract: str) -> list[str]:
        """The units that looked at a contract when they were judged."""
        rows = self._ask("select unit from standing_unit where instr(uses, ?)", (f"/{contract}/",))
        return [str(row[0]) for row in rows]

    def units_of_kind(self, kind: str) -> list[str]:
        """Every unit of one kind that was judged."""
        rows = self._ask("select unit from standing_unit where unit >= ? and unit < ?", (f"{kind}:", f"{kind};"))
        return [str(row[0]) for row in rows]

    def units_with_life(self, states: Collection[str]) -> list[str]:
        """The units with a finding of one of these states that has a number."""
        rows = self._ask(
            "select distinct unit from standing_finding where units is not null"
            " and life in (select value from json_each(?))",
            (json.dumps(sorted(states)),),
        )
        return [str(row[0]) for row in rows]

    # --- gaps and likenesses

    def add_gap(self, deployment: str, gap: StandingGap) -> None:
        """A gap that the journal tells."""
        self._ask(
            "insert or replace into standing_gap values (?, ?, ?, ?, ?)",
            (deployment, gap.line, moment_text(gap.at), gap.why, gap.intent),
        )

    def gaps(self, deployments: Iterable[str]) -> dict[str, list[StandingGap]]:
        """The gaps of those of these deployments that have any, the last one first."""
        rows = self._ask(
            "select deployment, line, at, why, intent from standing_gap"
            " where deployment in (select value from json_each(?)) order by deployment, line desc",
            (json.dumps(list(deployments)),),
        )
        found: dict[str, list[StandingGap]] = {}
        for name, line, at, why, intent in rows:
            gap = StandingGap(int(str(line)), datetime.fromisoformat(str(at)), str(why), str(intent))
            found.setdefault(str(name), []).append(gap)
        return found

    def marks_of(self, deployments: Iterable[str]) -> dict[str, set[int]]:
        """What each of these deployments may have in common with others."""
        found: dict[str, set[int]] = {name: set() for name in deployments}
        rows = self._ask(
            "select deployment, mark from standing_mark where deployment in (select value from json_each(?))",
            (json.dumps(list(found)),),
        )
        for name, mark in rows:
            found[str(name)].add(int(str(mark)))
        return found

    def put_marks(self, deployment: str, gone: Iterable[int], added: Iterable[int]) -> None:
        self._many("delete from standing_mark where mark = ? and deployment = ?", ((one, deployment) for one in gone))
        self._many("insert or replace into standing_mark values (?, ?)", ((one, deployment) for one in added))

    def holders(self, mark: int, limit: int) -> list[str]:
        """Deployments that have a mark, by name, at most so many."""
        rows = self._ask("select deployment from standing_mark where mark = ? limit ?", (mark, limit))
        return [str(row[0]) for row in rows]

    # --- rows

    def positions(self, deployments: Iterable[str]) -> dict[str, Rows]:
        """The positions of each of these deployments as rows."""
        return self._grouped("select * from standing_position where", "deployment", "contract, metric", deployments)

    def sharers(self, contract: str) -> list[str]:
        """Deployments with a position of a contract."""
        rows = self._ask("select distinct deployment from standing_position where contract = ?", (contract,))
        return [str(row[0]) for row in rows]

    def findings_about(self, deployments: Iterable[str]) -> dict[str, Rows]:
        """The findings about each of these deployments as rows, whatever judged them."""
        return self._grouped("select * from standing_finding where", "deployment", "weight", deployments)

    def findings_of(self, units: Iterable[str]) -> dict[str, Rows]:
        """The findings of each of these units as rows."""
        return self._grouped("select * from standing_finding where", "unit", "weight", units)

    def put_positions(self, rows: Iterable[Row], stood: Iterable[Row]) -> None:
        """The positions of some deployments, in place of those that stood; what says the same is not written."""
        self._replace("standing_position", ("deployment", "contract", "metric"), stood, rows)

    def put_findings(self, rows: Rows, stood: Rows, moment: datetime) -> None:
        """The findings of some units, in place of those that stood: when each was seen first stays, and when it
        changed, where it says the same."""
        at = moment_text(moment)
        known = {str(one["fingerprint"]): one for one in stood}
        known |= self._remembered([name for row in rows if (name := str(row["fingerprint"])) not in known])
        for row in rows:
            before = known.get(str(row["fingerprint"]))
            row["first_seen"] = at if before is None else before["first_seen"]
            same = before is not None and before["sha256"] == row["sha256"]
            row["changed_at"] = before["changed_at"] if before is not None and same else at
        self._replace("standing_finding", ("fingerprint",), stood, rows)

    def _remembered(self, fingerprints: Sequence[str]) -> dict[str, dict[str, object]]:
        """What is remembered of findings that have no rows, and from now on no more."""
        chosen = "standing_memory where fingerprint in (select value from json_each(?))"
        rows = self._rows(f"select * from {chosen}", json.dumps(fingerprints)) if fingerprints else []
        if rows:
            self._ask(f"delete from {chosen}", (json.dumps(fingerprints),))
        return {str(row["fingerprint"]): row for row in rows}

    def put_subjects(self, deployments: Iterable[str], subjects: Iterable[tuple[str, StandingDeployment]]) -> None:
        """Deployments as each scope sees them, in place of how they stood."""
        stood = self._rows(
            "select * from standing_subject where deployment in (select value from json_each(?))",
            json.dumps(list(deployments)),
        )
        rows: Rows = []
        told: tuple[StandingDeployment, dict[str, object]] | None = None
        for scope, one in subjects:
            if told is None or told[0] is not one:  # most scopes see the same
                told = (one, subject_columns(scope, one))
            rows.append({**told[1], "scope": scope})
        self._replace("standing_subject", ("scope", "deployment"), stood, rows)

    def sums(self, scope: str) -> Sums:
        """The sums of a scope; nothing where it has none."""
        found = next(iter(self._ask("select body from standing_sums where scope = ?", (scope,))), None)
        return Sums() if found is None else Sums.of_text(str(found[0]))

    def add_sums(self, more: Mapping[str, Sums], day: str, line: int) -> None:
        """Add to the sums of scopes, and remember how they stand that day."""
        for scope, change in more.items():
            if change.empty:
                continue
            total = self.sums(scope)
            total.add(change)
            body = total.to_text()
            if total.empty:
                self._ask("delete from standing_sums where scope = ?", (scope,))
            else:
                self._ask("insert or replace into standing_sums values (?, ?)", (scope, body))
            self._ask("insert or replace into standing_trend values (?, ?, ?, ?)", (scope, day, line, body))

    # --- the whole, to compare and to carry over

    def every(self, table: str) -> Iterator[dict[str, object]]:
        """Every row of one table, in the order of its key."""
        cursor = self._connection.execute(f"select * from standing_{table} order by 1, 2")
        names = [one[0] for one in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))

    def take(self, table: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Take over rows of one table."""
        insert_rows(self._connection, f"standing_{table}", list(rows))

    def remember(self, other: StandingStore) -> None:
        """Take over what another index remembers and no evidence says again."""
        for row in other.every("trend"):
            self._ask("insert or ignore into standing_trend values (?, ?, ?, ?)", tuple(row.values()))
        gone = ListedStore(other._connection).gone()  # one that comes back is new
        for table in ("memory", "finding"):
            for row in other.every(table):
                if row["fingerprint"] in gone:
                    continue
                self._ask(
                    "insert or replace into standing_memory values (?, ?, ?, ?)",
                    (row["fingerprint"], row["first_seen"], row["changed_at"], row["sha256"]),
                )

    def _replace(self, table: str, key: Sequence[str], stood: Iterable[Row], rows: Iterable[Row]) -> None:
        replace_rows(self._connection, table, key, stood, rows)

    def _grouped(self, query: str, column: str, order: str, names: Iterable[str]) -> dict[str, Rows]:
        """Rows by one of their columns, in an order; of a name that no row has, nothing."""
        found: dict[str, Rows] = {name: [] for name in names}
        where = f"{column} in (select value from json_each(?)) order by {column}, {order}"
        for row in self._rows(f"{query} {where}", json.dumps(list(found))):
            found[str(row[column])].append(row)
        return found

    def _rows(self, query: str, *values: object) -> Rows:
        try:
            cursor = self._connection.execute(query, values)
            names = [one[0] for one in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]
        except sqlite3.Error as error:
            raise EvidenceIndexError(f"index: {error}. Run: auditor rebuild") from error

    def _ask(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, tuple(values)).fetchall()
        except sqlite3.Error as error:
            raise EvidenceIndexError(f"index: {error}. Run: auditor rebuild") from error

    def _many(self, query: str, values: Iterable[Sequence[object]]) -> None:
        write_many(self._connection, query, list(values))


def _moment(text: object) -> datetime | None:
    return None if text is None else datetime.fromisoformat(str(text))
