"""Records of the files as rows of the table that they came from.

By the same mapping, so that an import of what was exported changes nothing: its columns, its words, the first of its
forms of a day, its separators.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from auditor.targets.records.cell_values import FieldValue
from auditor.targets.records.fields import FIELDS, RecordField
from auditor.targets.records.mapping import SERIALS, TableMapping
from auditor.targets.records.plan import EntriesKnown, node_text, written_value
from auditor.targets.yaml.files import SourceFile

_ZHE_WORDS = "〇一二三四五六七八九"


def table_of_records(sources: Sequence[SourceFile], mapping: TableMapping) -> tuple[tuple[str, ...], ...]:
    """The headers, and a row for each record, by customer and id."""
    known = EntriesKnown.of(sources)
    fields = FIELDS[mapping.records]
    columns = [(fields[name], header) for name, header in mapping.columns.items()]
    entries = known.contracts if mapping.records == "contracts" else known.deployments
    rows = []
    for id_, entry in entries.items():
        customer = node_text(entry.node, fields["customer"].path[0])
        order = known.order(id_) if mapping.records == "deployments" else None
        cells = tuple(_cell(one, _value(one, id_, entry.node, customer, order, known), mapping) for one, _ in columns)
        rows.append((customer, id_, cells))
    return (tuple(header for _, header in columns), *(cells for _, _, cells in sorted(rows)))


def _value(
    one: RecordField,
    id_: str,
    node: object,
    customer: str,
    order: tuple[str, object] | None,
    known: EntriesKnown,
) -> FieldValue:
    if one.name == "id":
        return id_
    if one.home == "party":
        party = known.parties.get(customer)
        return None if party is None else node_text(party.node, "name")
    if one.home == "order":
        return None if order is None else written_value(order[1], one.path)  # type: ignore[arg-type]
    if one.name == "contract":
        return order[0] if order is not None else written_value(node, ("contract",))  # type: ignore[arg-type]
    return written_value(node, one.path)  # type: ignore[arg-type]


def _cell(one: RecordField, value: FieldValue, mapping: TableMapping) -> str:
    if not value:
        return mapping.empty[0] if mapping.empty and one.required else ""
    if isinstance(value, tuple):
        return mapping.separator.join(value)
    said = _said(mapping.values.get(one.name, {}), value)
    if said is not None:
        return said
    if one.kind == "day":
        return _day(value, mapping)
    if one.kind == "amount":
        return _amount(value, mapping)
    return _percent(value, mapping) if one.kind == "percent" else value


def _said(words: Mapping[str, str], value: str) -> str | None:
    """The first text of the table that stands for a word."""
    return next((said for said, word in words.items() if word == value), None)


def _day(value: str, mapping: TableMapping) -> str:
    day = date.fromisoformat(value)
    form = mapping.dates[0]
    if form in SERIALS:
        begin = date(1899, 12, 30) if form == "excel_1900" else date(1904, 1, 1)
        return str((day - begin).days)
    parts = {"YYYY": f"{day.year:04}", "MM": f"{day.month:02}", "DD": f"{day.day:02}"}
    text = form
    for mark, said in parts.items():
        if mark in text:
            text = text.replace(mark, said)
        elif mark != "YYYY":
            text = text.replace(mark[0], str(int(said)), 1)
    return text


def _amount(value: str, mapping: TableMapping) -> str:
    sign, bare = ("-", value[1:]) if value.startswith("-") else ("", value)
    whole, _, rest = bare.partition(".")
    thousands = mapping.thousands if mapping.thousands not in ("", "none") else ""
    groups: list[str] = []
    while thousands and len(whole) > 3:
        groups.insert(0, whole[-3:])
        whole = whole[:-3]
    return sign + thousands.join([whole, *groups]) + (f"{mapping.decimal}{rest}" if rest else "")


def _percent(value: str, mapping: TableMapping) -> str:
    paid = Decimal(value)
    match mapping.percent:
        case "percent_off":
            return f"{100 - paid:f}"
        case "fraction":
            return f"{(paid / 100).normalize():f}"
        case "zhe" if paid == paid.to_integral_value() and 10 <= paid < 100:
            tens, ones = divmod(int(paid), 10)
            return f"{_ZHE_WORDS[tens]}{_ZHE_WORDS[ones] if ones else ''}折"
        case "zhe":
            return f"{(paid / 10).normalize():f}折"
    return value
