"""Expenses, the total before caps, and the multipliers that compare it with the claim."""

from __future__ import annotations

from decimal import Decimal

from auditor.claims.caveats import award_source
from auditor.claims.inputs import ClaimInputs
from auditor.claims.money import (
    EXACT,
    ONE,
    multiple_of,
    plus,
    ratio,
    require_currency,
    require_not_negative,
    round_money,
)
from auditor.errors import ClaimError
from auditor.model.claims import Derivation, DerivationSource, Expense
from auditor.model.targets.contracts import Money


def admitted_expenses(inputs: ClaimInputs) -> Derivation:
    """The admitted expenses; zero where the scenario leaves them out."""
    currency = inputs.file.currency
    leaves = []
    total = Money(Decimal(0), currency)
    for each in inputs.file.expenses:
        amount = _amount(inputs, each)
        if amount is not None and inputs.scenario.expenses != "none":
            total = plus(total, amount)
            where = inputs.document(each.source, f"{each.kind}, {each.act}, {each.instance}, {each.invoice}")
            leaves.append(Derivation(f"expense {each.id}", "as invoiced", amount.amount, currency, (), (where,)))
    if inputs.scenario.expenses == "none":
        where = inputs.record("expenses: none")
        return Derivation("expenses", "left out of account", total.amount, currency, (), (where,))
    formula = "sum; inside the figures, not added" if inputs.scenario.expenses == "in" else "sum; added on top"
    sources = () if leaves else (inputs.record("no expense is listed"),)
    return Derivation(
        "expenses", formula, round_money(total, inputs.file.rounding).amount, currency, tuple(leaves), sources
    )


def _amount(inputs: ClaimInputs, expense: Expense) -> Money | None:
    """The amount of an admitted expense; None of one that is only shown. The currency of both is checked."""
    name = f"expense {expense.id}"
    if expense.amount is None and expense.admitted:
        raise ClaimError(f"{inputs.who}: {name} states no amount; give it, or set `admitted: false` with its reason")
    if expense.amount is None:
        return None
    amount = require_not_negative(require_currency(expense.amount, inputs.file.currency, name), name)
    return amount if expense.admitted else None


def uncapped_total(inputs: ClaimInputs, base: Derivation, expenses: Derivation) -> Derivation:
    """Base and multiplier, before expenses and caps; of a given award, what is not expenses."""
    scenario, currency = inputs.scenario, inputs.file.currency
    if scenario.award is not None:
        award = given_award(inputs)
        if scenario.expenses != "in":
            return Derivation("punitive_total", "the award as given", award.value, currency, (award,))
        left = Money(EXACT.subtract(required_value(award), required_value(expenses)), currency)
        require_not_negative(left, f"{inputs.who}: the award less its expenses")
        return Derivation("punitive_total", "award - expenses", left.amount, currency, (award, expenses))
    if scenario.multiplier is None:
        return Derivation("punitive_total", "base (no multiplier)", base.value, currency, (base,))
    where: tuple[DerivationSource, ...] = (
        inputs.record(f"multiplier {scenario.multiplier} {scenario.multiplier_mode}"),
    )
    if scenario.source.stated:
        where = (*where, inputs.document(scenario.source))
    times = Derivation("multiplier", str(scenario.multiplier_mode), scenario.multiplier, "x", (), where)
    additional = scenario.multiplier_mode == "additional"
    factor = ONE + scenario.multiplier if additional else scenario.multiplier
    total = round_money(multiple_of(Money(required_value(base), currency), factor), inputs.file.rounding)
    formula = "base x (1 + multiplier)" if additional else "base x multiplier"
    return Derivation("punitive_total", formula, total.amount, currency, (base, times))


def given_award(inputs: ClaimInputs) -> Derivation:
    """The award a court gave, as a leaf."""
    award = inputs.scenario.award
    if award is None:
        raise ClaimError(f"{inputs.who}: no award is given; add `award`")
    amount = require_not_negative(
        require_currency(award.amount, inputs.file.currency, f"{inputs.who}: the award"), "the award"
    )
    where = inputs.document(award.source, award_source(inputs, award.source))
    return Derivation("award", "as given", amount.amount, inputs.file.currency, (), (where,))


def required_value(tree: Derivation) -> Decimal:
    """The value of a figure that must have one."""
    if tree.value is None:
        raise ClaimError(f"{tree.name} has no number: {tree.formula}; count or price it otherwise")
    return tree.value


def claimed_sum(inputs: ClaimInputs) -> Derivation:
    """The sum claimed, as a leaf; `ClaimError` where none is stated."""
    claim = inputs.file.claim
    if claim is None:
        raise ClaimError(f"{inputs.who}: capped by the claim, and no claim is stated; add `claim:` or set `cap: none`")
    amount = require_not_negative(
        require_currency(claim.amount, inputs.file.currency, "the sum claimed"), "the sum claimed"
    )
    text = "including expenses" if claim.includes_expenses else "without expenses"
    where = inputs.document(claim.source, f"the sum claimed, {text}")
    return Derivation("claim", "as claimed", amount.amount, inputs.file.currency, (), (where,))


def multipliers(inputs: ClaimInputs, base: Derivation, expenses: Derivation) -> list[Derivation]:
    """Break-even of the claim, and what a given award implies; gross, and net of the expenses listed."""
    if required_value(base) == 0:
        return []
    found = []
    scenario = inputs.scenario
    additional = scenario.multiplier_mode == "additional"
    costs = expenses if scenario.expenses != "none" else _listed(inputs)

    def add(name: str, above: Derivation, shift: bool, inside: bool) -> None:
        step, formula = (ONE, " - 1") if shift else (Decimal(0), "")
        gross = EXACT.subtract(ratio(required_value(above), required_value(base)), step)
        found.append(Derivation(name, f"{above.name} / base{formula}", gross, "x", (above, base)))
        if not inside:
            return
        net = EXACT.subtract(
            ratio(EXACT.subtract(required_value(above), required_value(costs)), required_value(base)), step
        )
        net_name = "break_even_net" if name == "break_even_multiplier" else f"{name}_net"
        found.append(Derivation(net_name, f"({above.name} - expenses) / base{formula}", net, "x", (above, costs, base)))

    if inputs.file.claim is not None:
        add("break_even_multiplier", claimed_sum(inputs), additional, inputs.file.claim.includes_expenses)
    if scenario.award is not None:
        add("implied_multiplier", given_award(inputs), False, scenario.expenses != "on_top")
    return found


def _listed(inputs: ClaimInputs) -> Derivation:
    """The expenses as listed, for the net figures of a scenario that leaves them out of its own figures."""
    total = Money(Decimal(0), inputs.file.currency)
    for each in inputs.file.expenses:
        total = plus(total, _amount(inputs, each) or Money(Decimal(0), total.currency))
    return Derivation(
        "expenses", "sum as listed", total.amount, total.currency, (), (inputs.record("expenses listed"),)
    )
