"""What answers questions about the evidence: the port of the corridor, and what is put into it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from auditor.model.evidence import Seal
from auditor.model.findings import Unobserved
from auditor.model.reading.observations import Count, Observation, Texts
from auditor.model.reading.readings import Reading
from auditor.model.reports import EvidenceRow


@dataclass(frozen=True, slots=True)
class IndexedCapture:
    """Everything the index keeps of one capture."""

    run: str
    row: EvidenceRow
    reading: Reading | None
    observations: tuple[Observation, ...]
    unobserved: tuple[Unobserved, ...]


@dataclass(frozen=True, slots=True)
class DeploymentSize:
    """How much is known of a deployment."""

    captures: int
    counts: int


class ReportIndex(Texts, Protocol):
    """What a report asks of the index. Moments are timezone-aware; "up to a moment" includes it."""

    def package(self, capture: str) -> EvidenceRow | None:
        """The package of a capture, or None."""
        ...

    def packages(self) -> Sequence[EvidenceRow]:
        """Every package, oldest first."""
        ...

    def packages_at(self, deployment: str) -> Sequence[EvidenceRow]:
        """The packages of one deployment, oldest first."""
        ...

    def packages_of(self, captures: Iterable[str]) -> Iterator[EvidenceRow]:
        """The packages of these captures, as far as they are there, in no order."""
        ...

    def unsealed(self) -> Sequence[EvidenceRow]:
        """Every package that waits for its seal."""
        ...

    def latest_as_of(self, as_of: datetime) -> Mapping[str, tuple[str, datetime]]:
        """By deployment, its newest capture up to a moment, and when it was made."""
        ...

    def series(self, deployment: str, as_of: datetime) -> Sequence[Observation]:
        """The counts of one deployment up to a moment, oldest first, with the time of their seals."""
        ...

    def counts(self, deployment: str, as_of: datetime) -> Sequence[Count]:
        """The numbers of one deployment up to a moment, oldest first, without the texts they were read from."""
        ...

    def reopen_forked(self) -> None:
        """In a fork of the process that opened it: go on reading by means of its own."""
        ...

    def missed_as_of(self, as_of: datetime) -> Sequence[Unobserved]:
        """Pages that gave no number in the newest visit to each deployment up to a moment, oldest first."""
        ...

    def deployments(self) -> Sequence[str]:
        """Every deployment that was captured, by name."""
        ...

    def sizes(self, as_of: datetime) -> Mapping[str, DeploymentSize]:
        """By deployment, how many captures and counts there are up to a moment."""
        ...


class EvidenceIndex(ReportIndex, Protocol):
    """Answers to questions about the evidence without opening it; made from evidence alone, and never evidence itself.

    The same evidence recorded in any order gives an index that is equal row by row. `EvidenceIndexError` where the
    index cannot be asked or written; the next move is always `auditor rebuild`. Used by one thread at a time. Moments
    are timezone-aware; "up to a moment" includes it.
    """

    def record(self, records: Sequence[IndexedCapture]) -> None:
        """Write these captures, all or none. A capture already there is replaced by what is given now."""
        ...

    def remove(self, captures: Sequence[str]) -> None:
        """Forget captures by id, all or none; one that is not there is passed over."""
        ...

    def seal(self, capture: str, seal: Seal) -> None:
        """Note the present seal of a capture; `EvidenceIndexError` where it was never recorded."""
        ...

    def followed(self) -> int:
        """The journal line from which on the index has not followed it; 0 where it never did."""
        ...

    def follow(self, line: int) -> None:
        """Note that what the lines before this one say is recorded."""
        ...

    def unread(self) -> Mapping[str, str]:
        """Captures that were tried and neither recorded since nor removed, each with why; the last tried are last."""
        ...

    def note_unread(self, captures: Mapping[str, str]) -> None:
        """Note of captures that were tried now why their package could not be read."""
        ...

    def latest(self) -> Mapping[str, EvidenceRow]:
        """By deployment, its newest package."""
        ...

    def newest(self) -> Mapping[str, datetime]:
        """By deployment, the moment of its newest capture."""
        ...

    def reading(self, capture: str) -> Reading | None:
        """What was read from a capture when it was recorded; None where nothing was."""
        ...

    def observations(self, deployment: str | None = None) -> Sequence[Observation]:
        """Counts seen, of one deployment or of all, oldest first, with the present state of their seals."""
        ...

    def unobserved(self, *, latest_only: bool = True) -> Sequence[Unobserved]:
        """Pages that gave no number: of the newest visit to each deployment, or of all visits."""
        ...

    def captures(self) -> set[str]:
        """Every capture that any part of the index names."""
        ...

    def rows_of(self, capture: str) -> Mapping[str, list[tuple[object, ...]]]:
        """What the index holds of one capture, by part, in a fixed order: to compare two indexes."""
        ...
