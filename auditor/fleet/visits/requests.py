"""What is to be visited, as rows: made once for each slot, tried when due, put off, given up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import args_row, class_row

from auditor.fleet.database.connection import DatabaseAddress, FleetConnection, database_errors
from auditor.formats import canonical_json
from auditor.model.events import GapRecorded


@dataclass(frozen=True, slots=True)
class VisitRequest:
    """One deployment to be visited once, from a vantage, for one slot."""

    id: str
    """Id of the capture that its first attempt makes."""
    run: str
    deployment: str
    vantage: str
    slot: str
    """Of a schedule, or the run that somebody began."""
    planned: str
    """The planned slot of the run."""
    due_at: datetime
    give_up_at: datetime
    host: str = ""
    """The host that is visited; empty where its deployment is no longer declared."""
    party_key: str = ""
    """Verifier key that its capture names, of the party that is to make it; empty where it is no second party's."""


@dataclass(frozen=True, slots=True)
class HeldHost:
    """A host that asked to be left alone, as a worker says."""

    host: str
    seconds: float
    """For how long yet."""
    worker: str
    """Who says so; empty where it was said before that was kept."""
    intent: str
    """The visit at which it was asked."""


@dataclass(frozen=True, slots=True)
class RequestStory:
    """What was there for a request while it could be tried."""

    attempts: int
    last_why: str
    """Why the last attempt was not kept."""
    workers: int
    """Workers of its vantage that were there and got work."""
    refused: str
    """Why one of them got none; empty where none was refused."""
    paused: bool
    """Whether its vantage is paused."""
    ahead: bool
    """Whether its moment is more than two days ahead: it was planned by a clock that was."""


@dataclass(frozen=True, slots=True)
class SecondVisit:
    """How the other visit of a capture's slot stands, where two parties were to make one each."""

    capture: str
    other: str
    """The capture that the other party made; empty where there is none."""
    expected: bool
    """Whether it may still be made."""
    seconds: float
    """Since the capture was committed."""


@dataclass(frozen=True, slots=True)
class RunWish:
    """A run that somebody asked for."""

    id: int
    only: tuple[str, ...]
    """The deployments; all where it is empty."""


@dataclass(frozen=True, slots=True)
class WishOutcome:
    """What became of a run that somebody asked for."""

    run: str
    """The run that it became, whose requests are all made; empty where it is not begun yet."""
    refused: str
    """Why no run is made of it."""


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """How the requests of one vantage stand."""

    waiting: int
    """Due, and not begun."""
    under_way: int
    later: int
    """Not due yet."""
    oldest_due_at: datetime | None
    ahead: int = 0
    """Due in more than two days: planned by a clock that was ahead."""


def _counted(
    vantage: str, waiting: int, under_way: int, later: int, oldest: datetime | None, ahead: int
) -> tuple[str, RequestCounts]:
    return vantage, RequestCounts(waiting, under_way, later, oldest, ahead)


def _wished(wish: int, only: Sequence[str]) -> RunWish:
    return RunWish(wish, tuple(only))


GIVEN_UP_AT_ONCE = 2000
"""Requests that are given up in one pass at most, each in a transaction of its own: there is more to do meanwhile."""
FORGOTTEN_AT_ONCE = 2000
"""Requests that ended long ago and are removed in one pass at most."""
READ_AT_ONCE = 2_000
"""Requests that are in memory at once where all of a run are looked through."""
_COLUMNS = "id, run, deployment, vantage, slot, planned, due_at, give_up_at, host, party_key"


