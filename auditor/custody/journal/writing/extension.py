"""A copy of a journal brought up to what the original holds by now: only lines that continue it, under a signature of
its own keys.

What comes is held against the copy first, in a file beside it: chained line by line, with the root that the head
signs, by a key to which the one in force before leads, endorsement by endorsement. Then it is put in place in an order
in which a reader finds, at any moment, the lines that the head counts: segments, the open one, the head, the tables. An
interruption leaves lines that no head counts, which the next time writes again.
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

from auditor.custody.files import durable
from auditor.custody.journal.continuation import KnownLedger, require_keys, require_known, require_signed
from auditor.custody.journal.journal import Journal
from auditor.custody.journal.key_history import KeyHistory
from auditor.custody.journal.lines import JournalHead, parse_head, parse_line
from auditor.custody.journal.local_journal import LocalJournalStore, read_lines, replica_store
from auditor.custody.journal.state import TELLING_KINDS
from auditor.custody.journal.writing.segments import copy_journal
from auditor.errors import IntegrityError
from auditor.formats import canonical_json, merkle
from auditor.formats import evidence_layout as layout
from auditor.formats.tiles import WIDTH, tiles_after
from auditor.model.events import FileDigest, PlacedEvent, parse_entry
from auditor.model.ports import JournalStore

COMING = ".coming"
"""Below the copy's folder: what is not held against it yet."""
FileFetcher = Callable[[Path, Sequence[tuple[str, str]]], None]
"""Brings files into an `evidence/` folder, each given by its path there and its SHA-256."""


@dataclass(frozen=True, slots=True)
class JournalExtension:
    """How far a copy went."""

    before: int
    after: int
    root: bytes
    """Of what it has now."""


@dataclass
class _Coming:
    """Lines that are taken in, in a file."""

    path: Path
    ring: KeyHistory
    frontier: merkle.Frontier
    size: int
    previous: str
    files: list[FileDigest] = field(default_factory=list)
    """Beside packages: those of checkpoints, keys, authorities."""
    roots: dict[int, bytes] = field(default_factory=dict)
    """By size, for those sizes that are in it to begin with."""

    def take(self, lines: Iterable[bytes]) -> None:
        with self.path.open("wb") as out:
            for line in lines:
                entry = parse_line(line, self.size, self.previous)
                self.ring.take(entry)
                self.frontier.add(merkle.leaf_hash(line))
                event = parse_entry(entry) if entry.kind in TELLING_KINDS else None
                if isinstance(event, PlacedEvent):
                    self.files.extend(one for one in event.files if is_beside_packages(one.path))
                self.previous, self.size = canonical_json.sha256(line), self.size + 1
                if self.size in self.roots:
                    self.roots[self.size] = self.frontier.root()
                out.write(line + b"\n")


def is_beside_packages(path: str) -> bool:
    """Whether a file of evidence lies in no package."""
    return path.split("/", 1)[0] in {layout.JOURNAL, layout.TRUST}


