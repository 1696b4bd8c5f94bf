"""What the comparison says: positions, findings, and the analyst's decisions they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from auditor.model.notes import Note
from auditor.model.reading.observations import Basis
from auditor.model.reading.reading_checks import ReadingCertainty
from auditor.model.reading.readings import StatedPlace
from auditor.model.targets.contracts import Money, Unlimited
from auditor.model.targets.deployments import LegalStatus

PositionKey = tuple[str | None, str, str]
"""Contract, deployment and metric of a position."""

Severity = Literal["high", "medium", "low", "info"]
Certainty = Literal["certain", "likely", "needs_review"]
FindingKind = Literal["fail", "review", "open", "informational"]
BaselineState = Literal["new", "unchanged", "updated", "absent"]
"""A finding against the run before. `new`: it was not there; `unchanged`: it says the same; `updated`: its number,
value, weight, kind or the deployments concerned differ; `absent`: it was there and is not any more."""
PositionStatus = Literal["within", "over", "over_permitted", "unlicensed", "unverified", "incomplete"]
"""How used stands against entitled. `within`: no more used than entitled; `over`: more; `over_permitted`: more, and the
contract lets it be (true-up, tolerance in units or days); `unlicensed`: nothing is entitled that day, by no contract or
outside its time; `unverified`: the newest visit gave no number, so that nothing is said about it; `incomplete`: the
contract record lacks a term that the comparison needs."""
FindingState = Literal[
    "new", "acknowledged", "confirmed", "explained", "settled", "dismissed", "suppressed", "reopened"
]
"""What named persons decided about a finding. `new`: nothing yet; `acknowledged`: seen, being looked into;
`confirmed`: found right; `explained`: right, with a reason that leaves no claim; `settled`: agreed or paid;
`dismissed`: found wrong; `suppressed`: set aside with a reason, until a day or for good; `reopened`: was explained,
settled or dismissed, and its number rose since."""


@dataclass(frozen=True, slots=True)
class Unobserved:
    """A visit, or a view of it, that gave no number."""

    deployment: str
    page: str
    outcome: str
    why: Note
    at: datetime
    capture: str


DecisionKind = Literal[
    "confirmed_count",
    "identity",
    "price_evidence",
    "date",
    "finding",
    "suppression",
    "redaction",
    "page_field",
    "compared_screen",
    "hosting",
    "notice_approved",
    "notice_withdrawn",
    "reply_kind",
]


@dataclass(frozen=True, slots=True)
class ExcludedRow:
    """A row that is displayed and not counted, and why."""

    code: str
    """Code of the row on the list; empty where it has none."""
    name: str
    """Its name on the list."""
    reason: str
    """Why it is not counted, in one sentence."""


@dataclass(frozen=True, slots=True)
class UncountedRow:
    """A row of a list that a position does not count, and why."""

    code: str
    name: str
    why: Note
    """`excluded.…` where the contract, the metric or the page's description leaves it out; quoted where a person
    decided it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a named person decided, on what evidence. Never edited, only superseded."""

    id: str
    """Made from what the decision says."""
    kind: DecisionKind
    """What is decided."""
    at: datetime
    """When."""
    by: str
    """Name of the person."""
    reason: str
    """Why, in the person's words."""
    subject: str
    """Deployment, finding fingerprint, or document the decision is about."""
    evidence: tuple[str, ...] = ()
    """Capture ids or document digests."""
    value: int | None = None
    """The confirmed count, in units of the metric; None where no number is decided."""
    metric: str = ""
    """Id of the metric that is counted."""
    excluded: tuple[ExcludedRow, ...] = ()
    """Rows that are displayed and not counted."""
    text: str = ""
    """For other kinds: the resolved value, state or judgement."""
    expires_on: date | None = None
    """The last day on which a suppression holds, in UTC; None where it has no end."""
    supersedes: str = ""
    """Id of the earlier decision on the same subject that this one replaces."""
    place: StatedPlace | None = field(default=None, metadata={"absent": "unless the kind is `page_field`"})
    """Where the page states the field: what a person confirmed on the picture named as evidence."""


