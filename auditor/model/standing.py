"""Positions and findings as they stand, in columns: what lists, overviews and trends are made of.

A row says the number, the weight and the place of a position or finding, and the digest of the whole; it is no evidence
and no exhibit. Whoever opens one has it judged anew and held against that digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Literal, TypeVar

from auditor.model.findings import (
    Certainty,
    Finding,
    FindingKind,
    FindingState,
    Position,
    PositionStatus,
    Severity,
)
from auditor.model.reading.reading_checks import ReadingCertainty
from auditor.model.targets.contracts import Money, Unlimited
from auditor.model.targets.deployments import LegalStatus

Row = TypeVar("Row")

LARGEST_PAGE = 500
"""Rows that one page holds at most."""


@dataclass(frozen=True, slots=True)
class StandingScope:
    """Whose rows a reader sees: those of these contracts and of these customers. Nothing where both are empty.

    A finding that names deployments outside of what one of them covers is withheld, and is in no sum of theirs.
    """

    contracts: frozenset[str] = frozenset()
    customers: frozenset[str] = frozenset()
    """Ids of parties: the counterparty of a contract, the licensee of a deployment that no contract covers."""
    everything: bool = False
    """Every row, whatever the contract; the other two are then of no account."""


EVERYTHING = StandingScope(everything=True)


@dataclass(frozen=True, slots=True)
class StandingMoment:
    """As of what the rows stand, and what is known to be outstanding."""

    as_of: datetime | None
    """The moment that the newest rows were judged at; None where nothing was ever judged."""
    line: int
    """What the journal's lines before this one say is in the rows, or marked as outstanding."""
    targets: str
    """SHA-256 over the digests of `targets.yaml` and its includes that the rows rest on; empty where there are none."""
    outstanding: int
    """Deployments, contracts and groups whose rows are those of before: still to be judged again, or, of a deployment,
    captured, sealed or pruned by those lines of the journal and not recorded in the index yet."""
    passed: int
    """Of those, the ones of which only the day has passed."""

    @property
    def settled(self) -> bool:
        """Whether every row says what a recomputation of these lines and targets says."""
        return self.as_of is not None and not self.outstanding


@dataclass(frozen=True, slots=True)
class StandingPosition:
    """One position in columns."""

    deployment: str
    contract: str | None
    customer: str
    metric: str
    status: PositionStatus
    legal_status: LegalStatus
    displayed: int | None
    cap: int | Unlimited | None
    entitled: int | Unlimited | None
    confirmed: int | None
    over_by: int | None
    over_since: datetime | None
    list_value: Money | None
    net_value: Money | None
    capture: str
    captured_at: datetime | None
    sealed: bool
    certainty: ReadingCertainty | None
    """Of the displayed number."""
    sha256: str
    """Of the canonical bytes of the whole position, without its age."""
    outstanding: bool
    """Something changed since: the row says what stood before."""


@dataclass(frozen=True, slots=True)
class StandingDeployment:
    """One deployment as a reader of some scope sees it: the sum of its positions and findings there."""

    deployment: str
    name: str
    address: str
    product: str
    legal_status: LegalStatus
    contract: str | None
    """Of the position that is most over."""
    customer: str
    metric: str
    status: PositionStatus
    """The weightiest of its positions."""
    displayed: int | None
    cap: int | Unlimited | None
    entitled: int | Unlimited | None
    confirmed: int | None
    over_by: int | None
    """Of the position that is most over."""
    list_value: Money | None
    net_value: Money | None
    captured_at: datetime | None
    sealed: bool
    findings: int
    """Findings that nobody has set aside: a sum, as `StandingTallies` are."""
    severity: Severity | None
    """The weightiest of those."""
    outstanding: bool


