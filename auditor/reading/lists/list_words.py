"""The words with which pages speak of rows, of pages of rows and of more rows, in every language that is written down.

They stand as data in `list_words.toml`. A phrase is matched in a form of words and numbers alone: other signs are
folded into spaces, and `#` stands for a number.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

ListWord = Literal[
    "total", "units", "showing", "of", "open", "more", "alone", "part", "page", "next", "previous", "licence"
]  # fmt: skip
INTEGER: Final = re.compile(r"[0-9]{1,3}(?:[.,'\u00a0 ][0-9]{3})+(?![0-9])|[0-9]{1,9}")
"""A number of rows as pages write it; a count of rows has no fraction, so a sign before three figures groups."""
_SPACELESS: Final = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"""Scripts that part words by no space, or hang endings to them: there a phrase may stand inside a word."""
_SIGNS: Final = re.compile(r"[^\w#+/]+|_+")
_TOKENS: Final = re.compile(r"[#+/]")


@dataclass(frozen=True, slots=True)
class RowText:
    """A run of text in the forms in which phrases and numbers are looked for."""

    folded: str
    """NFKC, case folded, single spaces."""
    spaced: str
    """Words and `#` for numbers, one space around each."""
    joined: str
    """The same without spaces."""
    numbers: tuple[int, ...]

    def says(self, kind: ListWord) -> bool:
        """Whether a phrase of that kind stands in it."""
        spaced, joined = _phrases(kind)
        return any(phrase in self.spaced for phrase in spaced) or any(phrase in self.joined for phrase in joined)

    def is_word(self, kind: ListWord) -> bool:
        """Whether a phrase of that kind is all that it says."""
        spaced, joined = _phrases(kind)
        return self.spaced in spaced or self.joined in joined


def row_text(text: str) -> RowText:
    """The forms of one run of text."""
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    numbers = tuple(int(re.sub(r"[^0-9]", "", found)) for found in INTEGER.findall(folded))
    spaced = _form(INTEGER.sub(" # ", folded))
    return RowText(folded, spaced, spaced.replace(" ", ""), numbers)


@cache
def known_languages() -> tuple[str, ...]:
    """The languages that have words here."""
    return tuple(_table())


def phrases_of(kind: ListWord) -> Iterator[str]:
    """All phrases of a kind as they are written, in every language."""
    for words in _table().values():
        yield from words.get(kind, ())


@cache
def _phrases(kind: ListWord) -> tuple[frozenset[str], frozenset[str]]:
    """The phrases of a kind for scripts with spaces, and for those without."""
    forms = [_form(unicodedata.normalize("NFKC", phrase).casefold()) for phrase in phrases_of(kind)]
    joined = frozenset(form.replace(" ", "") for form in forms if _SPACELESS.search(form))
    return frozenset(form for form in forms if not _SPACELESS.search(form) and form.strip()), joined


def _form(text: str) -> str:
    words = _TOKENS.sub(lambda sign: f" {sign[0]} ", _SIGNS.sub(" ", text)).split()
    return f" {' '.join(words)} "


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files("auditor.reading.lists").joinpath("list_words.toml").read_text("utf-8"))
