"""How a table of another system is read: which column is which field, how its days and amounts are written.

Nothing is guessed: the order of day and month, separators of thousands and what a discount means are said here, or the
table is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from auditor.errors import ConfigError
from auditor.targets.problems import ProblemCollector
from auditor.targets.records.fields import FIELDS, RecordKind
from auditor.targets.sections.products import TEXTS
from auditor.targets.values.quantities import WholeNumber
from auditor.targets.values.scalars import Choice, Pattern, SingleValue, Text
from auditor.targets.values.types import BAD, Key, ListOf, LoadContext, MapOf, RecordType, ValuePath
from auditor.targets.yaml.nodes import MappingNode, ScalarNode, compose, position_of

PercentStyle = Literal["percent_of_list", "percent_off", "zhe", "fraction"]
ENCODINGS = ("utf-8", "gb18030", "big5", "shift_jis", "euc_kr", "windows-1252", "utf-16")
DELIMITERS = MappingProxyType({"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"})
SERIALS = ("excel_1900", "excel_1904")
"""Days written as the number of days that a spreadsheet counts."""
_TOKENS = re.compile(r"YYYY|MM?|DD?")
_TOKEN_PATTERNS = {"YYYY": r"(?P<y>[0-9]{4})", "MM": r"(?P<m>[0-9]{2})", "M": r"(?P<m>[0-9]{1,2})"}
_TOKEN_PATTERNS |= {"DD": r"(?P<d>[0-9]{2})", "D": r"(?P<d>[0-9]{1,2})"}


def day_pattern(form: str) -> re.Pattern[str] | None:
    """`YYYY年M月D日` as a regular expression with the groups y, m and d; None where it does not name each once."""
    parts, end = [], 0
    for match in _TOKENS.finditer(form):
        parts += [re.escape(form[end : match.start()]), _TOKEN_PATTERNS[match[0]]]
        end = match.end()
    text = "".join([*parts, re.escape(form[end:])])
    named = [part[4] for part in parts if part.startswith("(?P<")]
    return re.compile(text, re.ASCII) if sorted(named) == ["d", "m", "y"] else None


class DayForm(SingleValue):
    """How a day is written: `YYYY-MM-DD`, `D.M.YYYY`, or `excel_1900` for a count of days."""

    name = "form of a day"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        if node.text in SERIALS or day_pattern(node.text) is not None:
            return node.text
        message = f'"{node.text[:40]}" is no form of a day. Write YYYY, MM or M, DD or D once each, or excel_1900.'
        context.note("S22", node.at, where, message)
        return BAD


@dataclass(frozen=True, slots=True)
class LeftOutRule:
    """Rows that are no records: totals, notes below a table."""

    column: str
    matches: str
    why: str


@dataclass(frozen=True, slots=True)
class TableMapping:
    """How one kind of table is read."""

    records: RecordKind
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """From a field to the name of its column; `a / b` where headers stand in two rows."""
    fixed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Fields that are the same in every row."""
    values: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    """By field: from a text of the table to the word it stands for."""
    sheet: str = ""
    header: tuple[int, ...] = ()
    """Rows of the headers, from 1; found by the names of the columns where empty."""
    rows: str = ""
    """JSON Pointer (RFC 6901) to the array of rows."""
    encoding: str = ""
    delimiter: str = ""
    dates: tuple[str, ...] = ("YYYY-MM-DD",)
    decimal: str = "."
    thousands: str = ""
    marks: tuple[str, ...] = ()
    """Currency signs and words that may stand at an amount."""
    percent: PercentStyle | None = None
    empty: tuple[str, ...] = ()
    """Texts that stand for nothing."""
    separator: str = ";"
    """Between the items of a list in one cell."""
    fill_down: tuple[str, ...] = ()
    """Fields of which an empty cell is the one above it: cells that were merged."""
    leave_out: tuple[LeftOutRule, ...] = ()
    into: str = "customers"
    """Folder of the files, beside `targets.yaml`."""
    plain: bool = False
    """Columns have the names of fields: those that the table lacks are not touched, and there are no others."""


