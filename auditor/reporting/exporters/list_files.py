"""A list as a file, written part by part: CSV, XLSX and JSON of any number of rows in the memory of some hundred."""

from __future__ import annotations

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Literal

import xlsxwriter

from auditor.clock import timestamp
from auditor.errors import ConfigError
from auditor.model.reports import Report
from auditor.reporting.exporters.json_report import evidence_members, listed_members
from auditor.reporting.exporters.json_writer import row_bytes
from auditor.reporting.exporters.xlsx_csv import MADE, cell_text, open_sheet, sheet_formats, write_row
from auditor.reporting.tables import list_table
from auditor.wording import Lang

LIST_FORMAT = "auditor.list/1"
MOST_SHEET_ROWS = 1_048_575
"""Rows below the heading that a sheet has room for."""
ListTable = Literal["positions", "findings"]


@dataclass(frozen=True, slots=True)
class ListHead:
    """What a whole list is of."""

    as_of: datetime
    line: int
    """Lines of the journal that it is made from."""
    behind: bool
    outstanding: int
    """What is judged again, in the list or not."""
    software: str


@dataclass(frozen=True, slots=True)
class ListPart:
    """Some rows of a list, in its order."""

    report: Report
    """The positions or findings, with the packages that they cite."""
    late: frozenset[str]
    """Those that are judged again: positions by their deployment, findings by their fingerprint."""


def write_list_csv(to: IO[bytes], name: ListTable, parts: Iterable[ListPart], lang: Lang) -> None:
    """As `as_csv` writes a table. At least one part."""
    text = io.TextIOWrapper(to, "utf-8-sig", "replace", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    for number, part in enumerate(parts):
        table = list_table(part.report, name, lang, part.late)
        if not number:
            writer.writerow(table.columns)
        writer.writerows([cell_text(cell, lang) for cell in row] for row in table.rows)
    text.detach()


def write_list_xlsx(to: IO[bytes], name: ListTable, parts: Iterable[ListPart], lang: Lang, folder: Path) -> None:
    """A workbook of one sheet. At least one part. `folder`: for what is not written yet, and is gone however this ends.
    `ConfigError` for more rows than a sheet has room for."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        options = {"constant_memory": True, "tmpdir": own, "strings_to_formulas": False, "strings_to_urls": False}
        book = xlsxwriter.Workbook(to, options)
        try:
            _fill_sheet(book, name, parts, lang)
            book.close()
        finally:
            for sheet in book.worksheets():
                sheet.row_data_fh.close()  # a workbook that is broken off leaves it open


def _fill_sheet(book: xlsxwriter.Workbook, name: ListTable, parts: Iterable[ListPart], lang: Lang) -> None:
    book.set_properties({"created": MADE})
    formats, number, sheet = sheet_formats(book), 0, None
    for part in parts:
        table = list_table(part.report, name, lang, part.late)
        if sheet is None:
            sheet = open_sheet(book, table, formats)
        for row in table.rows:
            number += 1
            if number > MOST_SHEET_ROWS:
                raise ConfigError(f"a sheet has room for {MOST_SHEET_ROWS:,} rows: take the list as CSV or JSON")
            write_row(sheet, number, (row, table.widths), formats, lang)
    if sheet is not None and number:
        sheet.autofilter(0, 0, number, len(table.columns) - 1)


def write_list_json(to: IO[bytes], name: ListTable, head: ListHead, parts: Iterable[ListPart], folder: Path) -> None:
    """`auditor.list/1`: the rows, then each package that any of them cites. `folder`: for what is not written yet."""
    members: dict[str, Any] = {
        "format": LIST_FORMAT,
        "as_of": timestamp(head.as_of),
        "as_of_line": head.line,
        "behind": head.behind,
        "outstanding": head.outstanding,
        "software": head.software,
    }
    to.write(json.dumps(members, ensure_ascii=False, indent=2).encode()[: -len("\n}")])
    told: set[str] = set()
    with tempfile.TemporaryFile(dir=folder) as evidence:
        to.write(f',\n  "{name}": ['.encode())
        first = True
        for part in parts:
            for row in listed_members(part.report, name, part.late):
                to.write((b"\n    " if first else b",\n    ") + row_bytes(row, 4))
                first = False
            for row in evidence_members(part.report):
                if (capture := str(row["capture"])) not in told:
                    evidence.write((b",\n    " if told else b"\n    ") + row_bytes(row, 4))
                    told.add(capture)
        to.write(b'\n  ],\n  "evidence": [')
        evidence.seek(0)
        shutil.copyfileobj(evidence, to)
    to.write(b"\n  ]\n}\n")
