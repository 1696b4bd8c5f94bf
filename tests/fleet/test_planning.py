"""What maintenance does about requests: nothing is lost between two steps, and a second pass finds nothing to do."""

from __future__ import annotations

import threading
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from auditor.custody import LocalEvidenceStore, lock_workspace
from auditor.errors import ConfigError, CustodyError, LeaseLostError, VaultError
from auditor.fleet import (
    AttemptLog,
    DatabaseAddress,
    DatabaseLease,
    FleetRoster,
    OpenAttempt,
    RequestBook,
    Vantage,
    WishOutcome,
    WorkerState,
    connect,
    drop_stalled,
    offer_requests,
)
from auditor.model.events import GapRecorded, PlannedSlot, RunOpened, RunPlanned, VisitIntended
from auditor.workflow.audit.run_record import open_run
from auditor.workflow.audit.slots import VisitSlot
from auditor.workflow.fleet.faults import longest_visit
from auditor.workflow.fleet.maintenance import FleetMaintenance, MaintenanceOptions
from auditor.workflow.fleet.planning import FleetPlanner, why_overdue
from auditor.workflow.fleet.status import fleet_status
from auditor.workflow.fleet.wiring import FleetPlaces, open_maintenance
from auditor.workflow.schedule import SchedulerPassResult
from auditor.workspace import Workspace
from tests.fleet.world import FleetWorld
from tests.workflow.http_estate import targets

NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture
def world(tmp_path: Path, empty_database: str) -> FleetWorld:
    """A fleet whose store is a folder: nothing is put into it here."""
    return FleetWorld.make(tmp_path / "fleet", empty_database, "", {}, targets(NOWHERE, 3))


@contextmanager
def planner_of(world: FleetWorld, patience: timedelta = timedelta(hours=1)) -> Iterator[FleetPlanner]:
    address = DatabaseAddress(world.database)
    places = FleetPlaces(address, LocalEvidenceStore(world.root / "store"))
    with (
        open_maintenance(Workspace(world.root), places) as instruments,
        connect(address, "auditor_maintenance") as connection,
    ):
        planner = FleetPlanner(instruments, connection, address, patience)
        planner.publish_estate()
        yield planner


def change_queue(world: FleetWorld, statement: str) -> None:
    with psycopg.connect(world.database, autocommit=True, options="-c search_path=auditor_queue") as connection:
        connection.execute(statement.encode())


def waiting_jobs(world: FleetWorld) -> int:
    return int(world.one("select count(*) from auditor_queue.procrastinate_jobs where status = 'todo'"))


def test_each_attempt_has_a_capture_of_its_own(world: FleetWorld) -> None:
    with planner_of(world) as planner:
        slot = VisitSlot("r-1", "d0", planner.instruments.estate.deployments["d0"])
    captures = {replace(slot, attempt=attempt).capture for attempt in (1, 2, 3)}
    assert len(captures) == 3 and slot.capture in captures


def test_a_run_makes_a_request_for_each_slot_once_and_offers_it_once(world: FleetWorld) -> None:
    with planner_of(world) as planner:
        run = planner.begin_run(())
        assert planner.resume_runs() == 0
        assert (planner.offer(), planner.offer()) == (3, 0)
        found = world.ask("select run, vantage, slot, deployment from auditor.request order by deployment")
        assert found == [(run.id, "main", run.id, name) for name in ("d0", "d1", "d2")]
        kinds = [one.kind for one in planner.instruments.journal.entries() if one.kind in {"run.opened", "plan"}]
        assert kinds == ["run.opened", "plan"]
        assert not planner.close_ended_runs()


def test_jobs_that_bring_nothing_keep_no_request_from_being_offered(world: FleetWorld) -> None:
    """Whoever may take jobs out of a queue may put some in: a full queue would get no others."""
    job = "insert into procrastinate_jobs (queue_name, task_name, lock, args) select 'capture.main', 'visit', {}, {}"
    with planner_of(world) as planner:
        planner.begin_run(())
        change_queue(world, job.format("'none'", """'{"request": "none"}'""") + " from generate_series(1, 1000)")
        assert planner.offer() == 3 and waiting_jobs(world) == 3
        change_queue(world, job.format("lock", "args") + " from procrastinate_jobs, generate_series(1, 400)")
        assert planner.offer() == 0 and waiting_jobs(world) == 3


