"""A note in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final

from auditor.model.notes import Note, NoteValue, make_note, quote_text
from auditor.wording.table import Lang, note_templates

SEPARATOR: Final[Mapping[Lang, str]] = MappingProxyType({"en": "; ", "zh": "；"})
"""Between several notes that are told one after the other."""


class PlaceText(str):
    """What stands in a place of a sentence. A place `{days:day|days}` names what is counted, for 1 and for any other
    number: `1 day`, `14 days`, `0 days`."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        one, apart, other = spec.partition("|")
        return f"{self!s} {one if self == '1' else other}" if apart else super().__format__(spec)


def counted_text(number: int, one: str, other: str) -> str:
    """A number of things in an English line: `1 page`, `2 pages`, `1,200 pages`."""
    return f"{number:,} {one if number == 1 else other}"


@lru_cache(maxsize=4_096)
def note_text(note: Note, lang: Lang) -> str:
    """The sentence of a note. A code that the table lacks is a `KeyError`: nothing is told with a hole in it."""
    places = {name: PlaceText(_text(value, lang)) for name, value in note.values}
    return note_templates()[note.code][lang].format_map(places)


def english(note: Note | None) -> str:
    """The English sentence, as stored bytes and machine-readable reports hold it; empty for no note."""
    return "" if note is None else note_text(note, "en")


def join_notes(notes: Iterable[Note], lang: Lang) -> str:
    """Several notes in one line."""
    return SEPARATOR[lang].join(note_text(note, lang) for note in notes)


def _text(value: NoteValue, lang: Lang) -> str:
    if isinstance(value, Note):
        return note_text(value, lang)
    return join_notes(value, lang) if isinstance(value, tuple) else str(value)


FIXED_SENTENCES: Final = ("capture.sandbox_off", "demo.notice")
"""Codes whose sentences, without any value, stand in bytes that were written before there were codes."""


@cache
def _fixed() -> Mapping[str, Note]:
    return MappingProxyType({english(make_note(code)): make_note(code) for code in FIXED_SENTENCES})


def stored_note(text: str, known: Iterable[Note] = ()) -> Note:
    """The note that a stored sentence is, to show it in either language; any other text is quoted as it stands.

    `known`: further notes that the same bytes are known to tell, by their facts. Told by the whole text alone.
    """
    found = _fixed().get(text)
    if found is not None:
        return found
    return next((note for note in known if english(note) == text), quote_text(text))