@dataclass(frozen=True, slots=True)
class KeyDate:
    """An event with a date: termination, notice, judgment, undertaking."""

    id: str
    """Name of the event."""
    kind: Literal["termination", "notice", "judgment", "undertaking", "other"]
    """What happened."""
    on: date | None
    """The day; None where the document's date is ambiguous."""
    candidates: tuple[date, ...] = ()
    """Where the document's date is ambiguous: all readings, none chosen."""
    raw: str = ""
    """The date as the document writes it."""
    what: str = ""
    """What happened, in one sentence."""
    document: str = ""
    """Id or digest of the document that shows it."""
    contract: str = ""
    """Id of the contract that it concerns; empty where it concerns none by name."""
    deployment: str | None = field(default=None, metadata={"absent": "unless it concerns one deployment alone"})
    """Id of the one deployment that it concerns, such as the receipt of a notice about it."""


@dataclass(frozen=True, slots=True)
class EntitlementStep:
    """One change of the entitled quantity, from a day on, and why."""

    from_: date
    units: int
    """Change of this step; 0 for steps that change the legal state only."""
    total: int | Unlimited | None
    """Entitled from this day; None where nothing is (which is not the same as 0)."""
    why: Note
    source: Note
    by_rule: bool = False
    """True where it exists by a renewal rule and no document."""


@dataclass(frozen=True, slots=True)
class StoppedConfirmation:
    """A confirmed count that held for some captures and holds no more, since what it rests on changed."""

    decision: str
    """Id of the decision."""
    value: int
    by: str
    """Name of the person who confirmed it."""
    held_until: date
    """Day of the last capture it held for."""
    stopped_on: date
    """Day of the first capture it does not hold for."""
    stopped_at: datetime
    capture: str
    """That capture."""
    why: Note
    """What changed: `confirmation.count_changed`, `confirmation.rows_changed`, `confirmation.rows_gone`."""


@dataclass(frozen=True, slots=True)
class TrueUp:
    """What is owed for a contract year's units over that the contract permits and settles afterwards.

    Owed is not over entitlement by record: the contract lets it be, and an invoice is due.
    """

    year_from: date
    """First day of the contract year; after the contract's end, the last day of the contract."""
    measure: Literal["high_water_mark", "point_in_time", "time_weighted_average"]
    """How the contract measures: the most units over in the contract year, those over now, or their average."""
    units: Decimal
    """Units owed; a whole number unless they are an average over time, to four places."""
    day: date
    """The day of the capture that shows them; of an average, the latest of that year."""
    amount: Money | None
    """At the price the contract names; None where no recorded price values the units."""