def test_an_interruption_between_the_plan_and_its_requests_is_made_up_for(world: FleetWorld) -> None:
    with planner_of(world) as planner:
        run = open_run(planner.instruments, ("d0", "d2"), None)
    with planner_of(world) as planner:
        assert (planner.resume_runs(), planner.resume_runs()) == (2, 0)
    assert world.ask("select run, deployment from auditor.request order by 2") == [(run.id, "d0"), (run.id, "d2")]


def test_a_run_without_a_plan_is_closed_and_a_slot_without_a_deployment_is_a_gap(world: FleetWorld) -> None:
    with planner_of(world) as planner:
        planner.instruments.journal.record(RunOpened(run="r-cut", targets_sha256="0" * 64))
        open_run(planner.instruments, ("d2",), None)
    (world.root / "targets.yaml").write_text(targets(NOWHERE, 2), encoding="utf-8")
    with planner_of(world) as planner:
        assert (planner.resume_runs(), planner.resume_runs()) == (1, 0)
        journal = planner.instruments.journal
        assert [one.body["run"] for one in journal.entries(kinds=("run.closed",))] == ["r-cut"]
        journal.follow()
        (gap,) = journal.entries(kinds=("gap",))
        assert gap.body["slot"] == "d2" and "no longer in targets.yaml" in str(gap.body["why"])
        (summary,) = planner.close_ended_runs()
        assert (summary.planned, summary.gaps) == (1, 1), "a run whose only slot was given up is not skipped for ever"
    assert world.slots_ended_otherwise() == []


def test_both_slots_of_a_deployment_that_goes_end_before_their_requests_are_made(world: FleetWorld) -> None:
    """The second party's too: under one vantage the two would be one request, and the run would never close."""
    with planner_of(world) as planner:
        journal = planner.instruments.journal
        journal.record(RunOpened(run="r-cut", targets_sha256="0" * 64))
        slots = tuple(PlannedSlot(slot=one, deployment="gone") for one in ("gone", "gone@notary"))
        journal.record(RunPlanned(run="r-cut", slots=slots))
    with planner_of(world) as planner:
        assert planner.resume_runs() == 2
        (summary,) = planner.close_ended_runs()
        assert (summary.planned, summary.gaps) == (2, 2)
    assert world.slots_ended_otherwise() == []


def test_a_slot_whose_deployment_goes_has_its_request_ended_and_counted(world: FleetWorld) -> None:
    with planner_of(world) as planner:
        planner.begin_run(("d1", "d2"))
    (world.root / "targets.yaml").write_text(targets(NOWHERE, 2), encoding="utf-8")
    world.ask("update auditor.request set give_up_at = clock_timestamp() returning id")
    with planner_of(world, patience=timedelta(0)) as planner:
        assert planner.resume_runs() == 0
        assert planner.give_up_overdue() == 1, "d1 alone: d2 has ended"
        (summary,) = planner.close_ended_runs()
        assert (summary.planned, summary.gaps) == (2, 2)
    assert world.slots_ended_otherwise() == []


def test_a_plan_that_was_cut_is_none(world: FleetWorld) -> None:
    slots = tuple(PlannedSlot(slot=name, deployment=name) for name in ("d0", "d1"))
    with planner_of(world) as planner:
        journal = planner.instruments.journal
        journal.record(RunOpened(run="r-cut", targets_sha256="0" * 64))
        journal.record(RunPlanned(run="r-cut", slots=slots, part=1, parts=3))
        assert (planner.resume_runs(), planner.resume_runs()) == (0, 0)
        assert planner.offer() == 0 and not journal.ledger.standing.runs
        (closed,) = journal.entries(kinds=("run.closed",))
        assert closed.body == {"run": "r-cut", "interrupted": True}
        assert not list(journal.ledger.slots_left())
    assert world.slots_ended_otherwise() == []


def test_a_run_of_what_nobody_declares_is_not_opened(world: FleetWorld) -> None:
    with planner_of(world) as planner:
        with pytest.raises(ConfigError, match="no such deployment"):
            planner.begin_run(("typo",))
        assert not list(planner.instruments.journal.entries(kinds=("run.opened",)))


