"""Canonical JSON (RFC 8785), strict both ways: what is read back must be byte for byte what would be written."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import NoReturn, cast

import rfc8785

from auditor.errors import IntegrityError

ZERO = "0" * 64
"""The digest that stands before the first journal line."""


def sha256(data: bytes) -> str:
    """Lower-case hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()


def encode(value: Mapping[str, object]) -> bytes:
    """The one canonical form of a JSON object. `ValueError` for what JSON cannot say exactly (NaN, integers ≥ 2^53)."""
    return rfc8785.dumps(cast("dict[str, rfc8785._impl._Value]", value))


def _no_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


class _NumberError(ValueError):
    """A number that the quick comparison does not judge: with a fraction or an exponent, or of 16 digits and more."""


def _no_float(text: str) -> NoReturn:
    raise _NumberError(text)


def _short(text: str) -> int:
    if len(text) > 15:
        raise _NumberError(text)
    return int(text)


_QUICK = json.JSONDecoder(
    object_pairs_hook=_no_twins, parse_constant=_no_constant, parse_float=_no_float, parse_int=_short
)
_WRITER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
_BEYOND = re.compile(rb"[\xf0-\xff]")
"""A character beyond the first plane: Python sorts keys by code point, RFC 8785 by UTF-16."""


def _quickly(data: bytes) -> dict[str, object] | None:
    """The object, where its canonical form can be told without the slow writer; None where that has to judge.

    Python's own writer gives the same bytes as RFC 8785 for texts, truth values, null and integers below 10^15 with
    keys of the first plane: escapes, separators and the order of keys are the same. It is five times as quick.
    """
    if not data.isascii() and _BEYOND.search(data):
        return None
    try:
        text = data.decode("utf-8")
        value = _QUICK.decode(text)
        return value if isinstance(value, dict) and _WRITER.encode(value) == text else None
    except (ValueError, RecursionError):
        return None


def decode(data: bytes, what: str) -> dict[str, object]:
    """Read a canonical JSON object; `IntegrityError` for a duplicate key, another spelling, or no object."""
    plain = _quickly(data)
    return plain if plain is not None else _judged(data, what)


def _judged(data: bytes, what: str) -> dict[str, object]:
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_no_twins, parse_constant=_no_constant)
        if not isinstance(value, dict):
            raise ValueError("not an object")
        same = encode(value) == data
    except (ValueError, RecursionError) as error:
        raise IntegrityError(f"{what}: not canonical JSON: {error}") from None
    if not same:
        raise IntegrityError(f"{what}: not in canonical form (RFC 8785): the bytes were written by another hand")
    return cast("dict[str, object]", value)


class Body:
    """Typed access to a decoded object; a missing or wrongly typed member is an `IntegrityError` naming it."""

    def __init__(self, members: Mapping[str, object], what: str) -> None:
        self.members = members
        self.what = what

    def _wrong(self, name: str, expected: str) -> IntegrityError:
        return IntegrityError(f"{self.what}: member {name!r} must be {expected}, found {self.members.get(name)!r:.80}")

    def has(self, name: str) -> bool:
        return name in self.members

    def text(self, name: str, default: str | None = None) -> str:
        value = self.members.get(name, default)
        if not isinstance(value, str):
            raise self._wrong(name, "a text")
        return value

    def number(self, name: str) -> int:
        value = self.members.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(name, "an integer")
        return value

    def truth(self, name: str) -> bool:
        value = self.members.get(name)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def digest(self, name: str) -> str:
        value = self.text(name)
        if len(value) != 64 or not set(value) <= set("0123456789abcdef"):
            raise self._wrong(name, "a SHA-256 in lower-case hexadecimal")
        return value

    def object(self, name: str) -> Body:
        value = self.members.get(name)
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return Body(value, f"{self.what}.{name}")

    def objects(self, name: str) -> list[Body]:
        """The members of an array of objects; an absent array is empty."""
        value = self.members.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self._wrong(name, "a list of objects")
        return [Body(item, f"{self.what}.{name}[{place}]") for place, item in enumerate(value)]

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.members.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(name, "a list of texts")
        return tuple(value)
