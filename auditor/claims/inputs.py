"""What one computation rests on, gathered once; and the leaves of derivations that name captures and documents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from auditor.errors import ClaimError
from auditor.model.claims import ClaimFile, DerivationSource, Scenario
from auditor.model.findings import Decision, DecisionKind, KeyDate, Position
from auditor.model.reading.observations import Observation
from auditor.model.targets.contracts import Source
from auditor.model.targets.estate import Estate

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class ClaimInputs:
    """Everything given to `compute`, as one value."""

    scenario: Scenario
    file: ClaimFile
    positions: tuple[Position, ...]
    decisions: tuple[Decision, ...]
    key_dates: Mapping[str, KeyDate]
    estate: Estate
    positions_of: Mapping[str, tuple[Position, ...]]
    """By deployment, as `history_of` and `confirmed_of` are: estates are large."""
    history_of: Mapping[str, tuple[Observation, ...]]
    confirmed_of: Mapping[str, tuple[Decision, ...]]
    """Confirmed counts that no later decision supersedes, in order of time."""

    @property
    def who(self) -> str:
        """How messages name the scenario."""
        return f"scenario {self.scenario.id}"

    @property
    def metric(self) -> str:
        """The scenario's metric, or the product's first."""
        if self.scenario.metric:
            return self.scenario.metric
        product = self.estate.products.get(self.product)
        if product is None or not product.metrics:
            raise ClaimError(f"{self.who}: product {self.product!r} is not in targets.yaml; name one of its products")
        return product.metrics[0].id

    @property
    def product(self) -> str:
        """The scenario's product, the claim file's, or the only one there is."""
        named = self.scenario.product or self.file.product
        return named or (next(iter(self.estate.products)) if len(self.estate.products) == 1 else "")

    @property
    def contract(self) -> str:
        return self.scenario.contract or self.file.contract

    @property
    def edition(self) -> str:
        return self.scenario.edition or self.file.edition

    def current(self, kind: DecisionKind) -> tuple[Decision, ...]:
        """Decisions of a kind that no later one supersedes, in order of time."""
        return _current(self.decisions, kind)

    def document(self, source: Source, text: str = "") -> DerivationSource:
        """The leaf for a source that names a document of the claims or of any contract, with its digest if known."""
        contracts = self.estate.contracts.values()
        known = [*self.file.documents, *(document for contract in contracts for document in contract.documents)]
        digest = next((document.sha256 for document in known if document.id == source.document), "")
        said = " ".join(part for part in (source.clause, text) if part)
        return DerivationSource("document", source.document or self._record(), digest or self._digest(source), said)

    def record(self, text: str) -> DerivationSource:
        """The leaf for what targets.yaml itself states: an assumption of the scenario."""
        return DerivationSource("document", self._record(), self.estate.sources.get(self._record(), ""), text)

    def _record(self) -> str:
        paths = sorted(self.estate.sources)
        return next(
            (path for path in paths if path.rpartition("/")[2] == "targets.yaml"), (paths or ["targets.yaml"])[0]
        )

    def _digest(self, source: Source) -> str:
        return "" if source.document else self.estate.sources.get(self._record(), "")


def gather_inputs(
    scenario: Scenario,
    file: ClaimFile,
    positions: Sequence[Position],
    decisions: Sequence[Decision],
    key_dates: Sequence[KeyDate],
    estate: Estate,
    history: Sequence[Observation],
) -> ClaimInputs:
    """The inputs as one value."""
    dates = {key_date.id: key_date for key_date in key_dates}
    return ClaimInputs(
        scenario,
        file,
        tuple(positions),
        tuple(decisions),
        dates,
        estate,
        _grouped(positions, lambda position: position.deployment),
        _grouped(history, lambda seen: seen.deployment),
        _grouped(_current(decisions, "confirmed_count"), lambda decision: decision.subject),
    )


def _grouped(rows: Iterable[Row], key: Callable[[Row], str]) -> Mapping[str, tuple[Row, ...]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return {name: tuple(group) for name, group in found.items()}


def _current(decisions: Sequence[Decision], kind: DecisionKind) -> tuple[Decision, ...]:
    gone = {decision.supersedes for decision in decisions if decision.supersedes}
    found = [decision for decision in decisions if decision.kind == kind and decision.id not in gone]
    return tuple(sorted(found, key=lambda decision: (decision.at, decision.id)))


def decision_source(decision: Decision) -> DerivationSource:
    """The leaf for a person's decision; its digest is the SHA-256 of its canonical text."""
    body = {
        "id": decision.id,
        "kind": decision.kind,
        "at": decision.at.isoformat(),
        "by": decision.by,
        "reason": decision.reason,
        "subject": decision.subject,
        "metric": decision.metric,
        "evidence": list(decision.evidence),
        "value": decision.value,
        "text": decision.text,
        "excluded": [[row.code, row.name, row.reason] for row in decision.excluded],
    }
    line = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(line.encode()).hexdigest()
    return DerivationSource("decision", decision.id, digest, f"{decision.by}: {decision.reason}")


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A day that a scenario names, with what it rests on."""

    on: date
    text: str
    source: DerivationSource

    def covers(self, moment: datetime, zone: str) -> bool:
        """Whether the moment lies before the end of this day in the estate's zone."""
        end = datetime.combine(self.on + timedelta(days=1), time(), ZoneInfo(zone))
        return moment < end


def named_day(inputs: ClaimInputs, named: str, asks: str) -> NamedDay:
    """The day of a key date or an ISO day. An ambiguous one is refused unless a decision resolved it."""
    try:
        return NamedDay(date.fromisoformat(named), named, inputs.record(f"{asks}: {named}"))
    except ValueError:
        pass
    key_date = inputs.key_dates.get(named)
    if key_date is None:
        known = ", ".join(sorted(inputs.key_dates)) or "none"
        raise ClaimError(f"{asks}: unknown date {named!r}; name a key date of targets.yaml ({known}) or a day")
    where = inputs.document(
        Source(document=key_date.document), f"{key_date.what or key_date.id} {key_date.raw}".strip()
    )
    if key_date.on is not None:
        return NamedDay(key_date.on, f"{named} {key_date.on}", where)
    for decision in reversed(inputs.current("date")):
        if decision.subject == named and decision.text in {str(candidate) for candidate in key_date.candidates}:
            return NamedDay(date.fromisoformat(decision.text), f"{named} {decision.text}", decision_source(decision))
    choices = " or ".join(str(candidate) for candidate in key_date.candidates) or "no reading"
    raise ClaimError(
        f"{asks}: the date {named} ({key_date.raw or 'no text'}) is ambiguous: {choices}; "
        f"record a decision on it with `auditor confirm`, none is chosen here"
    )


def ambiguous_key_date(inputs: ClaimInputs, named: str) -> KeyDate | None:
    """The key date of that name, where it is ambiguous and undecided."""
    key_date = inputs.key_dates.get(named)
    if key_date is None or key_date.on is not None:
        return None
    try:
        named_day(inputs, named, named)
    except ClaimError:
        return key_date
    return None
