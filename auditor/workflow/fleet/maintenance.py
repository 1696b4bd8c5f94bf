"""The process that holds the log's key: it plans, gives up, seals, signs and tells, one at a time in a fleet.

Others may stand by: who has the lease `maintenance` works, and the lease ends with its connection. Every pass begins by
what the ledger and the rows say, so that one that was interrupted is gone on with by the next.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from auditor.clock import monotonic
from auditor.errors import AuditorError, AwayError, ConfigError, OutcomeUnknownError, VaultError
from auditor.fleet import (
    LEADER,
    DatabaseLease,
    FleetConnection,
    FleetRoster,
    IdleHolderWatch,
    S3EvidenceStore,
    carrying_from,
    connect,
    mark_store,
    require_own_place,
    require_queue,
    require_schema,
)
from auditor.workflow.alerts.telling import FleetTeller
from auditor.workflow.audit.maintenance import scrub_share, seal_waiting
from auditor.workflow.audit.run_summary import RunSummary
from auditor.workflow.audit.witness_submission import refusing_witnesses, submit_to_witnesses
from auditor.workflow.fleet.planning import FleetPlanner
from auditor.workflow.fleet.second_party import pair_captures
from auditor.workflow.fleet.status import why_unread, why_usurped
from auditor.workflow.fleet.wiring import (
    FleetPlaces,
    TargetsWatch,
    box_keys,
    open_maintenance,
    require_maintainable,
)
from auditor.workflow.relocation.store_trials import record_trial
from auditor.workflow.replica.acting import publish_left
from auditor.workflow.schedule import SchedulerPassResult, adopt_schedules, take_turn
from auditor.workflow.wiring import Instruments, key_passphrase
from auditor.workspace import Workspace

LOGGER = logging.getLogger("auditor.workflow")

SEAL_SECONDS, SEALED_AT_ONCE, SEALERS = 10.0, 100, 8
"""Between two askings for timestamps, how many packages are sealed in one, and how many of them at the same time."""
CHECKPOINT_LINES = 256
"""So many lines that no checkpoint covers are signed and stamped; fewer once a day has passed."""


@dataclass(frozen=True, slots=True)
class MaintenanceOptions:
    """How maintenance works."""

    places: FleetPlaces
    tick_seconds: float = 5.0
    patience: timedelta = timedelta(hours=6)
    """How long after its moment a request may still be tried."""
    told: Callable[[str], None] = lambda line: None
    notify: Callable[[str], None] = lambda state: None


@dataclass
class FleetMaintenance:
    """Maintenance of one fleet."""

    workspace: Workspace
    options: MaintenanceOptions
    stop: threading.Event = field(default_factory=threading.Event)
    _begun: bool = False
    """Whether it has led, or could as soon as the one that leads ends."""
    _kept_back: type[AuditorError] | None = None
    """What kept that from the store which acts left, when it was tried last."""
    _marking: threading.Thread | None = None
    _unmarked: AuditorError | None = None
    """Why the store has no mark of this fleet yet."""
    _unsealed: bool = False
    """Whether the store kept from being sealed what waits for it, when that was tried last."""
    _marked: str = ""
    """The fleet's key for secrets, once its mark is in the store."""
    _idle: IdleHolderWatch = field(default_factory=IdleHolderWatch)
    """Sessions that may be ended."""

    def run(self) -> None:
        """Work, or stand by, until asked to stop. Once it has begun, what the database, the store or the folder refuses
        is told, waited for and tried again; of a line of which nobody told whether it was kept, the ledger tells when
        it is opened again.

        `ConfigError`, `AwayError` where it cannot begin; `IntegrityError` where the ledger is not what its head signs.
        """
        with connect(self.options.places.address, "auditor_maintenance", "maintenance") as first:
            require_schema(first, self.options.places.address)
            require_queue(first, self.options.places.address)
        while not self.stop.is_set():
            try:
                self._lead()
            except (VaultError, ConfigError) as error:
                if not self._begun:
                    raise
                LOGGER.warning("maintenance waits: %s", error)
                self.options.told(str(error))
                self.stop.wait(self.options.tick_seconds)

    def once(self, only: tuple[str, ...] | None = None) -> SchedulerPassResult | None:
        """One pass over everything that is due; `only`: begin a run of these deployments (all where empty) first.

        What was missed, and the runs that ended; None where another process leads. Raises as `run`.
        """
        done = SchedulerPassResult()
        with ExitStack() as stack:
            connection = self._led(stack)
            if connection is None:
                return None
            instruments = self._opened(stack, connection)
            planner = self._planner(instruments, connection)
            self._publish(planner)
            planner.resume_runs()
            if only is not None:
                planner.begin_run(only)
            with self._teller(planner) as teller:
                self._take_turns(planner, teller, instruments.clock(), done)
                done.visited += self._pass(planner)
                teller.tell()
                teller.look_through()
                teller.tell()
            self._seal(planner)
            done.refused_by += refusing_witnesses(instruments.journal, instruments.estate)
        return done

    def _led(self, stack: ExitStack) -> FleetConnection | None:
        connection = connect(self.options.places.address, "auditor_maintenance", "maintenance")
        stack.callback(connection.close)
        lease = DatabaseLease(connection, self.options.places.address)
        if not lease.take([LEADER]):
            stack.callback(_give_back, lease)
            return connection
        self._end_idle(connection)
        if user := FleetRoster(connection, self.options.places.address).usurper():
            self.options.told(why_usurped(user))
        return None

    def _end_idle(self, connection: FleetConnection) -> None:
        for one in self._idle.end(connection, self.options.places.address, monotonic()):
            LOGGER.warning("session ended: %s", one.told)
            self.options.told(f"{one.told}: that session was ended; ask who it was")

    def _opened(self, stack: ExitStack, connection: FleetConnection) -> Instruments:
        claims = DatabaseLease(connection, self.options.places.address)
        return stack.enter_context(open_maintenance(self.workspace, self.options.places, claims))

    def _planner(self, instruments: Instruments, connection: FleetConnection) -> FleetPlanner:
        return FleetPlanner(instruments, connection, self.options.places.address, self.options.patience)

    def _publish(self, planner: FleetPlanner) -> None:
        planner.publish_estate()
        self._mark(planner)

    def _mark(self, planner: FleetPlanner) -> None:
        """Once, and as soon as the store answers, in a thread: what else is to be done does not wait for it."""
        store, box = self.options.places.store, planner.instruments.journal.ring.box
        under_way = self._marking is not None and self._marking.is_alive()
        if under_way or self._marked == box or not isinstance(store, S3EvidenceStore):
            return
        boxes = box_keys(planner.instruments.journal)

        def mark() -> None:
            try:
                require_own_place(store.bucket, boxes)
                mark_store(store.bucket, box)
                self._marked, self._unmarked = box, None
            except AuditorError as error:
                self._unmarked = error

        self._marking = threading.Thread(target=mark, name="mark", daemon=True)
        self._marking.start()

    def _require_marked(self, planner: FleetPlanner) -> None:
        """Before timestamps are put there. `ConfigError` where its place is
        another fleet's, `AwayError` where nobody can say."""
        self._mark(planner)
        if self._marking is not None:
            self._marking.join()
        if self._unmarked is not None:
            raise self._unmarked

    def _teller(self, planner: FleetPlanner) -> FleetTeller:
        lease = DatabaseLease(planner.connection, planner.address)
        return FleetTeller(planner.instruments, lease, self.options.told, planner.unread.by_run)

    def _lead(self) -> None:
        with ExitStack() as stack:
            connection = self._led(stack)
            if connection is None:
                if not self._begun:
                    require_maintainable(self.workspace)
                self._say_begun()
                self.options.notify("WATCHDOG=1")
                self.stop.wait(self.options.tick_seconds)
                return
            instruments = self._opened(stack, connection)
            planner = self._planner(instruments, connection)
            if self.options.places.trial is not None:
                record_trial(instruments.journal, self.options.places.trial)
            self._publish(planner)
            planner.resume_runs()
            self.options.told("maintenance: this process leads")
            self._say_begun()
            since = instruments.clock()
            sealed_at = -SEAL_SECONDS
            teller = stack.enter_context(self._teller(planner))
            watch = TargetsWatch(self.workspace, instruments.estate.sources, self.options.told)
            while not self.stop.is_set() and not watch.changed():
                self._take_turns(planner, teller, since, SchedulerPassResult())
                self._pass(planner)
                teller.tell()
                self.options.notify("WATCHDOG=1")
                if monotonic() - sealed_at >= SEAL_SECONDS:
                    self._seal_where_it_can(planner)
                    sealed_at = monotonic()
                self.options.notify("WATCHDOG=1")
                self.stop.wait(self.options.tick_seconds)

    def _say_begun(self) -> None:
        if not self._begun:
            self._begun = True
            self.options.notify("READY=1")

    def _take_turns(
        self, planner: FleetPlanner, teller: FleetTeller, since: datetime, done: SchedulerPassResult
    ) -> None:
        """What was missed since then is recorded, what is due or was asked for is begun."""
        for line in adopt_schedules(planner.instruments):
            self._tell(done, line)
        while (turn := take_turn(planner.instruments, since)) is not None:
            teller.missed(turn.missed)
            for gap in turn.missed:
                done.missed.append(gap.slot.id)
                self.options.told(f"{gap.slot.id}: missed, recorded as a gap")
            if turn.run is not None:
                done.begun.append(planner.begin_run((), turn.run).id)
                self._tell(done, f"{turn.run.slot.id}: run {done.begun[-1]} is begun, workers visit")
        self._meet_wishes(planner, done)

    def _meet_wishes(self, planner: FleetPlanner, done: SchedulerPassResult) -> None:
        for wish in planner.requests.wishes():
            try:
                done.begun.append(planner.begin_run(wish.only, wish=wish.id).id)
                self._tell(done, f"run {done.begun[-1]} was asked for and is begun, workers visit")
            except ConfigError as error:
                self._tell(done, f"a run that was asked for is not begun: {error}")
                planner.requests.refuse_wish(wish.id, str(error))

    def _tell(self, done: SchedulerPassResult, line: str) -> None:
        done.notes.append(line)
        self.options.told(line)

    def _pass(self, planner: FleetPlanner) -> list[tuple[str, RunSummary]]:
        """What ended, was given up or is due. The runs that ended, each with its slot."""
        planner.instruments.journal.follow()
        self._end_idle(planner.connection)
        for lost in planner.end_lost_attempts():
            self.options.told(f"{lost.deployment}: worker {lost.worker} is gone; the visit is tried again")
        planner.give_up_held()
        planner.give_up_overdue()
        planner.offer()
        closed = planner.close_ended_runs()
        for summary in closed:
            counts = f"{summary.complete} complete, {summary.partial} partial, {summary.failed} failed"
            counts += f", {summary.gaps} not visited" + (f", {why_unread(summary.unread)}" if summary.unread else "")
            self.options.told(f"run {summary.run}: {summary.planned} planned, {counts}")
        return [(planner.requests.slot_of(one.run), one) for one in closed]

    def _publish_left(self) -> None:
        """Put into the store what acts journalled while it was away; where it still is, that is tried again."""
        try:
            for done in publish_left(self.workspace.home, key_passphrase()):
                self.options.told(done)
            self._kept_back = None
        except AuditorError as error:
            if type(error) is not self._kept_back:  # once, not each time
                self._kept_back = type(error)
                LOGGER.warning("not in the store yet: %s", error)
                self.options.told(f"what acts left in acting/ is not in the store yet: {error}")

    def _seal_where_it_can(self, planner: FleetPlanner) -> None:
        """A store that is away keeps nothing else from going on; of a database that is, whatever asks it next tells."""
        try:
            self._seal(planner)
            self._unsealed = False
        except AwayError as error:
            if not self._unsealed:  # once, not each time
                LOGGER.warning("not sealed: %s", error)
                self.options.told(str(error))
            self._unsealed = True

    def _seal(self, planner: FleetPlanner) -> None:
        """What acts left, timestamps for what waits, the signed root, a share of the scrub; what fails comes again."""
        instruments = planner.instruments
        self._require_marked(planner)
        self._publish_left()
        instruments.journal.follow()
        try:
            # Nobody else stamps what workers brought: packages of runs that go on, too.
            held = pair_captures(instruments.journal, instruments.estate, planner.requests)
            seal_waiting(instruments, SEALED_AT_ONCE, every_run=True, at_once=SEALERS, left=held)
            planner.checkpoint_if_due(CHECKPOINT_LINES, lambda made: submit_to_witnesses(instruments, made))
            planner.forget_ended()  # once what is told from the rows is in the ledger, as pairs
            store = self.options.places.store
            carrying = partial(carrying_from, store.bucket) if isinstance(store, S3EvidenceStore) else None
            for capture in planner.look_again():
                self.options.told(f"the package of capture {capture} can be read now")
            for line in scrub_share(instruments, carrying):
                self.options.told(line)
        except (AwayError, OutcomeUnknownError):
            raise
        except AuditorError as error:
            LOGGER.warning("not sealed: %s", error)
            self.options.told(str(error))


def _give_back(lease: DatabaseLease) -> None:
    """So that whoever comes next need not wait until the database has seen that this session ended."""
    with suppress(VaultError, ConfigError):
        lease.give_back([LEADER])
