"""One scenario, from counts to the award: units, unit price, base, multiplier, expenses, caps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from auditor.claims.award_limits import AwardLimits, limited_award
from auditor.claims.award_sums import admitted_expenses, multipliers, uncapped_total
from auditor.claims.caveats import exclusions, flags, limitation_day, split_units
from auditor.claims.inputs import ClaimInputs, gather_inputs
from auditor.claims.law.legal_models import LEGAL_MODELS
from auditor.claims.money import multiple_of, plus, round_money
from auditor.claims.prices import unit_price
from auditor.claims.unit_counts import CountedUnits, count_units, included_deployments
from auditor.errors import ClaimError
from auditor.model.claims import ClaimFile, ClaimResult, Derivation, LegalModel, Scenario, UnitPrice, UnitRow
from auditor.model.findings import Decision, KeyDate, Position
from auditor.model.reading.observations import Observation
from auditor.model.targets.contracts import Money
from auditor.model.targets.estate import Estate


def compute(
    scenario: Scenario,
    claim_file: ClaimFile,
    positions: Sequence[Position],
    decisions: Sequence[Decision],
    key_dates: Sequence[KeyDate],
    estate: Estate,
    history: Sequence[Observation] = (),
) -> ClaimResult:
    """All figures of one scenario with their derivations.

    `positions` may hold several moments of one deployment; `history` adds captures that are no position. Raises
    `ClaimError`, one line that says what to do, where an input is missing, mixed, ambiguous or not comparable.
    """
    inputs = gather_inputs(scenario, claim_file, positions, decisions, key_dates, estate, history)
    model = _model(inputs)
    counts = tuple(count_units(inputs, name) for name in included_deployments(inputs))
    price, price_tree = unit_price(inputs)
    rows = tuple(_row(one, price, inputs) for one in counts)
    caps = AwardLimits(inputs, model)
    units = _units(counts)
    unit = Derivation("unit_price", price.basis, price.money.amount, price.money.currency, (price_tree,))
    base = _base(inputs, rows, units, unit, price)
    expenses = admitted_expenses(inputs)
    total = uncapped_total(inputs, base, expenses)
    uncapped = caps.uncapped(total, expenses)
    awarded, binding = limited_award(caps, total, uncapped, expenses)
    trees = [units, unit, base, total, expenses, uncapped, awarded, *multipliers(inputs, base, expenses)]
    found: Mapping[str, Derivation] = MappingProxyType({tree.name: tree for tree in trees})
    return ClaimResult(
        scenario=scenario,
        legal_model=model,
        currency=claim_file.currency,
        rounding=claim_file.rounding,
        units=sum(one.units for one in counts),
        unit_price=price.money,
        base=caps.money(base),
        punitive_total=caps.money(total),
        expenses=caps.money(expenses),
        uncapped=caps.money(uncapped),
        awarded=caps.money(awarded),
        binding_constraint=binding,
        claim=claim_file.claim.amount if claim_file.claim else None,
        break_even_multiplier=_value(found, "break_even_multiplier"),
        break_even_net=_value(found, "break_even_net"),
        implied_gross=_value(found, "implied_multiplier"),
        implied_net=_value(found, "implied_multiplier_net"),
        price=price,
        rows=rows,
        split=split_units(inputs, counts),
        excluded=exclusions(inputs, counts, price),
        flags=flags(inputs, counts, model, trees),
        derivations=found,
        limitation_from=limitation_day(inputs, model),
    )


def _value(trees: Mapping[str, Derivation], name: str) -> Decimal | None:
    return trees[name].value if name in trees else None


def _model(inputs: ClaimInputs) -> LegalModel:
    """The legal model, after the checks that need no figure."""
    scenario = inputs.scenario
    named = scenario.legal_model or inputs.file.legal_model
    model = LEGAL_MODELS.get(named)
    if model is None:
        raise ClaimError(f"{inputs.who}: unknown legal model {named!r}; name one of {', '.join(sorted(LEGAL_MODELS))}")
    if scenario.multiplier is None:
        if scenario.multiplier_mode is not None:
            raise ClaimError(
                f"{inputs.who}: a multiplier mode without a multiplier; give `multiplier` or drop the mode"
            )
        return model
    if scenario.multiplier_mode is None:
        raise ClaimError(
            f"{inputs.who}: multiplier {scenario.multiplier} without a mode; set it to `total` (base x m) "
            f"or `additional` (base x (1 + m)), there is no default"
        )
    if scenario.award is not None:
        raise ClaimError(f"{inputs.who}: a multiplier and a given award; keep one, the other is computed")
    if model.multiplier_min is None or model.multiplier_max is None:
        raise ClaimError(f"{inputs.who}: {model.multiplier_source}; drop the multiplier or use another legal model")
    if not model.multiplier_min <= scenario.multiplier <= model.multiplier_max:
        raise ClaimError(
            f"{inputs.who}: multiplier {scenario.multiplier} lies outside {model.multiplier_min} to "
            f"{model.multiplier_max} ({model.multiplier_source}); choose one inside"
        )
    if scenario.head == "statutory":
        raise ClaimError(f"{inputs.who}: statutory damages are not multiplied ({model.source}); drop the multiplier")
    return model


def _row(one: CountedUnits, price: UnitPrice, inputs: ClaimInputs) -> UnitRow:
    """One deployment's share of the base; with the edition in, its price covers the units it includes."""
    if price.edition_base is not None and inputs.scenario.overage != "all_units":
        raise ClaimError(f"{inputs.who}: `edition_base: in` prices whole deployments; use it with `overage: all_units`")
    share = multiple_of(price.money, max(0, one.units - price.included))
    if price.edition_base is not None and one.units:
        share = plus(share, price.edition_base)
    moment = one.seen.captured_at if one.seen else None
    capture = one.seen.capture if one.seen else ""
    return UnitRow(one.deployment, one.count, one.reference, one.units, capture, moment, one.rule, share)


def _units(counts: Sequence[CountedUnits]) -> Derivation:
    total = Decimal(sum(one.units for one in counts))
    return Derivation("units", "sum over deployments", total, "units", tuple(one.tree for one in counts))


def _base(
    inputs: ClaimInputs, rows: Sequence[UnitRow], units: Derivation, unit: Derivation, price: UnitPrice
) -> Derivation:
    total = Money(Decimal(0), inputs.file.currency)
    for row in rows:
        total = plus(total, row.base)
    amount = round_money(total, inputs.file.rounding).amount
    if price.edition_base is None:
        return Derivation("base", "units x unit_price", amount, total.currency, (units, unit))
    where = (inputs.record(f"edition {inputs.edition}, {price.included} units included"),)
    edition = Derivation("edition price", "as listed", price.edition_base.amount, total.currency, (), where)
    formula = "sum over deployments: edition price + max(0, units - included) x unit_price"
    return Derivation("base", formula, amount, total.currency, (units, unit, edition))