@dataclass(frozen=True, slots=True)
class StandingFinding:
    """One finding in columns. Its sentences and what it rests on are had by opening it."""

    fingerprint: str
    rule: str
    severity: Severity
    certainty: Certainty
    kind: FindingKind
    favours: str
    life: FindingState
    deployment: str
    """Empty where it is about a contract alone."""
    contract: str | None
    customer: str
    metric: str
    units: int | None
    list_value: Money | None
    net_value: Money | None
    since: datetime | None
    first_seen: datetime
    """When the standing index first held it: remembered, not evidence."""
    changed_at: datetime
    """When it last said something else: remembered, not evidence."""
    sha256: str
    """Of the canonical bytes of the whole finding, without its comparison with an earlier run."""
    outstanding: bool


@dataclass(frozen=True, slots=True)
class ListedPosition:
    """One position whole, as lists show it."""

    position: Position
    """Without its age, which is another every day."""
    before: datetime | None
    """The last capture with a number before it was over; None where it is not over, or was from the first one on."""
    outstanding: bool


@dataclass(frozen=True, slots=True)
class ListedFinding:
    """One finding whole, as lists show it."""

    finding: Finding
    """Without its comparison with an earlier moment."""
    outstanding: bool


QueueName = Literal["open", "review", "other_side", "decided"]
"""`open`: nobody has decided; `review`: needs review; `other_side`: speaks for them; `decided`: a person has."""
PositionOrder = Literal["over", "name", "displayed", "since", "value", "captured", "peak"]
FindingOrder = Literal["weight", "rule", "deployment", "units", "value", "since"]


@dataclass(frozen=True, slots=True)
class PositionListQuery:
    """Which positions, in which order, from where on. An empty filter lets everything through."""

    order: PositionOrder = "over"
    descending: bool = True
    statuses: tuple[PositionStatus, ...] = ()
    contract: str = ""
    """`-` for those that no contract covers."""
    product: str = ""
    vantage: str = ""
    """`-` for those that state none."""
    metric: str = ""
    sealed: bool | None = None
    certainty: str = ""
    """`none` for those without a displayed number."""
    since: str = ""
    """Over since this day or later, as `2021-12-07`."""
    text: str = ""
    """In the name, id or host of its deployment, whatever the case."""
    customers: tuple[str, ...] = ()
    """With a text: or of one of these customers."""
    owing: bool = False
    """Those alone that owe by true-up."""
    deployments: tuple[str, ...] = ()
    limit: int = 50
    after: str = ""


@dataclass(frozen=True, slots=True)
class FindingListQuery:
    """Which findings, in which order, from where on. An empty filter lets everything through."""

    order: FindingOrder = "weight"
    descending: bool = False
    queue: QueueName | Literal["gone", ""] = ""
    """`gone`: those that stand no more; no other value asks for them."""
    held_after: str = ""
    """First held after this moment, as an ISO text."""
    gone_from: str = ""
    """Of those that stand no more: those that stood until this day or later, as an ISO text."""
    severity: str = ""
    certainty: str = ""
    rule: str = ""
    contract: str = ""
    """`-` for those that name no contract."""
    deployment: str = ""
    favours: str = ""
    life: str = ""
    text: str = ""
    """In its statement, of either language, or in its fingerprint, whatever the case."""
    limit: int = 50
    after: str = ""


@dataclass(frozen=True, slots=True)
class ContractCounts:
    """Deployments that are compared with a contract."""

    captured: int
    over: int
    """Over by record."""
    outstanding: int
    """Still to be judged again."""


Combination = tuple[tuple[str, ...], int]
"""Values that occur together, and how often."""


@dataclass(frozen=True, slots=True)
class WeekChange:
    """What the sums of a week differ from those of the week before."""

    monday: date
    displayed: int
    over: int
    deployments: int
    """Deployments over."""
    series: int
    """Series that begin in this week."""


DeploymentSort = Literal["over", "value", "deployment", "captured"]
"""`over`: most units over first; `value`: highest list value first; `deployment`: by id; `captured`: newest first, and
those never captured last."""
FindingSort = Literal["weight", "value", "units", "changed", "deployment"]
"""`weight`: severity, certainty, rule; `value` and `units`: largest first; `changed`: what changed last first."""


