"""What one unit costs: the list, the contract's share of it, or a document judged comparable."""

from __future__ import annotations

from decimal import Decimal

from auditor.claims.inputs import ClaimInputs, decision_source, named_day
from auditor.claims.money import percent_of, require_currency, require_not_negative
from auditor.errors import ClaimError
from auditor.model.claims import Derivation, PriceEvidence, UnitPrice
from auditor.model.targets.contracts import UNLIMITED, Contract, Edition, ListPrice, PriceTerms


def edition_of(inputs: ClaimInputs) -> Edition:
    """The edition that prices the scenario."""
    product = inputs.estate.products.get(inputs.product)
    if product is None:
        known = ", ".join(sorted(inputs.estate.products))
        raise ClaimError(f"{inputs.who}: unknown product {inputs.product!r}; name one of {known}")
    named = inputs.edition or (product.editions[0].id if len(product.editions) == 1 else "")
    edition = product.edition(named)
    if edition is None:
        known = ", ".join(each.id for each in product.editions)
        raise ClaimError(f"{inputs.who}: product {product.id} has no edition {named!r}; name one of {known}")
    return edition


def price_in_force(inputs: ClaimInputs, edition: Edition) -> ListPrice:
    """The list price in force on the scenario's day; where there is only one, that one."""
    prices = edition.list_prices
    if not prices:
        raise ClaimError(f"{inputs.who}: edition {edition.id} has no list price; add one under `list_prices`")
    if not inputs.scenario.priced_on:
        if len(prices) > 1:
            raise ClaimError(f"{inputs.who}: edition {edition.id} has {len(prices)} list prices; set `priced_on`")
        return prices[0]
    limit = named_day(inputs, inputs.scenario.priced_on, f"{inputs.who}: priced_on")
    valid = [price for price in prices if price.from_ <= limit.on]
    if not valid:
        raise ClaimError(
            f"{inputs.who}: no list price of {edition.id} is in force on {limit.on}; the first starts later"
        )
    return valid[-1]


def unit_price(inputs: ClaimInputs) -> tuple[UnitPrice, Derivation]:
    """The unit price and its tree. Raises `ClaimError` for evidence that may not feed a formula."""
    if inputs.scenario.price_basis == "evidence":
        return _evidence_price(inputs)
    edition = edition_of(inputs)
    price = price_in_force(inputs, edition)
    unit = require_currency(price.per_extra, inputs.file.currency, f"{inputs.who}: the list price of {edition.id}")
    base = require_currency(price.base, inputs.file.currency, f"{inputs.who}: the list price of {edition.id}")
    require_not_negative(unit, f"{inputs.who}: the list price per unit of {edition.id}")
    leaf = Derivation(
        f"list price per unit, {edition.id}",
        "as listed",
        unit.amount,
        unit.currency,
        (),
        (inputs.record(price.source),),
    )
    percent: Decimal | None = None
    tree = leaf
    if inputs.scenario.price_basis == "contract_net":
        contract, terms, percent = _share(inputs)
        where = inputs.document(terms.source, f"contract {contract.id}: the counterparty pays {percent} % of list")
        share = Derivation("share of list the counterparty pays", "as agreed", percent, "percent", (), (where,))
        net = percent_of(unit, percent, terms.rounding)
        base = percent_of(base, percent, terms.rounding)
        tree = Derivation("unit price", "list price x share / 100", net.amount, net.currency, (leaf, share))
        unit, listed = net, unit
    else:
        listed = unit
    inside = inputs.scenario.edition_base == "in"
    covers = price.includes if price.includes != UNLIMITED else 0
    if inside and price.includes == UNLIMITED:
        raise ClaimError(f"{inputs.who}: edition {edition.id} includes unlimited units; leave `edition_base` out")
    made = UnitPrice(
        unit, inputs.scenario.price_basis, listed, percent, base if inside else None, covers if inside else 0
    )
    return made, tree


def _share(inputs: ClaimInputs) -> tuple[Contract, PriceTerms, Decimal]:
    contract = inputs.estate.contracts.get(inputs.contract)
    if contract is None:
        known = ", ".join(sorted(inputs.estate.contracts)) or "none"
        raise ClaimError(f"{inputs.who}: contract_net needs a contract, not {inputs.contract!r}; name one of {known}")
    if contract.price is None or contract.price.percent_of_list is None:
        raise ClaimError(f"{inputs.who}: contract {contract.id} states no percent of list; use `list` or `evidence`")
    return contract, contract.price, contract.price.percent_of_list


def _evidence_price(inputs: ClaimInputs) -> tuple[UnitPrice, Derivation]:
    found = next((each for each in inputs.file.price_evidence if each.id == inputs.scenario.evidence), None)
    if found is None:
        known = ", ".join(each.id for each in inputs.file.price_evidence) or "none"
        raise ClaimError(f"{inputs.who}: unknown price evidence {inputs.scenario.evidence!r}; name one of {known}")
    if inputs.scenario.edition_base == "in":
        raise ClaimError(f"{inputs.who}: price evidence gives a unit price alone; leave `edition_base` out")
    refusal = why_not_comparable(inputs, found)
    if refusal:
        raise ClaimError(
            f"{inputs.who}: price evidence {found.id} is not comparable: {refusal}; use `list`, `contract_net` "
            f"or evidence of the same product and mode"
        )
    if found.value is None:
        raise ClaimError(
            f"{inputs.who}: price evidence {found.id} states no value; give it, or use another price basis"
        )
    value = require_not_negative(
        require_currency(found.value, inputs.file.currency, f"price evidence {found.id}"), found.id
    )
    about = f"{found.product} {found.mode} {found.edition} {found.version}".strip()
    sources = [inputs.document(found.source, f"{about}: {found.why}")]
    sources += [decision_source(each) for each in inputs.current("price_evidence") if each.subject == found.id][-1:]
    tree = Derivation(
        f"unit price by evidence {found.id}", "as documented", value.amount, value.currency, (), tuple(sources)
    )
    return UnitPrice(value, "evidence", None, None, None, 0), tree


def why_not_comparable(inputs: ClaimInputs, evidence: PriceEvidence) -> str:
    """Why a document may not price this scenario; empty where it may.

    Another product mode is never comparable (单馆 for 集群). Otherwise the latest decision on the document counts, then
    what the file says; an assertion feeds only the scenarios of the party that makes it.
    """
    product = inputs.estate.products.get(inputs.product)
    mode = product.mode if product else ""
    if evidence.mode != mode:
        return f"it prices mode {evidence.mode or 'not stated'}, the product is {mode or 'not stated'} ({evidence.why})"
    judged = [each for each in inputs.current("price_evidence") if each.subject == evidence.id]
    state = judged[-1].text.strip().lower() if judged else evidence.comparable
    if state in ("yes", "comparable"):
        return ""
    if state == "asserted" and evidence.asserted_by and evidence.asserted_by == inputs.scenario.presented_by:
        return ""
    if state == "asserted":
        return f"{evidence.asserted_by or 'a party'} asserts that it is, nobody decided it ({evidence.why})"
    if state == "undecided":
        return f"nobody decided it yet ({evidence.why})"
    return judged[-1].reason if judged else evidence.why
