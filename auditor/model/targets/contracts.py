"""What was licensed: parties, products, contracts and the facts that change an entitlement over time.

Days are whole days in the contract's zone, inclusive as lawyers write them; the engine turns them into half-open
intervals. Every fact may name its clause and document; a fact with neither is `proof: asserted`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from auditor.model.comparisons import Screen

Unlimited = Literal["unlimited"]
UNLIMITED: Unlimited = "unlimited"
Proof = Literal["asserted", "signed", "paid"]


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency. Sums of different currencies are refused."""

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}: give a rate and its source")
        return Money(self.amount + other.amount, self.currency)

    def times(self, factor: Decimal | int) -> Money:
        return Money(self.amount * factor, self.currency)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from."""

    clause: str = ""
    document: str = ""
    """Id of a `Document` of the contract, or free text where `free` says so."""

    @property
    def stated(self) -> bool:
        return bool(self.clause or self.document)


@dataclass(frozen=True, slots=True)
class Party:
    id: str
    name: str
    role: Literal["licensor", "reseller", "licensee", "other"]
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """A unit that is licensed, counted and priced."""

    id: str
    label: str
    counts: tuple[str, ...] = ()
    """Kinds of node that use one unit each."""
    excludes: tuple[str, ...] = ()
    """Kinds that use none."""
    kinds: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """From the text a page writes (`总馆`, `测试`) to a kind."""
    defined_in: str = ""


@dataclass(frozen=True, slots=True)
class ListPrice:
    """A price in force from a day until the next one starts; never edited in place."""

    from_: date
    base: Money
    includes: int | Unlimited
    per_extra: Money
    source: str
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Edition:
    id: str
    names: tuple[str, ...]
    list_prices: tuple[ListPrice, ...]
    """Rising by `from_`. They price the product's first metric."""
    metrics: Mapping[str, int | Unlimited] = field(default_factory=lambda: MappingProxyType({}))
    """Included quantities of the product's further metrics."""


@dataclass(frozen=True, slots=True)
class Product:
    id: str
    name: str
    metrics: tuple[Metric, ...]
    """The first is the one that editions price."""
    editions: tuple[Edition, ...]
    mode: str = ""
    """Product mode on which price comparability turns (`集群`, `单馆`)."""
    modes: tuple[str, ...] = ()
    screens: tuple[Screen, ...] = ()
    """Screens under their public names, in the order in which they are compared."""

    def metric(self, name: str) -> Metric | None:
        for metric in self.metrics:  # asked millions of times: a plain loop costs a third of a generator
            if metric.id == name:
                return metric
        return None

    def edition(self, name: str) -> Edition | None:
        for edition in self.editions:
            if edition.id == name:
                return edition
        return None


@dataclass(frozen=True, slots=True)
class Document:
    id: str
    signed_on: date | None
    file: str = ""
    sha256: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """A length of calendar time, ISO 8601 (`P1Y`, `P3M`, `P2Y`)."""

    years: int = 0
    months: int = 0
    days: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Renewal:
    mode: Literal["none", "automatic", "by_agreement"]
    each: Period | None = None
    notice_days: int | None = None
    source: Source = Source()


@dataclass(frozen=True, slots=True)
class ContractEnd:
    by: Literal["notice", "breach", "agreement", "expiry"]
    last_day: date
    given_on: date | None = None
    received_on: date | None = None
    accepted_late: bool = False
    source: Source = Source()


@dataclass(frozen=True, slots=True)
class AfterEnd:
    """What the end means (modelling decision 7 of the licensing reference)."""

    new_deployments: Literal["allowed", "forbidden"] | None = None
    added_units: Literal["allowed", "forbidden"] | None = None
    existing_units: Literal["perpetual", "must_stop"] | date | None = None
    """A date: existing units may run until that day, inclusive."""
    wind_down_days: int = 0
    source: Source = Source()


@dataclass(frozen=True, slots=True)
class Term:
    from_: date
    through: date | None
    """The last day of the initial term, inclusive; None for evergreen."""
    renewal: Renewal = Renewal("none")
    ended: ContractEnd | None = None
    after_end: AfterEnd = AfterEnd()


@dataclass(frozen=True, slots=True)
class Territory:
    places: tuple[str, ...]
    """ISO 3166-2 codes."""
    measured_by: Literal["deployment", "branch", "sale"]
    source: Source = Source()


@dataclass(frozen=True, slots=True)
class Rounding:
    to: Decimal = Decimal("0.01")
    mode: Literal["half_up", "half_even", "down"] = "half_up"