def test_what_is_given_up_is_visited_by_nobody_and_given_up_once(world: FleetWorld) -> None:
    """Whether a worker begins first, or maintenance ends the slot first: the other one finds it so."""
    address = DatabaseAddress(world.database)
    with planner_of(world) as planner, connect(address, "auditor_worker", "worker") as worker:
        planner.begin_run(("d0", "d1"))
        FleetRoster(worker, address).register(WorkerState("w-1", "main", "h", 1, "s", 1))
        d0, d1 = (planner.requests.open(row[0]) for row in world.ask("select id from auditor.request order by 1"))
        assert d0 is not None and d1 is not None
        if d0.deployment == "d1":
            d0, d1 = d1, d0
        assert DatabaseLease(worker, address).take(["deployment d0", "deployment d1"]) == ""
        attempts = AttemptLog(worker, address)
        attempts.begin(d0.id, 1, "w-1", None, VisitIntended(intent=d0.id, run=d0.run, deployment="d0", slot="d0"))
        assert not planner.requests.give_up(d0, "test"), "it is being visited"
        assert [planner.requests.give_up(d1, "test") for _ in range(2)] == [True, False]
        intent = VisitIntended(intent=d1.id, run=d1.run, deployment="d1", slot="d1")
        with pytest.raises(LeaseLostError, match="not open"):
            attempts.begin(d1.id, 1, "w-1", None, intent)
        attempts.end(d0.id, GapRecorded(run=d0.run, deployment="d0", slot="", intent=d0.id, why="test"), "gap")
        with pytest.raises(VaultError, match="no gap of this request"):
            planner.requests.give_up(replace(d0, deployment="d1"), "another's")
        world.ask("update auditor.request set give_up_at = clock_timestamp() returning id")
        again = replace(VisitSlot(d0.run, "d0", planner.instruments.estate.deployments["d0"]), attempt=2).capture
        with pytest.raises(LeaseLostError, match="not open"):
            attempts.begin(d0.id, 2, "w-1", None, VisitIntended(intent=again, run=d0.run, deployment="d0", slot="d0"))
        assert planner.give_up_overdue() == 1
    assert world.slots_ended_otherwise() == []
    assert world.one("select count(*) from auditor.request where line is null") == 0


def test_what_a_gap_says_and_the_row_that_ends_stand_or_fall_together(world: FleetWorld) -> None:
    """Cut off between the two: neither is there, and it is done again."""
    with planner_of(world) as planner:
        planner.begin_run(("d0",))
        request = planner.requests.open(world.one("select id from auditor.request"))
        assert request is not None
        with psycopg.connect(world.database) as other:
            other.execute("select from auditor.head for update")  # nobody can append
            told: list[BaseException] = []

            def give_up() -> None:
                try:
                    planner.requests.give_up(request, "test")
                except CustodyError as error:
                    told.append(error)

            giving = threading.Thread(target=give_up)
            giving.start()
            world.until(
                "select count(*) > 0 from pg_stat_activity where wait_event_type = 'Lock'"
                " and query like '%%give_up%%' and datname = current_database()"
            )
            world.ask(
                "select pg_terminate_backend(pid) from pg_stat_activity where query like '%%auditor.give_up%%'"
                " and wait_event_type = 'Lock' and datname = current_database()"
            )
            giving.join(20)
        assert len(told) == 1
    with planner_of(world, patience=timedelta(0)) as planner:
        world.ask("update auditor.request set give_up_at = clock_timestamp() returning id")
        assert (planner.give_up_overdue(), planner.give_up_overdue()) == (1, 0)
    assert world.slots_ended_otherwise() == []


def begun(world: FleetWorld, planner: FleetPlanner, deployment: str) -> str:
    """An attempt of a worker that is gone; its intent."""
    address = DatabaseAddress(world.database)
    with connect(address, "auditor_worker", "worker gone") as connection:
        FleetRoster(connection, address).register(WorkerState("w-gone", "main", "h", 1, "s", 1))
        request, run = world.ask("select id, run from auditor.request where deployment = %s", deployment)[0]
        assert DatabaseLease(connection, address).take([f"deployment {deployment}"]) == ""
        intent = VisitIntended(intent=request, run=run, deployment=deployment, slot=deployment)
        AttemptLog(connection, address).begin(request, 1, "w-gone", None, intent)
        assert planner.end_lost_attempts() == [], "its session lives"
    return str(request)


