"""The process behind `auditor schedule`: APScheduler wakes one worker, signals end it, the journal remembers."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from types import FrameType
from typing import Protocol

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from auditor.clock import Clock, now
from auditor.errors import AuditorError
from auditor.model.events import (
    JournalEvent,
    SchedulerFailed,
    SchedulerStarted,
    SchedulerStopped,
    SlotMisfired,
    SlotOverlapped,
)
from auditor.model.targets.estate import Digest, Schedule
from auditor.planning import BusyPeriod, ScheduleHistory
from auditor.scheduler.trigger import ScheduleTrigger
from auditor.workflow import (
    LONG_LIVED,
    EstateMemory,
    HeldWorkspace,
    Instruments,
    SchedulerPassResult,
    adopt_schedules,
    hold_workspace,
    is_anything_due,
    open_standing,
    read_schedule_history,
    read_targets,
    run_due_schedules,
)
from auditor.workspace import Workspace

LOGGER = logging.getLogger("auditor.scheduler")

TICK_SECONDS = 30
"""How often the journal and the clock are compared: finds what a jump of the clock or a busy workspace left behind."""
STANDING = "standing"
"""The job that judges again what changed, in a thread of its own: no run waits for it."""
STANDING_SECONDS = 20
"""How often it looks, and how long it goes on at most."""
DAILY_SECONDS = 6 * 3600
MAX_BUSY_PERIODS = 200
SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class SchedulerOptions:
    """How this process works."""

    sandbox: bool | None = None
    concurrency: int | None = None
    print_line: Callable[[str], None] = print
    clock: Clock = now
    tick_seconds: float = TICK_SECONDS
    standing_seconds: float = STANDING_SECONDS


class EventRecorder(Protocol):
    """The journal, as far as it is written here."""

    def record(self, event: JournalEvent) -> object:
        """Add one event and flush it to the disk."""


@dataclass
class SchedulerEngine:
    """One scheduler on one workspace, which it holds as long as it lives; other commands work through it meanwhile."""

    workspace: Workspace
    options: SchedulerOptions = field(default_factory=SchedulerOptions)

    def __post_init__(self) -> None:
        self._stopping = threading.Event()
        self._awake_since = self.options.clock()
        self._last_pass_at = self._awake_since
        self._busy_periods: deque[BusyPeriod] = deque(maxlen=MAX_BUSY_PERIODS)
        self._pending: deque[JournalEvent] = deque(maxlen=1000)
        self._history = ScheduleHistory()
        self._schedules: Mapping[str, Schedule] = {}
        self._digest: Digest | None = None
        self._files: dict[str, int] = {}
        self._estate = EstateMemory()
        self._last_failure = ""
        self._standing_failure: type[AuditorError] | None = None
        self._held: HeldWorkspace | None = None

    def once(self) -> SchedulerPassResult:
        """Do what is due now and end: for cron or a systemd timer instead of a process of its own."""
        with self._signals():
            self._read_targets()
            with self._holding():
                return self._run_pass()

    def run(self) -> None:
        """Keep the schedules until SIGTERM or SIGINT; visits under way are finished, the rest is recorded."""
        self._read_targets()
        with self._signals(), self._holding() as held:
            with self._instruments() as instruments:
                names = tuple(sorted(self._schedules))
                instruments.journal.record(SchedulerStarted(process=os.getpid(), schedules=names))
                LOGGER.info("scheduler started: schedules=%s", ",".join(names))
                for line in adopt_schedules(instruments):
                    self._print_and_log(logging.INFO, line)
                self._history = read_schedule_history(instruments)
            scheduler = self._scheduler()
            scheduler.start()
            try:
                self._stopping.wait()
            finally:
                scheduler.shutdown(wait=True)
            held.stop_serving()
            self._journal_stop(held)

    def _journal_stop(self, held: HeldWorkspace) -> None:
        try:
            self._write_pending(held.custody.journal)
            held.custody.journal.record(SchedulerStopped(process=os.getpid()))
            LOGGER.info("scheduler stopped")
        except AuditorError as error:
            self._print_and_log(logging.ERROR, f"the end could not be journalled: {error}")

    def _scheduler(self) -> BackgroundScheduler:
        # One worker: runs never overlap, and whatever has to wait is found in the journal when its turn comes.
        scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1), STANDING: ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1},
            timezone=UTC,
        )
        scheduler.add_listener(self._on_job_event, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        self._add_jobs(scheduler)
        scheduler.add_job(
            self._tick,
            IntervalTrigger(seconds=self.options.tick_seconds, timezone=UTC),
            args=(scheduler,),
            id="tick",
            next_run_time=now(),  # by the system clock, by which APScheduler itself goes
            misfire_grace_time=None,
        )
        scheduler.add_job(
            self._keep_standing,
            IntervalTrigger(seconds=self.options.standing_seconds, timezone=UTC),
            id=STANDING,
            executor=STANDING,
            misfire_grace_time=None,
        )
        return scheduler

    def _keep_standing(self) -> None:
        """Judge again what changed, beside whatever runs; what is left is taken up the next time."""
        try:
            with open_standing(self.workspace, clock=self.options.clock, memory=self._estate) as standing:
                standing.refresh(seconds=self.options.standing_seconds, stop=self._stopping.is_set)
            self._standing_failure = None
        except AuditorError as error:  # what is kept can be thrown away: no run waits for it
            if type(error) is not self._standing_failure:  # once, not each time
                self._standing_failure = type(error)
                LOGGER.warning("standing index not kept: %s", str(error).splitlines()[0])

    def _add_jobs(self, scheduler: BackgroundScheduler) -> None:
        for job in scheduler.get_jobs():
            if job.id not in {"tick", STANDING} and job.id.removeprefix("schedule ") not in self._schedules:
                job.remove()
        for schedule in self._schedules.values():
            scheduler.add_job(
                self._wake,
                ScheduleTrigger(schedule),
                id=f"schedule {schedule.id}",
                replace_existing=True,
                misfire_grace_time=schedule.grace_seconds,
            )

    def _on_job_event(self, event: JobEvent) -> None:
        """APScheduler's own observations, for the journal; written when the workspace is next held."""
        if event.job_id in {"tick", STANDING} and event.code != EVENT_JOB_ERROR:
            return
        planned = getattr(event, "scheduled_run_time", None) or next(
            iter(getattr(event, "scheduled_run_times", ())), None
        )
        schedule = event.job_id.removeprefix("schedule ")
        if event.code == EVENT_JOB_ERROR:
            why = type(event.exception).__name__
            self._pending.append(SchedulerFailed(why=why, schedule=schedule, planned=planned))
        else:
            made = SlotMisfired if event.code == EVENT_JOB_MISSED else SlotOverlapped
            self._pending.append(made(schedule=schedule, planned=planned))

    def _wake(self) -> None:
        """A schedule's moment has come."""
        if not self._stopping.is_set():
            self._run_pass_safely()

    def _tick(self, scheduler: BackgroundScheduler) -> None:
        if self._stopping.is_set():
            return
        if self._targets_changed():
            try:
                self._read_targets()
            except AuditorError as error:
                self._note_failure(f"targets.yaml was changed and is refused; the schedules read before stay: {error}")
            else:
                LOGGER.info("targets.yaml was changed and is read anew: schedules=%d", len(self._schedules))
                self._add_jobs(scheduler)
        at = self.options.clock()
        since_last_pass = (at - self._last_pass_at).total_seconds()
        if (
            self._pending
            or since_last_pass > DAILY_SECONDS
            or is_anything_due(self._schedules.values(), self._history, at, self._digest)
        ):
            self._run_pass_safely()

    def _run_pass_safely(self) -> None:
        """The scheduler job's boundary: what goes wrong is told and journalled, and the next waking tries again."""
        try:
            self._run_pass()
            self._last_failure = ""
        except AuditorError as error:
            self._note_failure(str(error))
        except Exception as error:  # noqa: BLE001 (a scheduler that dies of one fault stops silently)
            self._note_failure(f"internal fault, {type(error).__name__}: {error}")

    def _note_failure(self, why: str) -> None:
        if why != self._last_failure:
            self._last_failure = why
            self._print_and_log(logging.ERROR, why)
            self._pending.append(SchedulerFailed(why=why[:500]))

    def _run_pass(self) -> SchedulerPassResult:
        began = self.options.clock()
        with self._instruments() as instruments:
            self._write_pending(instruments.journal)
            result = run_due_schedules(
                instruments,
                awake_since=self._awake_since,
                busy=tuple(self._busy_periods),
                progress=lambda _done, _total, _what: None,
                stop=self._stopping.is_set,
            )
            self._history = read_schedule_history(instruments)
        self._last_pass_at = self.options.clock()
        for slot, summary in result.visited:
            self._busy_periods.append(BusyPeriod(began, self._last_pass_at, f"run {summary.run}"))
            counts = f"{summary.complete} complete, {summary.partial} partial, {summary.failed} failed"
            self.options.print_line(
                f"{slot}: run {summary.run}: {summary.planned} planned, {counts}, {summary.gaps} not visited, "
                f"{summary.sealed} sealed"
            )
        for slot in result.missed:
            self.options.print_line(f"{slot}: missed, recorded as a gap")
        for line in result.notes:
            self._print_and_log(logging.WARNING, line)
        return result

    def _print_and_log(self, level: int, line: str) -> None:
        """One line for whoever started this process, and one for the log."""
        LOGGER.log(level, "%s", line)
        self.options.print_line(line)

    def _write_pending(self, journal: EventRecorder) -> None:
        while self._pending:
            event = self._pending.popleft()
            journal.record(event)
            LOGGER.warning("scheduler event: %s", " ".join(f"{name}={value}" for name, value in event.body().items()))

    @contextmanager
    def _holding(self) -> Iterator[HeldWorkspace]:
        """The workspace, held for this process's life."""
        terms = replace(LONG_LIVED, told=self.options.print_line)
        with hold_workspace(self.workspace, terms, clock=self.options.clock) as held:
            for line in held.custody.recovered:
                self.options.print_line(line)
            self._held = held
            try:
                yield held
            finally:
                self._held = None

    @contextmanager
    def _instruments(self) -> Iterator[Instruments]:
        assert self._held is not None  # noqa: S101 (asked for within `_holding`)
        with self._held.instruments(sandbox=self.options.sandbox, concurrency=self.options.concurrency) as instruments:
            yield instruments

    def _read_targets(self) -> None:
        estate, _ = read_targets(self.workspace)
        self._schedules = dict(estate.schedules)
        self._digest = estate.alerts.digest if estate.alerts.has_receivers else None
        folder = self.workspace.targets.parent
        self._files = {name: _modified(folder / name) for name in estate.sources}

    def _targets_changed(self) -> bool:
        folder = self.workspace.targets.parent
        return any(_modified(folder / name) != known for name, known in self._files.items())

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT ask to stop; a second one ends at once, and the next start records what was left."""

        def on_signal(number: int, frame: FrameType | None) -> None:
            if self._stopping.is_set():
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
            self._stopping.set()

        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, on_signal) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
