"""A workspace's custody, opened as one: lock, keys, journal, vault, recovery, and the events of a run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from auditor import clock
from auditor.custody.files import durable, lock
from auditor.custody.journal import key_history
from auditor.custody.journal.journal import Journal
from auditor.custody.journal.keys import Keys, create_keys, open_keys
from auditor.custody.journal.local_journal import local_store
from auditor.custody.packages import recovery
from auditor.custody.packages.vault import Vault
from auditor.custody.transparency import key_rotation
from auditor.errors import ConfigError
from auditor.formats import canonical_json, signed_note
from auditor.formats import evidence_layout as layout
from auditor.model.events import GapRecorded, LayoutChanged, PlannedSlot, RunPlanned, VisitIntended, WorkspaceCreated
from auditor.model.evidence import JournalEntry

LOGGER = logging.getLogger("auditor.custody")

MOST_BYTES = 50_000
"""Of the slots or names in one journal line."""
LAYOUT = "auditor.journal/2"
"""Segments of 256 lines and hash tiles."""


Item = TypeVar("Item")


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
    ) -> JournalEntry:
        """Journal that a slot or an intent ended without a capture, and why."""
        return self.record_gap(GapRecorded(run=run, deployment=deployment, slot=slot, intent=intent, why=why))

    def gap_of_several(self, why: str, *, run: str, slots: Sequence[Mapping[str, str]]) -> JournalEntry:
        """Journal that slots of a run ended together, each with `slot` and `deployment`. The last of its lines."""
        for portion in slot_portions(_slots(slots)):
            names = tuple(one.deployment for one in portion)
            gap = GapRecorded(run=run, deployment="", slot="", intent="", why=why, deployments=names, slots=portion)
            entry = self.record_gap(gap)
        return entry

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
        """Journal the slots of a run before it starts: each with `slot` and `deployment`. The last of its lines."""
        portions = slot_portions(_slots(slots))
        for part, portion in enumerate(portions, 1):
            several = len(portions) > 1
            entry = self.journal.record(
                RunPlanned(
                    run=run,
                    slots=portion,
                    schedule=schedule,
                    schedule_slot=schedule_slot,
                    planned=planned,
                    late=late,
                    part=part if several else None,
                    parts=len(portions) if several else None,
                )
            )
        LOGGER.info("run planned: run=%s slots=%d schedule=%s", run, len(slots), schedule_slot or "-")
        return entry


def _slots(slots: Sequence[Mapping[str, str]]) -> tuple[PlannedSlot, ...]:
    return tuple(PlannedSlot.parse(slot, "planned slot") for slot in slots)


def name_portions(names: Sequence[str], *, extra: int = 0) -> list[tuple[str, ...]]:
    """So many names at a time as one journal line can hold; one portion, empty, where there are none.

    `extra`: bytes that stand beside each name.
    """
    return _portions(names, lambda name: len(name.encode()) + 3 + extra)


def _portions(items: Sequence[Item], size_of: Callable[[Item], int]) -> list[tuple[Item, ...]]:
    portions, size = [list[Item]()], 0
    for item in items:
        more = size_of(item)
        if portions[-1] and size + more > MOST_BYTES:
            portions.append([])
            size = 0
        portions[-1].append(item)
        size += more
    return [tuple(portion) for portion in portions]


def slot_portions(slots: Sequence[PlannedSlot]) -> list[tuple[PlannedSlot, ...]]:
    """So many slots at a time as one journal line can name, twice over; one portion, empty, where there are none."""
    return _portions(slots, lambda slot: 2 * len(canonical_json.encode(slot.body())))


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


def note_layout(journal: Journal, checkpoints: int | None = None) -> None:
    """Journal that the lines stand in segments from here on, where a line of an earlier version was the last.

    `checkpoints`: how many stored ones were held against them; None where an interruption came between."""
    if journal.upgraded_from:
        root = signed_note.b64(journal.frontier.root())
        journal.record(LayoutChanged(layout=LAYOUT, lines=journal.size, root=root, checkpoints=checkpoints))
        journal.upgraded_from = ""


@contextmanager
def open_workspace(root: Path, *, passphrase: str | None = None, at: clock.Clock = clock.now) -> Iterator[Custody]:
    """Hold the workspace: lock, check keys and journal, finish what was interrupted."""
    with lock.lock_workspace(root, at):
        if not local_store(root).grows:
            raise ConfigError(f"{root}: its journal is of an earlier version, which is only read. Run: auditor upgrade")
        key_rotation.finish_rotation(root)
        keys = open_keys(root, passphrase=passphrase)
        journal = Journal.open(root, keys, at)
        try:
            note_layout(journal)
            vault = Vault(root, journal)
            recovered = recovery.recover(vault)
            for what in recovered:
                LOGGER.warning("recovery: %s", what)
            yield Custody(root, keys, journal, vault, tuple(recovered))
        finally:
            journal.close()
