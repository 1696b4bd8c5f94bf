"""`contracts:`: the facts of each contract and of the documents that changed it."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auditor.model.targets.contracts import (
    Amendment,
    AuthorisedDeployment,
    Contract,
    Correction,
    Document,
    Effective,
    Exemption,
    Overage,
    Territory,
)
from auditor.targets.sections.prices import DISCOUNT, PAYMENTS, PRICE, REBATE
from auditor.targets.sections.products import TEXTS
from auditor.targets.sections.terms import SOURCE_KEYS, TERM
from auditor.targets.values.codes import CurrencyCode, PlaceCode, TimeZoneName
from auditor.targets.values.quantities import MoneyAmount, UnitsOrUnlimited, WholeNumber
from auditor.targets.values.scalars import Choice, FalseOrWord, IsoDay, SectionReference, Text, TrueOrFalse
from auditor.targets.values.types import Key, ListOf, LoadContext, MapOf, RecordType, ValuePath
from auditor.targets.yaml.nodes import MappingNode, position_of


def _documents(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    values.setdefault("signed_on", None)
    return values


DOCUMENT = RecordType(
    "document",
    Document,
    {
        "id": Key(Text(), "an id to refer to it by"),
        "signed_on": Key(IsoDay(), doc="The day of the last signature."),
        "file": Key(Text(), doc="Path of the scan, relative to the file that names it."),
        "sha256": Key(Text(), doc="Digest of the scan: a changed file is then an error."),
        "title": Key(Text(), doc="What it is."),
    },
    finish=_documents,
    placed=True,
    doc="A signed document.",
)

TERRITORY = RecordType(
    "territory",
    Territory,
    {
        "places": Key(ListOf(PlaceCode(), lone=True), "ISO 3166-2 codes, e.g. [CN-AH]"),
        "measured_by": Key(Choice("deployment", "branch", "sale"), "deployment, branch or sale"),
        **SOURCE_KEYS,
    },
    doc="Where the contract allows use.",
)


def _overage(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    values.update(values.pop("tolerance", {}))
    if values.get("priced_at") == "custom" and "custom_price" not in values:
        message = 'priced_at is custom but "custom_price" is missing. Give the amount per unit, quoted.'
        context.note("S16", position_of(node, "priced_at"), where, message)
    return values


OVERAGE = RecordType(
    "overage",
    Overage,
    {
        "permitted": Key(FalseOrWord("true_up"), doc="false: each unit over is unlicensed; true_up: payable."),
        "measure": Key(Choice("high_water_mark", "point_in_time", "time_weighted_average")),
        "tolerance": Key(
            RecordType(
                "tolerance",
                dict,
                {
                    "units": Key(WholeNumber(), into="tolerance_units"),
                    "days": Key(WholeNumber(), into="tolerance_days"),
                },
            ),
            doc="Units and days over that the contract lets pass.",
        ),
        "priced_at": Key(Choice("net", "list", "custom"), doc="The report always shows net and list."),
        "custom_price": Key(MoneyAmount(), doc="Per unit, where priced_at is custom."),
        **SOURCE_KEYS,
    },
    finish=_overage,
    doc="What happens above the entitled quantity.",
)

AUTHORISED = RecordType(
    "authorised deployment",
    AuthorisedDeployment,
    {
        "deployment": Key(SectionReference("deployments"), "the id of a deployment"),
        "edition": Key(Text(), "the edition that was bought"),
        "from": Key(IsoDay(), "the first day it is covered", into="from_"),
        "through": Key(IsoDay(), doc="The last day it is covered, inclusive."),
        "order": Key(Text(), doc="Order number."),
        "net": Key(MoneyAmount(), doc="Net price agreed, quoted."),
        "payments": Key(PAYMENTS),
        "metrics": Key(MapOf(UnitsOrUnlimited()), doc="Quantities of further metrics agreed for this deployment."),
        "known_from": Key(IsoDay(), doc="The day the licensor learnt of the order, where later than its first day."),
        **SOURCE_KEYS,
    },
    placed=True,
    doc="A deployment this contract covers: part of a closed list.",
)


def _effective(
    values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext
) -> dict[str, Any] | None:
    if len(values) == 1:
        return values
    if len(node.items) != 1:
        context.note(
            "A03", node.at, where, "exactly one is expected. Give date: or upon: signature, payment or acceptance."
        )
    return None


EFFECTIVE = RecordType(
    "effective",
    Effective,
    {
        "date": Key(IsoDay(), doc="A day.", into="on"),
        "upon": Key(Choice("signature", "payment", "acceptance"), doc="An occasion."),
    },
    finish=_effective,
    doc="When it takes effect: exactly one of a day or an occasion; there is no default.",
)


def _amendment(
    values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext
) -> dict[str, Any] | None:
    values.setdefault("title", values.get("id", ""))
    values.setdefault("metric", "")
    kind = values["kind"]
    if "effective" not in values:
        if "effective" not in node.items:
            message = (
                f'amendment {values["id"]} has no "effective". Give date: or upon: signature, payment or acceptance.'
            )
            context.note("A03", node.at, "", message)
        return None
    if kind != "set_unlimited" and "units" not in values:
        if "units" not in node.items:
            context.note("S16", node.at, where, f'"units" is missing. Give the number of units that {kind} changes.')
        return None
    values.setdefault("units", 0)
    return values


AMENDMENT = RecordType(
    "amendment",
    Amendment,
    {
        "id": Key(Text(), "an id to refer to it by, e.g. S1"),
        "title": Key(Text()),
        "kind": Key(Choice("add_units", "remove_units", "set_unlimited"), "add_units, remove_units or set_unlimited"),
        "deployment": Key(SectionReference("deployments"), "the deployment it changes"),
        "metric": Key(Text(), doc="The metric it changes; the product's first where absent."),
        "units": Key(WholeNumber(least=1), doc="Positive; remove_units subtracts them."),
        "signed_on": Key(IsoDay(), "the day of the last signature"),
        "effective": Key(EFFECTIVE, doc="When it takes effect. Required."),
        "accepted_on": Key(IsoDay(), doc="Day of acceptance, for upon: acceptance."),
        "cures_past_overage": Key(TrueOrFalse(), doc="Whether units over before it are settled by it."),
        "net": Key(MoneyAmount(), doc="Net price agreed, quoted."),
        "payments": Key(PAYMENTS),
        "known_from": Key(IsoDay(), doc="The day the licensor learnt of it, where later than its signature."),
        **SOURCE_KEYS,
    },
    finish=_amendment,
    placed=True,
    doc="A dated change of quantity (补充协议).",
)


def _exemption(
    values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext
) -> dict[str, Any] | None:
    of = values.get("kind") or values.get("deployment") or ""
    if "clause" not in values:
        if "clause" not in node.items:
            message = (
                f"exemption for {of or 'a deployment'} has no clause. Name the clause that says it does not count."
            )
            context.note("X01", node.at, "", message)
        return None
    for key in ("deployment", "kind", "units", "through"):
        values.setdefault(key, None)
    if not of:
        context.note("S16", node.at, where, 'neither "deployment" nor "kind" is given. Say what does not count.')
    return values


EXEMPTION = RecordType(
    "exemption",
    Exemption,
    {
        "deployment": Key(SectionReference("deployments"), doc="The deployment it holds for; all where absent."),
        "kind": Key(Text(), doc="Kind of node that does not count, e.g. test."),
        "units": Key(WholeNumber(), doc="How many, where the clause limits them."),
        "from": Key(IsoDay(), "the first day it holds", into="from_"),
        "through": Key(IsoDay(), doc="The last day, inclusive."),
        "clause": Key(Text(), doc="Required: an exemption without its clause is refused."),
    },
    finish=_exemption,
    placed=True,
    doc="Use that the contract says does not count.",
)
CORRECTION = RecordType(
    "correction",
    Correction,
    {
        "of": Key(Text(), "the path of the fact, e.g. amendments.S1"),
        "field": Key(Text(), "the field, e.g. units"),
        "was": Key(Text(), "the former value"),
        "now": Key(Text(), "the value that holds"),
        "recorded_on": Key(IsoDay(), "the day it was recorded"),
        "why": Key(Text(), "the reason"),
    },
    placed=True,
    doc="A compensating entry: adds, never rewrites.",
)


def _contract(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    absent: dict[str, Any] = {"title": "", "documents": (), "territory": None, "price": None, "authorised": ()}
    absent |= {"overage": Overage(), "timezone": context.timezone, "currency": context.currency}
    return absent | values


CONTRACT = RecordType(
    "contract",
    Contract,
    {
        "id": Key(Text(), "its number"),
        "kind": Key(Choice("reseller", "end_user"), "reseller or end_user"),
        "title": Key(Text()),
        "licensor": Key(SectionReference("parties"), "the party that grants"),
        "counterparty": Key(SectionReference("parties"), "the party that receives"),
        "product": Key(SectionReference("products"), "the product"),
        "timezone": Key(TimeZoneName(), doc="Zone of its whole days, where it differs from the file's."),
        "currency": Key(CurrencyCode(), doc="Currency of its amounts, where it differs from the file's."),
        "documents": Key(ListOf(DOCUMENT)),
        "term": Key(TERM, "from, through, renewal, ended and after_end"),
        "territory": Key(TERRITORY),
        "price": Key(PRICE),
        "rebates": Key(ListOf(REBATE)),
        "overage": Key(OVERAGE),
        "authorised": Key(ListOf(AUTHORISED), doc="The closed list of deployments this contract covers."),
        "amendments": Key(ListOf(AMENDMENT)),
        "exemptions": Key(ListOf(EXEMPTION)),
        "corrections": Key(ListOf(CORRECTION)),
        "other_payments": Key(PAYMENTS, doc="Payments that name no order."),
        "pools": Key(MapOf(UnitsOrUnlimited()), doc="Quantities by metric that all authorised deployments share."),
        "replaces": Key(SectionReference("contracts"), doc="The contract it replaces from its first day."),
        "adds_to": Key(SectionReference("contracts"), doc="The contract whose quantities it adds to."),
        "maintenance_through": Key(IsoDay(), doc="Last day of maintenance."),
        "modules": Key(TEXTS, doc="Licensed modules, where the contract names them."),
        "audit_interval_days": Key(WholeNumber(least=1, most=3660), doc="How far apart two captures may lie."),
    },
    hints={"discount": DISCOUNT, "percent_of_list": 'Write price.net.percent_of_list: "30".'},
    finish=_contract,
    placed=True,
    doc="What was agreed, by whom, from when.",
)

SECTIONS = MappingProxyType({"contracts": ListOf(CONTRACT)})
