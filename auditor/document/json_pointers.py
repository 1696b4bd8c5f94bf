"""RFC 6901 pointers into JSON documents, and how a JSON value is written as text."""

from __future__ import annotations

import json

from auditor.formats.foreign_text import as_unicode


class TwinKeyError(ValueError):
    """A key stands twice in one object: what it says depends on who reads it (RFC 8259 §4)."""


MISSING = object()
"""What a pointer that leads nowhere gives; `null` is a value."""


def resolve_pointer(document: object, pointer: str) -> object:
    """The value at the pointer, `MISSING` where there is none (RFC 6901 §4)."""
    at = document
    if pointer and not pointer.startswith("/"):
        return MISSING
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(at, dict) and key in at:
            at = at[key]
        elif isinstance(at, list) and key.isascii() and key.isdigit() and (key == "0" or key[0] != "0"):
            if int(key) >= len(at):
                return MISSING
            at = at[int(key)]
        else:
            return MISSING
    return at


def json_value_text(value: object) -> str:
    """The value as it stands in the document; a null is a blank, a flag is no number.

    A lone surrogate, which `\\ud800` in JSON can make (RFC 8259 §8.2) and no stored text can hold, is U+FFFD.
    """
    if value is None:
        return ""
    return as_unicode(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def parse_json(text: str) -> object:
    """The document. `ValueError` where it is none; `TwinKeyError` where a key stands twice in one object."""
    return json.loads(text, object_pairs_hook=_without_twins)


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise TwinKeyError("a key stands twice in one object")
    return found
