"""`parties:` and `products:`."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auditor.model.comparisons import Screen
from auditor.model.targets.contracts import Edition, ListPrice, Metric, Party, Product
from auditor.targets.values.codes import CurrencyCode
from auditor.targets.values.quantities import MoneyAmount, UnitsOrUnlimited, WholeNumber, is_stand_in
from auditor.targets.values.scalars import Choice, IsoDay, SectionReference, Text, TrueOrFalse
from auditor.targets.values.types import Key, ListOf, LoadContext, MapOf, RecordType, ValuePath
from auditor.targets.yaml.nodes import MappingNode, position_of

TEXTS = ListOf(Text(), lone=True)

PARTY = RecordType(
    "party",
    Party,
    {
        "name": Key(Text(), "its full name, as in the contract"),
        "role": Key(Choice("licensor", "reseller", "licensee", "other"), "licensor, reseller, licensee or other"),
        "aliases": Key(TEXTS, doc="Other names of the same party, e.g. before a change of name."),
    },
    doc="A person or body that appears in a contract or as a licensee.",
)

METRIC = RecordType(
    "metric",
    Metric,
    {
        "id": Key(Text(), "its id, e.g. branch"),
        "label": Key(Text(), "the word readers know it by, e.g. 分馆"),
        "counts": Key(TEXTS, doc="Kinds of node that use one unit each."),
        "excludes": Key(TEXTS, doc="Kinds that use none."),
        "kinds": Key(MapOf(Text(), ids=False), doc="From the text a page writes (总馆, 测试) to a kind."),
        "defined_in": Key(Text(), doc="Clause that defines the unit."),
    },
    placed=True,
    doc="A unit that is licensed, counted and priced.",
)


def _literal(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    included = values["includes"]
    if is_stand_in(included) and not values.get("literal"):
        message = f"{included} looks like a stand-in for unlimited. Write unlimited, or set literal: true."
        context.note("Q02", _value_at(node, "includes"), "includes", message)
    return {key: value for key, value in values.items() if key != "currency"}


def _value_at(node: MappingNode, key: str) -> int:
    child = node.get(key)
    return position_of(node, key) if child is None else child.at


LIST_PRICE = RecordType(
    "list price",
    ListPrice,
    {
        "from": Key(IsoDay(), "the first day it holds", into="from_"),
        "base": Key(MoneyAmount(), 'the price of the edition, quoted: "100000.00"'),
        "includes": Key(UnitsOrUnlimited(literal=True), "the units the base price includes, or unlimited"),
        "per_extra": Key(MoneyAmount(), 'the price of each further unit, quoted: "5000.00"'),
        "source": Key(Text(), "the price list or document it comes from"),
        "literal": Key(TrueOrFalse(), doc="True where a number such as 9999 is meant as written."),
        "currency": Key(CurrencyCode(), doc="Where it differs from the file's."),
    },
    finish=_literal,
    doc="A price in force from a day until the next one starts; add prices, never edit one.",
)


def _by_day(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    values["list_prices"] = tuple(sorted(values.get("list_prices", ()), key=lambda price: price.from_))
    values.setdefault("names", ())
    return values


EDITION = RecordType(
    "edition",
    Edition,
    {
        "names": Key(TEXTS, doc="Spellings accepted on a page."),
        "list_prices": Key(ListOf(LIST_PRICE), "its list prices with the day each starts"),
        "metrics": Key(MapOf(UnitsOrUnlimited()), doc="Included quantities of the product's further metrics."),
    },
    finish=_by_day,
    placed=True,
    doc="An edition of a product, with effective-dated list prices.",
)


SCREEN = RecordType(
    "screen",
    Screen,
    {
        "name": Key(Text(), "its public name, e.g. 预订批次管理"),
        "page": Key(SectionReference("pages"), "the page that shows it"),
        "order": Key(WholeNumber(most=10_000), doc="Its place in the order of a comparison."),
    },
    doc="A screen that is compared under its public name.",
)


def _metrics(
    values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext
) -> dict[str, Any] | None:
    one, many = values.pop("metric", None), values.pop("metrics", ())
    if one is not None and many:
        context.note("S23", position_of(node, "metrics"), where, "metric and metrics are both given. Keep metrics.")
    if one is None and not many:
        if "metric" not in node.items and "metrics" not in node.items:
            context.note(
                "S16", node.at, where, '"metric" is missing. Give the unit that is licensed, counted and priced.'
            )
        return None
    values["metrics"] = (one,) if one is not None else many
    values["editions"] = tuple(values["editions"].values())
    values["screens"] = tuple(sorted(values.get("screens", {}).values(), key=lambda one: (one.order, one.id)))
    values.pop("currency", None)
    return values


PRODUCT = RecordType(
    "product",
    Product,
    {
        "name": Key(Text(), "its name"),
        "metric": Key(METRIC, doc="The unit that is licensed, where there is one."),
        "metrics": Key(ListOf(METRIC), doc="The units that are licensed; editions price the first."),
        "editions": Key(MapOf(EDITION), "its editions"),
        "mode": Key(Text(), doc="Product mode on which price comparability turns (集群, 单馆)."),
        "modes": Key(TEXTS, doc="All modes the product is sold in."),
        "currency": Key(CurrencyCode(), doc="Currency of its list prices, where it differs from the file's."),
        "screens": Key(MapOf(SCREEN), doc="Screens under their public names, for `auditor compare`."),
    },
    finish=_metrics,
    placed=True,
    doc="What is licensed, how it is counted and what it costs.",
)

SECTIONS = MappingProxyType({"parties": MapOf(PARTY), "products": MapOf(PRODUCT)})