def test_an_attempt_whose_session_is_gone_is_a_gap_and_is_tried_again(world: FleetWorld) -> None:
    with planner_of(world) as planner:
        planner.begin_run(())
        intent = begun(world, planner, "d1")
        lost: list[OpenAttempt] = []
        while not lost:
            lost = planner.end_lost_attempts()
        assert [one.intent for one in lost] == [intent] and planner.end_lost_attempts() == []
        planner.instruments.journal.follow()
        (gap,) = planner.instruments.journal.entries(kinds=("gap",))
        assert (gap.body["intent"], gap.body["slot"]) == (intent, "")
        assert not planner.instruments.journal.ledger.open_intents()
        assert planner.offer() == 2, "d1 waits a moment"
        world.ask("update auditor.request set next_try_at = clock_timestamp() returning id")
        assert planner.offer() == 1


def test_what_nobody_could_visit_in_time_ends_as_gaps_and_closes_the_run(world: FleetWorld) -> None:
    with planner_of(world, patience=timedelta(0)) as planner:
        planner.begin_run(("d0", "d1"))
        assert (planner.give_up_overdue(), planner.give_up_overdue()) == (2, 0)
        assert planner.offer() == 0
        (summary,) = planner.close_ended_runs()
        assert (summary.planned, summary.gaps, summary.complete) == (2, 2, 0)
        assert not planner.close_ended_runs()
        assert not list(planner.instruments.journal.ledger.slots_left())


def test_a_paused_vantage_is_offered_nothing_and_a_queue_is_kept_short(world: FleetWorld) -> None:
    with planner_of(world) as planner:
        planner.begin_run(())
        roster = FleetRoster(planner.connection, planner.address)
        roster.declare(Vantage("main", paused=True))
        assert planner.offer() == 0
        roster.declare(Vantage("main"))
        world.ask(
            "insert into auditor.request (id, run, deployment, vantage, slot, planned, due_at, give_up_at, next_try_at)"
            " select 'c-' || n, 'r', 'x' || n, 'main', 's', 'x' || n, now(), now() + interval '1 hour', now()"
            " from generate_series(1, 1500) as n returning id"
        )
        assert planner.offer() == 1000
        assert (planner.offer(), waiting_jobs(world)) == (0, 1000)
        change_queue(world, "delete from procrastinate_jobs")
        assert offer_requests(planner.connection, planner.address) == 1000, "the queue is thrown away and filled again"


def test_jobs_of_workers_that_are_gone_are_forgotten(world: FleetWorld) -> None:
    with planner_of(world) as planner:
        planner.begin_run(())
        planner.offer()
        change_queue(
            world,
            "with silent as (insert into procrastinate_workers values (default, now() - interval '1 hour')"
            " returning id),"
            " there as (insert into procrastinate_workers values (default, now()) returning id)"
            " update procrastinate_jobs as j set status = 'doing', worker_id = case when r.deployment = 'd0'"
            " then (select id from silent) else (select id from there) end"
            " from auditor.request as r where r.id = j.args ->> 'request'",
        )
        assert drop_stalled(planner.connection, planner.address) == 1
        assert planner.offer() == 1, "the one whose worker was silent"


def test_what_somebody_asks_for_is_begun_once_and_told_where_it_cannot_be(world: FleetWorld) -> None:
    told: list[str] = []
    places = FleetPlaces(DatabaseAddress(world.database), LocalEvidenceStore(world.root / "store"))
    maintenance = FleetMaintenance(Workspace(world.root), MaintenanceOptions(places, told=told.append))
    with planner_of(world) as planner:
        book = RequestBook(planner.connection, planner.address)
        asked = [book.wish(("d9",)), book.wish(("d1",))]
        maintenance._meet_wishes(planner, SchedulerPassResult())
        maintenance._meet_wishes(planner, SchedulerPassResult())
        outcomes = [book.wish_outcome(one) for one in asked]
    assert len(told) == 2 and "no such deployment" in told[0] and "is begun" in told[1]
    assert world.ask("select deployment from auditor.request") == [("d1",)]
    (run,) = world.ask("select distinct run from auditor.request")[0]
    assert outcomes[0].run == "" and "no such deployment" in outcomes[0].refused
    assert outcomes[1] == WishOutcome(run, "")


