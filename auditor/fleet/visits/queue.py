"""Requests that are due, brought to workers by Procrastinate.

The queue holds no truth: its schema is made anew where another version of the library made it, a job that is lost is
offered again by the planner, and a job that comes twice finds its request ended or its lease taken. One queue for each
vantage; a lock for each queue and deployment, so that a queue that nobody works holds up no other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version

import psycopg
from procrastinate import App, JobContext, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.schema import SchemaManager
from psycopg import sql

from auditor.errors import AwayError, ConfigError, IntegrityError
from auditor.fleet.database.connection import (
    DatabaseAddress,
    FleetConnection,
    connect,
    database_errors,
    session_settings,
)
from auditor.fleet.database.listing import list_schema, listing_sha256

LOGGER = logging.getLogger("auditor.fleet")

SCHEMA, TASK = "auditor_queue", "visit"
OFFERED_AT_ONCE = 1000
"""Jobs that wait in one queue at most: a short queue is a fast one, and the rest waits as rows."""
HEARTBEAT_SECONDS, STALLED_SECONDS, POLL_SECONDS = 5.0, 20.0, 2.0
MakeVisit = Callable[[str, int | None], Awaitable[None]]
"""Makes the visit of a request, brought by a job."""


def queue_of(vantage: str) -> str:
    """The name of a vantage's queue."""
    return f"capture.{vantage}"


def prepare_queue(address: DatabaseAddress) -> bool:
    """Make the queue's tables, as the database's owner; made anew where another version of the library made them.

    Whether anything was done.
    """
    with connect(address, None, "auditor prepare") as connection, database_errors(address), connection.transaction():
        made = _described(connection) != _description(connection)
        if made:
            _make_queue(connection)
    return made


_GRANTS = (
    ("usage on schema", "auditor_maintenance, auditor_worker, auditor_reader"),
    ("select, insert, update, delete on all tables in schema", "auditor_maintenance, auditor_worker"),
    ("usage on all sequences in schema", "auditor_maintenance, auditor_worker"),
    ("execute on all functions in schema", "auditor_maintenance, auditor_worker"),
    ("select on all tables in schema", "auditor_reader"),
)
"""Rows alone: who may make a trigger on a table of the queue has it run as whoever writes there next."""


def _make_queue(connection: FleetConnection) -> None:
    name = sql.Identifier(SCHEMA)
    connection.execute(sql.SQL("drop schema if exists {} cascade").format(name))
    connection.execute(sql.SQL("create schema {}").format(name))
    connection.execute(sql.SQL("set local search_path to {}").format(name))
    connection.execute(SchemaManager.get_schema().encode("utf-8"))
    connection.execute(sql.SQL("revoke all on all functions in schema {} from public").format(name))
    for what, roles in _GRANTS:
        connection.execute(sql.SQL("grant {} {} to {}").format(sql.SQL(what), name, sql.SQL(roles)))
    said = sql.Literal(_description(connection))
    connection.execute(sql.SQL("comment on schema {} is {}").format(name, said))


def require_queue(connection: FleetConnection, address: DatabaseAddress) -> None:
    """`ConfigError` where the queue is missing, or was made by another version of the library; `IntegrityError` where
    it is not as it was made: something else may act there, as who writes next."""
    with database_errors(address):
        found, expected = _described(connection), _description(connection)
    made_by, _, _ = found.partition(";")
    if made_by != _made_by():
        raise ConfigError(
            f"{address.shown}: the queue {f'was made by {made_by}' if made_by else 'is missing'}, this program has"
            f" {_made_by()}; run as the database's owner: auditor fleet prepare"
        )
    if found != expected:
        raise IntegrityError(
            f"{address.shown}: the queue is not as it was made; nothing is begun: ask who changed it; it is made anew,"
            " run as the database's owner, by: auditor fleet prepare"
        )


def _described(connection: FleetConnection) -> str:
    """What was said of the queue when it was made; empty where there is none."""
    row = connection.execute(
        "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = %s", (SCHEMA,)
    ).fetchone()
    return str(row[0]) if row is not None else ""


def _description(connection: FleetConnection) -> str:
    return f"{_made_by()}; {listing_sha256(list_schema(connection, SCHEMA))}"


def _made_by() -> str:
    return f"procrastinate {version('procrastinate')}"


def offer_requests(connection: FleetConnection, address: DatabaseAddress) -> int:
    """Put into the queues what is due and is in none, of vantages that are not paused; how many these are.

    What waits there and brings no open request, or brings one again, is taken out: it takes the place of others.
    """
    app = App(connector=SyncPsycopgConnector())
    with database_errors(address), connection.transaction():
        connection.execute(sql.SQL("set local search_path to {}").format(sql.Identifier(SCHEMA)))
        connection.execute(_IDLE)
        rows = connection.execute(_DUE.encode("utf-8"), (TASK, OFFERED_AT_ONCE)).fetchall()
        jobs = [_job(str(request), str(deployment), queue_of(str(vantage))) for request, deployment, vantage in rows]
        if jobs:
            app.job_manager.batch_defer_jobs(jobs, connection=connection)
    return len(rows)


