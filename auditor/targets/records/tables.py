"""Cells of CSV, XLSX and JSON with their places.

Which encoding a CSV file has is not guessed: UTF-8, what a byte order mark says, or what the mapping names. Its
delimiter is the one by which the header row has every column of the mapping.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.errors import ConfigError
from auditor.formats.spreadsheets.workbook import EMPTY_CELL, SheetCell, read_cells
from auditor.targets.records.mapping import DELIMITERS, TableMapping

MAX_TABLE = 256 << 20
MAX_TABLE_ROWS = 1_000_000
HEADER_WITHIN = 50
"""Rows in which headers are looked for."""
MAX_CELL = 4_000
_MARK_FORMS = ("<super>", "<sub>", "<circle>", "<fraction>", "<font>", "<square>")
"""Forms of a sign (Unicode, "compatibility formatting tags") that say something else than the sign itself."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class PlacedCell:
    """A cell and where it stands."""

    cell: SheetCell
    column: str
    """`C` of a sheet, `3` of CSV, the pointer of JSON."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row below the headers."""

    sheet: str
    """Name of the sheet; empty where there is none."""
    number: int
    """From 1; in JSON the item's."""
    cells: dict[str, PlacedCell]
    """By name of column."""
    beyond: PlacedCell | None = None
    """Of CSV: a value to the right of every header; a delimiter inside a value has moved what follows it."""

    def text(self, column: str) -> str:
        found = self.cells.get(column)
        return "" if found is None else clean_text(found.cell.text)


def read_table(data: bytes, name: str, mapping: TableMapping) -> tuple[TableRow, ...]:
    """The rows of a table, by the names of its columns. `ConfigError` for what cannot be read, and where a column of
    the mapping is not there once."""
    if len(data) > MAX_TABLE:
        raise ConfigError(f"{name}: {len(data)} bytes, of which at most {MAX_TABLE} are read; split it")
    if data[:4] == b"PK\x03\x04":
        return _under_headers(list(_sheet(data, name, mapping)), name, mapping)
    text = _decoded(data, name, mapping)
    if text.lstrip()[:1] in ("{", "["):
        return tuple(_json_rows(text, name, mapping))
    if mapping.delimiter:
        return _under_headers(list(_csv(text, name, DELIMITERS[mapping.delimiter])), name, mapping)
    first: ConfigError | None = None
    for delimiter in DELIMITERS.values():
        try:
            return _under_headers(list(_csv(text, name, delimiter)), name, mapping)
        except ConfigError as error:
            first = first or error
    raise first or ConfigError(f"{name}: no table in it")


_Raw = tuple[str, int, tuple[SheetCell, ...]]


def _sheet(data: bytes, name: str, mapping: TableMapping) -> Iterator[_Raw]:
    chosen, seen = mapping.sheet, []
    for sheet, number, cells in read_cells(data, name):
        if sheet not in seen:
            seen.append(sheet)
        chosen = chosen or sheet
        if sheet == chosen:
            yield sheet, number, cells
    if chosen not in seen:
        raise ConfigError(f"{name}: no sheet {chosen!r:.60} with a value; there are {', '.join(seen[:8]) or 'none'}")


def _decoded(data: bytes, name: str, mapping: TableMapping) -> str:
    marked = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "")
    json_text = name.lower().endswith(".json")  # always UTF-8 (RFC 8259)
    encoding = marked or (not json_text and mapping.encoding) or "utf-8"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        advice = "" if mapping.encoding or marked else ". Name its encoding in the mapping: encoding: gb18030"
        raise ConfigError(f"{name}:{line}: the bytes are not {encoding}{advice}") from None


def _csv(text: str, name: str, delimiter: str) -> Iterator[_Raw]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, row in enumerate(reader, 1):
            if number > MAX_TABLE_ROWS:
                raise ConfigError(f"{name}: more than {MAX_TABLE_ROWS} rows; split it")
            cells = tuple(SheetCell("text", _unwrapped(one)) if one.strip() else EMPTY_CELL for one in row)
            if any(cell.kind != "empty" for cell in cells):
                yield "", number, cells
    except csv.Error as error:
        raise ConfigError(f"{name}:{reader.line_num}: not CSV that can be read ({error})") from None


def _unwrapped(text: str) -> str:
    """A text without what keeps a spreadsheet from reading it as something else: `="0012"`, `'-x`."""
    if len(text) > 3 and text.startswith('="') and text.endswith('"'):
        return text[2:-1]
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in "=+-@＝＋－＠\t" else text


