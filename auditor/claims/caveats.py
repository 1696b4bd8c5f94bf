"""What stands beside the figures: what is left out and why, what is ambiguous, which status a judgment has now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from auditor.claims.inputs import ClaimInputs, ambiguous_key_date, decision_source, named_day
from auditor.claims.law.legal_models import SEED_DECISIONS
from auditor.claims.law.statutes import amount_for_fee, court_fee, late_interest, limitation_start
from auditor.claims.money import multiple_of
from auditor.claims.prices import why_not_comparable
from auditor.claims.unit_counts import LATE_START, CountedUnits, included_deployments, units_added_since
from auditor.errors import ClaimError
from auditor.model.claims import (
    DecidedCase,
    Derivation,
    DerivationSource,
    Exclusion,
    Flag,
    LegalModel,
    Scenario,
    SplitResult,
    UnitPrice,
)
from auditor.model.targets.contracts import Source


def exclusions(inputs: ClaimInputs, counts: Sequence[CountedUnits], price: UnitPrice) -> tuple[Exclusion, ...]:
    """Everything that is shown and not summed."""
    rows = [
        Exclusion(
            "row",
            f"{one.deployment}: {row.code} {row.name}".strip(),
            row.reason,
            1,
            None,
            (decision_source(one.decision),),
        )
        for one in counts
        if one.decision is not None
        for row in one.decision.excluded
    ]
    prices = [
        Exclusion("price_evidence", each.id, why, None, each.value, (inputs.document(each.source),))
        for each in inputs.file.price_evidence
        if (why := why_not_comparable(inputs, each))
    ]
    costs = [
        Exclusion("expense", each.id, each.why, None, each.amount, (inputs.document(each.source),))
        for each in inputs.file.expenses
        if not each.admitted
    ]
    guesses = [
        Exclusion(
            "extrapolation",
            each.id,
            f"nobody observed these units: {each.why}",
            each.units,
            multiple_of(price.money, each.units),
            (inputs.document(each.source),),
        )
        for each in inputs.file.extrapolations
    ]
    return (*rows, *aggravation(inputs, price), *prices, *costs, *guesses, *_left_out(inputs))


def aggravation(inputs: ClaimInputs, price: UnitPrice) -> tuple[Exclusion, ...]:
    """Growth after the day named for it, at deployments in the scenario: it weighs, it is not added to the base.

    Where the day is ambiguous, growth is shown for every reading of it; none is chosen.
    """
    since = inputs.file.aggravation_since
    if not since or inputs.scenario.overage == "growth_since":
        return ()
    unclear = ambiguous_key_date(inputs, since)
    readings = [str(each) for each in unclear.candidates] if unclear else [since]
    if not unclear:
        named_day(inputs, since, "aggravation_since")
    found = []
    for name in included_deployments(inputs):
        grown = {reading: one for reading in readings if (one := _grown(inputs, name, reading)) and one.units}
        for units in sorted({one.units for one in grown.values()}):
            same = [reading for reading, one in grown.items() if one.units == units]
            said = f"{since} (ambiguous: {' or '.join(same)})" if unclear else grown[same[0]].since
            bound = LATE_START if any(grown[reading].late for reading in same) else ""
            why = f"+{units}: growth since {said}{bound}; weighs as aggravation, not part of the base"
            leaves = grown[same[-1]].tree.inputs
            sources = tuple(source for leaf in leaves for source in leaf.sources)
            found.append(Exclusion("aggravation", name, why, units, multiple_of(price.money, units), sources))
    return tuple(found)


def _grown(inputs: ClaimInputs, deployment: str, since: str) -> CountedUnits | None:
    """The growth of one deployment, or None where no two captures can be compared."""
    try:
        return units_added_since(inputs, deployment, since)
    except ClaimError:
        return None


def _left_out(inputs: ClaimInputs) -> tuple[Exclusion, ...]:
    counts = set(included_deployments(inputs))
    return tuple(
        Exclusion("deployment", name, "a suspect deployment that this scenario leaves out")
        for name, deployment in inputs.estate.deployments.items()
        if deployment.legal_status == "suspect" and name not in counts
    )


def split_units(inputs: ClaimInputs, counts: Sequence[CountedUnits]) -> SplitResult | None:
    """Units up to and including an event's day, after it, and without a usable date."""
    if not inputs.scenario.split:
        return None
    found = next((each for each in inputs.file.splits if each.id == inputs.scenario.split), None)
    if found is None:
        known = ", ".join(each.id for each in inputs.file.splits) or "none"
        raise ClaimError(f"{inputs.who}: unknown split {inputs.scenario.split!r}; name one of {known}")
    event = named_day(inputs, found.at, f"{inputs.who}: split {found.id}")
    days = {
        each.deployment: named_day(inputs, each.on, f"{inputs.who}: split {found.id}, {each.deployment}").on
        for each in found.dates
    }
    until = sum(one.units for one in counts if one.deployment in days and days[one.deployment] <= event.on)
    after = sum(one.units for one in counts if one.deployment in days and days[one.deployment] > event.on)
    undated = sum(one.units for one in counts if one.deployment not in days)
    return SplitResult(found.id, found.by, event.on, until, after, undated)