@pytest.mark.parametrize("planned", [True, False], ids=["with its plan", "before its plan"])
def test_what_somebody_asks_for_becomes_one_run_wherever_it_is_interrupted(world: FleetWorld, planned: bool) -> None:
    places = FleetPlaces(DatabaseAddress(world.database), LocalEvidenceStore(world.root / "store"))
    maintenance = FleetMaintenance(Workspace(world.root), MaintenanceOptions(places))
    with planner_of(world) as planner:
        planner.requests.wish(("d1",))
        (wish,) = planner.requests.wishes()
        planner.requests.wish_becomes(wish.id, "r-cut")
        if planned:
            open_run(planner.instruments, wish.only, None, "r-cut")
        else:
            planner.instruments.journal.record(RunOpened(run="r-cut", targets_sha256="0" * 64))
    with planner_of(world) as planner:
        planner.resume_runs()
        maintenance._meet_wishes(planner, SchedulerPassResult())
        maintenance._meet_wishes(planner, SchedulerPassResult())
        assert not planner.requests.wishes()
    found = world.ask("select run = 'r-cut', deployment from auditor.request")
    assert found == [(planned, "d1")]


def test_maintenance_says_that_it_is_ready_once_it_leads_or_could(world: FleetWorld, tmp_path: Path) -> None:
    address = DatabaseAddress(world.database)

    def maintenance(root: Path) -> tuple[FleetMaintenance, list[str]]:
        said: list[str] = []

        def notify(state: str) -> None:
            said.append(f"{state}, {world.one('select count(*) from auditor.estate')} published")
            made.stop.set()

        places = FleetPlaces(address, LocalEvidenceStore(world.root / "store"))
        made = FleetMaintenance(Workspace(root), MaintenanceOptions(places, 0.1, notify=notify))
        return made, said

    empty = tmp_path / "empty"
    empty.mkdir()
    without_key, said = maintenance(empty)
    with pytest.raises(ConfigError, match="the log's key is not here"):
        without_key.run()
    with connect(address, "auditor_maintenance") as other:
        assert DatabaseLease(other, address).take(["maintenance"]) == ""
        with pytest.raises(ConfigError, match="the log's key is not here"):
            without_key.run()
        assert said == []
        standing_by, said = maintenance(world.root)
        standing_by.run()
        assert said[0] == "READY=1, 0 published"
    leading, said = maintenance(world.root)
    leading.run()
    assert said == ["READY=1, 1 published"]


def session_of(world: FleetWorld, name: str) -> bool:
    """Whether a session of that name lives."""
    return bool(world.one("select count(*) from pg_stat_activity where application_name = %s", name))


def test_the_session_of_an_old_attempt_is_ended_and_nobody_else_s(world: FleetWorld) -> None:
    """By the longest that a visit of these settings may last; another session may have the deployment by then."""
    address = DatabaseAddress(world.database)
    text = (world.root / "targets.yaml").read_text(encoding="utf-8")
    (world.root / "targets.yaml").write_text(f"{text}browser: {{visit_seconds: 7200}}\n", encoding="utf-8")
    with planner_of(world) as planner, ExitStack() as stack:
        planner.begin_run(("d1",))
        planner.begin_run(("d1",))
        (first, run), (second, later) = world.ask("select id, run from auditor.request order by due_at")
        old, new = (stack.enter_context(connect(address, "auditor_worker", name)) for name in ("old", "new"))
        FleetRoster(old, address).register(WorkerState("w-1", "main", "h", 1, "s", 1))
        assert DatabaseLease(old, address).take(["deployment d1"]) == ""
        intent = VisitIntended(intent=first, run=run, deployment="d1", slot="d1")
        AttemptLog(old, address).begin(first, 1, "w-1", None, intent)
        world.ask("update auditor.attempt set began_at = began_at - interval '1 hour' returning intent")
        assert not planner.end_lost_attempts() and session_of(world, "old"), "visits of these settings may last longer"
        DatabaseLease(old, address).give_back(["deployment d1"])
        assert DatabaseLease(new, address).take(["deployment d1"]) == ""
        world.ask("update auditor.attempt set began_at = began_at - interval '2 hours' returning intent")
        intent = VisitIntended(intent=second, run=later, deployment="d1", slot="d1")
        AttemptLog(new, address).begin(second, 1, "w-1", None, intent)
        assert [one.intent for one in planner.end_lost_attempts()] == [first], "whoever has its lease now"
        assert session_of(world, "old") and session_of(world, "new"), "the one has no lease, the other another attempt"
        with pytest.raises(LeaseLostError, match="has ended"):
            AttemptLog(old, address).take_up(first)
        world.ask(
            "update auditor.attempt set began_at = began_at - interval '3 hours' where ended_at is null returning 1"
        )
        assert [one.intent for one in planner.end_lost_attempts()] == [second] and not session_of(world, "new")