MAPPING = RecordType(
    "mapping",
    TableMapping,
    {
        "format": Key(WholeNumber(least=1, most=1)),
        "records": Key(Choice("contracts", "deployments"), "contracts or deployments"),
        "columns": Key(MapOf(Text(), ids=False), "from fields to the names of columns"),
        "fixed": Key(MapOf(Text(), ids=False)),
        "values": Key(MapOf(MapOf(Text(), ids=False), ids=False)),
        "sheet": Key(Text()),
        "header": Key(ListOf(WholeNumber(least=1, most=1_000), lone=True)),
        "rows": Key(Text()),
        "encoding": Key(Choice(*ENCODINGS)),
        "delimiter": Key(Choice(*DELIMITERS)),
        "dates": Key(ListOf(DayForm(), lone=True)),
        "decimal": Key(Choice(".", ",")),
        "thousands": Key(Choice(",", ".", " ", "'", "none")),
        "marks": Key(TEXTS),
        "percent": Key(Choice("percent_of_list", "percent_off", "zhe", "fraction")),
        "empty": Key(TEXTS),
        "separator": Key(Text()),
        "fill_down": Key(TEXTS),
        "leave_out": Key(
            ListOf(
                RecordType(
                    "left out rows",
                    LeftOutRule,
                    {
                        "column": Key(Text(), "the name of a column"),
                        "matches": Key(Pattern(), "a regular expression that its text matches as a whole"),
                        "why": Key(Text(), "why they are no records"),
                    },
                )
            )
        ),
        "into": Key(Text()),
    },
    doc="How a table is read.",
)


def read_mapping(raw: bytes, label: str, records: RecordKind) -> TableMapping:
    """A mapping from the bytes of its file. `ConfigError` with every problem, each with its line and column."""
    notes = ProblemCollector()
    notes.opened(label)
    root = compose(raw, label, notes)
    found: Any = BAD
    if isinstance(root, MappingNode):
        format_ = root.items.pop("format", None)
        if format_ is None:
            notes.add("S16", (label, 0), "", '"format" is missing at the top. Give format: 1.')
        found = MAPPING.read(root, None, LoadContext(label, notes))
    elif not len(notes):
        notes.add("S12", (label, 0), "", "the file is not a mapping. Begin with format: 1, records: and columns:.")
    if found is not BAD and isinstance(root, MappingNode):
        _check(found, root, label, notes, records)
    if len(notes) or found is BAD:
        raise ConfigError(*map(str, notes.in_order()))
    mapping: TableMapping = found
    return mapping


def plain_mapping(records: RecordKind) -> TableMapping:
    """The mapping of a table whose columns have the names of the fields."""
    columns = MappingProxyType({name: name for name in FIELDS[records]})
    return TableMapping(records, columns, percent="percent_of_list", plain=True)


def _check(mapping: TableMapping, root: MappingNode, label: str, notes: ProblemCollector, records: RecordKind) -> None:
    known = FIELDS[mapping.records]

    def note(code: str, message: str, *path: str) -> None:
        notes.add(code, (label, position_of(root, *path)), ".".join(path), message)

    if mapping.records != records:
        note("S15", f"the mapping is about {mapping.records}, the command about {records}. Name the other.", "records")
    for section, names in (("columns", mapping.columns), ("fixed", mapping.fixed), ("values", mapping.values)):
        for name in names:
            if name not in known:
                note("S01", f'unknown field "{name[:60]}". Known: {", ".join(known)}.', section, name)
    for name in mapping.columns.keys() & mapping.fixed.keys():
        note("S23", f"{name} is a column and fixed. Keep one.", "fixed", name)
    for name in mapping.fill_down:
        if name not in mapping.columns:
            note("S01", f'"{name[:60]}" is no field with a column. Name one of columns.', "fill_down")
    if "percent_of_list" in mapping.columns and mapping.percent is None:
        message = (
            "is missing: a discount can be what is paid or what is taken off. Say percent_of_list, percent_off, zhe"
        )
        note("S16", f'"percent" {message} (三折) or fraction.', "columns", "percent_of_list")
    if mapping.thousands == mapping.decimal:
        note("S23", "thousands and decimal are the same sign. Correct one.", "thousands")
    if mapping.into.startswith("/") or ".." in Path(mapping.into).parts or not mapping.into.strip("./"):
        note("S21", f'"{mapping.into[:60]}" is no folder below targets.yaml. Write customers.', "into")
