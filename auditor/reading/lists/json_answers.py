"""What the answers that filled a list say of rows which the page does not show: the visit's own traffic as stored.

An answer belongs to a list where it names the list's rows. It may hold more entries than the page shows, or say beside
them that there are more. One that could not be looked at may say so too: it never counts as one that says nothing.
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
from auditor.model.notes import Note, make_note
from auditor.model.reading.readings import ListedRow
from auditor.reading.lists.json_pages import PAGE_SIZES, read_beside_array
from auditor.reading.lists.row_claims import NOTHING_BESIDE, MoreRows

MOST_ARCHIVE_BYTES: Final = 64 << 20
MOST_ANSWER_BYTES: Final = 8 << 20
MOST_ANSWERS: Final = 200
MOST_ARRAYS: Final = 300
"""Bounds: what lies beyond them is not looked at, and no list is complete by the answers alone then."""
_DEEPEST: Final = 6
_SHARE: Final = 0.6
"""Share of the rows that an answer must name to be theirs."""
_MOST_NAMES: Final = 200
_TOTALS: Final = ("x-total-count", "x-total", "x-wp-total", "total-count", "x-pagination-total-count", "x-count")
_NEXT: Final = re.compile(r"""rel\s*=\s*["']?[^"',;]*\bnext\b""", re.IGNORECASE)
_LONGEST_HEAD: Final = 4096
_QUOTED: Final = 80
_BATCHED: Final = frozenset(("data", "result"))
"""Keys of which each answer of a batch has one (GraphQL, JSON-RPC)."""
_WITH_BODY: Final = re.compile("2(?!0[45])[0-9]{2}")
"""Statuses of answers that fill a list."""
_NOT_KEPT: Final = b"bodyUnavailable:"
"""Begins the line of a metadata record that says why the body of its answer was not kept."""


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

    @property
    def source(self) -> tuple[str, str]:
        """What later pages of the same list share: the address without its numbers, and the place in the answer."""
        return re.sub(r"[0-9]+", "#", urlsplit(self.url).path), self.pointer


@dataclass(frozen=True, slots=True)
class UnreadAnswer:
    """An answer that was not looked at."""

    what: str
    """Its path, or what keeps the archive from being read."""
    asked_at: str = ""
    """Empty where it is not known."""
    text: str | None = None
    """What it holds, in the form that texts are compared in, where it is no JSON; None where that is not known."""


@dataclass(slots=True)
class JsonAnswers:
    """The JSON answers of one visit; its archive is opened when a list is read, once."""

    load: Callable[[str], bytes]
    path: str | None
    """Of the archive in the package; None where there is none."""
    _arrays: list[RowArray] | None = field(default=None)
    _unread: list[UnreadAnswer] = field(default_factory=list)

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
            found = list(_arrays(self.load(self.path)))
            self._arrays = [one for one in found if isinstance(one, RowArray)]
            self._unread = [one for one in found if isinstance(one, UnreadAnswer)]
        end = timestamp(until) if until is not None else "9"
        unread = self._not_looked_at(names, end)
        theirs = [one for one in self._arrays if one.asked_at <= end and _names(one, names)]
        if not theirs:
            return MoreRows(pages=unread)
        # What an answer says of more is settled by a later one of the same source alone.
        last = {one.source: one for one in theirs}.values()
        totals = [(one.total, f"{one.total} in a header") for one in theirs if one.total is not None]
        more = [make_note("list.json_more", text=repr(one.onward)) for one in last if one.onward]
        if heads_alone:
            return MoreRows(tuple(totals), tuple(dict.fromkeys(more)), unread)
        said = {id(one): read_beside_array(one.document, one.pointer, one.entries) for one in theirs}
        totals += [claim for one in said.values() for claim in one.totals]
        totals += [
            (one.entries, f"{one.entries} in {urlsplit(one.url).path!r}") for one in theirs if one.entries > len(rows)
        ]
        pages = list(unread)
        for one in last:
            more += said[id(one)].more
            size = _asked_size(one.url)
            full = size is not None and size <= one.entries
            pages += (*said[id(one)].pages, *((make_note("list.page_size", size=size),) if full else ()))
        return MoreRows(tuple(totals), tuple(dict.fromkeys(more)), tuple(dict.fromkeys(pages)))

    def _not_looked_at(self, names: Sequence[str], end: str) -> tuple[Note, ...]:
        """That an answer asked for until then, which may be the list's, was not looked at."""
        for one in self._unread:
            if one.asked_at <= end and (one.text is None or _hits(one.text, names) >= _SHARE * len(names)):
                return (make_note("list.answer_unread", text=f"{one.what!r}"),)
        return ()


def _name(row: ListedRow) -> str:
    """What names a row, in the form that texts are compared in; a short text would be found in any answer."""
    said = (row.cells.get(column, "") for column in ("login", "code", "name"))
    return next((bare for text in said if len(bare := comparison_form(text)) > 2), "")


def _names(found: RowArray, names: Sequence[str]) -> bool:
    return _hits(found.text, names) >= _SHARE * min(len(names), found.entries)


def _hits(text: str, names: Sequence[str]) -> int:
    return sum(name in text for name in names)


def _asked_size(url: str) -> int | None:
    """The number of rows that the address asked for."""
    for key, value in parse_qsl(urlsplit(url).query):
        bare = "".join(letter for letter in key.lower() if letter.isalpha())
        if bare in PAGE_SIZES and value.isascii() and value.isdigit() and 0 < len(value) < 7:
            return int(value)
    return None


def _arrays(archive: bytes) -> Iterator[RowArray | UnreadAnswer]:
    """The arrays of all JSON answers, in the order in which they came; the answers that are not looked at too."""
    found = 0
    for answer in _answers(archive):
        if isinstance(answer, UnreadAnswer):
            yield answer
            continue
        url, asked_at, body, heads = answer
        text = body.decode("utf-8", "replace")
        try:
            document = parse_json(text)
        except (ValueError, RecursionError):
            yield UnreadAnswer(urlsplit(url).path, asked_at, comparison_form(text))
            continue
        for pointer, value in _lists(document, "", 0):
            found += 1
            if found > MOST_ARRAYS:
                yield UnreadAnswer(urlsplit(url).path, asked_at)
                return
            text = comparison_form(json.dumps(value, ensure_ascii=False))
            stated = next((heads[name] for name in _TOTALS if name in heads), "")
            total = int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 10 else None
            onward = heads.get("link", "")[:_LONGEST_HEAD]
            onward = onward if _NEXT.search(onward) else ""
            entries = sum(1 for one in value if one is not None)
            yield RowArray(url, document, pointer, entries, text, asked_at, total, onward[:_QUOTED])


def _answers(archive: bytes) -> Iterator[tuple[str, str, bytes, Mapping[str, str]] | UnreadAnswer]:
    if len(archive) > MOST_ARCHIVE_BYTES:
        yield UnreadAnswer("archive")
        return
    taken = 0
    bare: dict[str, UnreadAnswer] = {}
    try:
        for record in ArchiveIterator(io.BytesIO(archive)):
            head, said = record.http_headers, record.rec_headers
            request = str(said.get_header("WARC-Concurrent-To", ""))
            if record.rec_type == "metadata" and request in bare:
                if _NOT_KEPT in record.content_stream().read(_LONGEST_HEAD):
                    yield bare.pop(request)
                continue
            if record.rec_type != "response" or head is None or not _WITH_BODY.fullmatch(head.get_statuscode()):
                continue
            if "json" not in str(head.get_header("Content-Type", "")).lower():
                continue
            url, asked_at = str(said.get_header("WARC-Target-URI", "")), str(said.get_header("WARC-Date", ""))
            unread = UnreadAnswer(urlsplit(url).path, asked_at)
            taken += 1
            if taken > MOST_ANSWERS:
                yield unread
                return
            body = record.content_stream().read(MOST_ANSWER_BYTES + 1)
            if len(body) > MOST_ANSWER_BYTES:
                yield unread
            elif body.strip():
                yield url, asked_at, body, {str(name).lower(): str(value) for name, value in head.headers}
            else:
                bare[request] = unread
    except ArchiveLoadFailed:
        yield UnreadAnswer("archive")


def _lists(value: object, pointer: str, depth: int) -> Iterator[tuple[str, list[object]]]:
    """Every array that is not empty and of which the entries are objects, arrays or texts; those of a batch of answers
    too."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            step = str(key).replace("~", "~0").replace("/", "~1")
            yield from _lists(inner, f"{pointer}/{step}", depth + 1)
    elif isinstance(value, list) and any(isinstance(one, dict | list | str) for one in value[:3]):
        if not pointer and all(isinstance(one, dict) and not _BATCHED.isdisjoint(one) for one in value):
            for number, one in enumerate(value):
                yield from _lists(one, f"/{number}", depth + 1)
        yield pointer, value
