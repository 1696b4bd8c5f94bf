"""Cells of an XLSX workbook read as texts, bounded. Pure.

Read by openpyxl without formulas being computed and without links being followed. A workbook is a zip that somebody
else made: its unpacked size is bounded before anything is parsed.
"""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal

from auditor.errors import ConfigError

MAX_WORKBOOK = 64 << 20
MAX_UNPACKED = 512 << 20
MAX_ROWS = 1_000_000
MAX_COLUMNS = 1_000

SheetCellKind = Literal["empty", "text", "number", "percent", "day", "moment", "truth", "error"]
"""`number`: as the cell holds it; `percent`: a number that is shown in percent (0.3 is shown as 30 %); `day`: a date
without a time; `error`: `#REF!`, or a formula whose value nobody computed."""


@dataclass(frozen=True, slots=True)
class SheetCell:
    """One cell: its kind, and its value as text. A number is written in plain decimal digits, exactly."""

    kind: SheetCellKind
    text: str = ""


EMPTY_CELL = SheetCell("empty")
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, SyntaxError, LookupError, ValueError, OSError, TypeError, EOFError, RuntimeError
)  # fmt: skip
"""What a damaged workbook raises: `SyntaxError` is that of both XML parsers, `RuntimeError` that of a password."""


def read_rows(data: bytes, what: str) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Sheet, number and texts of every row with a value. `ConfigError` for what is no workbook or too large."""
    with _opened(data, what) as book:
        for sheet in book.worksheets:
            for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
                if number > MAX_ROWS:
                    raise ConfigError(f"{what}: a sheet of more than {MAX_ROWS} rows; not read. Split it")
                texts = tuple("" if one is None else str(one) for one in row)
                if any(texts):
                    yield sheet.title, number, texts


def read_cells(data: bytes, what: str) -> Iterator[tuple[str, int, tuple[SheetCell, ...]]]:
    """Sheet, number (from 1) and cells of every row with a value. `ConfigError` as `read_rows`, and for more rows or
    columns than are read."""
    formulas = _formulas(data, what)
    with _opened(data, what) as book:
        for sheet in book.worksheets:
            for number, row in enumerate(sheet.iter_rows(), 1):
                if number > MAX_ROWS or len(row) > MAX_COLUMNS:
                    raise ConfigError(
                        f"{what}: sheet {sheet.title!r:.60} has more than {MAX_ROWS} rows or {MAX_COLUMNS} columns"
                    )
                cells = tuple(_cell(one, (sheet.title, number, place) in formulas) for place, one in enumerate(row))
                if any(cell.kind != "empty" for cell in cells):
                    yield sheet.title, number, cells


@contextmanager
def _opened(data: bytes, what: str, *, values: bool = True) -> Iterator[Any]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if len(data) > MAX_WORKBOOK or sum(one.file_size for one in packed.infolist()) > MAX_UNPACKED:
                raise ConfigError(f"{what}: a workbook that unpacks to more than {MAX_UNPACKED} bytes; not read")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that are of no interest here
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=values, keep_links=False)
            try:
                yield book
            finally:
                book.close()
    except _DAMAGED as error:
        raise ConfigError(f"{what}: not an XLSX workbook that can be read ({type(error).__name__})") from None


def _formulas(data: bytes, what: str) -> set[tuple[str, int, int]]:
    """Where formulas stand: without a stored value such a cell is no empty one."""
    found: set[tuple[str, int, int]] = set()
    with _opened(data, what, values=False) as book:
        for sheet in book.worksheets:
            for number, row in enumerate(sheet.iter_rows(), 1):
                if number > MAX_ROWS:
                    break
                found.update((sheet.title, number, place) for place, one in enumerate(row) if one.data_type == "f")
    return found


def _cell(cell: Any, formula: bool) -> SheetCell:
    value = cell.value
    if value is None or value == "":
        return SheetCell("error", "a formula without a stored value") if formula else EMPTY_CELL
    if cell.data_type == "e":
        return SheetCell("error", str(value))
    if isinstance(value, bool):
        return SheetCell("truth", "true" if value else "false")
    if isinstance(value, datetime):
        whole = value.time() == time()
        return SheetCell("day", value.date().isoformat()) if whole else SheetCell("moment", value.isoformat(" "))
    if isinstance(value, date):
        return SheetCell("day", value.isoformat())
    if isinstance(value, int | float):
        kind: SheetCellKind = "percent" if "%" in (cell.number_format or "") else "number"
        return SheetCell(kind, plain_number(value))
    return SheetCell("text", str(value))


def plain_number(value: float) -> str:
    """A number in plain decimal digits: the shortest that stand for exactly what is stored."""
    text = f"{Decimal(repr(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
