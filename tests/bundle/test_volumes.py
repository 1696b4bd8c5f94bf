"""Hundreds of pages from the real printer: volumes with running numbers; bookmarks, index and pages agree."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from auditor.bundle.bag import layout
from auditor.bundle.bag.bag import BagWriter
from auditor.bundle.exhibits.printing import ExhibitPrinter
from auditor.bundle.exhibits.volumes import MOST_PAGES
from auditor.clock import now
from auditor.errors import CaptureError
from auditor.model.captures import Capture
from auditor.model.targets.estate import BrowserSettings
from auditor.workflow.bundle.pdf import pdf_printer
from bench.bundle import World, dossier

VIEWS = (30, 472, 60)
"""Exhibits of 31, 473 and 61 pages: neither neighbour fits into a volume of 500 with the second."""


def viewed(capture: Capture, count: int) -> Capture:
    """The capture with so many views, none of which has a picture that can be shown: a page each."""
    (view,) = capture.views
    shown = {"screenshot": "registration/screenshot.png"}
    views = tuple(replace(view, id=f"branches-{n}", title=f"分馆管理第{n}页", artefacts=shown) for n in range(count))
    return replace(capture, views=views)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The index of a bag with such exhibits."""
    base = tmp_path_factory.mktemp("volumes")
    with pdf_printer(BrowserSettings(sandbox=os.geteuid() != 0), now) as press:
        whole = replace(dossier(World(base, len(VIEWS))), print_to_pdf=press)
        with BagWriter(base / "bag") as bag, ExhibitPrinter.opened(bag, whole, ()) as volumes:
            for entry, count in zip(whole.entries, VIEWS, strict=True):
                opened = whole.open(entry)
                volumes.take(entry, replace(opened, capture=viewed(opened.capture, count)), ())
            volumes.bind()
    yield base / "bag" / layout.INDEX


def listed(index: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((index / "exhibits.csv").read_text("utf-8"))))


def test_volumes_index_and_bookmarks_agree(index: Path) -> None:
    rows, page = listed(index), 1
    assert sorted(path.name for path in index.glob("combined*")) == [f"combined-00{n}.pdf" for n in (1, 2, 3)]
    for number, (row, count) in enumerate(zip(rows, VIEWS, strict=True), start=1):
        assert row["combined_pdf"] == f"combined-00{number}.pdf"
        assert (int(row["combined_first_page"]), int(row["pages"])) == (page, count + 1)
        assert int(row["combined_last_page"]) == page + count
        with pikepdf.open(index / row["combined_pdf"]) as volume:
            assert len(volume.pages) == count + 1 <= MOST_PAGES
            with volume.open_outline() as outline:
                assert [item.title for item in outline.root] == [f"证据{row['number']} {row['name_zh']}"]
            assert str(volume.Root.PageLabels.Nums[1].St) == str(page)
        page += count + 1
    first = (index / "index.html").read_text("utf-8")
    assert all(f'href="combined-00{number}.pdf"' in first for number in (1, 2, 3))
    assert 'href="combined.pdf"' not in first


def test_each_page_has_its_running_number_and_can_be_searched(index: Path) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed: the text of the PDF was not searched")
    total, page = sum(VIEWS) + len(VIEWS), 0
    for row in listed(index):
        command = ["pdftotext", "-raw", str(index / row["combined_pdf"]), "-"]
        texts = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\f")[:-1]
        for place, text in enumerate(texts):
            page += 1
            assert f"{page} / {total} " in text
            assert place == 0 or f"分馆管理第{place - 1}页" in text
    assert page == total


def test_a_page_that_asks_the_network_is_printed_without_it(tmp_path: Path) -> None:
    """The printer is started by its first page, prints many, loads nothing, and ends with its context."""
    with pdf_printer(BrowserSettings(sandbox=os.geteuid() != 0), now) as press:
        made = [press(f"<p>第{n}页<img src='http://127.0.0.1:9/x.png'>".encode()) for n in (1, 2)]
    for pdf in made:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            assert len(document.pages) == 1
    with pytest.raises(CaptureError, match="the printer has ended"):
        press(b"<p>after the end")
