"""What bounds a total: the statutory range, then the claim; and which of them bound."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from auditor.claims.award_sums import claimed_sum, required_value
from auditor.claims.inputs import ClaimInputs, named_day
from auditor.claims.law.statutes import statutory_available
from auditor.claims.money import EXACT, require_currency, round_money
from auditor.errors import ClaimError
from auditor.model.claims import BindingConstraint, Derivation, DerivationSource, LegalModel
from auditor.model.targets.contracts import Money


@dataclass(frozen=True, slots=True)
class AwardLimits:
    """The caps of one scenario."""

    inputs: ClaimInputs
    model: LegalModel

    def money(self, tree: Derivation) -> Money:
        return round_money(Money(required_value(tree), self.inputs.file.currency), self.inputs.file.rounding)

    def uncapped(self, total: Derivation, expenses: Derivation) -> Derivation:
        """Before any cap: the total, with the expenses where they come on top or out of a given award."""
        scenario, currency = self.inputs.scenario, self.inputs.file.currency
        added = scenario.expenses == "on_top" or (scenario.award is not None and scenario.expenses == "in")
        if not added:
            return Derivation("uncapped", "punitive_total", total.value, currency, (total,))
        summed = EXACT.add(required_value(total), required_value(expenses))
        return Derivation("uncapped", "punitive_total + expenses", summed, currency, (total, expenses))

    def statutory(self) -> tuple[Decimal, Decimal, DerivationSource] | None:
        """The statutory range, where the scenario applies it and the law leaves it open."""
        asked, who = self.inputs.scenario.statutory, self.inputs.who
        if asked is None:
            return None
        require_currency(
            Money(self.model.statutory_min, self.model.currency), self.inputs.file.currency, "statutory range"
        )
        top = self.model.statutory_max
        if asked.wilful:
            top = self.model.statutory_max_wilful or top
        works = asked.works if self.model.statutory_per == "work" else 1
        if works < 1:
            raise ClaimError(f"{who}: {works} works: the statutory range is per work; give one or more")
        if self.model.id == "us":
            if not asked.began:
                raise ClaimError(
                    f"{who}: statutory damages need the day infringement began (17 U.S.C. 412); set `began`"
                )
            began = named_day(self.inputs, asked.began, f"{who}: began").on
            registered = named_day(self.inputs, asked.registered, f"{who}: registered").on if asked.registered else None
            published = named_day(self.inputs, asked.published, f"{who}: published").on if asked.published else None
            is_open, why = statutory_available(registered, began, published)
            if not is_open:
                raise ClaimError(f"{who}: no statutory damages: {why}; drop `statutory` and claim actual damages")
        where = DerivationSource(
            "statute", self.model.statutory_source, "", f"{works} x per {self.model.statutory_per}"
        )
        return self.model.statutory_min * works, top * works, where


def limited_award(
    caps: AwardLimits, total: Derivation, uncapped: Derivation, expenses: Derivation
) -> tuple[Derivation, BindingConstraint]:
    """The uncapped sum within the statutory range and the claim, and which of them bound last."""
    inputs, currency = caps.inputs, caps.inputs.file.currency
    binding: BindingConstraint = "none"
    amount, formula = required_value(uncapped), "uncapped"
    parts: list[Derivation] = [uncapped]
    if inputs.scenario.award is not None:
        binding = "award_given"
    limits = caps.statutory() if inputs.scenario.award is None else None
    if limits is not None:
        low, high, where = limits
        kept = min(max(required_value(total), low), high)
        if kept != required_value(total):
            binding = "statutory_max" if kept == high else "statutory_min"
        amount = EXACT.add(kept, required_value(expenses)) if inputs.scenario.expenses == "on_top" else kept
        formula = "punitive_total within the statutory range" + (
            " + expenses" if inputs.scenario.expenses == "on_top" else ""
        )
        parts += [
            Derivation("statutory minimum", "by statute", low, currency, (), (where,)),
            Derivation("statutory maximum", "by statute", high, currency, (), (where,)),
        ]
    if inputs.scenario.cap_by_claim:
        claim = claimed_sum(inputs)
        limit, words = required_value(claim), "claim"
        parts.append(claim)
        if inputs.scenario.expenses == "on_top" and inputs.file.claim and not inputs.file.claim.includes_expenses:
            limit, words = EXACT.add(limit, required_value(expenses)), "claim + expenses"
            parts.append(expenses)
        formula = f"min({formula}, {words})"
        if amount > limit:
            amount, binding = limit, "claim"
    awarded = round_money(Money(amount, currency), inputs.file.rounding)
    return Derivation("awarded", formula, awarded.amount, currency, tuple(parts)), binding
