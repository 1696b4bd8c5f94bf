"""Runs opened and closed, requests made of their slots, attempts of workers that are gone ended as gaps.

Whatever is done here can be done again: what the ledger and the rows say decides, and a second pass finds nothing.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from auditor.clock import timestamp
from auditor.custody import (
    Checkpoint,
    LedgerCaptures,
    PackageRecord,
    is_checkpoint_due,
    look_for_packages,
    sign_checkpoint,
)
from auditor.errors import AwayError
from auditor.fleet import (
    AttemptLog,
    DatabaseAddress,
    FleetConnection,
    FleetRoster,
    HeldHost,
    OpenAttempt,
    PublishedEstate,
    RequestBook,
    RequestStory,
    UnreadBook,
    VisitRequest,
    drop_stalled,
    offer_requests,
)
from auditor.model.events import GapRecorded, PlannedSlot, RunClosed, RunPlanned, second_vantage
from auditor.model.targets.deployments import Deployment
from auditor.model.targets.estate import Estate
from auditor.workflow.audit.gaps import why_left_alone
from auditor.workflow.audit.run_record import OpenRun, ScheduledRun, close_run, name_run, open_run, sign_plan
from auditor.workflow.audit.run_summary import RunSummary
from auditor.workflow.audit.slots import capture_id, host_of, planned_slot
from auditor.workflow.audit.visit_timing import jitter_delays
from auditor.workflow.fleet.faults import longest_visit
from auditor.workflow.wiring import Instruments

LOGGER = logging.getLogger("auditor.workflow")

MAIN = "main"
"""The vantage of deployments that name none."""
LOOKED_AT_ONCE, LOOKED_AGAIN = 1000, 16
"""Packages that are looked for in one pass, and of those that could not be read, how many are looked for again."""
LOST_SECONDS = 5
"""How soon a request is tried again whose worker is gone."""


def vantage_of(deployment: Deployment | None, slot: str = "") -> str:
    """From where a deployment is visited; for a second party's slot, from the vantage that it names. Pure.

    None: one that is no longer in `targets.yaml`.
    """
    return second_vantage(slot) or (deployment.vantage if deployment is not None else "") or MAIN


def why_not_now(estate: Estate, request: VisitRequest) -> str:
    """Why a request cannot be met as it was planned, by the present `targets.yaml`; empty where it can. Pure."""
    if request.deployment not in estate.deployments:
        return "its deployment is no longer in targets.yaml"
    declared = estate.vantages.get(request.vantage)
    if request.party_key and (declared is None or declared.key != request.party_key):
        return f"targets.yaml says of vantage {request.vantage} another party or key than when the run was planned"
    return ""


def why_held(held: HeldHost, longest_wait: int) -> str:
    """Why a request ends whose host is to be left alone: what one worker says, which the host itself said to nobody
    else. Pure."""
    who = f"worker {held.worker} says of its visit {held.intent}" if held.worker else "a worker said"
    return f"{who} that {why_left_alone(held.host, held.seconds, longest_wait)}"


def why_overdue(request: VisitRequest, story: RequestStory) -> str:
    """Why a request ends without a capture, by what was there while it could be tried. Pure."""
    if story.ahead:
        return f"it was planned for {timestamp(request.due_at)}, by a clock that was ahead"
    if story.attempts:
        return f"none of {story.attempts} attempts at it was kept in time; the last: {story.last_why}"
    if story.workers:
        return f"none of {story.workers} workers that vantage {request.vantage} had could begin it in time"
    if story.refused:
        return f"no worker of vantage {request.vantage} got work in time: {story.refused}"
    if story.paused:
        return f"vantage {request.vantage} was given no work: it is paused"
    return f"vantage {request.vantage} had no worker in time"


@dataclass(frozen=True, slots=True)
class FleetPlanner:
    """What maintenance does about requests, with the log's key, over a connection that holds the leadership."""

    instruments: Instruments
    connection: FleetConnection
    address: DatabaseAddress
    patience: timedelta
    """How long after its moment a request may still be tried."""
    _on_host: dict[str, list[str]] = field(default_factory=dict)
    """Deployments by their host, made where they are first asked for."""
    _looked: dict[str, set[str]] = field(default_factory=dict)
    """By open run, the captures whose packages were looked for, or read when they were sealed."""

    @property
    def requests(self) -> RequestBook:
        return RequestBook(self.connection, self.address)

    @property
    def unread(self) -> UnreadBook:
        return UnreadBook(self.connection, self.address)

    def publish_estate(self) -> None:
        """What every worker must have, and the vantages that deployments name."""
        estate, roster = self.instruments.estate, FleetRoster(self.connection, self.address)
        seconds = {one.also_from for one in estate.deployments.values() if one.also_from}
        roster.know(sorted({vantage_of(one) for one in estate.deployments.values()} | seconds | set(estate.vantages)))
        # Before workers may have these targets: whose vantage it is decides what they may keep there.
        roster.give_keys({name: one.key for name, one in estate.vantages.items()})
        roster.publish(PublishedEstate(dict(estate.sources), self.instruments.journal.ring.box))

    def begin_run(self, only: Sequence[str], scheduled: ScheduledRun | None = None, wish: int | None = None) -> OpenRun:
        """A run with its plan, journalled, signed and timestamped; then a request for each of its slots.

        `wish`: that asked for it. It is met by the transaction that makes the requests, whoever makes them: it says
        which run it becomes before that has a line.
        """
        name = name_run(self.instruments)
        if wish is not None:
            self.requests.wish_becomes(wish, name)
        run = open_run(self.instruments, only, scheduled, name, second_parties=True)
        sign_plan(self.instruments, run)
        delays = jitter_delays(self.instruments, run.slots, scheduled)
        slots = [planned_slot(self.instruments, one) for one in run.slots]
        self._request(run.id, slots, scheduled.slot.id if scheduled else run.id, delays)
        return run

    def resume_runs(self) -> int:
        """Requests that an interruption left out, of runs that are open; how many these are.

        A run without a whole plan is closed as interrupted; what it had planned, and a slot whose deployment is no
        longer declared, end as gaps. Lines of a plan and portions of requests are in memory one after another.
        """
        journal, made = self.instruments.journal, 0
        for run, line in list(journal.ledger.standing.runs.items()):
            parts = [one.parts or 1 for one in self._plan(run, line)]
            if len(parts) != (parts or [1])[0]:
                self._end_cut(run, line)
                continue
            if self.requests.ended_of(run)[1] < journal.ledger.slots_planned(run):
                made += self._request_left(run, line)
            for request in self.requests.open_of(run):
                if why := why_not_now(self.instruments.estate, request):
                    self._give_up(request, why)
        return made

    def _plan(self, run: str, line: int) -> Iterator[RunPlanned]:
        """The lines of a run's plan; `line`: where it was opened."""
        lines = self.instruments.journal.entries(line, kinds=("plan",))
        return (one for one in map(RunPlanned.of, lines) if one.run == run)

    def _request_left(self, run: str, line: int) -> int:
        ends = self.instruments.journal.ledger.slot_ends
        return sum(
            self._request(run, [one for one in plan.slots if not ends(run, one.slot)], plan.schedule_slot or run, {})
            for plan in self._plan(run, line)
        )

    def _end_cut(self, run: str, line: int) -> None:
        """Not under the slot of its schedule, nor as what was asked for: that is planned anew."""
        self.requests.wish_stays(run)
        for plan in self._plan(run, line):
            self._request(run, plan.slots, run, {})
        for request in self.requests.open_of(run):
            self._give_up(request, "its run was interrupted before all of it was planned")
        self.instruments.journal.record(RunClosed(run=run, interrupted=True))

    def _request(self, run: str, slots: Sequence[PlannedSlot], slot: str, delays: Mapping[str, float]) -> int:
        now, deployments = self.instruments.clock(), self.instruments.estate.deployments
        requests = []
        for one in slots:
            due = now + timedelta(seconds=delays.get(one.slot, 0.0))
            deployment = deployments.get(one.deployment)
            vantage, host = vantage_of(deployment, one.slot), host_of(deployment) if deployment is not None else ""
            name, until = capture_id(run, one.slot), due + self.patience
            key = one.party_key or ""
            requests.append(VisitRequest(name, run, one.deployment, vantage, slot, one.slot, due, until, host, key))
        return self.requests.add(requests, run)

    def _give_up(self, request: VisitRequest, why: str) -> bool:
        if not self.requests.give_up(request, why):
            return False
        LOGGER.warning("gap: run=%s deployment=%s slot=%s: %s", request.run, request.deployment, request.planned, why)
        return True

    def end_lost_attempts(self) -> list[OpenAttempt]:
        """Attempts whose session is gone, or that take longer than any may, end as gaps; which these are.

        Their requests may be tried again.
        """
        attempts, lost = AttemptLog(self.connection, self.address), list[OpenAttempt]()
        longest = math.ceil(longest_visit(self.instruments.estate))
        for attempt in attempts.open():
            if attempts.end_frozen(attempt.intent, longest):
                LOGGER.warning("session ended: worker=%s capture=%s: frozen", attempt.worker, attempt.intent)
            why = f"worker {attempt.worker} was gone before the capture was kept"
            gap = GapRecorded(run=attempt.run, deployment=attempt.deployment, slot="", intent=attempt.intent, why=why)
            if attempts.end_lost(attempt.intent, gap, longest, LOST_SECONDS):
                LOGGER.warning("attempt lost: deployment=%s capture=%s: %s", attempt.deployment, attempt.intent, why)
                lost.append(attempt)
        drop_stalled(self.connection, self.address, [one.job for one in lost if one.job is not None])
        return lost

    def give_up_overdue(self) -> int:
        """Requests that nobody could visit in time, or that a clock put far ahead, end as gaps; how many these are."""
        given_up = 0
        for one in self.requests.overdue():
            given_up += self._give_up(one, why_overdue(one, self.requests.story(one)))
        return given_up

    def give_up_held(self) -> int:
        """Requests whose host asked to be left alone for longer than a run waits end as gaps; how many these are."""
        longest, given_up = self.instruments.estate.politeness.longest_wait_seconds, 0
        held = self.requests.hosts_held(longest)
        if held and not self._on_host:
            for deployment in self.instruments.estate.deployments.values():
                self._on_host.setdefault(host_of(deployment), []).append(deployment.id)
        for host in held:
            for one in self.requests.due_of(self._on_host.get(host.host, [])):
                given_up += self._give_up(one, why_held(host, longest))
        return given_up

    def checkpoint_if_due(self, lines: int, made: Callable[[Checkpoint], object]) -> None:
        """Sign and stamp the ledger's root where so many lines are not covered yet, or a day has passed; `made` is then
        called with it."""
        journal, last = self.instruments.journal, self.instruments.journal.ledger.last_checkpoint()
        uncovered = journal.size - (last.size if last is not None else 0)
        if uncovered >= lines or is_checkpoint_due(journal, self.instruments.clock()):
            made(sign_checkpoint(journal, self.instruments.sealer, f"{uncovered} lines since the last"))

    def offer(self) -> int:
        """Bring what is due to the queues; how many requests these are."""
        return offer_requests(self.connection, self.address)

    def look_again(self) -> list[str]:
        """Look for some of the packages that could not be read; the captures of those that can be by now."""
        found, ledger = list[str](), self.instruments.journal.ledger
        known = [one for name in self.unread.oldest(LOOKED_AGAIN) if (one := ledger.package_record(name)) is not None]
        for record, why in look_for_packages(self.instruments.custody.vault.store, known):
            if why:
                self.unread.add(record.capture, record.run, why)
                continue
            self.unread.is_read(record.capture)
            LOGGER.warning("package can be read now: run=%s capture=%s", record.run, record.capture)
            found.append(record.capture)
        return found

    def _look_through(self, run: str) -> bool:
        """Look for packages of a run that nobody but its workers has seen; whether all of them were looked for by now.

        A package that an authority was asked about was read for that. False where the store is away.
        """
        looked, ledger = self._looked.setdefault(run, set()), self.instruments.journal.ledger
        known, unseen = LedgerCaptures(ledger), list[PackageRecord]()
        for name in sorted(self.requests.captures_of(run) - looked):
            if known.is_stamped(name):
                looked.add(name)
            elif (record := ledger.package_record(name)) is not None:
                unseen.append(record)
            else:
                return False  # a line that did not come yet
        try:
            for record, why in look_for_packages(self.instruments.custody.vault.store, unseen[:LOOKED_AT_ONCE]):
                if why:
                    self.unread.add(record.capture, run, why)
                    LOGGER.error("package cannot be read: run=%s capture=%s: %s", run, record.capture, why)
                looked.add(record.capture)
        except AwayError as error:
            LOGGER.warning("run is not closed yet: run=%s: %s", run, error)
            return False
        return len(unseen) <= LOOKED_AT_ONCE

    def forget_ended(self) -> int:
        """Rows about what ended over 90 days ago are removed, so many at once; how many these are."""
        return self.requests.forget_ended(list(self.instruments.journal.ledger.standing.runs))

    def close_ended_runs(self) -> list[RunSummary]:
        """Runs whose every planned slot has ended, and whose packages were looked for, are closed, with a signed
        checkpoint."""
        closed = []
        for run in list(self.instruments.journal.ledger.standing.runs):
            if self.requests.goes_on(run):
                continue
            self.instruments.journal.follow()  # what the ends of its slots say
            if not self._look_through(run):
                continue
            ends, planned = self.requests.ends_of(run), self.instruments.journal.ledger.slots_planned(run)
            if ends.get("open") or sum(ends.values()) < planned:
                continue
            waiting = {one.capture for one in self.instruments.journal.ledger.standing.waiting.values()}
            left = self.requests.captures_of(run) & waiting
            captured = sum(ends.get(state, 0) for state in ("complete", "partial", "failed", "unread"))
            summary = RunSummary(
                planned=planned,
                complete=ends.get("complete", 0),
                partial=ends.get("partial", 0),
                failed=ends.get("failed", 0),
                gaps=planned - captured,
                unread=ends.get("unread", 0),
                sealed=captured - len(left),
                run=run,
                waiting=tuple(sorted(left)),
                seconds=self.requests.seconds_of(run),
            )
            closed.append(close_run(self.instruments, summary))
            self._looked.pop(run, None)
        return closed
