"""A workspace's custody, opened as one: lock, keys, journal, vault, recovery, and the events of a run."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from auditor import clock
from auditor.custody.files import durable, lock
from auditor.custody.files.claims import ClaimBook, ClaimName, OwnClaims, claimed
from auditor.custody.journal import key_history
from auditor.custody.journal.journal import Journal
from auditor.custody.journal.keys import Keys, create_keys, open_keys
from auditor.custody.journal.lines import parse_head
from auditor.custody.journal.local_journal import local_store
from auditor.custody.journal.tables import remove_tables
from auditor.custody.packages import recovery
from auditor.custody.packages.vault import Vault
from auditor.custody.sharing.custodian import OWN_SESSION, Custodian
from auditor.custody.sharing.guest import GuestJournal, GuestStore, HolderLink
from auditor.custody.transparency import key_rotation
from auditor.errors import ConfigError, IntegrityError, VaultError
from auditor.formats import canonical_json, signed_note
from auditor.formats import evidence_layout as layout
from auditor.model.events import GapRecorded, LayoutChanged, PlannedSlot, RunPlanned, VisitIntended, WorkspaceCreated
from auditor.model.evidence import JournalEntry
from auditor.model.ports import Lease

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
    journal: Journal
    vault: Vault
    recovered: tuple[str, ...] = ()
    """What opening found and finished after an interruption, one sentence each."""
    custodian: Custodian | None = None
    """What answers other commands, where this process holds the workspace and lets them work."""
    link: HolderLink | None = None
    """The connection to the process that holds the workspace, where this one works through it."""
    keys_home: Path | None = None
    """The folder of the keys, where that is not `root`."""

    @property
    def keys(self) -> Keys:
        """The keys in force."""
        if self.journal.keys is None:
            raise VaultError(f"{self.root}: open for reading only; open the workspace with its keys")
        return self.journal.keys

    @property
    def claims(self) -> Lease:
        """What only one of those who share the workspace may do at a time."""
        return self.journal.claims

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Something is under way; a custodian without it says that the workspace rests."""
        if self.custodian is None:
            yield
            return
        with self.custodian.at_work():
            yield

    def rotate_keys(self, *, passphrase: str | None, why: str) -> Keys:
        """Make new keys, endorsed by the old; by the process that holds the workspace."""
        if isinstance(self.journal, GuestJournal):
            return self.journal.rotate(why, passphrase)
        if self.custodian is not None:
            return self.custodian.rotate(why, passphrase)
        vault = self.vault if self.keys_home is None else Vault(self.keys_home, self.journal, self.vault.store)
        with self.journal.held():
            return key_rotation.rotate_log_keys(vault, passphrase=passphrase, why=why)

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

    def gap_of_several(self, why: str, *, run: str, slots: Sequence[Mapping[str, object]]) -> JournalEntry:
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
        slots: Sequence[Mapping[str, object]],
        schedule: str | None = None,
        schedule_slot: str | None = None,
        planned: datetime | None = None,
        late: bool | None = None,
    ) -> JournalEntry:
        """Journal the slots of a run before it starts: each as `PlannedSlot` is written. The last of its lines."""
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


def _slots(slots: Sequence[Mapping[str, object]]) -> tuple[PlannedSlot, ...]:
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
    head = root / layout.EVIDENCE / layout.JOURNAL / layout.HEAD_FILE
    return os.path.exists(head)  # noqa: PTH110 - False, no error, where it may not be seen


def require_initialised(root: Path) -> None:
    """`ConfigError` where no workspace was begun in the folder `root`."""
    if not workspace_exists(root):
        raise ConfigError(f"{root}: no evidence here yet. Run: auditor init, then auditor run")


def forget_tables(root: Path) -> bool:
    """Throw away what was kept of the journal in `db/`, which the next start makes from its lines; False where another
    process has it in use."""
    held = lock.try_lock(root)
    if held is None:
        return False
    try:
        with durable.os_errors_as_vault_error(root / layout.LEDGER):
            remove_tables(root / layout.LEDGER)
    finally:
        held.close()
    return True


def create_workspace(
    root: Path, *, origin: str, software: str, passphrase: str | None = None, at: clock.Clock = clock.now
) -> None:
    """Begin a workspace: keys, the first journal line, the public keys in `evidence/trust/`. May be run again."""
    with durable.os_errors_as_vault_error(root):
        root.mkdir(parents=True, exist_ok=True)
    if workspace_exists(root):
        return
    with lock.lock_workspace(root, at):
        if workspace_exists(root):  # another process began it meanwhile
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


def mark_moved(root: Path, text: str) -> None:
    """From here on nothing is written below `evidence/`: the log goes on where the text says. One step: the file is
    there whole, or not at all. `VaultError` where it is there already."""
    marker = root / layout.MOVED
    if marker.exists():
        raise VaultError(f"{marker}: exists already; this workspace moved")
    with durable.os_errors_as_vault_error(marker):
        durable.replace(marker, text.encode("utf-8"), root / f".{layout.MOVED}.new")


def moved_text(root: Path) -> str:
    """What `mark_moved` wrote; empty where the log goes on here."""
    path = root / layout.MOVED
    return durable.read(path, 1 << 16).decode("utf-8") if path.exists() else ""


