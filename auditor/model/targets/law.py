"""The law as data: legal models with their source, and judgments with what became of them on appeal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from auditor.model.targets.contracts import Money

DecisionStatus = Literal["final", "varied", "reversed", "unknown"]


@dataclass(frozen=True, slots=True)
class DecidedCase:
    """A judgment whose figures are used, with what became of it on appeal."""

    id: str
    citation: str
    damages: Money
    expenses: Money | None
    """None where the award is one sum that contains them."""
    status: DecisionStatus
    status_on: date | None = None
    status_by: str = ""
    note: str = ""

    @property
    def total(self) -> Money:
        return self.damages if self.expenses is None else self.damages + self.expenses

    @property
    def status_text(self) -> str:
        """`REVERSED 2019-06-20 by (2017)京73民终1194号`."""
        on = f" {self.status_on.isoformat()}" if self.status_on else ""
        by = f" by {self.status_by}" if self.status_by else ""
        return f"{self.status.upper()}{on}{by}"


@dataclass(frozen=True, slots=True)
class FeeBand:
    """A slice of a court fee scale: `percent` of what lies above `above`, up to the next band."""

    above: Decimal
    percent: Decimal


@dataclass(frozen=True, slots=True)
class LegalModel:
    """The rules a scenario is computed under, as data with their source."""

    id: str
    title: str
    source: str
    order: tuple[str, ...]
    """Heads of damages in the order the statute applies them."""
    currency: str
    multiplier_min: Decimal | None
    """None: the law knows no punitive multiplier, and a scenario with one is refused."""
    multiplier_max: Decimal | None
    multiplier_source: str
    statutory_min: Decimal
    statutory_max: Decimal
    statutory_max_wilful: Decimal | None
    statutory_per: Literal["case", "work"]
    statutory_source: str
    limitation_years: int
    limitation_source: str
    late_percent_per_day: Decimal | None = None
    late_source: str = ""
    fee_minimum: Decimal | None = None
    """Fee of the lowest slice, a fixed sum."""
    fee_bands: tuple[FeeBand, ...] = ()
    fee_source: str = ""
    notes: tuple[str, ...] = ()
