"""Rows of a table as records: each whole, refused with its place, or left out with its reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from auditor.formats.spreadsheets.workbook import SheetCell
from auditor.model.notes import Note, make_note
from auditor.targets.records.cell_values import FieldValue, field_value
from auditor.targets.records.fields import FIELDS
from auditor.targets.records.mapping import TableMapping
from auditor.targets.records.tables import TableRow, clean_text


@dataclass(frozen=True, slots=True)
class TableRecord:
    """One contract or deployment as a row states it."""

    id: str
    row: TableRow
    values: Mapping[str, FieldValue]
    """By field; None where the row leaves a mapped field empty."""

    def text(self, name: str) -> str:
        found = self.values.get(name)
        return found if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is no record, and the cell that is why."""

    sheet: str
    row: int
    column: str
    header: str
    text: str
    why: Note
    id: str = ""
    """Of the record, where it could be read: what is known of it stays."""


@dataclass(frozen=True, slots=True)
class LeftOutRow:
    """A row that the mapping leaves out."""

    sheet: str
    row: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class TableReading:
    """What a table says."""

    records: tuple[TableRecord, ...]
    refused: tuple[RefusedRow, ...]
    left_out: tuple[LeftOutRow, ...]


def read_records(rows: Sequence[TableRow], mapping: TableMapping, defaults: Mapping[str, str]) -> TableReading:
    """Every row as a record. `defaults`: fields that the mapping does not have, as the estate has but one of them."""
    if mapping.plain:
        there = {column for row in rows for column in row.cells}
        mapping = replace(mapping, columns={name: one for name, one in mapping.columns.items() if one in there})
    records: list[TableRecord] = []
    refused: list[RefusedRow] = []
    left_out: list[LeftOutRow] = []
    first: dict[str, TableRecord] = {}
    above: dict[str, FieldValue] = {}
    for row in rows:
        rule = next((one for one in mapping.leave_out
                     if re.fullmatch(one.matches, row.text(clean_text(one.column)))), None)  # fmt: skip
        if rule is not None:
            left_out.append(LeftOutRow(row.sheet, row.number, row.text(clean_text(rule.column)), rule.why))
            continue
        values, faults = _values(row, mapping, defaults, above)
        id_ = values.get("id")
        if isinstance(id_, str) and id_ in first and not faults:
            before = first[id_].row
            faults = [_refused(row, mapping, "id", make_note("row.twice", row=before.number), id_)]
        if faults:
            refused += faults
        elif isinstance(id_, str):
            first[id_] = TableRecord(id_, row, values)
            records.append(first[id_])
    return TableReading(tuple(records), tuple(refused), tuple(left_out))


def _values(
    row: TableRow, mapping: TableMapping, defaults: Mapping[str, str], above: dict[str, FieldValue]
) -> tuple[dict[str, FieldValue], list[RefusedRow]]:
    """The values of a row; `above` keeps those that an empty cell below takes over."""
    values: dict[str, FieldValue] = {}
    faults: list[tuple[str, Note]] = []
    for name, field in FIELDS[mapping.records].items():
        if name in mapping.columns:
            placed = row.cells.get(clean_text(mapping.columns[name]))
            value, why = (None, None) if placed is None else field_value(placed.cell, field, mapping)
        elif name in mapping.fixed:
            value, why = field_value(SheetCell("text", mapping.fixed[name]), field, mapping)
        elif name in defaults:
            value, why = defaults[name], None
        else:
            if field.required:
                faults.append((name, make_note("row.no_column", field=name)))
            continue
        if name in mapping.fill_down:
            value = above.get(name) if value is None and why is None else value
            above[name] = value
        if why is None and value is None and field.required:
            why = make_note("row.empty", field=name)
        if why is not None:
            faults.append((name, why))
        values[name] = value
    id_ = values.get("id")
    known = id_ if isinstance(id_, str) else ""
    refused = [_refused(row, mapping, name, why, known) for name, why in faults]
    if row.beyond is not None:
        text = row.beyond.cell.text[:200]
        refused.append(RefusedRow(row.sheet, row.number, row.beyond.column, "", text, make_note("row.beyond"), known))
    return values, refused


def _refused(row: TableRow, mapping: TableMapping, name: str, why: Note, id_: str) -> RefusedRow:
    header = mapping.columns.get(name, "")
    placed = row.cells.get(clean_text(header))
    column, text = ("", "") if placed is None else (placed.column, placed.cell.text)
    return RefusedRow(row.sheet, row.number, column, header or name, text[:200], why, id_)