def decided_case(inputs: ClaimInputs, named: str) -> DecidedCase:
    """A judgment of the claim file or of the seed, by id."""
    own = {case.id: case for case in inputs.file.decided}
    case = own.get(named) or SEED_DECISIONS.get(named)
    if case is None:
        known = ", ".join(sorted({*own, *SEED_DECISIONS}))
        raise ClaimError(f"{inputs.who}: unknown judgment {named!r}; name one of {known}")
    return case


def flags(
    inputs: ClaimInputs, counts: Sequence[CountedUnits], model: LegalModel, trees: Sequence[Derivation]
) -> tuple[Flag, ...]:
    """What a reader must know of this scenario and of the file it comes from."""
    return (
        *_statuses(inputs),
        *_dates(inputs),
        *_printed(inputs, model),
        *_evidence(counts),
        *_undigested(trees),
        *_consequences(inputs, model, trees),
        *_assumptions(inputs, model),
    )


def _statuses(inputs: ClaimInputs) -> list[Flag]:
    scenario: Scenario = inputs.scenario
    named = [*scenario.relies_on, *([scenario.award.decided] if scenario.award and scenario.award.decided else [])]
    cases = [decided_case(inputs, name) for name in dict.fromkeys(named)]
    return [
        Flag("status", case.id, f"{case.citation}: {case.status_text}. {case.note}".strip())
        for case in cases
        if case.status != "final"
    ]


def _dates(inputs: ClaimInputs) -> list[Flag]:
    open_dates = [key_date for name in inputs.key_dates if (key_date := ambiguous_key_date(inputs, name))]
    dated = [
        Flag(
            "date",
            key_date.id,
            f"written {key_date.raw or '-'}: several readings, none chosen ({key_date.what or key_date.id})",
            tuple(str(candidate) for candidate in key_date.candidates),
        )
        for key_date in open_dates
    ]
    return dated + [Flag("text", each.id, f"{each.raw}: {each.note}", each.candidates) for each in inputs.file.oddities]


def _printed(inputs: ClaimInputs, model: LegalModel) -> list[Flag]:
    found = []
    for each in inputs.file.printed:
        by_scale = court_fee(each.of.amount, model) if model.fee_bands and each.of.currency == model.currency else None
        if by_scale is None or by_scale == each.printed.amount:
            continue
        inverse = amount_for_fee(each.printed.amount, model)
        fits = f"; the printed figure is the fee on {inverse}" if inverse is not None else ""
        text = (
            f"court fee on {each.of.amount}: printed {each.printed.amount}, {model.fee_source} gives {by_scale}{fits}"
        )
        found.append(Flag("figure", each.id, text, (str(each.printed.amount), str(by_scale))))
    return found


