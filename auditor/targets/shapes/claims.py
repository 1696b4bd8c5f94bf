"""`claims:`: what is claimed, how it is counted and priced, and what speaks against it. Keys are those of the model."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auditor.model.claims import (
    ClaimAmount,
    ClaimFile,
    DecidedCase,
    Expense,
    Extrapolation,
    GivenAward,
    Oddity,
    PriceEvidence,
    PrintedFigure,
    Scenario,
    Split,
    SplitDate,
    Statutory,
)
from auditor.model.contracts import Source
from auditor.targets.codes import Currency
from auditor.targets.kinds import Context, Key, Listed, ListOf, MapOf, Record, Where
from auditor.targets.nodes import Mapping
from auditor.targets.quantities import Amount, Exact, Whole
from auditor.targets.scalars import Choice, Day, Flag, Ref, Text
from auditor.targets.shapes.contracts import DOCUMENT
from auditor.targets.shapes.prices import PRICE
from auditor.targets.shapes.products import TEXTS
from auditor.targets.shapes.terms import SOURCE

MOMENT = Text()
"""An ISO day or the id of a key date; the claims room resolves it."""

STATED = Record("source", Source, dict(SOURCE), doc="Clause and document.")


def _amount_only(values: dict[str, Any], node: Mapping, where: Where, context: Context) -> dict[str, Any]:
    values.pop("currency", None)
    return values


def _expense(values: dict[str, Any], node: Mapping, where: Where, context: Context) -> dict[str, Any] | None:
    if "amount" not in node.items and values.get("admitted", True):
        context.note("S16", node.at, where, '"amount" is missing. Give the amount, quoted: "58211.00".')
        return None
    values.setdefault("amount", None)
    return _amount_only(values, node, where, context)


def _evidence(values: dict[str, Any], node: Mapping, where: Where, context: Context) -> dict[str, Any]:
    values.setdefault("value", None)
    return _amount_only(values, node, where, context)


EXPENSE = Record(
    "expense",
    Expense,
    {
        "id": Key(Text(), "an id to refer to it by"),
        "kind": Key(Text(), "what kind of cost it is, e.g. notary"),
        "act": Key(Text(), "the act it was for"),
        "instance": Key(Text(), "the instance it belongs to"),
        "invoice": Key(Text(), "the number of the invoice"),
        "amount": Key(Amount(), doc='Quoted: "58211.00". Only an expense that is not admitted may lack it.'),
        "currency": Key(Currency()),
        "admitted": Key(Flag(), doc="False: listed, never summed."),
        "why": Key(Text(), doc="Why it was not admitted."),
        **SOURCE,
    },
    finish=_expense,
    doc="A cost of stopping the use, tied to an act and an instance.",
)

PRICE_EVIDENCE = Record(
    "price evidence",
    PriceEvidence,
    {
        "id": Key(Text(), "an id to refer to it by"),
        "product": Key(Text(), "the product as the document writes it"),
        "mode": Key(Text(), "the product mode (集群, 单馆)"),
        "edition": Key(Text(), "the edition"),
        "version": Key(Text(), "the version"),
        "value": Key(Amount(), doc="The unit price, quoted; absent where the document at hand does not print it."),
        "currency": Key(Currency()),
        "comparable": Key(Choice("yes", "no", "asserted", "undecided"), '"yes", "no", asserted or undecided'),
        "why": Key(Text(), "the reason"),
        "asserted_by": Key(Text()),
        **SOURCE,
    },
    finish=_evidence,
    doc="A document offered as proof of a unit price.",
)

CLAIM = Record(
    "claim",
    ClaimAmount,
    {
        "amount": Key(Amount(), "the sum asked for, quoted"),
        "includes_expenses": Key(Flag(), "true or false: does the sum contain the expenses"),
        **SOURCE,
    },
    doc="The sum asked for.",
)

STATUTORY = Record(
    "statutory",
    Statutory,
    {
        "works": Key(Whole(least=1)),
        "wilful": Key(Flag()),
        "registered": Key(MOMENT),
        "began": Key(MOMENT),
        "published": Key(MOMENT),
    },
    doc="The statutory range applied.",
)

AWARD = Record(
    "award",
    GivenAward,
    {"amount": Key(Amount(), "the sum awarded, quoted"), "decided": Key(Text(), doc="Id under decided."), **SOURCE},
    doc="An award a court gave.",
)

SCENARIO = Record(
    "scenario",
    Scenario,
    {
        "title": Key(Text()),
        "presented_by": Key(Text()),
        "legal_model": Key(Text()),
        "head": Key(Choice("actual_loss", "illegal_gain", "licence_fee", "statutory")),
        "count_basis": Key(Choice("displayed", "listed", "confirmed", "by_code", "by_body", "by_login", "stated")),
        "stated": Key(MapOf(Whole()), doc="For stated: units by deployment."),
        "stated_source": Key(STATED),
        "deployments": Key(ListOf(Ref("deployments"), lone=True)),
        "metric": Key(Text()),
        "as_of": Key(MOMENT, doc="latest, first, a day or the id of a key date."),
        "overage": Key(Choice("all_units", "over_cap", "growth_since")),
        "growth_since": Key(MOMENT),
        "cap_from": Key(Text(), doc="edition, or the id of a reference deployment."),
        "price_basis": Key(Choice("list", "contract_net", "evidence")),
        "evidence": Key(Text(), doc="Id under price_evidence."),
        "priced_on": Key(MOMENT),
        "product": Key(Ref("products")),
        "edition": Key(Text()),
        "contract": Key(Ref("contracts")),
        "edition_base": Key(Choice("in", "out")),
        "multiplier": Key(Exact()),
        "multiplier_mode": Key(Choice("total", "additional"), doc="total: base x m; additional: base x (1 + m)."),
        "expenses": Key(Choice("in", "on_top", "none")),
        "cap_by_claim": Key(Flag()),
        "statutory": Key(STATUTORY),
        "award": Key(AWARD),
        "relies_on": Key(TEXTS, doc="Ids under decided."),
        "split": Key(Text(), doc="Id under splits."),
        **SOURCE,
    },
    doc="One way to count, price, multiply and cap.",
)


def _case(values: dict[str, Any], node: Mapping, where: Where, context: Context) -> dict[str, Any]:
    values.pop("currency", None)
    values.setdefault("expenses", None)
    return values


DECIDED = Record(
    "decided case",
    DecidedCase,
    {
        "id": Key(Text(), "an id to refer to it by"),
        "citation": Key(Text(), "its number"),
        "damages": Key(Amount(), "the damages awarded, quoted"),
        "expenses": Key(Amount(), doc="Absent where the award is one sum."),
        "currency": Key(Currency()),
        "status": Key(Choice("final", "varied", "reversed", "unknown"), "final, varied, reversed or unknown"),
        "status_on": Key(Day()),
        "status_by": Key(Text()),
        "note": Key(Text()),
    },
    finish=_case,
    doc="A judgment whose figures are used, with what became of it on appeal.",
)

SPLIT = Record(
    "split",
    Split,
    {
        "id": Key(Text(), "an id to refer to it by"),
        "at": Key(MOMENT, "a day or the id of a key date"),
        "by": Key(Text(), "whose dates these are"),
        "dates": Key(
            ListOf(
                Record(
                    "split date",
                    SplitDate,
                    {
                        "deployment": Key(Ref("deployments"), "the deployment"),
                        "date": Key(MOMENT, "a day or the id of a key date", into="on"),
                        "what": Key(Text(), "what the day is"),
                        **SOURCE,
                    },
                )
            ),
            "a day for each deployment",
        ),
    },
    doc="Units sorted by whether a deployment's day lies before or after an event.",
)

PRINTED = Record(
    "printed figure",
    PrintedFigure,
    {
        "id": Key(Text(), "an id to refer to it by"),
        "kind": Key(Choice("court_fee"), "court_fee"),
        "of": Key(Amount(), "the sum in dispute, quoted"),
        "printed": Key(Amount(), "the figure as printed, quoted"),
        **SOURCE,
    },
    doc="A figure that a document prints and the law also gives.",
)

ODDITY = Record(
    "oddity",
    Oddity,
    {
        "id": Key(Text(), "an id to refer to it by"),
        "raw": Key(Text(), "the text as printed"),
        "candidates": Key(TEXTS, "all readings"),
        "note": Key(Text(), "what is known about it"),
        **SOURCE,
    },
    doc="A text that can be read in several ways; never resolved here.",
)

EXTRAPOLATION = Record(
    "extrapolation",
    Extrapolation,
    {
        "id": Key(Text(), "an id to refer to it by"),
        "units": Key(Whole(), "the units nobody observed"),
        "why": Key(Text(), "how they were estimated"),
        **SOURCE,
    },
    doc="Units nobody observed; part of no headline figure.",
)


def _file(values: dict[str, Any], node: Mapping, where: Where, context: Context) -> dict[str, Any]:
    values.setdefault("currency", context.currency)
    return values


CLAIMS = Record(
    "claims",
    ClaimFile,
    {
        "currency": Key(Currency(), doc="Where it differs from the file's."),
        "scenarios": Key(MapOf(SCENARIO), "the ways to compute, by id"),
        "claim": Key(CLAIM),
        "rounding": Key(PRICE.keys["rounding"].kind),
        "legal_model": Key(Text(), doc="china where absent."),
        "product": Key(Ref("products")),
        "edition": Key(Text()),
        "contract": Key(Ref("contracts")),
        "filed": Key(MOMENT, doc="Day of filing."),
        "aggravation_since": Key(MOMENT, doc="Growth after it is listed apart."),
        "expenses": Key(Listed(EXPENSE)),
        "price_evidence": Key(Listed(PRICE_EVIDENCE)),
        "decided": Key(Listed(DECIDED)),
        "splits": Key(Listed(SPLIT)),
        "printed": Key(Listed(PRINTED)),
        "oddities": Key(Listed(ODDITY)),
        "extrapolations": Key(Listed(EXTRAPOLATION)),
        "documents": Key(Listed(DOCUMENT)),
    },
    finish=_file,
    placed=True,
    doc="What is claimed, and how each figure is derived.",
)

SECTIONS = MappingProxyType({"claims": CLAIMS})
