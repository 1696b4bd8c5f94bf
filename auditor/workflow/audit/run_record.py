"""A run's own journal lines: opened, planned, closed. Steps 1 and 10 of an audit."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from auditor import __version__
from auditor.custody import Checkpoint, name_portions, sign_checkpoint
from auditor.model.events import RunOpened, TargetsListed
from auditor.model.evidence import JournalEntry
from auditor.model.targets.estate import Schedule
from auditor.planning import SlotTime
from auditor.workflow.audit.maintenance import certificate_warnings
from auditor.workflow.audit.run_summary import RunSummary
from auditor.workflow.audit.slots import VisitSlot, choose_slots, planned_slot
from auditor.workflow.audit.witness_submission import submit_to_witnesses
from auditor.workflow.wiring import Instruments

LOGGER = logging.getLogger("auditor.workflow")

SHA256_BYTES = 64
"""Of a digest, as it is written."""


@dataclass(frozen=True, slots=True)
class ScheduledRun:
    """The slot of a schedule that a run is made for."""

    schedule: Schedule
    slot: SlotTime
    late: bool = False
    """It makes up for slots that were missed."""
    deployments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that is journalled as opened, with its plan."""

    id: str
    slots: tuple[VisitSlot, ...]
    plan: JournalEntry


def name_run(instruments: Instruments) -> str:
    """An id for a run that begins now."""
    return f"r-{instruments.clock():%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def open_run(
    instruments: Instruments,
    only: Sequence[str],
    scheduled: ScheduledRun | None,
    name: str = "",
    *,
    second_parties: bool = False,
) -> OpenRun:
    """Journal the run, with the digests of `targets.yaml` and its includes and the software's version; then its plan.

    `only`: the deployments to visit, all where it is empty; a scheduled run names its own. `name`: its id, where it has
    one already. `second_parties`: their visits are planned, too. Raises `ConfigError` for a deployment that is not in
    `targets.yaml`, `VaultError` where the journal cannot be written.
    """
    at = instruments.clock()
    run = name or name_run(instruments)
    wanted = scheduled.deployments if scheduled else only
    slots = choose_slots(instruments, run, wanted, second_parties=second_parties)
    sources = instruments.estate.sources
    first, *more = name_portions(list(sources), extra=SHA256_BYTES)
    instruments.journal.record(
        RunOpened(
            run=run,
            software=f"auditor {__version__}",
            targets={name: sources[name] for name in first},
            sandbox=instruments.estate.browser.sandbox,
            at=at,
        )
    )
    for names in more:
        instruments.journal.record(TargetsListed(run=run, digests={name: sources[name] for name in names}))
    LOGGER.info("run opened: run=%s", run)
    return OpenRun(run, slots, _journal_plan(instruments, run, slots, scheduled))


def _journal_plan(
    instruments: Instruments, run: str, slots: Sequence[VisitSlot], scheduled: ScheduledRun | None
) -> JournalEntry:
    planned = [planned_slot(instruments, slot).body() for slot in slots]
    if scheduled is None:
        return instruments.custody.plan(run=run, slots=planned)
    return instruments.custody.plan(
        run=run,
        slots=planned,
        schedule=scheduled.schedule.id,
        schedule_slot=scheduled.slot.id,
        planned=scheduled.slot.at,
        late=scheduled.late,
    )


def sign_plan(instruments: Instruments, run: OpenRun) -> Checkpoint:
    """Sign and timestamp the journal up to the plan: what was to be visited is proved before anything is."""
    return sign_checkpoint(
        instruments.journal, instruments.sealer, f"plan of run {run.id}, journal line {run.plan.number}"
    )


def close_run(instruments: Instruments, summary: RunSummary) -> RunSummary:
    """Journal the run as closed with its counts; sign, timestamp and show the journal. The summary with its notices."""
    missed = instruments.sealer.save_revocation()
    event = summary.closing_event()
    instruments.journal.record(event)
    LOGGER.info("run closed: %s", " ".join(f"{name}={value}" for name, value in event.body().items()))
    checkpoint = sign_checkpoint(instruments.journal, instruments.sealer, f"close of run {summary.run}")
    shown = submit_to_witnesses(instruments, checkpoint)
    told = summary.with_notices((*missed, *shown.failures, *certificate_warnings(instruments)))
    return replace(told, refused_by=shown.refused_by)