def _evidence(counts: Sequence[CountedUnits]) -> list[Flag]:
    found = []
    for one in counts:
        if one.seen is not None and not one.seen.sealed:
            found.append(
                Flag("evidence", one.deployment, f"capture {one.seen.capture} is not sealed: its time is unproved")
            )
        if one.seen is not None and not any(source.digest for source in one.seen.sources):
            found.append(Flag("evidence", one.deployment, f"capture {one.seen.capture} names no artefact digest"))
        if one.decision is not None and one.seen is None:
            found.append(
                Flag("evidence", one.deployment, f"decision {one.decision.id} names no capture among the positions")
            )
    return found


def _undigested(trees: Sequence[Derivation]) -> list[Flag]:
    """Documents the figures rest on that nobody can compare with a digest."""
    names = sorted({source.id for tree in trees for source in _documents(tree) if not source.digest})
    return [Flag("evidence", name, f"document {name} has no digest on record; state its sha256") for name in names]


def _consequences(inputs: ClaimInputs, model: LegalModel, trees: Sequence[Derivation]) -> list[Flag]:
    """What the statute adds to a claim and to an unpaid award; part of no figure."""
    if inputs.file.currency != model.currency:
        return []
    claim = inputs.file.claim
    awarded = next((tree.value for tree in trees if tree.name == "awarded"), None)
    said = []
    if model.fee_bands and claim is not None:
        amount = court_fee(claim.amount.amount, model)
        said.append(Flag("law", "court fee", f"on {claim.amount.amount}: {amount} ({model.fee_source})"))
    if model.late_percent_per_day is not None and awarded is not None:
        a_day = late_interest(awarded, 1, model)
        said.append(Flag("law", "late payment", f"of {awarded}: {a_day} a day ({model.late_source})"))
    return said


def _documents(tree: Derivation) -> list[DerivationSource]:
    own = [source for source in tree.sources if source.kind == "document"]
    return own + [source for part in tree.inputs for source in _documents(part)]


def _assumptions(inputs: ClaimInputs, model: LegalModel) -> list[Flag]:
    scenario = inputs.scenario
    said = [Flag("law", model.id, note) for note in model.notes]
    said.append(
        Flag("bound", "units", "units are those observed: a lower bound, deployments nobody found are not in it")
    )
    licensed = [
        name for name in included_deployments(inputs) if inputs.estate.deployments[name].legal_status == "licensed"
    ]
    if scenario.overage == "all_units":
        text = "licensed, and all its units are counted: its entitlement is not taken off; `over_cap` takes it off"
        said.extend(Flag("assumption", name, text) for name in licensed)
    if scenario.price_basis == "evidence":
        found = next(each for each in inputs.file.price_evidence if each.id == scenario.evidence)
        if found.comparable == "asserted":
            said.append(Flag("price", found.id, f"price asserted by {found.asserted_by}: {found.why}"))
    if scenario.statutory is not None and scenario.multiplier is not None:
        text = "the statutory range is applied to a computed sum: the statute uses it where nothing can be computed"
        said.append(Flag("assumption", "statutory", text))
    if scenario.count_basis == "stated":
        where = inputs.document(scenario.stated_source)
        said.append(
            Flag(
                "assumption", "stated", f"the number of units is stated, not observed: {where.id} {where.text}".strip()
            )
        )
    return said


def limitation_day(inputs: ClaimInputs, model: LegalModel) -> date | None:
    """Start of the limitation period, where the day of filing is stated and unambiguous."""
    filed = inputs.file.filed
    if not filed or ambiguous_key_date(inputs, filed):
        return None
    return limitation_start(named_day(inputs, filed, "filed").on, model)


def award_source(inputs: ClaimInputs, source: Source) -> str:
    """The citation of a given award, for its leaf."""
    award = inputs.scenario.award
    if award is None or not award.decided:
        return source.clause
    case = decided_case(inputs, award.decided)
    return f"{case.citation} ({case.status_text})"
