"""CSV and XLSX: no cell becomes a formula, numbers are numbers, the same report gives the same bytes."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from datetime import datetime

import openpyxl
import pytest

from auditor.reporting import LANGS, Lang, as_csv, as_xlsx
from auditor.reporting.exporters.xlsx_csv import formula_safe
from tests.reporting.sample_report import Sample
from tests.reporting.test_hostile import poisoned

FORMULAS = ('=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1")


def rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_figures_are_in_the_csv(libnet: Sample) -> None:
    files = as_csv(libnet.report, "en")
    assert sorted(files) == [
        f"{name}.en.csv" for name in ("evidence", "findings", "history", "not_observed", "positions")
    ]
    assert all(data.startswith(b"\xef\xbb\xbf") for data in files.values())
    head, *body = rows(files["positions.en.csv"])
    column = {name: head.index(name) for name in ("Deployment", "Displayed", "Confirmed", "List value", "Since (UTC)")}
    first = body[0]
    assert [first[at] for at in column.values()] == ["site-90", "34", "30", "150000", "2021-11-10T02:03:04Z"]


def test_not_observed_is_empty_and_not_zero(libnet: Sample) -> None:
    head, *body = rows(as_csv(libnet.report, "en")["positions.en.csv"])
    net = next(row for row in body if row[0] == "libmsc-net")
    assert net[head.index("Displayed")] == ""
    assert net[head.index("Over by")] == ""


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_csv_cell_starts_like_a_formula(libnet: Sample, formula: str) -> None:
    found = 0
    for data in as_csv(poisoned(libnet.report, formula), "en").values():
        for cell in (cell for row in rows(data)[1:] for cell in row):
            assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "＝"))
            found += cell.startswith("'")
    assert found > 5 or formula[0] in "\t\r"


def test_what_is_harmless_stays_as_it_is() -> None:
    assert [formula_safe(text) for text in ("34", "不限", "a=b", "")] == ["34", "不限", "a=b", ""]


@pytest.mark.parametrize("lang", LANGS)
def test_the_workbook(libnet: Sample, lang: Lang) -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(libnet.report, lang)))
    assert len(book.sheetnames) == 5
    sheet = book.worksheets[0]
    assert sheet.freeze_panes == "B2"
    values = [cell.value for cell in sheet[2]]
    assert values[0] == "site-90"
    assert 34 in values
    assert 150000 in values
    assert datetime(2021, 11, 10, 2, 3, 4) in values  # noqa: DTZ001 - spreadsheets have no zones
    links = [cell.hyperlink.target for row in sheet.iter_rows(min_row=2) for cell in row if cell.hyperlink]
    assert r"evidence\site-90\20211110T020404Z-c-0002" in links


def test_no_workbook_cell_is_a_formula(libnet: Sample) -> None:
    data = as_xlsx(poisoned(libnet.report, FORMULAS[0]), "en")
    book = openpyxl.load_workbook(io.BytesIO(data))
    kinds = [cell.data_type for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert "f" not in kinds
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert not [name for name in parts.namelist() if b"<f>" in parts.read(name)]
        assert b"quotePrefix" in parts.read("xl/styles.xml")


def test_the_same_report_gives_the_same_bytes(libnet: Sample) -> None:
    assert as_xlsx(libnet.report, "zh") == as_xlsx(libnet.report, "zh")
    with zipfile.ZipFile(io.BytesIO(as_xlsx(libnet.report, "zh"))) as parts:
        assert b"2000-01-01T00:00:00Z" in parts.read("docProps/core.xml")
        assert {part.date_time[0] for part in parts.infolist()} == {1980}


def test_huge_and_unprintable_cells_are_bounded(libnet: Sample) -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(poisoned(libnet.report, "\x00\ud800" + "9" * 100_000), "en")))
    longest = max(len(str(cell.value)) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
    assert longest < 32_767


def test_an_empty_report_gives_headings(libnet: Sample) -> None:
    empty = replace(libnet.report, positions=(), findings=(), history=(), unobserved=(), evidence=())
    assert all(len(rows(data)) == 1 for data in as_csv(empty, "zh").values())
    assert openpyxl.load_workbook(io.BytesIO(as_xlsx(empty, "zh"))).worksheets[0].max_row == 1


def test_links_of_a_workbook_that_lies_elsewhere_lead_to_the_workspace(libnet: Sample) -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(libnet.report, "en", base="file:///cases/libnet/")))
    links = [cell.hyperlink.target for cell in book.worksheets[0][2] if cell.hyperlink]
    assert [str(link).lower() for link in links] == ["file:///cases/libnet/evidence/site-90/20211110t020404z-c-0002"]