def _job(request: str, deployment: str, queue: str) -> Job:
    return Job(
        id=None,
        queue=queue,
        lock=f"{queue}:{deployment}",
        queueing_lock=None,
        task_name=TASK,
        task_kwargs={"request": request},
    )


_IDLE = b"""
delete from procrastinate_jobs as j
 where j.status = 'todo'
   and (not exists (select from auditor.request as r
                     where r.id = j.args ->> 'request' and r.ended_at is null and j.queue_name = 'capture.' || r.vantage
                       and j.lock = j.queue_name || ':' || r.deployment)
        or exists (select from procrastinate_jobs as k
                    where k.status = 'todo' and k.lock = j.lock and k.id < j.id
                      and k.args ->> 'request' = j.args ->> 'request'))
"""
_DUE = """
with live as materialized (
    select args ->> 'request' as request, queue_name, status from procrastinate_jobs
     where status in ('todo', 'doing') and task_name = %s
), waiting as (
    select queue_name, count(*) as jobs from live where status = 'todo' group by queue_name
)
select due.id, due.deployment, v.id
  from auditor.vantage as v
  left join waiting as w on w.queue_name = 'capture.' || v.id
 cross join lateral (
    select r.id, r.deployment
      from auditor.request as r
     where r.vantage = v.id and r.ended_at is null and r.next_try_at <= clock_timestamp()
       and r.give_up_at > clock_timestamp()
       and not exists (select from auditor.attempt as a where a.request = r.id and a.ended_at is null)
       and r.id not in (select request from live where request is not null)
     order by r.due_at, r.id
     limit greatest(0, %s - coalesce(w.jobs, 0))
 ) as due
 where not v.paused
"""


def drop_stalled(connection: FleetConnection, address: DatabaseAddress, jobs: Sequence[int] = ()) -> int:
    """Forget jobs whose worker is gone, and these, and those that ended; how many were under way.

    Their requests are offered again by the planner."""
    with database_errors(address), connection.transaction():
        connection.execute(sql.SQL("set local search_path to {}").format(sql.Identifier(SCHEMA)))
        gone = connection.execute(
            "delete from procrastinate_jobs where status = 'doing' and (id = any(%s) or worker_id is null"
            " or worker_id in (select id from procrastinate_workers"
            " where last_heartbeat < now() - make_interval(secs => %s)))",
            (list(jobs), STALLED_SECONDS),
        ).rowcount
        connection.execute("delete from procrastinate_jobs where status not in ('todo', 'doing')")
        connection.execute("select procrastinate_prune_stalled_workers_v1(%s)", (STALLED_SECONDS,))
    return gone


class _OneLineHandler(logging.Handler):
    """What the libraries tell, as our own log tells things: a line each, without tracebacks."""

    def emit(self, record: logging.LogRecord) -> None:
        said = " ".join(record.getMessage().split())
        error = record.exc_info[1] if record.exc_info else None
        why = f": {type(error).__name__}: {' '.join(str(error.__cause__ or error).split())}" if error else ""
        LOGGER.log(min(record.levelno, logging.WARNING), "queue: %.500s%.500s", said, why)


def _tell_in_lines() -> None:
    for name in ("procrastinate", "psycopg.pool"):
        library = logging.getLogger(name)
        library.propagate, library.handlers = False, [_OneLineHandler()]


class VisitQueue:
    """What a worker takes its requests from."""

    def __init__(self, address: DatabaseAddress, vantage: str, places: int, make: MakeVisit) -> None:
        """`places`: visits at once; `make` never raises for what is only one visit's trouble."""
        self._address, self._vantage, self._places, self._make = address, vantage, places, make

    async def work(self, stop: asyncio.Event) -> None:
        """Make visits until asked to stop; those under way are finished. `AwayError` where the database is lost."""
        _tell_in_lines()
        connector = PsycopgConnector(
            conninfo=self._address.url,
            kwargs={
                "application_name": "auditor queue",
                **session_settings(search_path=SCHEMA, role="auditor_worker"),
            },
            min_size=1,
            max_size=4,
        )
        app = App(connector=connector)
        app.task(name=TASK, pass_context=True)(self._task)
        try:
            async with app.open_async():
                working = asyncio.create_task(
                    app.run_worker_async(
                        queues=[queue_of(self._vantage)],
                        concurrency=self._places,
                        install_signal_handlers=False,
                        delete_jobs="always",
                        fetch_job_polling_interval=POLL_SECONDS,
                        update_heartbeat_interval=HEARTBEAT_SECONDS,
                        stalled_worker_timeout=STALLED_SECONDS,
                    )
                )
                stopping = asyncio.create_task(stop.wait())
                await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if working.done():  # the library ends by itself where it loses its database
                    stopping.cancel()
                    working.result()
                    raise AwayError(f"{self._address.shown}: the queue was lost; start the worker again")
                working.cancel()
                await asyncio.wait({working})
        except (ConnectorException, psycopg.Error, OSError) as error:
            why = " ".join(str(error.__cause__ or error).split())
            raise AwayError(f"{self._address.shown}: the queue was lost: {why}; start the worker again") from error

    async def _task(self, context: JobContext, request: str) -> None:
        await self._make(request, context.job.id)