@dataclass(frozen=True, slots=True)
class DeploymentQuery:
    """Which deployments, in which order, from where on. An empty filter lets everything through."""

    scope: StandingScope
    sort: DeploymentSort = "over"
    statuses: tuple[PositionStatus, ...] = ()
    contracts: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    text: str = ""
    """In its id, name or address, whatever the case."""
    limit: int = 50
    after: str = ""
    """`StandingPage.next` of the page before."""


@dataclass(frozen=True, slots=True)
class FindingQuery:
    """Which findings, in which order, from where on. An empty filter lets everything through."""

    scope: StandingScope
    sort: FindingSort = "weight"
    severities: tuple[Severity, ...] = ()
    certainties: tuple[Certainty, ...] = ()
    kinds: tuple[FindingKind, ...] = ()
    states: tuple[FindingState, ...] = ()
    rules: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    deployment: str = ""
    text: str = ""
    """In its fingerprint (rule, contract, deployment, metric), or in the name or address of its deployment."""
    limit: int = 50
    after: str = ""


@dataclass(frozen=True, slots=True)
class StandingPage(Generic[Row]):
    """Some rows, and where the next ones begin."""

    rows: tuple[Row, ...]
    next: str
    """To be given as `after`; empty where these are the last."""


@dataclass(frozen=True, slots=True)
class FindingTally:
    """How many findings of one kind there are, with their units and values."""

    rule: str
    severity: Severity
    certainty: Certainty
    life: FindingState
    findings: int
    units: int
    list_value: tuple[Money, ...]
    """One sum for each currency."""
    net_value: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class StandingTallies:
    """The sums of one reader's rows. For everything, the same figures as the summary of a report."""

    deployments: int
    statuses: Mapping[PositionStatus, int]
    """Deployments by their weightiest status; every status is a key."""
    units: Mapping[str, int]
    """Units over by record, by metric, each deployment once; only metrics with any."""
    list_value: tuple[Money, ...]
    net_value: tuple[Money, ...]
    review_only: int
    """Positions over that are in no sum, because every finding with money about them needs review or was closed."""
    unvalued: int
    """Counted positions over that have no list value: the sums are lower bounds."""
    findings: tuple[FindingTally, ...]

    def findings_by(self, what: Literal["rule", "severity", "certainty", "life"]) -> dict[str, int]:
        """How many findings, by one of their properties."""
        found: dict[str, int] = {}
        for one in self.findings:
            key: str = getattr(one, what)
            found[key] = found.get(key, 0) + one.findings
        return found


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The sums as they last stood on a day: remembered, not evidence."""

    day: date
    """In UTC."""
    line: int
    """The journal line as of which they stood."""
    tallies: StandingTallies


@dataclass(frozen=True, slots=True)
class OpenedDeployment:
    """A deployment judged at the moment it was opened, held against its rows."""

    deployment: str
    positions: tuple[Position, ...]
    findings: tuple[Finding, ...]
    """Every finding that names it as its deployment, those of rules over several deployments included."""
    differing: tuple[str, ...] = ()
    """Rows that were said to be current and said something else, by fingerprint or contract/metric. They are marked to
    be judged again: a fault of the index, never of the evidence."""


@dataclass(frozen=True, slots=True)
class StandingOverview:
    """Everything at a glance, from the rows that are kept."""

    workspace: str
    software: str
    notice: str
    """Said at the head of every report."""
    moment: datetime
    """When it was asked for."""
    size: int
    """Lines of the journal then."""
    state: StandingMoment
    tallies: StandingTallies
    deployments: tuple[StandingDeployment, ...]
    """Those with the most units over."""
    findings: tuple[StandingFinding, ...]
    """The weightiest."""
    trend: tuple[TrendPoint, ...]
