"""What is indexed and journalled as if nothing had been captured before a moment: what a case with a beginning sees.

Nothing is struck out of a report on everything: earlier captures are left out of what is judged, so that no count,
mark, sum or sentence rests on one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.model.events import DecisionMade
from auditor.model.evidence import Event
from auditor.model.findings import Unobserved
from auditor.model.ports import DeploymentSize, ReportIndex
from auditor.model.reading.observations import Count, Observation
from auditor.model.reports import EvidenceRow


@dataclass(frozen=True, slots=True)
class WindowedIndex:
    """An index without the captures before a moment."""

    index: ReportIndex
    begins: datetime

    def events(self, entries: Iterable[Event]) -> Iterator[Event]:
        """Of what was journalled, all that a report of the window is judged by: key dates whenever they were recorded;
        runs, gaps and decisions from the moment on, but no decision that rests on an earlier capture."""
        for entry in entries:
            if entry.kind == "event" or (entry.at >= self.begins and not self._rests_on_earlier(entry)):
                yield entry

    def package(self, capture: str) -> EvidenceRow | None:
        """Of an earlier capture too: what names one is told from what names a document."""
        return self.index.package(capture)

    def packages(self) -> Sequence[EvidenceRow]:
        return self._later(self.index.packages())

    def packages_at(self, deployment: str) -> Sequence[EvidenceRow]:
        return self._later(self.index.packages_at(deployment))

    def packages_of(self, captures: Iterable[str]) -> Iterator[EvidenceRow]:
        return iter(self._later(self.index.packages_of(captures)))

    def unsealed(self) -> Sequence[EvidenceRow]:
        return self._later(self.index.unsealed())

    def latest_as_of(self, as_of: datetime) -> Mapping[str, tuple[str, datetime]]:
        return {name: told for name, told in self.index.latest_as_of(as_of).items() if told[1] >= self.begins}

    def missed_as_of(self, as_of: datetime) -> Sequence[Unobserved]:
        return [one for one in self.index.missed_as_of(as_of) if one.at >= self.begins]

    def series(self, deployment: str, as_of: datetime) -> Sequence[Observation]:
        return [one for one in self.index.series(deployment, as_of) if one.captured_at >= self.begins]

    def counts(self, deployment: str, as_of: datetime) -> Sequence[Count]:
        return [one for one in self.index.counts(deployment, as_of) if one.captured_at >= self.begins]

    def sizes(self, as_of: datetime) -> Mapping[str, DeploymentSize]:
        earlier = self.index.sizes(self.begins - timedelta(microseconds=1))
        none = DeploymentSize(0, 0)
        return {
            name: DeploymentSize(
                max(0, size.captures - earlier.get(name, none).captures),
                max(0, size.counts - earlier.get(name, none).counts),
            )
            for name, size in self.index.sizes(as_of).items()
        }

    def deployments(self) -> Sequence[str]:
        return self.index.deployments()

    def whole(self, counts: Sequence[Count]) -> Sequence[Observation]:
        return self.index.whole(counts)

    def reopen_forked(self) -> None:
        self.index.reopen_forked()

    def holds(self, captures: Iterable[str]) -> bool:
        """Whether none of these was made before the moment."""
        return all(row.captured_at >= self.begins for row in self.index.packages_of(captures))

    def _later(self, rows: Iterable[EvidenceRow]) -> list[EvidenceRow]:
        return [row for row in rows if row.captured_at >= self.begins]

    def _rests_on_earlier(self, entry: Event) -> bool:
        return entry.kind == "decision" and not self.holds(DecisionMade.of(entry).decision.evidence)
