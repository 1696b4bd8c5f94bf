"""What is claimed, on what legal model, and how each figure is derived. Decimal and whole numbers only.

A scenario says how to count, price and multiply; a claim file is everything under `claims:` of `targets.yaml`; a
result holds the figures with a derivation each, which ends in captures, documents, decisions or statutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from auditor.model.targets.contracts import Document, Money, Rounding, Source
from auditor.model.targets.law import DecidedCase as DecidedCase
from auditor.model.targets.law import FeeBand as FeeBand
from auditor.model.targets.law import LegalModel as LegalModel

CountBasis = Literal["displayed", "listed", "confirmed", "by_code", "by_body", "by_login", "stated"]
OverageRule = Literal["all_units", "over_cap", "growth_since"]
PriceBasis = Literal["list", "contract_net", "evidence"]
MultiplierMode = Literal["total", "additional"]
"""`total`: award = base x m; `additional`: award = base x (1 + m). Decisions use both; there is no default."""
ExpenseMode = Literal["in", "on_top", "none"]
"""`in`: the figures contain the expenses, nothing is added; `on_top`: added; `none`: left out of account."""
Comparable = Literal["yes", "no", "asserted", "undecided"]
"""`asserted`: a party says so and nobody else; it feeds only that party's own scenarios, and is flagged there."""
DamagesHead = Literal["", "actual_loss", "illegal_gain", "licence_fee", "statutory"]
BindingConstraint = Literal["none", "claim", "statutory_max", "statutory_min", "award_given"]
NOT_STATED = Source()
CENTS = Rounding()
SourceKind = Literal["capture", "document", "decision", "statute"]


@dataclass(frozen=True, slots=True)
class DerivationSource:
    """Where a figure ends: a capture, a document, a decision, or a statute."""

    kind: SourceKind
    id: str
    digest: str
    """SHA-256 of the artefact, the document or the recorded decision; empty for a statute, or where none is known."""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Derivation:
    """One figure as a tree: its formula over its inputs; a leaf names its sources."""

    name: str
    formula: str
    value: Decimal | None
    unit: str
    """`units`, a currency, `x` for multipliers, `percent`."""
    inputs: tuple[Derivation, ...] = ()
    sources: tuple[DerivationSource, ...] = ()


@dataclass(frozen=True, slots=True)
class PriceEvidence:
    """A document offered as proof of a unit price. One judged not comparable never feeds a formula."""

    id: str
    product: str
    """Name of the product as the document writes it."""
    mode: str
    """Product mode (`集群`, `单馆`): another mode is not comparable, whoever says otherwise."""
    edition: str
    version: str
    value: Money | None
    """None where the document at hand does not print it: shown, and it prices nothing."""
    comparable: Comparable
    why: str
    asserted_by: str = ""
    source: Source = NOT_STATED


@dataclass(frozen=True, slots=True)
class Expense:
    """A cost of stopping the infringement, tied to an act and an instance. `admitted` False: listed, never summed."""

    id: str
    kind: str
    act: str
    instance: str
    invoice: str
    amount: Money | None
    """None where the document at hand does not print it; only an expense that is not admitted may lack it."""
    admitted: bool = True
    why: str = ""
    source: Source = NOT_STATED


@dataclass(frozen=True, slots=True)
class ClaimAmount:
    """The sum asked for; an award never exceeds it where the scenario caps by the claim."""

    amount: Money
    includes_expenses: bool
    source: Source = NOT_STATED


@dataclass(frozen=True, slots=True)
class StatutoryRange:
    """The statutory range applied to a scenario. Dates are ids of key dates or ISO days, for registration timing."""

    works: int = 1
    wilful: bool = False
    registered: str = ""
    began: str = ""
    published: str = ""


