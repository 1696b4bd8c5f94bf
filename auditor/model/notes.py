"""A reason or remark as a value: a code, and what its sentence names. What decides looks at codes, never at words.

The words of every code, English and Chinese, stand in one table (`auditor.wording`); no other place makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Union

NoteValue = Union[str, int, "Note", tuple["Note", ...]]
"""What a sentence names: a text, a whole number, another note, or several that are told one after the other."""

QUOTED: Final = "quoted"
"""The code of a text that has no code: what a person wrote, what a page says, a sentence of old stored bytes."""


@dataclass(frozen=True, slots=True)
class Note:
    """One reason or remark. Equal notes say the same; two notes of one code are about the same kind of thing."""

    code: str
    """Room or subject and reason, parted by a dot: `position.never_observed`. Stable: reports and manifests show it."""
    values: tuple[tuple[str, NoteValue], ...] = ()
    """What the sentence names, by the name of its place, in the order given."""

    def value(self, name: str) -> NoteValue | None:
        """What stands under a name; None where the note names no such thing."""
        return next((value for key, value in self.values if key == name), None)

    def text(self, name: str) -> str:
        """What stands under a name as text; empty where nothing does, or another note, which is no text yet."""
        found = self.value(name)
        return str(found) if isinstance(found, str | int) else ""


def make_note(code: str, /, **values: NoteValue | Decimal | date | None) -> Note:
    """A note; days and decimals are kept as they are written (`2024-05-01`, `1.50`), None as `None`."""
    return Note(code, tuple((name, _plain(value)) for name, value in values.items()))


def quote_text(text: str) -> Note:
    """A text that has no code, told as it is in every language. No decision may rest on it."""
    return Note(QUOTED, (("text", text),))


def _plain(value: NoteValue | Decimal | date | None) -> NoteValue:
    return value if isinstance(value, str | int | Note | tuple) else str(value)


def note_body(note: Note) -> dict[str, object]:
    """The note as JSON keeps it: `{"code": …, "values": {…}}`, without `values` where it names nothing."""
    values = {name: _body(value) for name, value in note.values}
    return {"code": note.code, "values": values} if values else {"code": note.code}


def parse_note(body: object) -> Note:
    """The inverse of `note_body`. Raises `ValueError` for any other shape."""
    if not isinstance(body, Mapping) or not isinstance(body.get("code"), str) or set(body) - {"code", "values"}:
        raise ValueError("a note is an object with a code and values")
    values = body.get("values", {})
    if not isinstance(values, Mapping):
        raise ValueError("the values of a note are an object")
    return Note(body["code"], tuple((str(name), _value(value)) for name, value in values.items()))


def _body(value: NoteValue) -> object:
    if isinstance(value, tuple):
        return [note_body(one) for one in value]
    return note_body(value) if isinstance(value, Note) else value


def _value(value: object) -> NoteValue:
    if isinstance(value, list):
        return tuple(parse_note(one) for one in value)
    if isinstance(value, str | int) and not isinstance(value, bool):
        return value
    return parse_note(value)


def map_texts(note: Note, change: Callable[[str], str]) -> Note:
    """The same note with every text in it changed: secrets masked, for instance."""

    def changed(value: NoteValue) -> NoteValue:
        if isinstance(value, str):
            return change(value)
        if isinstance(value, tuple):
            return tuple(map_texts(one, change) for one in value)
        return map_texts(value, change) if isinstance(value, Note) else value

    return Note(note.code, tuple((name, changed(value)) for name, value in note.values))
