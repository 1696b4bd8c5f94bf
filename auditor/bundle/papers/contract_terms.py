"""What was licensed, as facts with their clauses: terms, the ledger of entitlements, evidence of prices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from pydantic import TypeAdapter

from auditor.bundle.bag.tables import plain_json, safe_csv
from auditor.bundle.dossier import Dossier
from auditor.model.findings import Decision, EntitlementStep, Position
from auditor.model.targets.contracts import Contract, Product
from auditor.wording import english

_CONTRACT, _PRODUCT, _POSITION, _STEP, _DECISION = (
    TypeAdapter(Contract), TypeAdapter(Product), TypeAdapter(Position),
    TypeAdapter(EntitlementStep), TypeAdapter(Decision),
)  # fmt: skip
LEDGER = ("contract", "deployment", "metric", "from", "change", "entitled_from_then", "why", "source", "by_rule")
PRICES = ("contract_or_product", "what", "amount", "currency", "from_or_paid_on", "source", "note")


def to_plain(adapter: TypeAdapter[Any], value: object) -> object:
    """A frozen value as JSON writes it."""
    return adapter.dump_python(value, mode="json", fallback=dict, warnings=False)


def contract_terms_json(dossier: Dossier) -> bytes:
    """The contracts and products of this bundle, every field as `targets.yaml` states it."""
    estate = dossier.estate
    chosen = [estate.contracts[name] for name in sorted(dossier.selection.contracts) if name in estate.contracts]
    used = {contract.product for contract in chosen}
    used |= {one.product for name, one in estate.deployments.items() if name in dossier.selection.deployments}
    return plain_json(
        {
            "format": "auditor.contract-terms/1",
            "note": "A model of the signed documents, for computing; the signed documents prevail.",
            "contracts": [to_plain(_CONTRACT, contract) for contract in chosen],
            "products": [to_plain(_PRODUCT, estate.products[name]) for name in sorted(used) if name in estate.products],
        }
    )


def entitlement_ledger(dossier: Dossier) -> bytes:
    """Each change of each entitlement, with its source."""
    rows = []
    for position in _ordered(dossier):
        for step in position.timeline:
            total = "nothing is entitled" if step.total is None else step.total
            rows.append(
                (
                    position.contract or "", position.deployment, position.metric, step.from_.isoformat(), step.units,
                    total, english(step.why), english(step.source), "by rule" if step.by_rule else "",
                )
            )  # fmt: skip
    return b"".join(safe_csv(LEDGER, rows))


def price_evidence(dossier: Dossier) -> bytes:
    """List prices and payments of the contracts here, each with where it stands."""
    return b"".join(safe_csv(PRICES, _prices(dossier)))


def _prices(dossier: Dossier) -> Iterator[tuple[object, ...]]:
    for name in sorted(dossier.selection.contracts):
        contract = dossier.estate.contracts.get(name)
        if contract is None:
            continue
        product = dossier.estate.products.get(contract.product)
        for edition in product.editions if product else ():
            for price in edition.list_prices:
                day, money = price.from_.isoformat(), price.base
                yield (
                    contract.product,
                    f"{edition.id}: list, includes {price.includes}",
                    money.amount,
                    money.currency,
                    day,
                    price.source,
                    "",
                )
                extra = price.per_extra
                yield (
                    contract.product,
                    f"{edition.id}: each further unit",
                    extra.amount,
                    extra.currency,
                    day,
                    price.source,
                    "",
                )
        paid = [payment for authorised in contract.authorised for payment in authorised.payments]
        paid += [payment for amendment in contract.amendments for payment in amendment.payments]
        for payment in [*paid, *contract.other_payments]:
            money = payment.amount
            yield (
                name,
                f"payment: {payment.purpose or 'purpose not stated'}",
                money.amount,
                money.currency,
                payment.paid_on.isoformat(),
                payment.ref,
                "a payment is not an entitlement",
            )


def positions_json(dossier: Dossier) -> bytes:
    """Entitled against used as of the bundle's moment, and the decisions they rest on."""
    return plain_json(
        {
            "format": "auditor.positions/1",
            "positions": [_position(position) for position in _ordered(dossier)],
            "decisions": [to_plain(_DECISION, decision) for decision in dossier.report.decisions],
        }
    )


def _position(position: Position) -> object:
    """A position as JSON writes it, with its notes in words."""
    steps = [
        {**_dict(to_plain(_STEP, step)), "why": english(step.why), "source": english(step.source)}
        for step in position.timeline
    ]
    return {
        **_dict(to_plain(_POSITION, position)),
        "rule": english(position.rule),
        "over_days_rule": english(position.over_days_rule),
        "priced_at": english(position.priced_at),
        "notes": [english(note) for note in position.notes],
        "timeline": steps,
    }


def _dict(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value)


def _ordered(dossier: Dossier) -> list[Position]:
    return sorted(dossier.report.positions, key=lambda one: (one.contract or "", one.deployment, one.metric))