@dataclass(frozen=True, slots=True)
class GivenAward:
    """An award a court gave; the multiplier it implies is computed, never assumed to have been stated."""

    amount: Money
    decided: str = ""
    """Id of a `DecidedCase`."""
    source: Source = NOT_STATED


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way to count, price, multiply and cap."""

    id: str
    title: str = ""
    presented_by: str = ""
    legal_model: str = ""
    head: DamagesHead = ""
    """Head of damages the base rests on."""
    count_basis: CountBasis = "confirmed"
    stated: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """For `stated`: units by deployment, with `stated_source`."""
    stated_source: Source = NOT_STATED
    deployments: tuple[str, ...] = ()
    """Empty: every suspect deployment that has a position."""
    metric: str = ""
    as_of: str = ""
    """Empty or `latest`, `first`, a day, or the id of a key date: which capture of a deployment counts."""
    overage: OverageRule = "all_units"
    growth_since: str = ""
    cap_from: str = "edition"
    """For `over_cap`, on a deployment without an entitlement: `edition`, or the id of a reference deployment."""
    price_basis: PriceBasis = "list"
    evidence: str = ""
    priced_on: str = ""
    product: str = ""
    edition: str = ""
    contract: str = ""
    edition_base: Literal["in", "out"] = "out"
    multiplier: Decimal | None = None
    multiplier_mode: MultiplierMode | None = None
    expenses: ExpenseMode = "none"
    cap_by_claim: bool = True
    statutory: StatutoryRange | None = None
    award: GivenAward | None = None
    relies_on: tuple[str, ...] = ()
    """Ids of decided cases, whose status is said with the result."""
    split: str = ""
    source: Source = NOT_STATED


@dataclass(frozen=True, slots=True)
class SplitDate:
    """A day a party or a page gives for a deployment, on which its units are sorted before or after an event."""

    deployment: str
    on: str
    """ISO day or id of a key date."""
    what: str
    source: Source = NOT_STATED


@dataclass(frozen=True, slots=True)
class Split:
    """Units sorted by whether a deployment's day lies up to and including an event's day, or after it."""

    id: str
    at: str
    by: str
    """Whose dates these are."""
    dates: tuple[SplitDate, ...]


@dataclass(frozen=True, slots=True)
class PrintedFigure:
    """A figure that a document prints and the law also gives: both are shown where they differ."""

    id: str
    kind: Literal["court_fee"]
    of: Money
    """The sum in dispute."""
    printed: Money
    source: Source = NOT_STATED


@dataclass(frozen=True, slots=True)
class AmbiguousText:
    """A text that can be read in several ways, with its candidates. Never resolved here."""

    id: str
    raw: str
    candidates: tuple[str, ...]
    note: str
    source: Source = NOT_STATED


@dataclass(frozen=True, slots=True)
class Extrapolation:
    """Units nobody observed, estimated. Shown apart; part of no headline figure."""

    id: str
    units: int
    why: str
    source: Source = NOT_STATED


@dataclass(frozen=True, slots=True)
class ClaimFile:
    """Everything under `claims:` of `targets.yaml`."""

    currency: str
    scenarios: Mapping[str, Scenario]
    claim: ClaimAmount | None = None
    rounding: Rounding = CENTS
    legal_model: str = "china"
    product: str = ""
    edition: str = ""
    contract: str = ""
    filed: str = ""
    """Key date or day of filing, from which the limitation period runs back."""
    aggravation_since: str = ""
    """Key date or day after which growth is listed as aggravation and kept out of the base."""
    expenses: tuple[Expense, ...] = ()
    price_evidence: tuple[PriceEvidence, ...] = ()
    decided: tuple[DecidedCase, ...] = ()
    splits: tuple[Split, ...] = ()
    printed: tuple[PrintedFigure, ...] = ()
    oddities: tuple[AmbiguousText, ...] = ()
    extrapolations: tuple[Extrapolation, ...] = ()
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitRow:
    """Units of one deployment in one scenario."""

    deployment: str
    count: int
    reference: int | None
    """The cap (`over_cap`) or the earlier count (`growth_since`) taken off; None for `all_units` or no limit."""
    units: int
    capture: str
    captured_at: datetime | None
    rule: str
    base: Money
    """This deployment's share of the base."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What is not in the figures, and why. `units` and `amount` are for information."""

    kind: Literal["row", "aggravation", "price_evidence", "expense", "extrapolation", "deployment"]
    subject: str
    why: str
    units: int | None = None
    amount: Money | None = None
    sources: tuple[DerivationSource, ...] = ()


@dataclass(frozen=True, slots=True)
class Flag:
    """Something a reader must know: an ambiguity with its candidates, a status, a bound, a missing digest."""

    kind: Literal["date", "figure", "status", "price", "evidence", "bound", "law", "assumption", "text"]
    subject: str
    text: str
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SplitResult:
    """Units up to an event, after it, and without a usable date. Nothing undated is sorted."""

    split: str
    by: str
    at: date
    until: int
    after: int
    undated: int


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """A unit price with what it was made of."""

    money: Money
    basis: PriceBasis
    list_price: Money | None
    percent: Decimal | None
    edition_base: Money | None
    """Price of one deployment's edition, at the same basis; None where left out."""
    included: int
    """Units the edition's price covers; 0 where it is left out."""


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """The figures of one scenario; money rounded as `rounding` says, multipliers to four places, half up."""

    scenario: Scenario
    legal_model: LegalModel
    currency: str
    rounding: Rounding
    units: int
    unit_price: Money
    base: Money
    punitive_total: Money
    """Base with the multiplier in its mode, before expenses and caps; the base itself where there is no multiplier."""
    expenses: Money
    uncapped: Money
    awarded: Money
    binding_constraint: BindingConstraint
    claim: Money | None
    break_even_multiplier: Decimal | None
    """In the scenario's mode, the multiplier whose total equals the claim; None without a claim or a base."""
    break_even_net: Decimal | None
    """The same less the expenses, where the claim includes them; None where it does not."""
    implied_gross: Decimal | None
    """Of a given award: award / base."""
    implied_net: Decimal | None
    """Of a given award: (award - expenses) / base."""
    price: UnitPrice
    rows: tuple[UnitRow, ...]
    split: SplitResult | None
    excluded: tuple[Exclusion, ...]
    flags: tuple[Flag, ...]
    derivations: Mapping[str, Derivation]
    """From the name of a figure to its tree."""
    limitation_from: date | None = None
    """Start of the limitation period, where the day of filing is known."""
