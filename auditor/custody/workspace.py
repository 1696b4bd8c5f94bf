"""A workspace's custody, opened as one: lock, keys, journal, vault, recovery, and the events of a run."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from auditor import clock
from auditor.custody.files import durable, lock
from auditor.custody.journal import key_history
from auditor.custody.journal.journal import Journal
from auditor.custody.journal.keys import Keys, create_keys, open_keys
from auditor.custody.packages import recovery
from auditor.custody.packages.vault import Vault
from auditor.custody.transparency import key_rotation
from auditor.errors import ConfigError
from auditor.formats import canonical_json
from auditor.formats import evidence_layout as layout
from auditor.model.events import GapRecorded, PlannedSlot, RunPlanned, VisitIntended, WorkspaceCreated
from auditor.model.evidence import JournalEntry

LOGGER = logging.getLogger("auditor.custody")


@dataclass(frozen=True, slots=True)
class Custody:
    """An open workspace: what the corridor works with while it holds the lock."""

    root: Path
    keys: Keys
    journal: Journal
    vault: Vault
    recovered: tuple[str, ...]
    """What opening found and finished after an interruption, one sentence each."""

    def intent(
        self,
        intent: str,
        *,
        run: str,
        deployment: str,
        slot: str = "",
        address: str | None = None,
        pages: Sequence[str] | None = None,
        access: str | None = None,
    ) -> JournalEntry:
        """Journal that a visit is about to happen."""
        entry = self.journal.record(
            VisitIntended(
                intent=intent,
                run=run,
                deployment=deployment,
                slot=slot,
                address=address,
                pages=None if pages is None else tuple(pages),
                access=access,
            )
        )
        LOGGER.info("visit opened: run=%s deployment=%s slot=%s capture=%s", run, deployment, slot, intent)
        return entry

    def gap(
        self,
        why: str,
        *,
        run: str,
        deployment: str,
        slot: str = "",
        intent: str = "",
        deployments: Sequence[str] | None = None,
        slots: Sequence[Mapping[str, str]] | None = None,
    ) -> JournalEntry:
        """Journal that a slot or an intent ended without a capture, and why."""
        return self.record_gap(
            GapRecorded(
                run=run,
                deployment=deployment,
                slot=slot,
                intent=intent,
                why=why,
                deployments=None if deployments is None else tuple(deployments),
                slots=None if slots is None else _slots(slots),
            )
        )

    def record_gap(self, gap: GapRecorded) -> JournalEntry:
        """Journal a gap, and warn the operator of it."""
        entry = self.journal.record(gap)
        whose = gap.deployment or (f"{len(gap.deployments)} of them" if gap.deployments else "-")
        LOGGER.warning(
            "gap: run=%s deployment=%s slot=%s capture=%s: %s", gap.run, whose, gap.slot, gap.intent or "-", gap.why
        )
        return entry

    def plan(
        self,
        *,
        run: str,
        slots: Sequence[Mapping[str, str]],
        schedule: str | None = None,
        schedule_slot: str | None = None,
        planned: datetime | None = None,
        late: bool | None = None,
    ) -> JournalEntry:
        """Journal the slots of a run before it starts: each with `slot` and `deployment`."""
        entry = self.journal.record(
            RunPlanned(
                run=run,
                slots=_slots(slots),
                schedule=schedule,
                schedule_slot=schedule_slot,
                planned=planned,
                late=late,
            )
        )
        LOGGER.info("run planned: run=%s slots=%d schedule=%s", run, len(slots), schedule_slot or "-")
        return entry


def _slots(slots: Sequence[Mapping[str, str]]) -> tuple[PlannedSlot, ...]:
    return tuple(PlannedSlot.parse(slot, "planned slot") for slot in slots)


def entry_sha256(entry: JournalEntry) -> str:
    """The digest by which a manifest names a journal line."""
    return canonical_json.sha256(entry.line)


def workspace_exists(root: Path) -> bool:
    """Whether a workspace was begun here."""
    return (root / layout.EVIDENCE / layout.JOURNAL / layout.HEAD_FILE).exists()


def require_initialised(root: Path) -> None:
    """`ConfigError` where no workspace was begun in the folder `root`."""
    if not workspace_exists(root):
        raise ConfigError(f"{root}: no evidence here yet. Run: auditor init, then auditor run")


def create_workspace(
    root: Path, *, origin: str, software: str, passphrase: str | None = None, at: clock.Clock = clock.now
) -> None:
    """Begin a workspace: keys, the first journal line, the public keys in `evidence/trust/`. May be run again."""
    with durable.os_errors_as_vault_error(root):
        root.mkdir(parents=True, exist_ok=True)
    with lock.lock_workspace(root, at):
        if workspace_exists(root):
            return
        if (root / layout.KEYS).exists():
            keys = open_keys(root, passphrase=passphrase)
        else:
            keys = create_keys(root, origin=origin, passphrase=passphrase)
        created = WorkspaceCreated(
            format=key_history.WORKSPACE_FORMAT,
            origin=keys.origin,
            software=software,
            log=str(keys.verifier),
            box=keys.box_public,
        )
        journal = Journal.create(root, keys, created, at)
        key_rotation.publish_keys(Vault(root, journal), keys)


@contextmanager
def open_workspace(root: Path, *, passphrase: str | None = None, at: clock.Clock = clock.now) -> Iterator[Custody]:
    """Hold the workspace: lock, check keys and journal, finish what was interrupted."""
    with lock.lock_workspace(root, at):
        key_rotation.finish_rotation(root)
        keys = open_keys(root, passphrase=passphrase)
        journal = Journal.open(root, keys, at)
        vault = Vault(root, journal)
        recovered = recovery.recover(vault)
        for what in recovered:
            LOGGER.warning("recovery: %s", what)
        yield Custody(root, keys, journal, vault, tuple(recovered))
