"""Exhibits, lists, papers and WACZ: pages that can be searched and counted, facts that are the evidence's."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pikepdf
import pytest
from docx import Document
from warcio.archiveiterator import ArchiveIterator

from auditor.bundle.bag import layout
from auditor.bundle.papers.registry import PAPERS
from auditor.workflow.bundle.export import ExportResult
from tests.bundle.conftest import Practice


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


def rows(bag: Path) -> list[dict[str, str]]:
    return table(bag / layout.INDEX / "exhibits.csv")


def words(pdf: Path, *options: str) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed: the text of the PDF was not searched")
    return subprocess.run(["pdftotext", *options, str(pdf), "-"], capture_output=True, text=True, check=True).stdout


def test_numbers_never_change(printed: ExportResult, plain: ExportResult) -> None:
    """The exhibit number follows from the journal: the same in every bundle."""
    numbered = {row["capture"]: row["number"] for row in rows(printed.bag)}
    for row in rows(plain.bag):
        assert numbered[row["capture"]] == row["number"]


def test_the_volume_matches_the_index(printed: ExportResult) -> None:
    listed, page = rows(printed.bag), 1
    with pikepdf.open(printed.bag / layout.INDEX / "combined.pdf") as volume:
        for row in listed:
            assert int(row["combined_first_page"]) == page
            with pikepdf.open(printed.bag / layout.INDEX / row["pdf"]) as one:
                assert len(one.pages) == int(row["pages"])
            page += int(row["pages"])
        assert len(volume.pages) == page - 1
        with volume.open_outline() as outline:
            titles = [item.title for item in outline.root]
    assert titles == [f"证据{row['number']} {row['name_zh']}" for row in listed]


def test_every_page_says_what_it_is(printed: ExportResult) -> None:
    """Exhibit and page number, the digest of the manifest, and the running number, on each page; Chinese is found."""
    volume = printed.bag / layout.INDEX / "combined.pdf"
    for row in rows(printed.bag):
        first = int(row["combined_first_page"])
        for page in range(first, int(row["combined_last_page"]) + 1):
            text = words(volume, "-f", str(page), "-l", str(page))
            assert row["manifest_sha256"] in text.replace("\n", "")
            assert f"Exhibit {row['number']}, page {page - first + 1} of {row['pages']}" in text
            assert re.search(rf"^{page} / \d+", text, re.MULTILINE)
    found = words(volume)
    for text in ("不限", "旗舰版", "PRACTICE 练习", "北京时间", "读数标注"):
        assert text in found, text


def test_the_list_is_in_both_languages(printed: ExportResult) -> None:
    chinese = words(printed.bag / layout.INDEX / "evidence-list.zh.pdf")
    assert "证据目录" in chinese and "证明内容" in chinese and "libmsc.com" in chinese
    english = words(printed.bag / layout.INDEX / "evidence-list.en.pdf")
    assert "List of exhibits" in english and 'cap "不限"' in english
    page = (printed.bag / layout.INDEX / "index.html").read_text("utf-8")
    for href in re.findall(r'href="([^"]+)"', page):
        assert (printed.bag / layout.INDEX / urlsplit(href).path).resolve().is_file(), href
    assert "<script" not in page


def test_papers_state_facts_and_leave_blanks(printed: ExportResult) -> None:
    digests = {row["manifest_sha256"] for row in rows(printed.bag)}
    texts = {}
    for name in PAPERS:
        document = Document(str(printed.bag / layout.PAPERS / name))
        cells = [cell.text for table in document.tables for line in table.rows for cell in line.cells]
        texts[name] = "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)
    for name in ("fre-902-13.docx", "fre-902-14.docx"):
        assert digests <= set(texts[name].split("\n"))
        assert "under penalty of perjury under the laws of the United States of America" in texts[name]
        assert "I declare under penalty of perjury that the foregoing is true and correct." in texts[name]
        assert "Signature: ____" in texts[name] and "PRACTICE" in texts[name]
    assert all(f"\n{number}\n" in texts["reliability-art93.zh.docx"] for number in "一二三四五六七")
    assert "practice world on this machine: no time server is asked" in texts["cleanliness-report.zh.docx"]
    assert "open registration" in texts["capture-process.zh.docx"]
    assert "none named" in texts["custody-log.docx"]


def test_wacz_is_for_viewing_and_is_what_it_says(printed: ExportResult) -> None:
    """Each resource as listed, the WARC as kept, each index line leading to its record."""
    archives = sorted(printed.bag.rglob("page.wacz"))
    assert len(archives) == 3
    for path in archives:
        with zipfile.ZipFile(path) as archive:
            described = json.loads(archive.read("datapackage.json"))
            assert described["wacz_version"] == "1.1.1" and "FOR VIEWING" in described["title"]
            assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
            listed = {one["path"]: one for one in described["resources"]}
            assert set(listed) == set(archive.namelist()) - {"datapackage.json", "datapackage-digest.json"}
            for name, one in listed.items():
                data = archive.read(name)
                assert one["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}" and one["bytes"] == len(data)
            warc = archive.read("archive/data.warc.gz")
            assert warc == (path.parents[1] / "package" / "traffic.warc.gz").read_bytes()
            lines = archive.read("indexes/index.cdx").decode().splitlines()
            pages = [json.loads(line) for line in archive.read("pages/pages.jsonl").splitlines()]
        assert lines and lines == sorted(lines) and len(pages) >= 2
        for line in lines:
            found = json.loads(line.split(" ", 2)[2])
            part = warc[int(found["offset"]) : int(found["offset"]) + int(found["length"])]
            (record,) = list(ArchiveIterator(io.BytesIO(part)))
            assert record.rec_headers.get_header("WARC-Target-URI") == found["url"]


def test_numbers_of_pages_do_not_depend_on_readings(practice: Practice, printed: ExportResult) -> None:
    """Pictures come before the marked readings: a page once cited stays where it is."""
    for row in rows(printed.bag):
        text = words(printed.bag / layout.INDEX / row["pdf"])
        pages = text.split("\f")
        marked = [number for number, page in enumerate(pages) if "读数标注" in page]
        assert marked in ([], list(range(marked[0] if marked else 0, len(pages) - 1)))
