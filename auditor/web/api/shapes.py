"""The JSON values that the API takes and gives. Amounts are decimal text; unlimited is a word; not observed is null."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from auditor.model.findings import Finding, Position
from auditor.model.people import SignedIn
from auditor.model.reports import EvidenceRow
from auditor.model.targets.contracts import Money
from auditor.workflow import digest_shown

Count = int | Literal["unlimited"] | None
Text = Annotated[str, Field(min_length=1, max_length=4_000)]
Name = Annotated[str, Field(min_length=1, max_length=300)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Amount(_Shape):
    """An exact amount."""

    amount: str
    currency: str


class WhoAmI(_Shape):
    """Whose token or session it is."""

    person: str
    name: str
    permissions: list[str]
    everybody: bool
    contracts: list[str]
    deployments: list[str]
    case: str | None


class PositionShape(_Shape):
    """Entitled against used, for one deployment, contract and metric."""

    deployment: str
    contract: str | None
    metric: str
    status: str
    displayed: int | None
    listed: int | None
    confirmed: int | None
    cap: Count
    entitled: Count
    over_by: int | None
    over_since: datetime | None
    peak: int | None
    peak_at: datetime | None
    list_value: Amount | None
    net_value: Amount | None
    certainty: str | None
    capture: str | None
    captured_at: datetime | None
    sealed: bool
    outstanding: bool
    """Something changed since: it is judged again."""


class FindingShape(_Shape):
    """One rule's statement, with what it rests on."""

    fingerprint: str
    rule: str
    name: str
    deployment: str
    contract: str | None
    metric: str
    severity: str
    certainty: str
    kind: str
    favours: str
    statement: str
    units: int | None
    list_value: Amount | None
    net_value: Amount | None
    since: datetime | None
    life: str
    captures: list[str]
    digest: str
    """SHA-256 of all that it says: given back as `seen` with a decision."""
    outstanding: bool
    """Something changed since: it is judged again."""


class CaptureShape(_Shape):
    """One visit."""

    capture: str
    deployment: str
    state: str
    captured_at: datetime
    manifest_sha256: str
    sealed: bool


class _ListPart(_Shape):
    as_of_line: int
    behind: bool
    """Whether anything was added since that is not followed yet."""
    outstanding: int
    """What is judged again, in this list or not: its rows are those of before."""
    next: str | None
    """Given back as `after`; null at the end of the list."""


class PositionPage(_ListPart):
    """A part of the list of positions."""

    rows: list[PositionShape]


class FindingPage(_ListPart):
    """A part of the list of findings."""

    rows: list[FindingShape]


class DeploymentShape(_Shape):
    """One deployment with its positions and newest captures."""

    as_of_line: int
    behind: bool
    """Whether anything was added since that is not followed yet."""
    deployment: str
    name: str
    address: str
    product: str
    positions: list[PositionShape]
    captures: list[CaptureShape]
    """The newest, at most 200."""


class _Decided(_Shape):
    reason: Text
    evidence: Annotated[list[Name], Field(max_length=50)] = []
    """Ids of captures."""
    seen_line: Annotated[int, Field(ge=0, lt=2**53)] | None = None
    """`as_of_line` of what was looked at."""


class FindingDecision(_Decided):
    """What is decided of a finding."""

    fingerprint: Name
    seen: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """`digest` of the finding that was looked at."""
    state: Literal["acknowledged", "confirmed", "explained", "settled", "dismissed", "suppress"]
    until: date | None = None
    """Last day of a suppression."""


class CountDecision(_Decided):
    """A count that a person decided."""

    value: Annotated[int, Field(ge=0, lt=2**53)]
    metric: Annotated[str, Field(max_length=100)] = ""
    by_code: Annotated[dict[Name, Text], Field(max_length=1_000)] = {}
    """Rows that are not counted, by code, each with its reason."""
    by_kind: Annotated[dict[Name, Text], Field(max_length=100)] = {}
    """Kinds of rows that are not counted, each with its reason."""


class Remark(_Shape):
    """A remark; it decides nothing."""

    subject: Name
    """Deployment, capture, or fingerprint of a finding."""
    text: Text


class Recorded(_Shape):
    """On record, flushed to the disk."""

    id: str


class Refusal(_Shape):
    """Why it was not done."""

    error: str


class NotRecorded(Refusal):
    """Why it was not recorded."""

    finding: FindingShape | None = None
    """Where the finding says something else than what was looked at: how it stands now."""


def who_am_i(who: SignedIn) -> WhoAmI:
    """Whose token or session it is."""
    scope = who.scope
    return WhoAmI(
        person=who.person.id,
        name=who.person.name,
        permissions=sorted(who.permissions),
        everybody=scope.everybody,
        contracts=sorted(scope.contracts),
        deployments=sorted(scope.deployments),
        case=scope.case or None,
    )


def position_shape(one: Position, *, outstanding: bool) -> PositionShape:
    """A position as JSON."""
    return PositionShape(
        deployment=one.deployment,
        contract=one.contract,
        metric=one.metric,
        status=one.status,
        displayed=one.displayed,
        listed=one.listed,
        confirmed=one.confirmed,
        cap=_count(one.cap),
        entitled=_count(one.entitled),
        over_by=one.over_by,
        over_since=one.over_since,
        peak=one.hwm,
        peak_at=one.hwm_at,
        list_value=_amount(one.list_value),
        net_value=_amount(one.net_value),
        certainty=one.displayed_certainty,
        capture=one.capture or None,
        captured_at=one.captured_at,
        sealed=one.sealed,
        outstanding=outstanding,
    )


def finding_shape(one: Finding, *, outstanding: bool) -> FindingShape:
    """A finding as JSON."""
    return FindingShape(
        fingerprint=one.fingerprint,
        rule=one.rule,
        name=one.name,
        deployment=one.deployment,
        contract=one.contract,
        metric=one.metric,
        severity=one.severity,
        certainty=one.certainty,
        kind=one.kind,
        favours=one.favours,
        statement=one.statement,
        units=one.units,
        list_value=_amount(one.list_value),
        net_value=_amount(one.net_value),
        since=one.since,
        life=one.life,
        captures=sorted({basis.capture for basis in one.basis if basis.capture}),
        digest=digest_shown(one),
        outstanding=outstanding,
    )


def capture_shape(row: EvidenceRow) -> CaptureShape:
    """A capture as JSON."""
    return CaptureShape(
        capture=row.capture,
        deployment=row.deployment,
        state=row.state,
        captured_at=row.captured_at,
        manifest_sha256=row.manifest_sha256,
        sealed=row.seal.sealed,
    )


def _amount(value: Money | None) -> Amount | None:
    return None if value is None else Amount(amount=format(value.amount, "f"), currency=value.currency)


def _count(value: object) -> Count:
    return value if value is None or isinstance(value, int) else "unlimited"
