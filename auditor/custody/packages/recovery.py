"""Every interrupted attempt is finished, or recorded as a gap. No half package, no silent hole.

At a start this is so of everything; where a command ends that worked through the process that holds the workspace, of
what that command left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from auditor.custody.journal.state import JournalState
from auditor.custody.packages import vault as vaults
from auditor.custody.packages.filings import FILING_PREFIX, FilingState, recover_filing
from auditor.custody.packages.pruning import PRUNING, finish_pruning
from auditor.custody.packages.stage import CAPTURE_PREFIX, package_name
from auditor.custody.packages.vault import PLACE_PREFIX, Vault
from auditor.errors import IntegrityError
from auditor.formats import canonical_json, manifest
from auditor.model.events import FileDigest, GapRecorded, RecoveryNoted, RunClosed
from auditor.model.ports import EvidenceBatch, Lease

MAX_TOLD = 100


@dataclass
class LeftBehind:
    """What one command began, of which some may be left open when it ends."""

    batches: set[str] = field(default_factory=set)
    """Names below `.staging/`."""
    intents: set[str] = field(default_factory=set)
    runs: set[str] = field(default_factory=set)
    pruned: bool = False

    def note(self, kind: str, body: Mapping[str, object]) -> None:
        """Learn from what the command journalled."""
        if kind == "intent":
            self.intents.add(str(body.get("intent")))
        elif kind == "run.opened":
            self.runs.add(str(body.get("run")))
        elif kind == "prune":
            self.pruned = True


def recover(vault: Vault, only: LeftBehind | None = None) -> list[str]:
    """Put right what an interruption left; one sentence for each thing done. The workspace's lock is held.

    `only`: what one command left, while others are at work.
    """
    told: list[str] = []
    if vault.journal.completed and only is None:
        told.append(f"journal line {vault.journal.size - 1}, signed before an interruption, was written")
    ledger = vault.journal.ledger
    for name in vault.store.staged() if only is None or only.batches else ():
        if only is not None and name not in only.batches:
            continue
        batch = vault.store.reopen(name)
        if name.startswith(PLACE_PREFIX):
            told += _placed(vault, ledger, batch)
        elif name.startswith(CAPTURE_PREFIX):
            told += _staged(vault, ledger, batch)
        elif name.startswith(FILING_PREFIX):
            told += recover_filing(vault, FilingState.of(vault.journal.entries(kinds=("filing",))), batch)
        else:
            batch.discard()
    if (only is None or only.pruned) and (left := finish_pruning(vault)):
        told.append(_note(vault, RecoveryNoted(what=f"{left} files of an interrupted pruning were removed")))
    told += _intents(vault, ledger, only)
    told += _runs(vault, ledger, only)
    return told


def recover_staged(vault: Vault, lease: Lease | None = None) -> list[str]:
    """As `recover`, of what lies staged on this machine's disk alone: others are at work in the same place, and their
    visits and runs are theirs to end.

    `lease`: under which whoever removes what was pruned holds `PRUNING`. Where somebody has it, that is theirs, too.
    """
    alone = lease is None or not lease.take([PRUNING])
    try:
        return recover(vault, LeftBehind(batches=set(vault.store.staged()), pruned=alone))
    finally:
        if alone and lease is not None:
            lease.give_back([PRUNING])


def _note(vault: Vault, event: RecoveryNoted) -> str:
    vault.journal.record(event)
    return event.what


def _placed(vault: Vault, ledger: JournalState, batch: EvidenceBatch) -> list[str]:
    """Small files whose event was written down are journalled and put in place; the rest was never evidence."""
    planned = vault.planned(batch)
    if planned is None:
        batch.discard()
        return []
    names = [item.path for item in planned.files]
    if any(ledger.file(name) is None for name in names):
        vault.journal.record(planned)
    # Where two commands were about to file the same name, the line is that of one of them.
    there = {name for name in batch.files() if name in names and batch.digest(name)[0] == ledger.file(name)}
    left = [name for name in names if name in there and not vault.store.exists(name)]
    batch.publish_files(left)
    what = f"{len(left)} files of an interrupted {planned.kind} event were put in place"
    return [_note(vault, RecoveryNoted(what=what, put=tuple(left)))]


def _staged(vault: Vault, ledger: JournalState, batch: EvidenceBatch) -> list[str]:
    """A journalled package is renamed into place; a whole one that our key signed is journalled; else a gap is left.

    What bears no signature of ours for that very intent was put there by somebody else, or by an interruption before
    the package was whole: its files' digests are told, and its intent becomes a gap.
    """
    capture = batch.name.removeprefix(CAPTURE_PREFIX)
    record = ledger.package_record(capture)
    described = _whole(batch)
    if record is not None and vault.store.exists(record.home):
        return _dropped(vault, batch, capture, "is in place already; something else was staged under its name")
    if described is not None:
        data, intent = batch.read(manifest.NAME, manifest.MAX_MANIFEST), described.capture.intent
        if record is None and (not ledger.has_intent(intent) or ledger.outcomes(intent)):
            described = None
        elif record is None and not vault.is_signed(capture, intent, data):
            return _dropped(vault, batch, capture, "was staged whole, and this workspace's key did not sign it")
        elif record is None:
            batch.flush()
            home = f"{described.capture.deployment}/{package_name(capture, described.capture.started_at)}"
            vaults.journal_package(vault.journal, described, home, data)
            batch.publish_package(home)
            return [_note(vault, RecoveryNoted(what=f"capture {capture} was whole and is committed", capture=capture))]
    if record is not None:
        if (
            described is None
            or canonical_json.sha256(batch.read(manifest.NAME, manifest.MAX_MANIFEST)) != record.manifest_sha256
        ):
            raise IntegrityError(
                f"{batch.name}: journalled as capture {capture}, but its staged bytes differ; "
                "keep them and ask for help"
            )
        batch.publish_package(record.home)
        what = f"capture {capture} was journalled and is put in place"
        return [_note(vault, RecoveryNoted(what=what, capture=capture))]
    return _dropped(vault, batch, capture, "was interrupted before its manifest")


def _dropped(vault: Vault, batch: EvidenceBatch, capture: str, why: str) -> list[str]:
    """The staged files are told by their digests and dropped; the intent, still open, becomes a gap."""
    kept = [FileDigest(path=path, sha256=batch.digest(path)[0]) for path in batch.files() if not path.endswith("/")]
    what = f"capture {capture} {why}; {len(kept)} staged files are dropped"
    _note(vault, RecoveryNoted(what=what, capture=capture, dropped=tuple(kept[:MAX_TOLD])))
    batch.discard()
    return [what]


def _whole(batch: EvidenceBatch) -> manifest.Manifest | None:
    """The manifest of a batch that holds exactly what it lists; None for anything less."""
    try:
        described = manifest.decode_manifest(batch.read(manifest.NAME, manifest.MAX_MANIFEST))
        listed = {a.path: (a.sha256, a.size) for a in described.capture.artefacts}
        held = {path: batch.digest(path) for path in batch.files() if path != manifest.NAME}
    except IntegrityError:
        return None
    return described if held == listed else None


def _intents(vault: Vault, ledger: JournalState, only: LeftBehind | None) -> list[str]:
    """Intents without an outcome end as gaps: the visit was interrupted."""
    told = []
    for intent in ledger.open_intents():
        if only is not None and intent.id not in only.intents:
            continue
        why = "interrupted before the capture was kept"
        vault.journal.record(
            GapRecorded(intent=intent.id, run=intent.run, deployment=intent.deployment, slot=intent.slot, why=why)
        )
        told.append(f"intent {intent.id} for {intent.deployment}: {why}")
    return told


def _runs(vault: Vault, ledger: JournalState, only: LeftBehind | None) -> list[str]:
    """Runs that were opened and not closed: their untouched slots are gaps, and they are closed as interrupted."""
    told = []
    for run in list(ledger.standing.runs):
        if only is not None and run not in only.runs:
            continue
        for slot in ledger.untouched_slots(run):
            why = "the run was interrupted before this slot"
            vault.journal.record(GapRecorded(intent="", run=run, deployment="", slot=slot, why=why))
        vault.journal.record(RunClosed(run=run, interrupted=True))
        told.append(f"run {run} was interrupted and is closed")
    return told
