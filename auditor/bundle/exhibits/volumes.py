"""PDF: the same bytes for the same pages; volumes of many with bookmarks and running numbers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pikepdf

NUMBER_SIZE = 8
MOST_PAGES = 500
"""Pages of a volume; a longer exhibit is a volume of its own. Readers and courts' upload forms choke on more."""


def deterministic_pdf(pdf: bytes, title: str) -> bytes:
    """Strip dates and producer from a PDF, so that equal pages give equal bytes."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        _plain(document, title)
        return _saved(document)


def page_count(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return len(document.pages)


def _plain(document: pikepdf.Pdf, title: str) -> None:
    if "/Metadata" in document.Root:
        del document.Root.Metadata
    for key in list(document.docinfo.keys()):
        del document.docinfo[key]
    document.docinfo["/Title"] = title


def _saved(document: pikepdf.Pdf) -> bytes:
    buffer = io.BytesIO()
    _save(document, buffer)
    return buffer.getvalue()


def _save(document: pikepdf.Pdf, target: Path | BinaryIO) -> None:
    document.save(target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate, linearize=False)


@dataclass(frozen=True, slots=True)
class VolumePart:
    """A PDF that goes into a volume."""

    title: str
    path: Path
    bookmarks: tuple[tuple[str, int], ...] = ()
    """Below the part's own: title and page within it, from 0."""


@dataclass(frozen=True, slots=True)
class PageNumbering:
    """Running numbers of one volume."""

    first: int
    """Number of its first page, from 1."""
    total: int
    """Pages of all volumes."""
    digest: str
    """Root of the log, which is printed on each page."""


def write_volume(parts: Sequence[VolumePart], title: str, run: PageNumbering, target: Path) -> None:
    """Write one PDF of all parts: a bookmark for each, and on each page its running number and the log's root."""
    with pikepdf.new() as whole:
        starts = []
        for part in parts:
            starts.append(len(whole.pages))
            with pikepdf.open(part.path) as source:
                whole.pages.extend(source.pages)
        _numbers(whole, run)
        with whole.open_outline() as outline:
            for part, start in zip(parts, starts, strict=True):
                item = pikepdf.OutlineItem(part.title, start)
                item.children.extend(pikepdf.OutlineItem(name, start + page) for name, page in part.bookmarks)
                outline.root.append(item)
        # The page box of a reader shows the running number as well, not the place within the volume.
        label = pikepdf.Dictionary(S=pikepdf.Name.D, St=run.first)
        whole.Root.PageLabels = pikepdf.Dictionary(Nums=pikepdf.Array([0, label]))
        _plain(whole, title)
        _save(whole, target)


def _numbers(whole: pikepdf.Pdf, run: PageNumbering) -> None:
    """Stamp `n / N` and the digest below the exhibit's own foot."""
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    shared = whole.make_indirect(font)
    for number, page in enumerate(whole.pages, start=run.first):
        words = f"{number} / {run.total}    bundle log root {run.digest}"
        page.add_resource(shared, pikepdf.Name.Font, pikepdf.Name("/RunningNumber"))
        stream = f"q BT /RunningNumber {NUMBER_SIZE - 1} Tf 42.5 11 Td ({words}) Tj ET Q".encode("ascii")
        page.contents_add(whole.make_stream(b"q\n"), prepend=True)
        page.contents_add(whole.make_stream(b"\nQ\n" + stream))
