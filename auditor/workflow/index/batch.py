"""Captures written to the index many at a time: one transaction for each batch."""

from __future__ import annotations

from auditor.model.ports import EvidenceIndex, IndexedCapture
from auditor.workflow.index.record import BATCH


class IndexBatch:
    """Collects captures and writes them when there are `size` of them. Used in the thread that opened the index."""

    def __init__(self, index: EvidenceIndex, size: int = BATCH) -> None:
        self._index = index
        self._size = size
        self._captures: list[IndexedCapture] = []

    def add(self, capture: IndexedCapture) -> None:
        """Take one capture; writes where the batch is full."""
        self._captures.append(capture)
        if len(self._captures) >= self._size:
            self.flush()

    def flush(self) -> None:
        """Write what was collected, in one transaction."""
        if self._captures:
            self._index.record(self._captures)
            self._captures.clear()