def test_a_slot_ends_whoever_has_the_lease_of_an_attempt_at_it(world: FleetWorld) -> None:
    """A session that is not the attempt's own keeps the lease for ever: it is no visit, and cannot be ended."""
    address = DatabaseAddress(world.database)
    with planner_of(world) as planner, connect(address, "auditor_worker", "one") as one:
        planner.begin_run(("d1",))
        ((request, run),) = world.ask("select id, run from auditor.request")
        FleetRoster(one, address).register(WorkerState("w-1", "main", "h", 1, "s", 1))
        assert DatabaseLease(one, address).take(["deployment d1"]) == ""
        AttemptLog(one, address).begin(
            request, 1, "w-1", None, VisitIntended(intent=request, run=run, deployment="d1", slot="d1")
        )
        DatabaseLease(one, address).give_back(["deployment d1"])
        with connect(address, "auditor_worker", "other") as other:
            assert DatabaseLease(other, address).take(["deployment d1"]) == ""
            world.ask("update auditor.request set give_up_at = clock_timestamp() returning id")
            assert [lost.intent for lost in planner.end_lost_attempts()] == [request]
            assert planner.give_up_overdue() == 1
            assert [one.planned for one in planner.close_ended_runs()] == [1]


def test_how_long_a_visit_may_last_follows_the_settings(world: FleetWorld) -> None:
    with planner_of(world) as planner:
        estate = planner.instruments.estate
    longer = replace(estate, browser=replace(estate.browser, visit_seconds=estate.browser.visit_seconds + 3600))
    assert longest_visit(estate) == 1800 and longest_visit(longer) == 5400


def test_a_host_that_asks_for_longer_than_a_run_waits_is_not_waited_for(world: FleetWorld) -> None:
    text = (world.root / "targets.yaml").read_text(encoding="utf-8").replace("127.0.0.1:9/d1", "127.0.0.2:9/d1")
    (world.root / "targets.yaml").write_text(text, encoding="utf-8")
    with planner_of(world) as planner, connect(planner.address, "auditor_worker") as worker:
        planner.begin_run(())
        book, attempts = RequestBook(worker, planner.address), AttemptLog(worker, planner.address)
        ((name, run),) = world.ask("select id, run from auditor.request where deployment = 'd2'")
        FleetRoster(worker, planner.address).register(WorkerState("w-1", "main", "h", 1, "s", 1))
        assert DatabaseLease(worker, planner.address).take(["deployment d2"]) == ""
        attempts.begin(name, 1, "w-1", None, VisitIntended(intent=name, run=run, deployment="d2", slot="d2"))
        book.hold_host(name, "127.0.0.1", 500)
        assert book.take_host("127.0.0.2", 5000) == 0, "left alone by the fleet's own rule, which nobody asked for"
        assert planner.give_up_held() == 0, "600 s are waited"
        world.ask("update auditor.host set ready_at = 'infinity', held_until = 'infinity' returning name")
        assert planner.give_up_held() == 0, "further ahead than any host may ask for: a clock was wrong"
        assert book.take_host("127.0.0.1", 1) == 0 and book.take_host("127.0.0.1", 1) > 0
        book.hold_host(name, "127.0.0.1", 5000)
        assert book.take_host("127.0.0.1", 1) > 4000
        attempts.end(name, GapRecorded(run=run, deployment="d2", slot="", intent=name, why="gone"), "gap")
        world.ask("update auditor.request set due_at = due_at + interval '1 hour' where deployment = 'd2' returning id")
        assert (planner.give_up_held(), planner.give_up_held()) == (1, 0)
        planner.instruments.journal.follow()
        _, gap = planner.instruments.journal.entries(kinds=("gap",))
        assert gap.body["slot"] == "d0"
        assert gap.body["why"] == (
            f"worker w-1 says of its visit {name} that host 127.0.0.1 asked to be left alone for 5000 s more; a run"
            " waits at most 600 s"
        )


