"""The process behind `auditor schedule`: APScheduler wakes one worker, signals end it, the journal remembers."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from auditor.clock import Clock, now, timestamp
from auditor.errors import AuditorError
from auditor.model.estate import Schedule
from auditor.planning import BusyPeriod, ScheduleHistory
from auditor.scheduler.trigger import ScheduleTrigger
from auditor.workflow.schedule import (
    SchedulerPassResult,
    adopt_schedules,
    is_anything_due,
    journal_scheduler_event,
    read_schedule_history,
    run_due_schedules,
)
from auditor.workflow.wiring import Instruments, open_instruments, read_targets
from auditor.workspace import Workspace

TICK_SECONDS = 30
"""How often the journal and the clock are compared: finds what a jump of the clock or a busy workspace left behind."""
DAILY_SECONDS = 6 * 3600
KEPT_BUSY = 200
SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class SchedulerOptions:
    """How this process works."""

    sandbox: bool | None = None
    concurrency: int | None = None
    say: Callable[[str], None] = print
    clock: Clock = now
    tick_seconds: float = TICK_SECONDS


@dataclass
class SchedulerEngine:
    """One scheduler on one workspace. The workspace is held only while something is done in it."""

    workspace: Workspace
    manner: SchedulerOptions = field(default_factory=SchedulerOptions)

    def __post_init__(self) -> None:
        self._stopping = threading.Event()
        self._awake_since = self.manner.clock()
        self._attended_at = self._awake_since
        self._busy: deque[BusyPeriod] = deque(maxlen=KEPT_BUSY)
        self._pending: deque[tuple[str, dict[str, str]]] = deque(maxlen=1000)
        self._book = ScheduleHistory()
        self._schedules: Mapping[str, Schedule] = {}
        self._files: dict[str, int] = {}
        self._last_error = ""

    def once(self) -> SchedulerPassResult:
        """Do what is due now and end: for cron or a systemd timer instead of a process of its own."""
        with self._signals():
            self._read()
            return self._attend()

    def run(self) -> None:
        """Keep the schedules until SIGTERM or SIGINT; visits under way are finished, the rest is recorded."""
        self._read()
        with self._signals():
            with self._instruments() as instruments:
                journal_scheduler_event(instruments, "started", process=os.getpid(), schedules=sorted(self._schedules))
                for line in adopt_schedules(instruments):
                    self.manner.say(line)
                self._book = read_schedule_history(instruments)
            scheduler = self._scheduler()
            scheduler.start()
            try:
                self._stopping.wait()
            finally:
                scheduler.shutdown(wait=True)
            self._end()

    def _end(self) -> None:
        try:
            with self._instruments() as instruments:
                self._write_pending(instruments)
                journal_scheduler_event(instruments, "stopped", process=os.getpid())
        except AuditorError as error:
            self.manner.say(f"the end could not be journalled: {error}")

    def _scheduler(self) -> BackgroundScheduler:
        # One worker: runs never overlap, and whatever has to wait is found in the journal when its turn comes.
        scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1},
            timezone=UTC,
        )
        scheduler.add_listener(self._heard, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        self._add_jobs(scheduler)
        scheduler.add_job(
            self._tick,
            IntervalTrigger(seconds=self.manner.tick_seconds, timezone=UTC),
            args=(scheduler,),
            id="tick",
            next_run_time=datetime.now(UTC),
            misfire_grace_time=None,
        )
        return scheduler

    def _add_jobs(self, scheduler: BackgroundScheduler) -> None:
        for job in scheduler.get_jobs():
            if job.id != "tick" and job.id.removeprefix("schedule ") not in self._schedules:
                job.remove()
        for schedule in self._schedules.values():
            scheduler.add_job(
                self._wake,
                ScheduleTrigger(schedule),
                id=f"schedule {schedule.id}",
                replace_existing=True,
                misfire_grace_time=schedule.grace_seconds,
            )

    def _heard(self, event: JobEvent) -> None:
        """APScheduler's own observations, for the journal; written when the workspace is next held."""
        names = {EVENT_JOB_ERROR: "error", EVENT_JOB_MISSED: "misfire", EVENT_JOB_MAX_INSTANCES: "overlap"}
        if event.job_id == "tick" and event.code != EVENT_JOB_ERROR:
            return
        planned = getattr(event, "scheduled_run_time", None) or next(
            iter(getattr(event, "scheduled_run_times", ())), None
        )
        body = {"schedule": event.job_id.removeprefix("schedule ")}
        if planned is not None:
            body["planned"] = timestamp(planned)
        if event.code == EVENT_JOB_ERROR:
            body["why"] = type(event.exception).__name__
        self._pending.append((names[event.code], body))

    def _wake(self) -> None:
        """A schedule's moment has come."""
        if not self._stopping.is_set():
            self._attend_safely()

    def _tick(self, scheduler: BackgroundScheduler) -> None:
        if self._stopping.is_set():
            return
        if self._changed():
            try:
                self._read()
            except AuditorError as error:
                self._failed(f"targets.yaml was changed and is refused; the schedules read before stay: {error}")
            else:
                self._add_jobs(scheduler)
        at = self.manner.clock()
        resting = (at - self._attended_at).total_seconds()
        if self._pending or resting > DAILY_SECONDS or is_anything_due(self._schedules.values(), self._book, at):
            self._attend_safely()

    def _attend_safely(self) -> None:
        """The scheduler job's boundary: what goes wrong is told and journalled, and the next waking tries again."""
        try:
            self._attend()
            self._last_error = ""
        except AuditorError as error:
            self._failed(str(error))
        except Exception as error:  # noqa: BLE001 (a scheduler that dies of one fault stops silently)
            self._failed(f"internal fault, {type(error).__name__}: {error}")

    def _failed(self, why: str) -> None:
        if why != self._last_error:
            self._last_error = why
            self.manner.say(why)
            self._pending.append(("error", {"why": why[:500]}))

    def _attend(self) -> SchedulerPassResult:
        began = self.manner.clock()
        with self._instruments() as instruments:
            self._write_pending(instruments)
            done = run_due_schedules(
                instruments,
                awake_since=self._awake_since,
                busy=tuple(self._busy),
                progress=lambda _done, _total, _what: None,
                stop=self._stopping.is_set,
            )
            self._book = read_schedule_history(instruments)
        self._attended_at = self.manner.clock()
        for slot, summary in done.visited:
            self._busy.append(BusyPeriod(began, self._attended_at, f"run {summary.run}"))
            counts = f"{summary.complete} complete, {summary.partial} partial, {summary.failed} failed"
            self.manner.say(
                f"{slot}: run {summary.run}: {summary.planned} planned, {counts}, {summary.gaps} not visited, "
                f"{summary.sealed} sealed"
            )
        for slot in done.missed:
            self.manner.say(f"{slot}: missed, recorded as a gap")
        for line in done.notes:
            self.manner.say(line)
        return done

    def _write_pending(self, instruments: Instruments) -> None:
        while self._pending:
            action, body = self._pending.popleft()
            journal_scheduler_event(instruments, action, **body)

    @contextmanager
    def _instruments(self) -> Iterator[Instruments]:
        manner = self.manner
        with open_instruments(
            self.workspace, sandbox=manner.sandbox, concurrency=manner.concurrency, clock=manner.clock
        ) as instruments:
            for line in instruments.custody.recovered:
                manner.say(line)
            yield instruments

    def _read(self) -> None:
        estate, _ = read_targets(self.workspace)
        self._schedules = dict(estate.schedules)
        folder = self.workspace.targets.parent
        self._files = {name: _modified(folder / name) for name in estate.sources}

    def _changed(self) -> bool:
        folder = self.workspace.targets.parent
        return any(_modified(folder / name) != known for name, known in self._files.items())

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT ask to stop; a second one ends at once, and the next start records what was left."""

        def asked(number: int, frame: FrameType | None) -> None:
            if self._stopping.is_set():
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
            self._stopping.set()

        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, asked) for number in SIGNALS}
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