@dataclass(frozen=True, slots=True)
class PriceTerms:
    percent_of_list: Decimal | None
    """What the counterparty PAYS, in percent of list (三折 is 30)."""
    tax: Literal["included", "excluded", ""] = ""
    rounding: Rounding = Rounding()
    source: Source = Source()


@dataclass(frozen=True, slots=True)
class RebateTier:
    from_: Decimal
    rate_percent: Decimal


@dataclass(frozen=True, slots=True)
class Rebate:
    id: str
    period: Literal["contract_year", "calendar_year"]
    basis: Literal["net_paid", "net_invoiced", "list_value"]
    method: Literal["whole_amount", "slice"]
    tiers: tuple[RebateTier, ...]
    given: tuple[Payment, ...] = ()
    paid_as: str = ""
    source: Source = Source()


@dataclass(frozen=True, slots=True)
class Overage:
    permitted: Literal[False, "true_up"] = False
    measure: Literal["high_water_mark", "point_in_time", "time_weighted_average"] = "high_water_mark"
    tolerance_units: int = 0
    tolerance_days: int = 0
    priced_at: Literal["net", "list", "custom"] = "net"
    custom_price: Money | None = None
    source: Source = Source()


@dataclass(frozen=True, slots=True)
class Payment:
    paid_on: date
    amount: Money
    ref: str = ""
    purpose: str = ""
    """`licence`, `maintenance`, `download` …: a payment is not an entitlement."""
    rate: Decimal | None = None
    rate_source: str = ""


@dataclass(frozen=True, slots=True)
class Effective:
    """When a change takes effect: exactly one of a day or an occasion; there is no default."""

    on: date | None = None
    upon: Literal["signature", "payment", "acceptance"] | None = None


@dataclass(frozen=True, slots=True)
class AuthorisedDeployment:
    """A deployment this contract covers: part of a closed list."""

    deployment: str
    edition: str
    from_: date
    through: date | None = None
    order: str = ""
    net: Money | None = None
    payments: tuple[Payment, ...] = ()
    metrics: Mapping[str, int | Unlimited] = field(default_factory=lambda: MappingProxyType({}))
    """Quantities of further metrics agreed for this deployment."""
    source: Source = Source()
    known_from: date | None = None
    """The day the licensor learnt of the order, where later than its first day: for `as known on`."""


@dataclass(frozen=True, slots=True)
class Amendment:
    id: str
    title: str
    kind: Literal["add_units", "remove_units", "set_unlimited"]
    deployment: str
    metric: str
    units: int
    """Positive; `remove_units` subtracts them."""
    signed_on: date
    effective: Effective
    accepted_on: date | None = None
    cures_past_overage: bool | None = None
    net: Money | None = None
    payments: tuple[Payment, ...] = ()
    known_from: date | None = None
    """The day the licensor learnt of it, where later than its signature: for `as known on`."""
    source: Source = Source()


@dataclass(frozen=True, slots=True)
class Exemption:
    """Use that the contract says does not count. Without a clause it is refused at load."""

    deployment: str | None
    kind: str | None
    """Kind of node, e.g. `test`."""
    units: int | None
    from_: date
    through: date | None
    clause: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A compensating entry: adds, never rewrites."""

    of: str
    """Path of the fact, e.g. `amendments.S1.units`."""
    field: str
    was: str
    now: str
    recorded_on: date
    why: str


@dataclass(frozen=True, slots=True)
class Contract:
    id: str
    kind: Literal["reseller", "end_user"]
    title: str
    licensor: str
    counterparty: str
    product: str
    timezone: str
    currency: str
    documents: tuple[Document, ...]
    term: Term
    territory: Territory | None
    price: PriceTerms | None
    overage: Overage
    authorised: tuple[AuthorisedDeployment, ...]
    amendments: tuple[Amendment, ...] = ()
    rebates: tuple[Rebate, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    corrections: tuple[Correction, ...] = ()
    other_payments: tuple[Payment, ...] = ()
    """Payments that name no order."""
    replaces: str = ""
    adds_to: str = ""
    maintenance_through: date | None = None
    modules: tuple[str, ...] | None = None
    """Licensed modules; None where the contract names none."""
    audit_interval_days: int = 31
    """How far apart two captures may lie before the series has a gap (V805)."""
    pools: Mapping[str, int | Unlimited] = field(default_factory=lambda: MappingProxyType({}))
    """Quantities by metric that all authorised deployments share; empty where each has its own."""