def test_a_gap_says_what_was_there_and_what_was_not(world: FleetWorld) -> None:
    with planner_of(world) as planner:
        planner.begin_run(("d0",))
        request = planner.requests.open(world.one("select id from auditor.request"))
        assert request is not None

        def why() -> str:
            return why_overdue(request, planner.requests.story(request))

        assert why() == "vantage main had no worker in time"
        roster = FleetRoster(planner.connection, planner.address)
        roster.declare(Vantage("main", paused=True))
        assert why() == "vantage main was given no work: it is paused"
        with connect(planner.address, "auditor_worker") as connection:
            worker = WorkerState("w-1", "main", "h", 1, "s", 1, refused="its clock is wrong")
            FleetRoster(connection, planner.address).register(worker)
            FleetRoster(connection, planner.address).register(replace(worker, id="w-2", vantage="lan", refused=""))
        assert why() == "no worker of vantage main got work in time: its clock is wrong"
        with connect(planner.address, "auditor_worker") as connection:
            FleetRoster(connection, planner.address).register(replace(worker, id="w-3", refused=""))
        assert why() == "none of 1 workers that vantage main had could begin it in time"
        begun(world, planner, "d0")
        while not planner.end_lost_attempts():
            pass
        said = "none of 1 attempts at it was kept in time; the last: worker w-gone was gone before the capture was kept"
        assert why() == said


def aged(world: FleetWorld, days: int) -> None:
    """Everything happened so many days earlier."""
    for table, columns in {
        "request": ("due_at", "give_up_at", "ended_at"),
        "attempt": ("began_at", "ended_at"),
        "worker": ("began_at", "seen_at"),
        "host": ("ready_at", "held_until"),
    }.items():
        moved = ", ".join(f"{one} = {one} - interval '{days} days'" for one in columns)
        world.ask(f"update auditor.{table} set {moved} returning 1")


def rows(world: FleetWorld) -> tuple[int, ...]:
    tables = ("request", "attempt", "worker", "host")
    return tuple(world.one(f"select count(*) from auditor.{one}") for one in tables)


def test_what_ended_long_ago_is_removed_once_its_run_is_closed(world: FleetWorld) -> None:
    """The lines stay; a host that is waited for, and who was there for what has no end yet, too."""
    with planner_of(world, timedelta(0)) as planner, connect(planner.address, "auditor_worker") as worker:
        planner.begin_run(())
        world.ask(
            "update auditor.request set give_up_at = now() + interval '1 hour' where deployment = 'd0' returning 1"
        )
        begun(world, planner, "d0")
        while not planner.end_lost_attempts():
            pass
        FleetRoster(worker, planner.address).register(WorkerState("w-2", "main", "h", 1, "s", 1))
        FleetRoster(worker, planner.address).register(WorkerState("w-3", "lan", "h", 1, "s", 1))
        RequestBook(worker, planner.address).take_host("old", 1)
        assert planner.give_up_overdue() == 2
        aged(world, 91)
        RequestBook(worker, planner.address).take_host("new", 1)
        with pytest.raises(VaultError, match="no lease of maintenance"):
            planner.forget_ended()
        assert DatabaseLease(planner.connection, planner.address).take(["maintenance"]) == ""
        assert planner.forget_ended() == 2 and rows(world) == (3, 1, 2, 1), (
            "w-3 and the old host alone: the run is open"
        )
        assert planner.give_up_overdue() == 1
        world.ask(
            "update auditor.request set ended_at = now() - interval '89 days' where deployment = 'd1' returning 1"
        )
        world.ask(
            "update auditor.request set ended_at = now() - interval '91 days' where deployment = 'd0' returning 1"
        )
        planner.instruments.journal.follow()
        assert [one.gaps for one in planner.close_ended_runs()] == [3]
        DatabaseLease(planner.connection, planner.address).give_back(["maintenance"])
    places = FleetPlaces(DatabaseAddress(world.database), LocalEvidenceStore(world.root / "store"))
    maintenance = FleetMaintenance(Workspace(world.root), MaintenanceOptions(places))
    for _ in range(2):
        assert maintenance.once() is not None and rows(world) == (1, 0, 0, 1)
    assert world.one("select count(*) from auditor.ledger where kind in ('intent', 'gap', 'plan')") == 6
    assert world.slots_ended_otherwise() == []


