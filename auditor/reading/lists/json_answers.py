"""What the answers that filled a list say of rows which the page does not show: the visit's own traffic as stored.

An answer belongs to a list where it names the list's rows. It may hold more entries than the page shows, or say beside
them that there are more.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from auditor.clock import timestamp
from auditor.document.json_pointers import parse_json
from auditor.document.normalisation import comparison_form
from auditor.model.notes import make_note
from auditor.model.readings import ListedRow
from auditor.reading.lists.json_pages import PAGE_SIZES, read_beside_array
from auditor.reading.lists.row_claims import NOTHING_BESIDE, MoreRows

MOST_ARCHIVE_BYTES: Final = 64 << 20
MOST_ANSWER_BYTES: Final = 8 << 20
MOST_ANSWERS: Final = 200
MOST_ARRAYS: Final = 300
"""Bounds: what lies beyond them is not looked at."""
_DEEPEST: Final = 6
_SHARE: Final = 0.6
"""Share of the rows that an answer must name to be theirs."""
_MOST_NAMES: Final = 200
_TOTALS: Final = ("x-total-count", "x-total", "x-wp-total", "total-count", "x-pagination-total-count", "x-count")
_NEXT: Final = re.compile(r"""rel\s*=\s*["']?[^"',;]*\bnext\b""", re.IGNORECASE)
_LONGEST_HEAD: Final = 4096
_QUOTED: Final = 80


@dataclass(frozen=True, slots=True)
class RowArray:
    """An array in an answer."""

    url: str
    document: object
    pointer: str
    entries: int
    text: str
    """All of it in the form that texts are compared in."""
    asked_at: str = ""
    """When it was asked for: RFC 3339, UTC."""
    total: int | None = None
    """The number of all rows that the answer's headers state (`X-Total-Count`)."""
    onward: str = ""
    """The header that leads to a next page (`Link`, RFC 8288)."""


@dataclass(slots=True)
class JsonAnswers:
    """The JSON answers of one visit; its archive is opened when a list is read, once."""

    load: Callable[[str], bytes]
    path: str | None
    """Of the archive in the package; None where there is none."""
    _arrays: list[RowArray] | None = field(default=None)

    def beside(
        self, rows: Sequence[ListedRow], *, until: datetime | None = None, heads_alone: bool = False
    ) -> MoreRows:
        """What the answers that name these rows, asked for until then, say of others.

        `heads_alone`: what stands in their bodies is known.
        """
        names = [name for row in rows[:_MOST_NAMES] if (name := _name(row))]
        if self.path is None or not names:
            return NOTHING_BESIDE
        if self._arrays is None:
            self._arrays = list(_arrays(self.load(self.path)))
        end = timestamp(until) if until is not None else "9"
        theirs = [one for one in self._arrays if one.asked_at <= end and _names(one, names)]
        if not theirs:
            return NOTHING_BESIDE
        last = theirs[-1]
        totals = [(one.total, f"{one.total} in a header") for one in theirs if one.total is not None]
        more = (make_note("list.json_more", text=repr(last.onward)),) if last.onward else ()
        if heads_alone:
            return MoreRows(tuple(totals), more)
        said = [read_beside_array(one.document, one.pointer, one.entries) for one in theirs]
        totals += [claim for one in said for claim in one.totals]
        totals += [
            (one.entries, f"{one.entries} in {urlsplit(one.url).path!r}") for one in theirs if one.entries > len(rows)
        ]
        size = _asked_size(last.url)
        full = (make_note("list.page_size", size=size),) if size is not None and size <= last.entries else ()
        return MoreRows(tuple(totals), (*more, *said[-1].more), (*said[-1].pages, *full))


def _name(row: ListedRow) -> str:
    """What names a row, in the form that texts are compared in; a short text would be found in any answer."""
    said = (row.cells.get(column, "") for column in ("login", "code", "name"))
    return next((bare for text in said if len(bare := comparison_form(text)) > 2), "")


def _names(found: RowArray, names: Sequence[str]) -> bool:
    hits = sum(name in found.text for name in names)
    return hits >= _SHARE * min(len(names), found.entries)


def _asked_size(url: str) -> int | None:
    """The number of rows that the address asked for."""
    for key, value in parse_qsl(urlsplit(url).query):
        bare = "".join(letter for letter in key.lower() if letter.isalpha())
        if bare in PAGE_SIZES and value.isascii() and value.isdigit() and 0 < len(value) < 7:
            return int(value)
    return None


def _arrays(archive: bytes) -> Iterator[RowArray]:
    """The arrays of all JSON answers, in the order in which the answers came."""
    found = 0
    for url, asked_at, body, heads in _answers(archive):
        try:
            document = parse_json(body.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            continue
        for pointer, value in _lists(document, "", 0):
            found += 1
            if found > MOST_ARRAYS:
                return
            text = comparison_form(json.dumps(value, ensure_ascii=False))
            stated = next((heads[name] for name in _TOTALS if name in heads), "")
            total = int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 10 else None
            onward = heads.get("link", "")[:_LONGEST_HEAD]
            onward = onward if _NEXT.search(onward) else ""
            entries = sum(1 for one in value if one is not None)
            yield RowArray(url, document, pointer, entries, text, asked_at, total, onward[:_QUOTED])


def _answers(archive: bytes) -> Iterator[tuple[str, str, bytes, Mapping[str, str]]]:
    if len(archive) > MOST_ARCHIVE_BYTES:
        return
    taken = 0
    try:
        for record in ArchiveIterator(io.BytesIO(archive)):
            head = record.http_headers
            if record.rec_type != "response" or head is None:
                continue
            kind = str(head.get_header("Content-Type", "")).lower()
            if "json" not in kind or taken >= MOST_ANSWERS:
                continue
            taken += 1
            body = record.content_stream().read(MOST_ANSWER_BYTES + 1)
            if len(body) <= MOST_ANSWER_BYTES:
                heads = {str(name).lower(): str(value) for name, value in head.headers}
                said = record.rec_headers
                url, asked_at = said.get_header("WARC-Target-URI", ""), said.get_header("WARC-Date", "")
                yield str(url), str(asked_at), body, heads
    except ArchiveLoadFailed:
        return


def _lists(value: object, pointer: str, depth: int) -> Iterator[tuple[str, list[object]]]:
    """Every array that is not empty and of which the entries are objects, arrays or texts."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            step = str(key).replace("~", "~0").replace("/", "~1")
            yield from _lists(inner, f"{pointer}/{step}", depth + 1)
    elif isinstance(value, list) and any(isinstance(one, dict | list | str) for one in value[:3]):
        yield pointer, value
