"""Captures written to the index many at a time: one transaction for each batch."""

from __future__ import annotations

from auditor.clock import monotonic
from auditor.model.ports import EvidenceIndex, IndexedCapture
from auditor.workflow.index.record import BATCH

OLDEST_SECONDS = 10.0
"""How long a capture waits for others at most."""


class IndexBatch:
    """Collects captures and writes them when there are `size` of them. Used in the thread that opened the index."""

    def __init__(self, index: EvidenceIndex, size: int = BATCH) -> None:
        self._index = index
        self._size = size
        self._captures: list[IndexedCapture] = []
        self._since = 0.0

    def add(self, capture: IndexedCapture) -> None:
        """Take one capture; writes where the batch is full."""
        if not self._captures:
            self._since = monotonic()
        self._captures.append(capture)
        if len(self._captures) >= self._size:
            self.flush()

    @property
    def age(self) -> float:
        """Seconds that the first of them has waited; 0 where there is none."""
        return monotonic() - self._since if self._captures else 0.0

    def flush(self) -> None:
        """Write what was collected, in one transaction."""
        if self._captures:
            self._index.record(self._captures)
            self._captures.clear()
