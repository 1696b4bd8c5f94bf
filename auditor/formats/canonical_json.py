"""Canonical JSON (RFC 8785), strict both ways: what is read back must be byte for byte what would be written."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from operator import itemgetter
from typing import NoReturn, TypeVar, cast

import orjson
import rfc8785

from auditor.errors import IntegrityError

_Texts = TypeVar("_Texts", bound=tuple[str, ...])

ZERO_DIGEST = "0" * 64
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


_AS_WRITTEN = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_BEYOND = re.compile(rb"[\xf0-\xff]")
"""A character beyond the first plane: orjson sorts keys by code point, RFC 8785 by UTF-16."""
_UNUSUAL = re.compile(rb'(?:":|[,\[])-?[0-9]+[.eE]')
"""A number with a fraction or an exponent, behind a member's name or in an array; or the same letters in a text."""
_MARKS = bytes.maketrans(b"[eE", b",..")


def _quickly(data: bytes) -> dict[str, object] | None:
    """The object, where its canonical form can be told without the slow writer; None where that has to judge.

    orjson gives the same bytes as RFC 8785 for texts, truth values, null and integers below 2^53 with keys of the
    first plane: escapes, separators and the order of keys are the same. A key that stands twice is written once, so it
    does not come back either.
    """
    if not data.isascii() and _BEYOND.search(data):
        return None
    try:
        value = orjson.loads(data)
        if not isinstance(value, dict) or orjson.dumps(value, option=_AS_WRITTEN) != data:
            return None
    except (ValueError, TypeError):
        return None
    return None if _fractional(data) else value


def _fractional(data: bytes) -> bool:
    """Whether there may be a number that orjson writes otherwise (`1.0`, `1e16`).

    Without its digits such a number is a mark behind a comma, a bracket or a colon: that is quick to tell, and rare.
    """
    left = data.translate(_MARKS, b"-0123456789")
    return (b'":.' in left or b",." in left) and _UNUSUAL.search(data) is not None


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


_DIGEST = re.compile("[0-9a-f]{64}").fullmatch


class JsonObject:
    """Typed access to a decoded object; a missing or wrongly typed member is an `IntegrityError` naming it."""

    __slots__ = ("_of", "_place", "_what", "members")

    def __init__(self, members: Mapping[str, object], what: str, of: JsonObject | None = None, place: int = -1) -> None:
        """`what`: its name for messages; within another object, the name of the member, and its place in an array."""
        self.members = members
        self._what = what
        self._of = of
        self._place = place

    @property
    def what(self) -> str:
        """What this object is, for messages."""
        if self._of is None:
            return self._what
        return f"{self._of.what}.{self._what}" + (f"[{self._place}]" if self._place >= 0 else "")

    def _wrong(self, name: str, expected: str) -> IntegrityError:
        return IntegrityError(f"{self.what}: member {name!r} must be {expected}, found {self.members.get(name)!r:.80}")

    def has(self, name: str) -> bool:
        return name in self.members

    def text(self, name: str, default: str | None = None) -> str:
        value = self.members.get(name, default)
        if not isinstance(value, str):
            raise self._wrong(name, "a text")
        return value

    def texts_at(self, names: itemgetter[_Texts]) -> _Texts:
        """Several text members, in the order that the getter names them."""
        try:
            found: tuple[object, ...] = names(self.members)
        except KeyError as error:
            raise self._wrong(str(error.args[0]), "a text") from None
        if set(map(type, found)) != {str}:
            wrong = next(value for value in found if not isinstance(value, str))
            raise self._wrong(next(name for name, value in self.members.items() if value is wrong), "a text")
        return cast("_Texts", found)

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
        value = self.members.get(name)
        if not isinstance(value, str) or not _DIGEST(value):
            raise self._wrong(name, "a SHA-256 in lower-case hexadecimal")
        return value

    def object(self, name: str) -> JsonObject:
        value = self.members.get(name)
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return JsonObject(value, name, self)

    def objects(self, name: str) -> list[JsonObject]:
        """The members of an array of objects; an absent array is empty."""
        if name not in self.members:
            return []
        value = self.members[name]
        if not isinstance(value, list) or not set(map(type, value)) <= {dict}:
            raise self._wrong(name, "a list of objects")
        return [JsonObject(item, name, self, place) for place, item in enumerate(value)]

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.members.get(name, ())
        if value == ():
            return ()
        if not isinstance(value, list) or not set(map(type, value)) <= {str}:
            raise self._wrong(name, "a list of texts")
        return tuple(value)
