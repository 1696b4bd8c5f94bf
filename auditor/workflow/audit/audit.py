"""The main flow: the ten steps of an audit, each one numbered call.

`audit_workspace` is what `auditor run` does; `run_audit` visits, for a scheduler too; `visit_one` is one deployment's
part of it, which whoever makes visits calls for each slot. A bad page is an outcome, never an error; an error of the
disk or of the machine ends the run with a gap for every slot that is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from auditor.capture import TIME_SERVERS, Browser, examine_machine, negotiate_switches
from auditor.clock import monotonic
from auditor.custody import SharingTerms
from auditor.errors import VaultError
from auditor.gc_pause import collection_throttled
from auditor.model.reports import Report
from auditor.model.targets.estate import Estate
from auditor.workflow.audit.gaps import record_unfinished
from auditor.workflow.audit.maintenance import MAX_SEALED_AT_START, seal_waiting
from auditor.workflow.audit.run_record import OpenRun, ScheduledRun, close_run, open_run, sign_plan
from auditor.workflow.audit.run_summary import RunSummary, VisitOutcome
from auditor.workflow.audit.slots import VisitSlot
from auditor.workflow.audit.visit_runner import RunControl, VisitRunner
from auditor.workflow.audit.visit_steps import (
    StoredVisit,
    VisitFunction,
    VisitPorts,
    describe_capture,
    journal_intent,
    open_stage,
    visit_deployment,
)
from auditor.workflow.audit.visit_timing import plan_timing
from auditor.workflow.incompleteness import capture_reasons
from auditor.workflow.index.record import index_missing_captures, index_record
from auditor.workflow.progress import Progress
from auditor.workflow.report.render import workspace_report
from auditor.workflow.wiring import RUN, Instruments, open_instruments
from auditor.workspace import Workspace


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """What one audit visits, and how."""

    only: tuple[str, ...] = ()
    """Ids of the deployments to visit; all where it is empty."""
    concurrency: int | None = None
    """Visits at once; None: as `targets.yaml` says, else by cores and memory."""
    sandbox: bool | None = None
    """Whether the browser is sandboxed; None: as `targets.yaml` says."""


def never_stop() -> bool:
    """For a run that nobody ends early."""
    return False


def audit_workspace(
    workspace: Workspace,
    request: AuditRequest,
    progress: Callable[[], AbstractContextManager[Progress]],
    opened: Callable[[Instruments], None] = lambda instruments: None,
    terms: SharingTerms = RUN,
) -> tuple[RunSummary, Report]:
    """All ten steps: how the run ended, and the report after it.

    `progress` is entered for as long as visits are made; `opened` is called once the workspace is held. Raises
    `ConfigError`, `CaptureError` or `CustodyError`; the run is then journalled as far as it came.
    """
    with open_instruments(
        workspace, sandbox=request.sandbox, concurrency=request.concurrency, terms=terms
    ) as instruments:
        opened(instruments)
        with progress() as advance:
            # 1. to 8., and the close of the run.
            summary = asyncio.run(run_audit(instruments, advance, request.only))
    # 9. Reconcile the entitlement in force that day with what was read: positions, rules, findings. And
    # 10. report. Both after the close, from which "new since the last run" counts. Touches: nothing; it reads the index
    # and the journal, beside whoever may be writing them by now.
    report = workspace_report(workspace)
    return summary, report


async def run_audit(
    instruments: Instruments,
    progress: Progress,
    only: Sequence[str] = (),
    *,
    scheduled: ScheduledRun | None = None,
    stop: Callable[[], bool] = never_stop,
    visit: VisitFunction | None = None,
) -> RunSummary:
    """Steps 1 to 8 for every deployment (or those named) once, and the close of the run.

    `scheduled`: the slot of a schedule that is visited; `stop` is asked before each visit: visits under way are
    finished, the others end as gaps. `visit`: what is done for each slot; `visit_one` where it is not given.
    """
    began = monotonic()
    await asyncio.to_thread(seal_waiting, instruments, MAX_SEALED_AT_START)
    # Where another process holds the workspace, what it has not recorded yet it is about to record itself.
    unreadable = () if instruments.custody.link else index_missing_captures(instruments).unreadable
    # 1. Open the run: journal it and its plan, which is signed and timestamped before anything is visited. Touches: the
    # journal, the timestamp authorities.
    run = open_run(instruments, only, scheduled)
    switches = negotiate_switches([slot.deployment for slot in run.slots])
    async with (
        collection_throttled(),
        _gaps_for_the_rest(instruments, run),
        _in_thread_meanwhile(lambda: sign_plan(instruments, run)) as plan_signed,
        _key_log(instruments.estate) as key_log,
        Browser.open(instruments.estate.browser, instruments.clock, arguments=switches, key_log=key_log) as browser,
    ):
        # 2. Record the circumstances (清洁性检查) of this machine; those of each target follow with its visit. Touches:
        # this machine's settings, its resolver, time servers.
        machine = await examine_machine(browser, instruments.clock, time_servers=_time_servers(run.slots))
        await plan_signed
        # 3. to 8. For each slot `visit_one`, several at once and politely.
        timing = plan_timing(instruments, run.slots, scheduled)
        runner = VisitRunner(instruments, run, timing, RunControl(progress, stop))
        summary = await runner.run(visit or visit_one, browser, machine)
    summary = await _seal_late(instruments, summary.with_notices(unreadable))
    # 10. Close the run: its counts, and a signed, timestamped and witnessed checkpoint of the journal. (9. and the
    # report need the closed run: see `audit_workspace`.) Touches: the journal, the authorities, the witnesses.
    return await asyncio.to_thread(close_run, instruments, replace(summary, seconds=monotonic() - began))


async def visit_one(slot: VisitSlot, ports: VisitPorts, recorded_by: Estate | None = None) -> VisitOutcome:
    """Steps 3 to 8 for one slot; how it ended. A slot is visited once: its capture's id is made from run and slot.

    `recorded_by`: by what the index reads it, where that is not what the run visits (candidates of no deployment).
    Raises `CaptureError` where no browser can be had, `CustodyError` where nothing can be stored; a page that is bad,
    slow or away raises nothing.
    """
    instruments = ports.instruments
    # 3. Visit, the intent journalled first; every artefact is hashed as the visit stages it. Touches: the journal, a
    # staging folder, the deployment and its resolver.
    intent = await asyncio.to_thread(journal_intent, instruments, slot)
    stage = await asyncio.to_thread(open_stage, instruments, slot, intent)
    capture = await visit_deployment(ports, slot, intent, stage)
    await ports.left_site(slot, capture)

    def keep() -> StoredVisit:
        # 4. Describe what was staged in a manifest: canonical bytes, one digest. Touches: nothing.
        manifest = describe_capture(instruments, capture, intent)
        # 5. Commit the package write-once, and journal it. Touches: the evidence, the journal.
        package = stage.commit(manifest)
        # 6. Seal: timestamps over the manifest, each token verified at once. Touches: the authorities, the journal.
        sealed = instruments.sealer.seal(package)
        # 7. Read from the stored bytes: counts, caps, identity, rows. Touches: nothing; it reads the package.
        read_by = recorded_by or instruments.estate
        return StoredVisit(sealed, index_record(instruments.workspace.root, read_by, sealed, instruments.eye))

    stored = await ports.store(slot, keep)
    # 8. Record package and readings in the index, which can be thrown away. Touches: the index.
    ports.record(stored.record)
    return VisitOutcome(
        slot.capture, slot.deployment.id, capture.state, stored.package.seal.sealed, capture_reasons(capture)
    )


@asynccontextmanager
async def _gaps_for_the_rest(instruments: Instruments, run: OpenRun) -> AsyncIterator[None]:
    """Whatever ends a run before its visits or between them: a slot that nobody came to is a gap with that reason."""
    try:
        yield
    except BaseException as error:
        why = f"the run ended before this visit: {(str(error).splitlines() or [''])[0] or type(error).__name__}"
        with suppress(VaultError):  # a full disk: the next start records what this one cannot
            record_unfinished(instruments.custody, run.slots, why)
        raise


@asynccontextmanager
async def _in_thread_meanwhile(act: Callable[[], object]) -> AsyncIterator[asyncio.Future[object]]:
    """Does something in a thread while the block goes on; it has come to its end when the block has."""
    doing = asyncio.ensure_future(asyncio.to_thread(act))
    try:
        yield doing
    finally:
        await asyncio.wait([doing])


@asynccontextmanager
async def _key_log(estate: Estate) -> AsyncIterator[Path | None]:
    """A file that is this user's alone and gone after the run, where the keys of connections are to be kept."""
    wanted = estate.hosting.visits
    if not (wanted.packets and wanted.key_log):
        yield None
        return
    with TemporaryDirectory(prefix="auditor-keys-") as folder:
        yield Path(folder) / "keys.log"


def _time_servers(slots: Sequence[VisitSlot]) -> Sequence[str]:
    """No time server is asked where the clock check is switched off, with its reason, for every deployment."""
    return () if all("clock" in slot.deployment.checks_off for slot in slots) else TIME_SERVERS


async def _seal_late(instruments: Instruments, summary: RunSummary) -> RunSummary:
    """Packages that an authority kept waiting get another chance before the run ends."""
    if not summary.waiting:
        return summary
    late = await asyncio.to_thread(seal_waiting, instruments, run=summary.run)
    for package in late:
        instruments.index.seal(package.capture, package.seal)
    return summary.with_sealed_later(package.capture for package in late)