def _under_headers(rows: list[_Raw], name: str, mapping: TableMapping) -> tuple[TableRow, ...]:
    """The rows below the headers, which are found by the names of the mapped columns or stand in the rows it names."""
    letters = bool(rows and rows[0][0])
    if mapping.header:
        heads = [row for row in rows if row[1] in mapping.header]
        headers = _joined([cells for _, _, cells in heads])
        last = max(mapping.header)
        if faults := _faults(headers, mapping):
            raise ConfigError(f"{name}, row {last}: {faults}")
    else:
        found = next((row for row in rows[:HEADER_WITHIN] if not _faults(_joined([row[2]]), mapping)), None)
        if found is None:
            each = [_faults(_joined([row[2]]), mapping) for row in rows[:HEADER_WITHIN]]
            best = min(each, key=lambda one: (one.startswith("no column"), len(one)), default="it is empty")
            raise ConfigError(
                f"{name}: no row among the first {HEADER_WITHIN} has every column of the mapping; nearest: {best}"
            )
        headers, last = _joined([found[2]]), found[1]
    result = []
    width = max((place for place, header in enumerate(headers, 1) if header), default=0)
    for sheet, number, cells in rows:
        if number > last:
            outside = () if letters else enumerate(cells[width:], width + 1)
            beyond = next((PlacedCell(one, str(place)) for place, one in outside if one.kind != "empty"), None)
            placed = {
                header: PlacedCell(cell, column_letters(place) if letters else str(place + 1))
                for place, (header, cell) in enumerate(zip(headers, cells, strict=False))
                if header
            }
            result.append(TableRow(sheet, number, placed, beyond))
    return tuple(result)


def _joined(rows: Sequence[Sequence[SheetCell]]) -> list[str]:
    """Names of the columns; of headers in several rows `a / b`, where an empty cell continues the merged one before."""
    width = max(map(len, rows), default=0)
    lines = [[clean_text(cell.text) for cell in row] + [""] * (width - len(row)) for row in rows]
    names = []
    for place in range(width):
        own = [line[place] for line in lines]
        for depth in range(len(lines) - 1):
            if not own[depth] and own[depth + 1]:
                own[depth] = next((lines[depth][left] for left in range(place, -1, -1) if lines[depth][left]), "")
        names.append(" / ".join(filter(None, own)))
    return names


def _faults(headers: Sequence[str], mapping: TableMapping) -> str:
    if mapping.plain:
        unknown = sorted(one for one in headers if one and one not in mapping.columns)
        said = ["no column id"] if "id" not in headers else []
        return "; ".join([*said, *([f"no field is called {', '.join(unknown)[:200]}"] if unknown else [])])
    wanted = {clean_text(one) for one in [*mapping.columns.values(), *(rule.column for rule in mapping.leave_out)]}
    missing = sorted(one for one in wanted if one not in headers)
    twice = sorted(one for one in wanted if list(headers).count(one) > 1)
    said = [f"no column {', '.join(missing)}"] if missing else []
    return "; ".join([*said, *([f"column {', '.join(twice)} more than once"] if twice else [])])


def clean_text(text: str) -> str:
    """A text without blanks around it; full-width letters and digits as plain ones, any run of blanks as one.

    Small, raised and circled digits stay what they are: the mark of a footnote is no digit of an amount.
    """
    if not unicodedata.is_normalized("NFKC", text):
        text = "".join(one if _is_mark(one) else unicodedata.normalize("NFKC", one) for one in text)
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.split())


def _is_mark(one: str) -> bool:
    return unicodedata.decomposition(one).startswith(_MARK_FORMS)


def column_letters(place: int) -> str:
    """`A` for 0, `AA` for 26."""
    text, number = "", place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


class _ExactNumber(str):
    """A number of JSON as it is written."""


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(one for one in names if names.count(one) > 1)!r:.60} stands twice in one object")
    return found


def _json_rows(text: str, name: str, mapping: TableMapping) -> Iterator[TableRow]:
    try:
        value = json.loads(
            text,
            object_pairs_hook=_without_twins,
            parse_float=_ExactNumber,
            parse_int=_ExactNumber,
            parse_constant=_ExactNumber,
        )
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{name}: not JSON that can be read ({str(error)[:120]})") from None
    items = _pointed(value, mapping.rows) if mapping.rows else value
    if not isinstance(items, list):
        raise ConfigError(f"{name}: expected an array of rows; name it in the mapping by its pointer: rows: /data")
    wanted = {*mapping.columns.values(), *(rule.column for rule in mapping.leave_out)}
    there = {column for column in wanted if any(_pointed(item, column) is not _ABSENT for item in items)}
    if items and not mapping.plain and (missing := sorted(wanted - there)):
        raise ConfigError(f"{name}: no row has {', '.join(missing)}")
    for number, item in enumerate(items, 1):
        cells = {
            clean_text(column): PlacedCell(_json_cell(_pointed(item, column), mapping), column) for column in there
        }
        yield TableRow("", number, cells)


_ABSENT = object()


def _pointed(value: object, pointer: str) -> object:
    """What a JSON Pointer leads to; a name without a slash is a member."""
    parts = pointer.split("/")[1:] if pointer.startswith("/") else [pointer]
    for part in parts:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return _ABSENT
    return value


def _json_cell(value: object, mapping: TableMapping) -> SheetCell:
    if value is _ABSENT or value is None or value == "" or value == []:
        return EMPTY_CELL
    if isinstance(value, _ExactNumber):
        return SheetCell("number", str(value))
    if isinstance(value, bool):
        return SheetCell("truth", "true" if value else "false")
    if isinstance(value, str):
        return SheetCell("text", value)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return SheetCell("text", mapping.separator.join(value))
    return SheetCell("error", "an object where one value is expected")
