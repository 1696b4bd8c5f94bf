"""RFC 6901 pointers into JSON documents, and how a JSON value is written as text."""

from __future__ import annotations

import json

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
    """The value as it stands in the document; a null is a blank, a flag is no number."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