def put_in_place(root: Path, made: Path, aside: Path, size: int) -> None:
    """Exchange `evidence/` for a folder made beside it, the old one put aside, and let the log go on here again.

    May be run again after an interruption: what was done is passed over. `size`: lines of the log that the folder made
    holds. `IntegrityError` where no such folder is there: the log then goes on nowhere here.
    """
    evidence = root / layout.EVIDENCE
    if not (made.is_dir() or aside.is_dir()) or _lines_in(made if made.is_dir() else evidence) != size:
        raise IntegrityError(
            f"{made}: the folder that was made is missing or another, and the log has left the database; nothing was"
            " changed: restore it from a copy and run again, or let the database's owner set auditor.head.moved_to to"
            " null and bring the workspace back anew"
        )
    with durable.os_errors_as_vault_error(root), durable.names_kept(root):
        if made.is_dir():
            if evidence.is_dir():
                evidence.rename(aside)
            made.rename(evidence)
    with durable.os_errors_as_vault_error(root), durable.names_kept(root):
        (root / layout.MOVED).unlink(missing_ok=True)


def _lines_in(evidence: Path) -> int:
    """How many lines the head of a journal counts; 0 where there is none."""
    head = evidence / layout.JOURNAL / layout.HEAD_FILE
    return parse_head(durable.read(head, signed_note.MAX_NOTE)).size if head.is_file() else 0


@dataclass(frozen=True, slots=True)
class SharingTerms:
    """How a command shares a workspace with others."""

    command: str = ""
    """What others are told that it is."""
    claims: tuple[ClaimName, ...] = ("decisions",)
    """What only one of them may do at a time, for as long as the workspace is open."""
    joins: bool = True
    """Works through the process that holds the workspace, where one does and answers; else it insists on the lock."""
    serves: bool = False
    """Lets other commands work meanwhile; worth it where it may take more than a moment."""
    patience: float | None = None
    """Seconds that those who are still at work are waited for at the end; None: as long as they take."""
    told: Callable[[str], None] = lambda line: None
    """One line for whoever waits for this process."""


@contextmanager
def open_workspace(
    root: Path,
    *,
    passphrase: str | None = None,
    at: clock.Clock = clock.now,
    terms: SharingTerms = SharingTerms(),
) -> Iterator[Custody]:
    """Hold the workspace: lock, check keys and journal, finish what was interrupted. Where another process holds it and
    answers, work through that one instead.

    `VaultError` where it is in use by a process that does not answer, or a claim of `terms` is not to be had.
    """
    with ExitStack() as stack:
        held = _lock_or_join(root, at, terms)
        if isinstance(held, HolderLink):
            custody = stack.enter_context(_joined(root, held, passphrase, at))
        else:
            stack.callback(held.close)
            custody = stack.enter_context(_held(root, held, passphrase, at, terms))
        if terms.claims:
            stack.enter_context(claimed(custody.claims, *terms.claims))
        yield custody


def _lock_or_join(root: Path, at: clock.Clock, terms: SharingTerms) -> lock.WorkspaceLock | HolderLink:
    end = clock.monotonic() + lock.GRACE
    while True:
        if (held := lock.try_lock(root, at)) is not None:
            return held
        if terms.joins and (link := HolderLink.join(root, terms.command)) is not None:
            return link
        if clock.monotonic() >= end:
            raise lock.in_use(root)
        time.sleep(lock.STEP)


@contextmanager
def _joined(root: Path, link: HolderLink, passphrase: str | None, at: clock.Clock) -> Iterator[Custody]:
    with ExitStack() as stack:
        stack.callback(link.close)
        journal = GuestJournal.join(root, open_keys(root, passphrase=passphrase), at, link)
        stack.callback(journal.close)
        yield Custody(root, journal, Vault(root, journal, GuestStore(root, link)), link=link)


@contextmanager
def _held(
    root: Path, held: lock.WorkspaceLock, passphrase: str | None, at: clock.Clock, terms: SharingTerms
) -> Iterator[Custody]:
    if (root / layout.MOVED).exists():
        raise ConfigError(
            f"{root}: this workspace moved to a fleet (file MOVED); visits are its workers': auditor run, once more; or"
            " bring it back: auditor move --back"
        )
    if not local_store(root).grows:
        raise ConfigError(f"{root}: its journal is of an earlier version, which is only read. Run: auditor upgrade")
    key_rotation.finish_rotation(root)
    journal = Journal.open(root, open_keys(root, passphrase=passphrase), at)
    try:
        note_layout(journal)
        vault, book = Vault(root, journal), ClaimBook()
        journal.claims = OwnClaims(book, OWN_SESSION)
        recovered = recovery.recover(vault)
        for what in recovered:
            LOGGER.warning("recovery: %s", what)
        custody = Custody(root, journal, vault, tuple(recovered))
        if not terms.serves:
            yield custody
            return
        custodian = Custodian(root, vault, held, book, passphrase)
        custodian.start()
        try:
            yield replace(custody, custodian=custodian)
        finally:
            custodian.close(terms.patience, terms.told)
    finally:
        journal.close()