@dataclass(frozen=True, slots=True)
class Position:
    """Entitled against used, for one contract, deployment and metric at one moment."""

    contract: str | None
    deployment: str
    legal_status: LegalStatus
    metric: str
    status: PositionStatus
    displayed: int | None
    displayed_raw: str
    cap: int | Unlimited | None
    cap_raw: str
    listed: int | None
    confirmed: int | None
    entitled: int | Unlimited | None
    over_by: int | None
    rule: Note
    """Which counting rule applied: `counting.every_unit` of a deployment that no contract covers, `counting.excess`…"""
    capture: str
    captured_at: datetime | None
    sealed: bool
    excess_over_cap: int | None = None
    """The other figure: displayed units over the cap of the reference, shown and never summed."""
    reference_cap: int | None = None
    """The finite cap that the other figure is measured against: the page's own, else the reference's."""
    all_units: int | None = None
    hwm: int | None = None
    hwm_at: datetime | None = None
    hwm_capture: str = ""
    captures: int = 0
    """The mark is the highest of so many captures: a lower bound."""
    over_days: int | None = None
    over_days_rule: Note | None = None
    over_instants: int = 0
    over_since: datetime | None = None
    """The first capture of the unbroken run of captures, up to the present one, that all were over, permitted or not;
    None where the present one is not over. Over since then at the latest: nothing is known before the run."""
    true_up: tuple[TrueUp, ...] = ()
    """What is owed by true-up, the earliest contract year first; empty where nothing is, or none is agreed."""
    age_days: int | None = None
    list_value: Money | None = None
    net_value: Money | None = None
    priced_at: Note | None = None
    excluded: tuple[UncountedRow, ...] = ()
    confirmed_by: str = ""
    confirmed_why: str = ""
    confirmation_stopped: StoppedConfirmation | None = None
    """The confirmed count in force that does not hold for this capture any more; `confirmed` is None then."""
    timeline: tuple[EntitlementStep, ...] = ()
    basis: tuple[Basis, ...] = ()
    variants: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Counting variants: `by_code`, `by_body`, `by_login`."""
    notes: tuple[Note, ...] = ()
    displayed_certainty: ReadingCertainty | None = None
    """How the four checks of the displayed number came out; None where there is none."""
    cap_certainty: ReadingCertainty | None = None
    listed_complete: bool | None = None
    """Whether the list was read to its end; None where the pages have none."""
    doubts: Mapping[str, Note] = field(default_factory=lambda: MappingProxyType({}))
    """Why the reading needs review (`displayed`, `cap`), and why the list is not complete (`listed`)."""
    description_confirmed: bool | None = None
    """Whether a named person confirmed where its page states these numbers; None where no number was read."""

    @property
    def counted(self) -> int | None:
        """The observed number: the displayed one, else the rows of the complete list. What a contract leaves out is
        still in it; `all_units` is what is compared."""
        return self.listed if self.displayed is None else self.displayed


@dataclass(frozen=True, slots=True)
class PositionChange:
    """One thing that a position says otherwise than at an earlier moment."""

    deployment: str
    contract: str | None
    metric: str
    what: Note
    """`change.newly_over`, `change.count`, `change.number_lost` …, with what it was and what it is."""


@dataclass(frozen=True, slots=True)
class Expiry:
    """Something that ends on a day to come."""

    subject: str
    """Id of a contract or deployment; the fingerprint of a finding that is set aside."""
    on: date
    """The last day it holds."""
    what: Note
    """`expiry.term`, `expiry.renews`, `expiry.notice`, `expiry.maintenance`, `expiry.order`, `expiry.suppression`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's statement about one deployment or contract, with what it rests on."""

    rule: str
    """Rule id of the catalogue, e.g. `Q101`."""
    name: str
    deployment: str
    contract: str | None
    metric: str
    severity: Severity
    certainty: Certainty
    kind: FindingKind
    statement: str
    """English, one or two sentences."""
    statement_zh: str = ""
    basis: tuple[Basis, ...] = ()
    favours: Literal["licensor", "other_side", "neither"] = "licensor"
    units: int | None = None
    list_value: Money | None = None
    net_value: Money | None = None
    false_positive_risks: tuple[str, ...] = ()
    assumptions: tuple[Note, ...] = ()
    disproved_by: str = ""
    since: datetime | None = None
    baseline: BaselineState = "new"
    life: FindingState = "new"
    others: tuple[str, ...] = ()
    """Further deployments concerned (clones)."""
    name_zh: str = ""
    false_positive_risks_zh: tuple[str, ...] = ()
    disproved_by_zh: str = ""
    review_why: Note | None = None
    """Why its certainty is `needs_review`; None for any other."""
    life_why: Note | None = None
    """Who decided the state of its life, when and why; for `reopened`, from which number to which."""

    @property
    def fingerprint(self) -> str:
        """Identity without the number, so that a changed number is the same finding."""
        return "/".join((self.rule, self.contract or "-", self.deployment, self.metric or "-"))
