"""Holding `db/ledger.db` against the journal: made anew from the lines and compared row by row."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from auditor.custody.journal.tables import EarlierTablesError, JournalTables
from auditor.formats import evidence_layout as layout
from auditor.model.evidence import CheckList

CHECK = "journal.fold"
ADVICE = f"throw {layout.LEDGER} away: the next start makes it from the journal"


class KeptTables:
    """The tables as they were kept, at the size that they say. Where there are none, nothing is said of them."""

    def __init__(self, path: Path) -> None:
        self.size, self._root, self._why = 0, b"", ""
        self._tables: JournalTables | None = None
        if not path.exists():
            return
        try:
            self._tables = JournalTables(path, reading=True)
            self._tables.begin(writing=False)
            self.size, self._root, _ = self._tables.folded()
        except EarlierTablesError:
            return  # as if there were none: nothing rests on them
        except sqlite3.Error as error:
            self._why = f"cannot be read: {error}"

    def compare(self, again: JournalTables, root: bytes, checks: CheckList) -> None:
        """`again`: made from the lines up to the size that the kept ones say; `root`: their Merkle root."""
        assert self._tables is not None  # noqa: S101
        try:
            differing = again.differing(self._tables)
        except sqlite3.Error as error:
            differing = [f"cannot be read: {error}"]
        if root != self._root:
            differing.append(f"says another Merkle root of {self.size} lines")
        for row in differing:
            checks.failed(CHECK, layout.LEDGER, f"differs from the journal: {row[:300]}; {ADVICE}")
        if not differing:
            checks.passed(CHECK, layout.LEDGER, f"equal, row by row, to what {self.size} journal lines say")

    def finish(self, size: int, checks: CheckList) -> None:
        """After all lines: tables that could not be compared are told; those that stand for no line hold no row."""
        if self._tables is not None and not self._why and not self.size:
            self.compare(JournalTables(), self._root, checks)
        if self._why:
            checks.failed(CHECK, layout.LEDGER, f"{self._why}; {ADVICE}")
        elif self.size > size:
            why = (
                f"stands at {self.size} lines, the journal has {size}: it was cut off, or these are of another journal"
            )
            checks.failed(CHECK, layout.LEDGER, f"{why}; compare the two")
        if self._tables is not None:
            self._tables.rollback()
            self._tables.close()
