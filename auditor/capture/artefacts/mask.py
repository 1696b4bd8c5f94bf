"""The secrets of a visit masked in bytes: every written form becomes as many `x` as it has, so that a masked file keeps
its structure. Pure.

No secret is left out for want of room, or because it is not known: where a visit holds more than are masked one by one,
and where what a page stored could not be looked at, every text is masked whole.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from auditor.capture.artefacts.secrets import MIN_PASSWORD_LENGTH, Secrets
from auditor.capture.artefacts.spellings import spelled_forms, written_forms

FEW_FORMS = 2_000
"""Written forms up to which looking for each alone is quicker than one walk along the data."""
CLOSED = "everything: the visit holds more secrets than are masked one by one"
UNKNOWN = "everything: what the page stored could not be looked at"
_TAG = re.compile(rb"<[/!?A-Za-z][^<>]*>")
"""A tag to whoever takes tags out of a text by a simple pattern."""
_UNQUOTED = re.compile(rb"""[^<>=]*+(?:=(?!\s*["'])[^<>=]*+)*+(?:=\s*+(["']))?""")
"""The rest of a tag up to the next value in quotes."""
_TAG_BEGINS = re.compile(rb"<[/!?A-Za-z]")
_PLAIN_TAG = re.compile(rb"""<[/!?A-Za-z][^<>=]*+(?:=(?:\s*+(?:"[^"<>]*+"|'[^'<>]*+')|(?!\s*["']))[^<>=]*+)*+>""")
"""A tag on whose end every reader agrees."""


def _simple_end(data: bytes, start: int, _: set[int]) -> int:
    found = _TAG.match(data, start)
    return found.end() if found else -1


def _browser_end(data: bytes, start: int, hopeless: set[int]) -> int:
    """Where a tag ends to a browser, which steps over values in quotes; -1 where it does not end.

    `hopeless`: beginnings of values in quotes from which no end was reached, so that each is gone on from once.
    """
    if found := _PLAIN_TAG.match(data, start):
        return found.end()
    if not _TAG_BEGINS.match(data, start):
        return -1
    at, opened = start + 1, list[int]()
    while (found := _UNQUOTED.match(data, at)) and found[1] and found.end() not in hopeless:
        opened.append(found.end())
        at = data.find(found[1], found.end()) + 1
        if not at:
            break
    if found and not found[1] and data.startswith(b">", found.end()):
        return found.end() + 1
    hopeless.update(opened)
    return _simple_end(data, start, hopeless)


def _between_tags(data: bytes, end_of: Callable[[bytes, int, set[int]], int]) -> list[tuple[int, int]]:
    """Beginning and end of each piece of text. Behind the last end of a comment none is looked for: a page of nothing
    but their beginnings would be walked through from each of them."""
    pieces, at, hopeless, last = list[tuple[int, int]](), 0, set[int](), data.rfind(b"-->")
    tag = data.find(b"<")
    while tag >= 0:
        comment = tag + 4 <= last and data.startswith(b"<!--", tag)
        end = data.find(b"-->", tag + 4) + 3 if comment else end_of(data, tag, hopeless)
        if end > 0:
            pieces += [(at, tag)] if tag > at else []
            at = end
        tag = data.find(b"<", max(end, tag + 1))
    return [*pieces, (at, len(data))] if at < len(data) else pieces


class Mask:
    """All written forms of a visit's secrets, ready to be replaced in bytes."""

    def __init__(self, secrets: Secrets, *, of_login: bool = False, unknown: bool = False) -> None:
        """`of_login`: for what the login left, where one-time codes are masked too. `unknown`: for what may hold
        secrets that nobody knows."""
        self._closed = CLOSED if secrets.closed else UNKNOWN if unknown else ""
        self._forms: dict[bytes, str] = {}
        for code in secrets.codes if of_login and not self._closed else ():
            self._forms[code.encode()] = "one-time code"
        for secret, what in () if self._closed else secrets:
            for form in (*written_forms(secret), *(spelled_forms(secret) if secret in secrets.passwords else ())):
                self._forms.setdefault(form, what)
        self._heads: dict[bytes, list[bytes]] = {}
        if len(self._forms) > FEW_FORMS:
            for form in sorted(self._forms, key=len, reverse=True):
                self._heads.setdefault(form[:MIN_PASSWORD_LENGTH], []).append(form)

    def __call__(self, data: bytes) -> tuple[bytes, Counter[str]]:
        """The data without secrets, of the same length, and how often each was replaced."""
        if self._closed:
            return b"x" * len(data), Counter({self._closed: 1} if data else {})
        counts: Counter[str] = Counter()
        masked, covered = None, 0
        for start, form in self._places(data):
            end = start + len(form)
            if end > covered:
                masked = masked or bytearray(data)
                masked[start:end] = b"x" * len(form)
                counts[self._forms[form]] += 1
                covered = end
        whole = data if masked is None else bytes(masked)
        read = list[list[tuple[int, int]]]()
        for end_of in (_simple_end, _browser_end) if b"<" in data and self._forms else ():
            if (pieces := _between_tags(whole, end_of)) not in read:
                read.append(pieces)
                whole = self._across_tags(whole, pieces, counts)
        return whole, counts

    def _places(self, data: bytes) -> Iterable[tuple[int, bytes]]:
        return self._along(data) if self._heads else self._one_by_one(data)

    def _across_tags(self, data: bytes, pieces: list[tuple[int, int]], counts: Counter[str]) -> bytes:
        """The data without secrets that only what stands between its pieces parts: what it spells to whoever takes
        tags and comments away."""
        spelled = b"".join(data[start:end] for start, end in pieces)
        begins = list(accumulate((end - start for start, end in pieces), initial=0))
        masked, covered = None, 0
        for place, form in self._places(spelled):
            if place + len(form) <= covered:
                continue
            covered = place + len(form)
            masked = masked or bytearray(data)
            counts[self._forms[form]] += 1
            for number in range(bisect_right(begins, place) - 1, len(pieces)):
                first = pieces[number][0] + max(place - begins[number], 0)
                last = min(pieces[number][1], pieces[number][0] + covered - begins[number])
                if last <= first:
                    break
                masked[first:last] = b"x" * (last - first)
        return data if masked is None else bytes(masked)

    @property
    def empty(self) -> bool:
        """Whether nothing is masked."""
        return not (self._forms or self._closed)

    def text(self, text: str) -> str:
        """The same for a short text such as an address or a sentence."""
        if not self._forms and not self._closed:
            return text
        return self(text.encode("utf-8", "replace"))[0].decode("utf-8", "replace")

    def _one_by_one(self, data: bytes) -> list[tuple[int, bytes]]:
        """Every place of every form, first and longest first."""
        found: list[tuple[int, bytes]] = []
        for form in self._forms:
            at = data.find(form)
            while at >= 0:
                found.append((at, form))
                at = data.find(form, at + 1)
        return sorted(found, key=lambda place: (place[0], -len(place[1])))

    def _along(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The longest form at each place: one walk, whatever the number of forms."""
        heads, width = self._heads, MIN_PASSWORD_LENGTH
        for at in range(len(data) - width + 1):
            forms = heads.get(data[at : at + width])
            if forms is not None and (form := next((one for one in forms if data.startswith(one, at)), None)):
                yield at, form