class RequestBook:
    """The requests of the fleet, over one connection."""

    def __init__(self, connection: FleetConnection, address: DatabaseAddress) -> None:
        self._connection, self._address = connection, address

    def add(self, requests: Sequence[VisitRequest], run: str) -> int:
        """Those whose slot has no request yet; how many these are. All or none, and what asked for `run` is met."""
        values = [
            (
                one.id,
                one.run,
                one.deployment,
                one.vantage,
                one.slot,
                one.planned,
                one.due_at,
                one.give_up_at,
                one.due_at,
                one.host,
                one.party_key,
            )
            for one in requests
        ]
        with database_errors(self._address), self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.execute("update auditor.wish set met_at = clock_timestamp() where run = %s", (run,))
            cursor.executemany(
                "insert into auditor.request"
                " (id, run, deployment, vantage, slot, planned, due_at, give_up_at, next_try_at, host, party_key)"
                " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
                values,
            )
            return max(0, cursor.rowcount)

    def open(self, request: str) -> VisitRequest | None:
        """A request that has no end yet; None where there is none of that id, or it has ended."""
        found = self._requests(f"select {_COLUMNS} from auditor.request where id = %s and ended_at is null", (request,))  # noqa: S608
        return next(iter(found), None)

    def overdue(self) -> Sequence[VisitRequest]:
        """Requests that nobody could visit in time, or that a clock that was ahead put more than two days ahead, and
        that nobody is visiting now, so many at once."""
        return self._requests(
            f"select {_COLUMNS} from auditor.request as r where ended_at is null"  # noqa: S608
            " and (give_up_at <= clock_timestamp() or due_at > clock_timestamp() + interval '2 days')"
            " and not exists (select from auditor.attempt as a where a.request = r.id and a.ended_at is null)"
            " order by due_at limit %s",
            (GIVEN_UP_AT_ONCE,),
        )

    def story(self, request: VisitRequest) -> RequestStory:
        """What was there for it from its moment on, until it was to be given up."""
        there = "from auditor.worker where vantage = %(vantage)s and began_at <= %(until)s and seen_at >= %(since)s"
        with database_errors(self._address):
            row = self._connection.execute(
                f"select (select count(*) from auditor.attempt where request = %(id)s),"  # noqa: S608
                "        coalesce((select why from auditor.attempt where request = %(id)s"
                "                   order by number desc limit 1), ''),"
                f"       (select count(*) {there} and refused = ''),"
                f"       coalesce((select max(refused) {there}), ''),"
                "        coalesce((select paused from auditor.vantage where id = %(vantage)s), false),"
                "        %(since)s > clock_timestamp() + interval '2 days'".encode(),
                {
                    "id": request.id,
                    "vantage": request.vantage,
                    "since": request.due_at,
                    "until": request.give_up_at,
                },
            ).fetchone()
        return RequestStory(*row)  # type: ignore[misc]

    def hosts_held(self, seconds: float) -> Sequence[HeldHost]:
        """Hosts that asked to be left alone for longer than so many seconds from now."""
        typed = class_row(HeldHost)
        with database_errors(self._address), self._connection.cursor(row_factory=typed) as cursor:
            return cursor.execute(
                "select name as host, extract(epoch from held_until - clock_timestamp())::double precision as seconds,"
                "       held_worker as worker, held_intent as intent from auditor.host"
                " where held_until > clock_timestamp() + make_interval(secs => %s)"
                "   and held_until <= clock_timestamp() + interval '7 days' order by name",
                (seconds,),
            ).fetchall()

    def due_of(self, deployments: Sequence[str]) -> Sequence[VisitRequest]:
        """Requests of these deployments that are due and that nobody is visiting now, so many at once."""
        return self._requests(
            f"select {_COLUMNS} from auditor.request as r where ended_at is null and due_at <= clock_timestamp()"  # noqa: S608
            " and deployment = any(%s)"
            " and not exists (select from auditor.attempt as a where a.request = r.id and a.ended_at is null)"
            " order by due_at, id limit %s",
            (list(deployments), GIVEN_UP_AT_ONCE),
        )

    def open_of(self, run: str) -> Iterator[VisitRequest]:
        """Requests of a run that have no end yet, in the order of their ids; a portion in memory."""
        after, typed = "", class_row(VisitRequest)
        while True:
            with database_errors(self._address), self._connection.cursor(row_factory=typed) as cursor:
                found = cursor.execute(
                    f"select {_COLUMNS} from auditor.request where run = %s and ended_at is null and id > %s"  # noqa: S608
                    " order by id limit %s".encode(),
                    (run, after, READ_AT_ONCE),
                ).fetchall()
            if not found:
                return
            yield from found
            after = found[-1].id

    def ended_of(self, run: str) -> tuple[int, int]:
        """How many requests of a run have ended, and how many there are."""
        with database_errors(self._address):
            row = self._connection.execute(
                "select count(ended_at), count(*) from auditor.request where run = %s", (run,)
            ).fetchone()
        return (int(str(row[0])), int(str(row[1]))) if row is not None else (0, 0)

    def goes_on(self, run: str) -> bool:
        """Whether a run has a request without an end."""
        with database_errors(self._address):
            row = self._connection.execute(
                "select exists (select from auditor.request where run = %s and ended_at is null)", (run,)
            ).fetchone()
        return row is not None and bool(row[0])

    def give_up(self, request: VisitRequest, why: str) -> bool:
        """End a request: the gap of its slot and its row, in one transaction.

        False, and nothing is written, where it has ended meanwhile or is being visited.
        """
        gap = GapRecorded(run=request.run, deployment=request.deployment, slot=request.planned, intent="", why=why)
        body = canonical_json.encode(gap.body()).decode("utf-8")
        with database_errors(self._address):
            row = self._connection.execute("select auditor.give_up(%s, %s)", (request.id, body)).fetchone()
        return row is not None and bool(row[0])

    def forget_ended(self, open_runs: Sequence[str]) -> int:
        """Remove what ended over 90 days ago, so many rows at once: requests and attempts but for those of open runs,
        workers, hosts. How many rows went. `VaultError` where this session has no lease of maintenance."""
        with database_errors(self._address):
            row = self._connection.execute(
                "select auditor.forget_ended(%s, %s)", (list(open_runs), FORGOTTEN_AT_ONCE)
            ).fetchone()
        return int(str(row[0])) if row is not None else 0

    def put_off(self, request: str, seconds: float) -> None:
        """A request that cannot be tried now."""
        with database_errors(self._address):
            self._connection.execute("select auditor.put_off(%s, %s::double precision)", (request, seconds))

    def ends_of(self, run: str) -> Mapping[str, int]:
        """How many requests of a run ended as `complete`, `partial`, `failed`, `gap`, or have not: `open`. `unread`:
        those whose line says what their package does not, as far as maintenance has looked.

        It reads a line for each.
        """
        with database_errors(self._address):
            rows = self._connection.execute(
                "select case when r.ended_at is null then 'open' when r.outcome = 'gap' then 'gap'"
                "            when u.capture is not null then 'unread'"
                "            else convert_from(l.line, 'UTF8')::json -> 'body' ->> 'state' end, count(*)"
                "  from auditor.request as r left join auditor.ledger as l on l.number = r.line"
                "  left join auditor.unread as u on u.capture = l.subject and l.kind = 'capture'"
                " where r.run = %s group by 1",
                (run,),
            ).fetchall()
        return {str(outcome): int(str(count)) for outcome, count in rows}

    def captures_of(self, run: str) -> set[str]:
        """The captures of a run."""
        with database_errors(self._address):
            rows = self._connection.execute(
                "select a.intent from auditor.attempt as a join auditor.request as r on r.id = a.request"
                " where r.run = %s and a.outcome = 'capture'",
                (run,),
            ).fetchall()
        return {str(row[0]) for row in rows}

    def second_visits(self, captures: Sequence[str]) -> Sequence[SecondVisit]:
        """Of these captures, those of slots that two parties were to visit, and that no line has paired yet."""
        typed = class_row(SecondVisit)
        with database_errors(self._address), self._connection.cursor(row_factory=typed) as cursor:
            return cursor.execute(
                "select a.intent as capture, coalesce(b.intent, '') as other, p.ended_at is null as expected,"
                "       extract(epoch from clock_timestamp() - a.ended_at)::double precision as seconds"
                "  from auditor.attempt as a join auditor.request as r on r.id = a.request"
                "  join auditor.request as p on p.deployment = r.deployment and p.slot = r.slot and p.run = r.run"
                "                           and p.vantage <> r.vantage"
                "  left join auditor.attempt as b on b.request = p.id and b.outcome = 'capture'"
                " where a.outcome = 'capture' and a.intent = any(%s) and not exists ("
                "     select from auditor.ledger as l where l.kind = 'pair' and l.subject in (a.intent, b.intent))"
                " order by a.line",
                (list(captures),),
            ).fetchall()

    def seconds_of(self, run: str) -> float:
        """From the moment that the first request of a run was due until the last one ended."""
        with database_errors(self._address):
            row = self._connection.execute(
                "select coalesce(extract(epoch from max(ended_at) - min(due_at)), 0)::double precision"
                "  from auditor.request where run = %s",
                (run,),
            ).fetchone()
        return max(0.0, float(str(row[0]))) if row is not None else 0.0

    def counts(self) -> Mapping[str, RequestCounts]:
        """By vantage, how its requests stand that have no end yet."""
        typed = args_row(_counted)
        with database_errors(self._address), self._connection.cursor(row_factory=typed) as cursor:
            rows = cursor.execute(
                "select r.vantage,"
                "       count(*) filter (where a.request is null and r.next_try_at <= clock_timestamp()),"
                "       count(a.request),"
                "       count(*) filter (where a.request is null and r.next_try_at > clock_timestamp()),"
                "       min(r.due_at) filter (where a.request is null and r.due_at <= clock_timestamp()),"
                "       count(*) filter (where r.due_at > clock_timestamp() + interval '2 days')"
                "  from auditor.request as r"
                "  left join auditor.attempt as a on a.request = r.id and a.ended_at is null"
                " where r.ended_at is null group by 1 order by 1"
            ).fetchall()
        return dict(rows)

    def wish(self, only: Sequence[str]) -> int:
        """Ask maintenance for a run of these deployments; of all where it is empty. The number of what is asked for."""
        with database_errors(self._address):
            row = self._connection.execute(
                "insert into auditor.wish (only_these) values (%s) returning id", (list(only),)
            ).fetchone()
        return int(str(row[0])) if row is not None else 0

    def wishes(self) -> Sequence[RunWish]:
        """Runs that were asked for and are not begun, oldest first."""
        typed = args_row(_wished)
        with database_errors(self._address), self._connection.cursor(row_factory=typed) as cursor:
            return cursor.execute(
                "select id, only_these from auditor.wish where met_at is null and refused is null order by id"
            ).fetchall()

    def wish_outcome(self, wish: int) -> WishOutcome:
        """What became of it by now."""
        typed = class_row(WishOutcome)
        with database_errors(self._address), self._connection.cursor(row_factory=typed) as cursor:
            found = cursor.execute(
                "select case when met_at is null then '' else run end as run, coalesce(refused, '') as refused"
                "  from auditor.wish where id = %s",
                (wish,),
            ).fetchone()
        return found or WishOutcome("", "nothing is known of it any more")

    def wish_becomes(self, wish: int, run: str) -> None:
        """It becomes that run: whoever makes the run's requests says that it is met."""
        with database_errors(self._address):
            self._connection.execute("update auditor.wish set run = %s where id = %s", (run, wish))

    def wish_stays(self, run: str) -> None:
        """That run does not meet what it was to meet."""
        with database_errors(self._address):
            self._connection.execute("update auditor.wish set run = null where run = %s", (run,))

    def refuse_wish(self, wish: int, why: str) -> None:
        """It cannot be met."""
        with database_errors(self._address):
            self._connection.execute("update auditor.wish set run = null, refused = %s where id = %s", (why, wish))

    def is_closed(self, run: str) -> bool:
        """Whether the ledger says that a run has ended."""
        with database_errors(self._address):
            row = self._connection.execute(
                "select exists (select from auditor.ledger where kind = 'run.closed'"
                "                and convert_from(line, 'UTF8')::json -> 'body' ->> 'run' = %s)",
                (run,),
            ).fetchone()
        return row is not None and bool(row[0])

    def slot_of(self, run: str) -> str:
        """The slot of a schedule that a run is made for; the run itself where somebody began it."""
        with database_errors(self._address):
            row = self._connection.execute(
                "select slot from auditor.request where run = %s order by id limit 1", (run,)
            ).fetchone()
        return str(row[0]) if row is not None else run

    def take_host(self, host: str, seconds: float) -> float:
        """A host's turn, after which it is to be left alone for so long: 0, or the seconds until it may be had."""
        with database_errors(self._address):
            row = self._connection.execute(
                "select auditor.take_host(%s, %s::double precision)", (host, seconds)
            ).fetchone()
        return float(str(row[0])) if row is not None else seconds

    def hold_host(self, intent: str, host: str, seconds: float) -> None:
        """A host asked to be left alone for so long, at an attempt of this session that is open."""
        with database_errors(self._address):
            statement = "select auditor.hold_host(%s, %s, %s::double precision)"
            self._connection.execute(statement, (intent, host, seconds))

    def _requests(self, statement: str, values: tuple[object, ...]) -> Sequence[VisitRequest]:
        typed = class_row(VisitRequest)
        with database_errors(self._address), self._connection.cursor(row_factory=typed) as cursor:
            return cursor.execute(statement.encode("utf-8"), values).fetchall()
