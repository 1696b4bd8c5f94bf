"""`claims:`: what is claimed, how it is counted and priced, and what speaks against it. Keys are those of the model."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auditor.model.claims import (
    AmbiguousText,
    ClaimAmount,
    ClaimFile,
    DecidedCase,
    Expense,
    Extrapolation,
    GivenAward,
    PriceEvidence,
    PrintedFigure,
    Scenario,
    Split,
    SplitDate,
    StatutoryRange,
)
from auditor.model.targets.contracts import Source
from auditor.targets.sections.contracts import DOCUMENT
from auditor.targets.sections.prices import PRICE
from auditor.targets.sections.products import TEXTS
from auditor.targets.sections.terms import SOURCE_KEYS
from auditor.targets.values.codes import CurrencyCode
from auditor.targets.values.quantities import MoneyAmount, QuotedDecimal, WholeNumber
from auditor.targets.values.scalars import Choice, IsoDay, SectionReference, Text, TrueOrFalse
from auditor.targets.values.types import Key, ListOf, LoadContext, MapOf, RecordList, RecordType, ValuePath
from auditor.targets.yaml.nodes import MappingNode

DAY_OR_KEY_DATE = Text()
"""An ISO day or the id of a key date; the claims room resolves it."""


def _alone(source: Source) -> Source:
    """A record that is nothing but its source."""
    return source


CLAUSE_SOURCE = RecordType("source", _alone, dict(SOURCE_KEYS), doc="Clause and document.")


def _amount_only(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    values.pop("currency", None)
    return values


def _expense(
    values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext
) -> dict[str, Any] | None:
    if "amount" not in node.items and values.get("admitted", True):
        context.note("S16", node.at, where, '"amount" is missing. Give the amount, quoted: "58211.00".')
        return None
    values.setdefault("amount", None)
    return _amount_only(values, node, where, context)


def _evidence(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    values.setdefault("value", None)
    return _amount_only(values, node, where, context)


EXPENSE = RecordType(
    "expense",
    Expense,
    {
        "id": Key(Text(), "an id to refer to it by"),
        "kind": Key(Text(), "what kind of cost it is, e.g. notary"),
        "act": Key(Text(), "the act it was for"),
        "instance": Key(Text(), "the instance it belongs to"),
        "invoice": Key(Text(), "the number of the invoice"),
        "amount": Key(MoneyAmount(), doc='Quoted: "58211.00". Only an expense that is not admitted may lack it.'),
        "currency": Key(CurrencyCode()),
        "admitted": Key(TrueOrFalse(), doc="False: listed, never summed."),
        "why": Key(Text(), doc="Why it was not admitted."),
        **SOURCE_KEYS,
    },
    finish=_expense,
    doc="A cost of stopping the use, tied to an act and an instance.",
)

PRICE_EVIDENCE = RecordType(
    "price evidence",
    PriceEvidence,
    {
        "id": Key(Text(), "an id to refer to it by"),
        "product": Key(Text(), "the product as the document writes it"),
        "mode": Key(Text(), "the product mode (集群, 单馆)"),
        "edition": Key(Text(), "the edition"),
        "version": Key(Text(), "the version"),
        "value": Key(MoneyAmount(), doc="The unit price, quoted; absent where the document at hand does not print it."),
        "currency": Key(CurrencyCode()),
        "comparable": Key(Choice("yes", "no", "asserted", "undecided"), '"yes", "no", asserted or undecided'),
        "why": Key(Text(), "the reason"),
        "asserted_by": Key(Text()),
        **SOURCE_KEYS,
    },
    finish=_evidence,
    doc="A document offered as proof of a unit price.",
)

CLAIM = RecordType(
    "claim",
    ClaimAmount,
    {
        "amount": Key(MoneyAmount(), "the sum asked for, quoted"),
        "includes_expenses": Key(TrueOrFalse(), "true or false: does the sum contain the expenses"),
        **SOURCE_KEYS,
    },
    doc="The sum asked for.",
)

STATUTORY = RecordType(
    "statutory",
    StatutoryRange,
    {
        "works": Key(WholeNumber(least=1)),
        "wilful": Key(TrueOrFalse()),
        "registered": Key(DAY_OR_KEY_DATE),
        "began": Key(DAY_OR_KEY_DATE),
        "published": Key(DAY_OR_KEY_DATE),
    },
    doc="The statutory range applied.",
)

AWARD = RecordType(
    "award",
    GivenAward,
    {
        "amount": Key(MoneyAmount(), "the sum awarded, quoted"),
        "decided": Key(Text(), doc="Id under decided."),
        **SOURCE_KEYS,
    },
    doc="An award a court gave.",
)

SCENARIO = RecordType(
    "scenario",
    Scenario,
    {
        "title": Key(Text()),
        "presented_by": Key(Text()),
        "legal_model": Key(Text()),
        "head": Key(Choice("actual_loss", "illegal_gain", "licence_fee", "statutory")),
        "count_basis": Key(Choice("displayed", "listed", "confirmed", "by_code", "by_body", "by_login", "stated")),
        "stated": Key(MapOf(WholeNumber()), doc="For stated: units by deployment."),
        "stated_source": Key(CLAUSE_SOURCE),
        "deployments": Key(ListOf(SectionReference("deployments"), lone=True)),
        "metric": Key(Text()),
        "as_of": Key(DAY_OR_KEY_DATE, doc="latest, first, a day or the id of a key date."),
        "overage": Key(Choice("all_units", "over_cap", "growth_since")),
        "growth_since": Key(DAY_OR_KEY_DATE),
        "cap_from": Key(Text(), doc="edition, or the id of a reference deployment."),
        "price_basis": Key(Choice("list", "contract_net", "evidence")),
        "evidence": Key(Text(), doc="Id under price_evidence."),
        "priced_on": Key(DAY_OR_KEY_DATE),
        "product": Key(SectionReference("products")),
        "edition": Key(Text()),
        "contract": Key(SectionReference("contracts")),
        "edition_base": Key(Choice("in", "out")),
        "multiplier": Key(QuotedDecimal()),
        "multiplier_mode": Key(Choice("total", "additional"), doc="total: base x m; additional: base x (1 + m)."),
        "expenses": Key(Choice("in", "on_top", "none")),
        "cap_by_claim": Key(TrueOrFalse()),
        "statutory": Key(STATUTORY),
        "award": Key(AWARD),
        "relies_on": Key(TEXTS, doc="Ids under decided."),
        "split": Key(Text(), doc="Id under splits."),
        **SOURCE_KEYS,
    },
    doc="One way to count, price, multiply and cap.",
)


def _case(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    values.pop("currency", None)
    values.setdefault("expenses", None)
    return values


DECIDED = RecordType(
    "decided case",
    DecidedCase,
    {
        "id": Key(Text(), "an id to refer to it by"),
        "citation": Key(Text(), "its number"),
        "damages": Key(MoneyAmount(), "the damages awarded, quoted"),
        "expenses": Key(MoneyAmount(), doc="Absent where the award is one sum."),
        "currency": Key(CurrencyCode()),
        "status": Key(Choice("final", "varied", "reversed", "unknown"), "final, varied, reversed or unknown"),
        "status_on": Key(IsoDay()),
        "status_by": Key(Text()),
        "note": Key(Text()),
    },
    finish=_case,
    doc="A judgment whose figures are used, with what became of it on appeal.",
)

SPLIT = RecordType(
    "split",
    Split,
    {
        "id": Key(Text(), "an id to refer to it by"),
        "at": Key(DAY_OR_KEY_DATE, "a day or the id of a key date"),
        "by": Key(Text(), "whose dates these are"),
        "dates": Key(
            ListOf(
                RecordType(
                    "split date",
                    SplitDate,
                    {
                        "deployment": Key(SectionReference("deployments"), "the deployment"),
                        "date": Key(DAY_OR_KEY_DATE, "a day or the id of a key date", into="on"),
                        "what": Key(Text(), "what the day is"),
                        **SOURCE_KEYS,
                    },
                )
            ),
            "a day for each deployment",
        ),
    },
    doc="Units sorted by whether a deployment's day lies before or after an event.",
)

PRINTED = RecordType(
    "printed figure",
    PrintedFigure,
    {
        "id": Key(Text(), "an id to refer to it by"),
        "kind": Key(Choice("court_fee"), "court_fee"),
        "of": Key(MoneyAmount(), "the sum in dispute, quoted"),
        "printed": Key(MoneyAmount(), "the figure as printed, quoted"),
        **SOURCE_KEYS,
    },
    doc="A figure that a document prints and the law also gives.",
)

ODDITY = RecordType(
    "oddity",
    AmbiguousText,
    {
        "id": Key(Text(), "an id to refer to it by"),
        "raw": Key(Text(), "the text as printed"),
        "candidates": Key(TEXTS, "all readings"),
        "note": Key(Text(), "what is known about it"),
        **SOURCE_KEYS,
    },
    doc="A text that can be read in several ways; never resolved here.",
)

EXTRAPOLATION = RecordType(
    "extrapolation",
    Extrapolation,
    {
        "id": Key(Text(), "an id to refer to it by"),
        "units": Key(WholeNumber(), "the units nobody observed"),
        "why": Key(Text(), "how they were estimated"),
        **SOURCE_KEYS,
    },
    doc="Units nobody observed; part of no headline figure.",
)


def _file(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    values.setdefault("currency", context.currency)
    return values


CLAIMS = RecordType(
    "claims",
    ClaimFile,
    {
        "currency": Key(CurrencyCode(), doc="Where it differs from the file's."),
        "scenarios": Key(MapOf(SCENARIO), "the ways to compute, by id"),
        "claim": Key(CLAIM),
        "rounding": Key(PRICE.keys["rounding"].kind),
        "legal_model": Key(Text(), doc="china where absent."),
        "product": Key(SectionReference("products")),
        "edition": Key(Text()),
        "contract": Key(SectionReference("contracts")),
        "filed": Key(DAY_OR_KEY_DATE, doc="Day of filing."),
        "aggravation_since": Key(DAY_OR_KEY_DATE, doc="Growth after it is listed apart."),
        "expenses": Key(RecordList(EXPENSE)),
        "price_evidence": Key(RecordList(PRICE_EVIDENCE)),
        "decided": Key(RecordList(DECIDED)),
        "splits": Key(RecordList(SPLIT)),
        "printed": Key(RecordList(PRINTED)),
        "oddities": Key(RecordList(ODDITY)),
        "extrapolations": Key(RecordList(EXTRAPOLATION)),
        "documents": Key(RecordList(DOCUMENT)),
    },
    finish=_file,
    placed=True,
    doc="What is claimed, and how each figure is derived.",
)

SECTIONS = MappingProxyType({"claims": CLAIMS})
