"""CSV and XLSX. A cell of foreign text never becomes a formula; the same report gives the same bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from auditor.formats.foreign_text import visible_text
from auditor.model.reports import Report
from auditor.reporting.claims import claims_table
from auditor.reporting.formats import file_link
from auditor.reporting.tables import CellValue, FileLink, Table, report_tables
from auditor.reporting.translations import load_translations
from auditor.wording import Lang

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet may take for the start of a formula (OWASP, CSV Injection), with the full-width forms."""
_A3, _PAGE_WIDTH = 8, 210
MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed mark without meaning, so that the file does not depend on the day


def as_csv(report: Report, lang: Lang = "en") -> Mapping[str, bytes]:
    """One CSV file for each table, by file name: UTF-8 with a byte order mark, CRLF lines (RFC 4180).

    Moments are ISO 8601 in UTC. A text that a spreadsheet could take for a formula has an apostrophe before it.
    """
    return {f"{table.name}.{lang}.csv": _csv(table, lang) for table in _tables(report, lang)}


def as_xlsx(report: Report, lang: Lang = "en", *, base: str = "") -> bytes:
    """One workbook with a sheet for each table. `base` is put before links to stored files, as in the HTML report."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties(
        {
            "title": load_translations(lang)("title.document"),
            "comments": visible_text(report.software, 200),
            "created": MADE,
        }
    )
    formats = sheet_formats(book)
    for table in _tables(report, lang):
        _sheet(book, table, formats, lang, base)
    book.close()
    return buffer.getvalue()


def plain_csv(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A table of texts as CSV, in the form of `as_csv`."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([formula_safe(one) for one in headers])
    writer.writerows([formula_safe(one) for one in row] for row in rows)
    return buffer.getvalue().encode("utf-8-sig", "replace")


def plain_xlsx(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A table of texts as a workbook of one sheet: no cell is a number or a formula."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": MADE})
    formats = sheet_formats(book)
    sheet = book.add_worksheet(title[:31])
    sheet.freeze_panes(1, 0)
    for number, row in enumerate((headers, *rows)):
        for column, text in enumerate(row):
            if text:
                kind = "head" if number == 0 else "quoted" if formula_safe(text) != text else "text"
                sheet.write_string(number, column, text, formats[kind])
    book.close()
    return buffer.getvalue()


def _tables(report: Report, lang: Lang) -> tuple[Table, ...]:
    """The report's tables; claims are one where there are any."""
    return (*report_tables(report, lang), *((claims_table(report, load_translations(lang)),) if report.claims else ()))


def formula_safe(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet could take it for a formula."""
    return f"'{text}" if text.lstrip(" \u3000").startswith(_STARTS) else text


def _csv(table: Table, lang: Lang) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows([cell_text(cell, lang) for cell in row] for row in table.rows)
    return buffer.getvalue().encode("utf-8-sig", "replace")


def cell_text(cell: CellValue, lang: Lang) -> str | int:
    """A cell as CSV has it."""
    say = load_translations(lang)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return say("word.yes") if cell else say("word.no")
    if isinstance(cell, int):
        return cell
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return formula_safe(cell.text if isinstance(cell, FileLink) else cell)


def sheet_formats(book: Any) -> dict[str, Any]:
    """How cells look."""
    base = {"font_name": "Calibri", "font_size": 11, "valign": "top", "align": "left"}
    return {
        "head": book.add_format(
            {**base, "bold": True, "bg_color": "#EEF2F6", "bottom": 1, "text_wrap": True, "indent": 1}
        ),
        "text": book.add_format({**base, "text_wrap": True, "indent": 1}),
        "quoted": book.add_format({**base, "text_wrap": True, "indent": 1, "quote_prefix": True}),
        "number": book.add_format({**base, "num_format": "#,##0", "align": "right"}),
        "money": book.add_format({**base, "num_format": "#,##0.00", "align": "right"}),
        "moment": book.add_format({**base, "num_format": "yyyy-mm-dd hh:mm:ss", "indent": 1}),
        "link": book.add_format({**base, "font_color": "#1F4E79", "underline": 1, "indent": 1}),
    }


def _sheet(book: Any, table: Table, formats: dict[str, Any], lang: Lang, base: str) -> None:
    sheet = open_sheet(book, table, formats)
    for number, row in enumerate(table.rows, start=1):
        write_row(sheet, number, (row, table.widths), formats, lang, base)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)


def open_sheet(book: Any, table: Table, formats: dict[str, Any]) -> Any:
    """A sheet with its heading, without rows."""
    sheet = book.add_worksheet(table.title[:31])
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(_A3)
    sheet.fit_to_pages(-(-sum(table.widths) // _PAGE_WIDTH), 0)
    sheet.repeat_rows(0)
    sheet.repeat_columns(0)
    for column, width in enumerate(table.widths):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 34)
    for column, heading in enumerate(table.columns):
        sheet.write_string(0, column, heading, formats["head"])
    return sheet


def write_row(
    sheet: Any,
    number: int,
    what: tuple[Sequence[CellValue], Sequence[int]],
    formats: dict[str, Any],
    lang: Lang,
    base: str = "",
) -> None:
    """One row, below those before it. `what`: its cells, and the widths of the columns."""
    row, widths = what
    sheet.set_row(number, 15.5 * _lines(row, widths) + 4)
    for column, cell in enumerate(row):
        _write(sheet, (number, column), cell, formats, lang, base)


def _lines(row: Sequence[CellValue], widths: Sequence[int]) -> int:
    """Lines that the tallest wrapped text of a row needs, at most twelve: not every program works it out."""
    lengths = (sum(2 if ord(char) > 0x2E80 else 1 for char in cell) if isinstance(cell, str) else 1 for cell in row)
    return min(12, max(-(-length // max(1, width - 2)) for length, width in zip(lengths, widths, strict=True)))


def _write(sheet: Any, at: tuple[int, int], cell: CellValue, formats: dict[str, Any], lang: Lang, base: str) -> None:
    if cell is None:
        return
    if isinstance(cell, bool):
        sheet.write_string(*at, load_translations(lang)("word.yes" if cell else "word.no"), formats["text"])
    elif isinstance(cell, int):
        sheet.write_number(*at, cell, formats["number"])
    elif isinstance(cell, Decimal) and Decimal(repr(float(cell))) == cell:
        sheet.write_number(*at, float(cell), formats["money"])
    elif isinstance(cell, Decimal):
        sheet.write_string(*at, f"{cell:f}", formats["text"])
    elif isinstance(cell, datetime):
        sheet.write_datetime(*at, cell.astimezone(UTC).replace(tzinfo=None, microsecond=0), formats["moment"])
    elif isinstance(cell, FileLink):
        # A workbook holds at most 65,530 links to a sheet, and none longer than 2,079 characters.
        link = file_link(base, cell.path).removeprefix("./")
        # Schemes have no case (RFC 3986 §3.1), and the writer mangles an absolute path under the lower-case one.
        target = f"File:{link[5:]}" if link.startswith("file:") else f"external:{link}"
        if at[0] > 60_000 or len(target) > 2_000:
            sheet.write_string(*at, cell.text, formats["text"])
        else:
            sheet.write_url(*at, target, formats["link"], string=cell.text)
    else:
        sheet.write_string(*at, cell, formats["quoted" if formula_safe(cell) != cell else "text"])
