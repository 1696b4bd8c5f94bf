"""What is asked at a desk: lists, one deployment, one capture, findings, contracts, search; of the scope alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.errors import NotShownError
from auditor.index import Index
from auditor.model.reports import EvidenceRow

if TYPE_CHECKING:
    from auditor.workflow.desk.desk import Desk


class DeskReads:
    """Answers about the scope of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def capture(self, name: str) -> EvidenceRow:
        """The row of a capture; `NotShownError` where there is none in the scope."""
        with Index.open_to_read(self._desk.workspace.db) as index:
            row = index.package(name)
        if row is None or not self._desk.shows(row.deployment, row.captured_at):
            raise NotShownError("there is no such capture here")
        return row
