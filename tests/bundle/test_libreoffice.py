"""The report and the papers of a bundle: each form is there, figures lead to captures, LibreOffice opens all."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote

import openpyxl
import pikepdf
import pytest

from auditor.bundle.bag import layout
from auditor.bundle.papers.registry import PAPERS
from auditor.workflow.bundle.export import ExportResult

CLAIMS = "索赔测算"


def test_every_form_of_the_report_is_there(printed: ExportResult) -> None:
    index = printed.bag / layout.INDEX
    names = {path.name for path in index.glob("report*")}
    assert names == {
        "report.json",
        *(f"report.{lang}.{form}" for lang in ("en", "zh") for form in ("html", "pdf", "xlsx")),
    }
    tables = {path.name for path in (index / "tables").iterdir()}
    assert tables == {
        f"{name}.{lang}.csv"
        for lang in ("en", "zh")
        for name in ("claims", "evidence", "findings", "history", "not_observed", "positions")
    }
    for lang in ("en", "zh"):
        with pikepdf.open(index / f"report.{lang}.pdf") as report:
            assert "/CreationDate" not in report.docinfo and len(report.pages) > 3


def test_links_of_the_report_lead_to_files_of_the_bundle(printed: ExportResult) -> None:
    index = printed.bag / layout.INDEX
    for lang in ("en", "zh"):
        page = (index / f"report.{lang}.html").read_text("utf-8")
        links = {unquote(href) for href in re.findall(r'href="([^"#]+)"', page) if ":" not in href}
        assert len(links) >= 3
        assert all((index / href).exists() for href in links), links
        book = openpyxl.load_workbook(index / f"report.{lang}.xlsx")
        cells = [cell for sheet in book.worksheets for line in sheet.iter_rows() for cell in line if cell.hyperlink]
        targets = {str(cell.hyperlink.target).replace("\\", "/") for cell in cells if cell.hyperlink}
        assert len(targets) >= 3
        assert all((index / unquote(target)).exists() for target in targets), targets


def test_claims_that_cannot_be_computed_say_why_in_every_form(printed: ExportResult) -> None:
    """Two of the five sites were never visited here: no scenario can be computed, and each is told all the same."""
    index = printed.bag / layout.INDEX
    told = json.loads((index / "report.json").read_bytes())["claims"]
    page = (index / "report.zh.html").read_text("utf-8")
    assert told and CLAIMS in page
    rows = list(csv.DictReader(io.StringIO((index / "tables" / "claims.en.csv").read_text("utf-8-sig"))))
    assert [row["Scenario"] for row in rows] == [claim["scenario"] for claim in told]
    for row, claim in zip(rows, told, strict=True):
        assert claim["refused"] and row["Made of"] == claim["refused"] and row["Value"] == ""
        assert claim["scenario"] in page


def office(sources: list[Path], target: Path) -> dict[str, str]:
    """The text of each file as LibreOffice opens and prints it."""
    if shutil.which("soffice") is None or shutil.which("pdftotext") is None:
        pytest.skip("soffice or pdftotext is not installed: no DOCX or XLSX was opened in LibreOffice")
    profile = f"-env:UserInstallation={(target / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(target), *map(str, sources)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0 and "Error" not in done.stdout + done.stderr, done.stdout + done.stderr
    texts = {}
    for source in sources:
        printed = target / f"{source.stem}.pdf"
        texts[source.name] = subprocess.run(
            ["pdftotext", str(printed), "-"], capture_output=True, text=True, check=True
        ).stdout
    return texts


@pytest.mark.timeout(600)
def test_libreoffice_opens_papers_and_workbooks(printed: ExportResult, tmp_path: Path) -> None:
    papers = [printed.bag / layout.PAPERS / name for name in PAPERS]
    books = [printed.bag / layout.INDEX / f"report.{lang}.xlsx" for lang in ("zh", "en")]
    texts = office([*papers, *books], tmp_path)
    assert (
        "清洁性检查报告" in texts["cleanliness-report.zh.docx"] and "hosts 文件" in texts["cleanliness-report.zh.docx"]
    )
    assert "民事证据规定第九十三条" in texts["reliability-art93.zh.docx"]
    assert "取证过程说明" in texts["capture-process.zh.docx"]
    certificate = texts["fre-902-14.docx"]
    listed = (printed.bag / layout.INDEX / "exhibits.csv").read_text("utf-8")
    digests = {row["manifest_sha256"] for row in csv.DictReader(io.StringIO(listed))}
    assert all(re.search(rf"^{digest}$", certificate, re.MULTILINE) for digest in digests), "each digest on one line"
    last = certificate.split("\f")[-2]
    for words in ("§1746(1)", "§1746(2)", "Signature: ", "Name in full: ", "Position: ", "Date: ", "Place: "):
        assert words in last, "the declaration and its signature stand on one page"
    assert "不限" in texts["report.zh.xlsx"] and "证据" in texts["report.zh.xlsx"]
    assert not any(
        wrong in text for text in texts.values() for wrong in ("#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "Err:")
    )