def test_what_is_open_of_a_run_is_looked_through_in_portions(world: FleetWorld) -> None:
    with planner_of(world) as planner:
        run = planner.begin_run(("d0",)).id
        world.ask(
            "insert into auditor.request (id, run, deployment, vantage, slot, planned, due_at, give_up_at, next_try_at)"
            " select 'c-' || n, %s, 'd' || n / 20000, 'main', n, 'd0', now(), now() + interval '1 hour', now()"
            " from generate_series(1, 20010) as n returning 1",
            run,
        )
        assert len({one.id for one in planner.requests.open_of(run)}) == 20011
        (world.root / "targets.yaml").write_text(targets(NOWHERE, 1), encoding="utf-8")
    with planner_of(world) as planner:
        tracemalloc.start()
        try:
            assert planner.resume_runs() == 0
            assert tracemalloc.get_traced_memory()[1] < 4 << 20
        finally:
            tracemalloc.stop()
    assert world.ask("select deployment, count(*) from auditor.request where ended_at is not null group by 1") == [
        ("d1", 11)
    ]


def said(told: list[str], text: str, times: int = 1) -> None:
    """Wait until a line with this was told so often."""
    stop = time.monotonic() + 30
    while sum(text in one for one in told) < times:
        assert time.monotonic() < stop, told
        time.sleep(0.05)


def test_what_is_refused_for_a_while_ends_no_maintenance(world: FleetWorld) -> None:
    """The database takes no lines; then another process has the folder."""
    told: list[str] = []
    places = FleetPlaces(DatabaseAddress(world.database), LocalEvidenceStore(world.root / "store"))
    maintenance = FleetMaintenance(Workspace(world.root), MaintenanceOptions(places, 0.1, told=told.append))
    with ThreadPoolExecutor(1) as beside, psycopg.connect(world.database, autocommit=True) as owner:
        working = beside.submit(maintenance.run)
        try:
            said(told, "this process leads")
            owner.execute("set default_transaction_read_only = off")
            name = owner.info.dbname
            owner.execute(f'alter database "{name}" set default_transaction_read_only = on'.encode())
            owner.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
                " and datname = current_database()"
            )
            said(told, "takes no lines", 2)
            with ExitStack() as stack:
                while True:
                    with suppress(VaultError):
                        stack.enter_context(lock_workspace(world.root))
                        break
                owner.execute(f'alter database "{name}" reset default_transaction_read_only'.encode())
                told.clear()
                said(told, "in use", 2)
            said(told, "this process leads")
        finally:
            maintenance.stop.set()
        working.result(30)


def test_what_a_clock_that_was_ahead_planned_ends_as_gaps_and_closes_its_run(world: FleetWorld) -> None:
    with planner_of(world) as planner:
        planner.begin_run(("d0", "d1"))
        world.ask("update auditor.request set due_at = now() + interval '47 hours' returning 1")
        assert planner.give_up_overdue() == 0
        later = "due_at = '2099-01-01Z', give_up_at = '2099-01-02Z', next_try_at = '2099-01-01Z'"
        world.ask(f"update auditor.request set {later} returning 1")
        assert [one.requests.ahead for one in fleet_status(world.database).vantages] == [2]
        assert (planner.give_up_overdue(), planner.give_up_overdue()) == (2, 0)
        planner.instruments.journal.follow()
        whys = {str(one.body["why"]) for one in planner.instruments.journal.entries(kinds=("gap",))}
        assert whys == {"it was planned for 2099-01-01T00:00:00.000000Z, by a clock that was ahead"}
        assert [one.gaps for one in planner.close_ended_runs()] == [2]