def begin_copy(source: JournalStore, root: Path, fetch: FileFetcher, known: Sequence[KnownLedger] = ()) -> None:
    """Copy a whole journal into a folder that has none; its head is under a key to which its first one leads.

    `fetch`: brings the files beside packages that the lines name. `IntegrityError` where the journal does not hold, or
    does not continue what is known of it.
    """
    scratch = root / COMING
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        copy_journal(source, scratch, durably=False)
        journal = Journal.open(scratch, None, held=True, store=replica_store(scratch))
        try:
            require_keys(source.name, journal.ring, journal.size)
            require_known(source.name, journal.size, known, lambda size: journal.tree(size).root)
            for area in (layout.JOURNAL, layout.TRUST):
                named = journal.ledger.files(f"{area}/")
                while portion := list(islice(named, WIDTH)):
                    fetch(scratch / layout.EVIDENCE, portion)
        finally:
            journal.close()
        (root / layout.LEDGER).parent.mkdir(parents=True, exist_ok=True)
        for path in (root / layout.LEDGER).parent.glob(f"{Path(layout.LEDGER).name}*"):
            path.unlink()
        for path in (scratch / layout.LEDGER).parent.glob("*"):
            path.rename(root / layout.LEDGER.rsplit("/", 1)[0] / path.name)
        (scratch / layout.EVIDENCE).rename(root / layout.EVIDENCE)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def extend_journal(
    source: JournalStore, root: Path, fetch: FileFetcher, known: Sequence[KnownLedger] = ()
) -> JournalExtension:
    """Add to the copy in `root` the lines that the head of `source` signs and it lacks. One process at a time does.

    `IntegrityError` where the original does not continue the copy, or what else is known of it, or is signed by a key
    that the one in force in the copy does not lead to, or by one that was revoked: nothing is changed then.
    """
    kept = replica_store(root)
    note = source.head()
    head = parse_head(note)
    journal = Journal.open(root, None, held=True, store=kept)
    try:
        before = journal.size
        coming = _Coming(
            root / f"{COMING}.jsonl", copy.deepcopy(journal.ring), journal.frontier.copy(), before,
            journal.chain.previous, roots={one.size: b"" for one in known},
        )  # fmt: skip
        here = KnownLedger(str(root), before, journal.frontier.root())
        require_known(source.name, head.size, [replace(one, root=None) for one in (here, *known)], lambda size: b"")
        if head.size == before:
            require_known(source.name, head.size, [here], lambda size: head.root or b"")
        else:
            coming.take(line for line, _ in islice(source.lines(before), head.size - before))
            _require_continued(source, head, coming, journal.ring)
        require_known(
            source.name, head.size, known, lambda size: coming.roots[size] if size > before else journal.tree(size).root
        )
    finally:
        journal.close()
    made = JournalExtension(before, head.size, coming.frontier.root())
    if head.size > before:
        fetch(root / layout.EVIDENCE, [(one.path, one.sha256) for one in coming.files])
        _put_in_place(kept, before, (line for line, _ in read_lines(coming.path)), note)
        coming.path.unlink()
        Journal.open(root, None, held=True, store=kept).close()
        kept.tidy(head.size // WIDTH)
    return made


def _require_continued(source: JournalStore, head: JournalHead, coming: _Coming, known: KeyHistory) -> None:
    if coming.size != head.size or coming.frontier.root() != head.root:
        raise IntegrityError(
            f"{source.name}: its lines are not those that its head signs, or do not continue the ones that it had when"
            " they were copied here. Run `auditor verify`, and ask who changed it"
        )
    require_signed(source.name, head, coming.ring, len(known.unendorsed))


def _put_in_place(kept: LocalJournalStore, before: int, coming: Iterator[bytes], note: bytes) -> None:
    """Segments with their tiles, the open segment, the head: in this order."""
    folder, scratch = kept.folder, kept.folder / COMING
    index, skip = divmod(before, WIDTH)
    lines = chain((line for line, _ in islice(kept.lines(index * WIDTH), skip)), coming)
    while segment := list(islice(lines, WIDTH)):
        if len(segment) == WIDTH:
            leaves = b"".join(map(merkle.leaf_hash, segment))
            for one in tiles_after(index, leaves, kept.tile):
                _exchange(folder / one.path, one.hashes, scratch)
            _exchange(folder / layout.segment_path(index), _text(segment), scratch)
            index += 1
        else:
            _exchange(folder / layout.TAIL_FILE, _text(segment), scratch)
            break
    else:
        (folder / layout.TAIL_FILE).unlink(missing_ok=True)
    _exchange(folder / layout.HEAD_FILE, note, scratch)


def _exchange(path: Path, data: bytes, scratch: Path) -> None:
    with durable.os_errors_as_vault_error(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.unlink(missing_ok=True)
        durable.write(scratch, data, 0o644, sync=False)
        scratch.replace(path)


def _text(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)
