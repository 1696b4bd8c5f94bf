"""Lines of the journal written into its tables, each once and in order."""

from __future__ import annotations

from collections.abc import Iterable

from auditor import clock
from auditor.custody.journal.ledger.records import microseconds, removable_path
from auditor.custody.journal.tables import CHECKPOINT_COLUMNS, PACKAGE_COLUMNS, JournalTables
from auditor.errors import IntegrityError
from auditor.model.events import (
    ArtefactsRemoved,
    CaptureCommitted,
    CheckpointCosigned,
    CheckpointRefused,
    CheckpointSigned,
    FileDigest,
    FilingCommitted,
    GapRecorded,
    JournalEvent,
    PlacedEvent,
    RevocationKept,
    RunClosed,
    RunOpened,
    RunPlanned,
    StampedEvent,
    VisitIntended,
    line_name,
)
from auditor.model.evidence import JournalEntry


class LineTabulator:
    """Writes what lines say into the tables."""

    def __init__(self, tables: JournalTables) -> None:
        self._tables = tables

    def write(self, entry: JournalEntry, event: JournalEvent | None) -> None:
        """`IntegrityError` where the line says what cannot be. `event`: None of a kind that tells nothing here."""
        put, number, name = self._tables.put, entry.number, line_name(entry)
        put("INSERT INTO event VALUES (?, ?, ?)", (entry.kind, number, microseconds(entry.at)), name)
        if isinstance(event, PlacedEvent):
            self._files(name, event.files)
        match event:
            case VisitIntended():
                put("INSERT INTO intent VALUES (?, ?)", (event.intent, number), f"{name}: intent {event.intent}")
                self._end_slot(event.run, event.slot, "intent")
            case CaptureCommitted():
                put(
                    f"INSERT INTO package ({PACKAGE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",  # noqa: S608
                    (event.capture, event.intent, event.deployment, event.run, event.package, event.manifest_sha256,
                     event.manifest_bytes, event.quorum, event.version or "", number, clock.timestamp(entry.at)),
                    f"{name}: capture {event.capture}",
                )  # fmt: skip
                put("INSERT INTO outcome VALUES (?, ?)", (event.intent, number))
            case StampedEvent() if event.tokens:
                put("INSERT INTO stamp VALUES (?, ?)", (event.subject.path, number))
                self._stamp_filing(event)
            case GapRecorded():
                self._gap(number, event)
            case RunPlanned():
                for place, slot in enumerate(event.slots):
                    put(
                        "INSERT OR IGNORE INTO slot VALUES (?, ?, ?, '')",
                        (event.run, slot.slot, (number << 24) + place),
                    )
            case RunOpened():
                put("INSERT OR REPLACE INTO run VALUES (?, 0, ?)", (event.run, number))
            case RunClosed():
                put("INSERT OR REPLACE INTO run VALUES (?, 1, ?)", (event.run, number))
            case _:
                self._write_rare(entry, event)

    def _stamp_filing(self, event: StampedEvent) -> None:
        """A filing waits until tokens of its quorum of owners verified."""
        row = self._tables.row("SELECT quorum, owners FROM filing WHERE manifest = ?", event.subject.path)
        if row is None:
            return
        verified = {one.owner for one in event.tokens if one.status == "verified"}
        owners, quorum = sorted(verified | set(str(row[1]).splitlines())), max(int(row[0]), event.quorum)
        self._tables.put(
            "UPDATE filing SET quorum = ?, owners = ?, waits = ? WHERE manifest = ?",
            (quorum, "\n".join(owners), int(len(owners) < quorum), event.subject.path),
        )

    def _write_rare(self, entry: JournalEntry, event: JournalEvent | None) -> None:
        put, number = self._tables.put, entry.number
        match event:
            case CheckpointSigned():
                put(
                    f"INSERT INTO checkpoint ({CHECKPOINT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                    (event.size, event.root, event.subject.path, number, event.subject.sha256,
                     clock.timestamp(entry.at), event.fold or ""),
                )  # fmt: skip
            case CheckpointCosigned():
                put(
                    "INSERT INTO cosignature VALUES (?, ?, ?, ?)",
                    (number, event.size, event.witness, event.cosignature),
                )
            case CheckpointRefused():
                told, at = f"{event.status} {event.said}".strip(), clock.timestamp(entry.at)
                row = (number, event.size, event.witness, int(event.contradicts), told, at)
                put("INSERT INTO refusal VALUES (?, ?, ?, ?, ?, ?)", row)
            case RevocationKept():
                for place, item in enumerate(event.lists):
                    put("INSERT INTO revocation VALUES (?, ?, ?, ?)", (number, place, item.kind, item.path))
            case FilingCommitted():
                quorum = max(1, event.quorum)
                put(
                    "INSERT OR IGNORE INTO filing VALUES (?, ?, ?, '', 1)",
                    (f"{event.package}/manifest.json", number, quorum),
                )
            case ArtefactsRemoved():
                for one in event.captures:
                    for file in one.removed:
                        removable_path(file.path)
                    put("INSERT OR IGNORE INTO pruned VALUES (?, ?, ?)", (one.capture, number, event.rule))

    def _files(self, name: str, files: Iterable[FileDigest]) -> None:
        for item in files:
            if (known := self._digest(item.path)) is None:
                self._tables.put("INSERT INTO file VALUES (?, ?)", (item.path, bytes.fromhex(item.sha256)))
            elif known != item.sha256:
                raise IntegrityError(f"{name}: {item.path} was recorded before with another digest")

    def _gap(self, number: int, event: GapRecorded) -> None:
        if event.intent:
            self._tables.put("INSERT INTO outcome VALUES (?, ?)", (event.intent, number))
        for ended in (event.slot, *(one.slot for one in event.slots or ())):
            self._end_slot(event.run, ended, "gap")

    def _end_slot(self, run: str, slot: str, how: str) -> None:
        if slot:
            self._tables.put(
                "UPDATE slot SET ends = trim(ends || ' ' || ?) WHERE run = ? AND slot = ?", (how, run, slot)
            )

    def _digest(self, path: str) -> str | None:
        row = self._tables.row("SELECT sha256 FROM file WHERE path = ?", path)
        return bytes(row[0]).hex() if row else None
