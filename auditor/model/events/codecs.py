"""How one value of a journal body is read and written: strict both ways, from a field's annotation. Pure.

A time is UTC with microseconds (`2026-01-05T03:00:00.000000Z`), a day `2026-01-05`, a digest SHA-256 in lower-case
hexadecimal; numbers are integers. The decisions and key dates of `auditor.model.findings` write their times in the ISO
form without a fraction that is zero (`2026-01-05T03:00:00Z`), as they always have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeGuard, Union, get_args, get_origin

Sha256 = Annotated[str, "a SHA-256 in lower-case hexadecimal"]
"""A digest of a file or of a line."""
VersionId = Annotated[str, "a version id of a store"]
"""By which a store keeps an object's bytes, whatever is laid on top: opaque, at most 1024 bytes (S3)."""

_DIGEST = re.compile("[0-9a-f]{64}").fullmatch
_VERSION = re.compile("[A-Za-z0-9._~+/=:-]{1,1024}").fullmatch
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch


class Misfit(Exception):  # noqa: N818 (never leaves this room: `records` makes an `IntegrityError` of it)
    """A value is not what its place asks for: `says` how, `path` where, from the inside out."""

    def __init__(self, says: str) -> None:
        super().__init__(says)
        self.says = says
        self.path: list[str] = []

    @classmethod
    def of(cls, expected: str, found: object) -> Misfit:
        return cls(f"must be {expected}, found {found!r:.80}")

    @property
    def place(self) -> str:
        """The member, from the outside in: `tokens[0].status`; empty for the whole."""
        text = ""
        for part in reversed(self.path):
            text += part if part.startswith("[") or not text else f".{part}"
        return text


@dataclass(frozen=True, slots=True)
class Codec:
    """Reads and writes the values of one type."""

    name: str
    """What is expected, for messages and for the documentation: `a text`."""
    read: Callable[[Any], Any]
    """From the JSON value; raises `Misfit`."""
    write: Callable[[Any], object] | None = None
    """To the JSON value; None where it is the value itself."""
    plain: type | None = None
    """The type whose values it takes as they are; None where `read` must look closer."""


def _plain(kind: type, name: str) -> Codec:
    def read(value: object) -> object:
        if type(value) is not kind:
            raise Misfit.of(name, value)
        return value

    return Codec(name, read, plain=kind)


def is_digest(value: object) -> TypeGuard[str]:
    """Whether it is a SHA-256 in lower-case hexadecimal."""
    return type(value) is str and _DIGEST(value) is not None


def is_version_id(value: object) -> TypeGuard[str]:
    """Whether it is a version id that a line may name; `null` is what stores call an object without one."""
    return type(value) is str and value != "null" and _VERSION(value) is not None


def _read_version(value: object) -> str:
    if not is_version_id(value):
        raise Misfit.of(VERSION.name, value)
    return value


def _read_digest(value: object) -> str:
    if type(value) is not str or not _DIGEST(value):
        raise Misfit.of(SHA256.name, value)
    return value


def _read_moment(value: object) -> datetime:
    # The marks at their places leave `fromisoformat` no other form to accept; this is asked for every token.
    if type(value) is str and len(value) == 27 and value[4] + value[7] + value[10] + value[19] + value[26] == "--T.Z":
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise Misfit.of(MOMENT.name, value)


def write_moment(moment: datetime) -> str:
    """The text of a moment; the same as `auditor.clock.timestamp`, which the floor may not import. Refuses a naive
    moment with `ValueError`."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment without a time zone: {moment!r}")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _read_moment_or_null(value: object) -> datetime | None:
    return None if value is None else _read_moment(value)


def _write_moment_or_null(moment: datetime | None) -> str | None:
    return None if moment is None else write_moment(moment)


def _read_iso_moment(value: object) -> datetime:
    try:
        found = datetime.fromisoformat(value) if type(value) is str else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or _write_iso_moment(found) != value:
        raise Misfit.of(ISO_MOMENT.name, value)
    return found


def _write_iso_moment(moment: datetime) -> str:
    text = moment.isoformat()
    return f"{text.removesuffix('+00:00')}Z" if text.endswith("+00:00") else text


def _read_day(value: object) -> date:
    try:
        if type(value) is str and _DAY(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise Misfit.of(DAY.name, value)


TEXT = _plain(str, "a text")
NUMBER = _plain(int, "an integer")
TRUTH = _plain(bool, "true or false")
SHA256 = Codec("a SHA-256 in lower-case hexadecimal", _read_digest)
VERSION = Codec("a version id of a store", _read_version)
MOMENT = Codec("a time in UTC with microseconds", _read_moment, write_moment)
ISO_MOMENT = Codec("a time with its offset", _read_iso_moment, _write_iso_moment)
DAY = Codec("a day", _read_day, date.isoformat)
_ATOMS: Mapping[object, Codec] = {
    str: TEXT, int: NUMBER, bool: TRUTH, datetime: MOMENT, date: DAY, Sha256: SHA256, VersionId: VERSION,
}  # fmt: skip


def _either(values: tuple[object, ...]) -> Codec:
    name = f"one of {', '.join(map(str, values))}"

    def read(value: object) -> object:
        if type(value) is str and value in values:
            return value
        raise Misfit.of(name, value)

    return Codec(name, read)


def _nullable(inner: Codec) -> Codec:
    if inner is MOMENT:  # three of each token
        return Codec(f"{inner.name}, or null", _read_moment_or_null, _write_moment_or_null)
    read_inner, write_inner = inner.read, inner.write

    def read(value: object) -> object:
        return None if value is None else read_inner(value)

    def write(value: object) -> object:
        return None if value is None or write_inner is None else write_inner(value)

    return Codec(f"{inner.name}, or null", read, write if write_inner is not None else None)


def _list(inner: Codec) -> Codec:
    name = f"a list, each {inner.name}"
    read_item, write_item = inner.read, inner.write

    def read(value: Any) -> object:
        if type(value) not in (list, tuple):
            raise Misfit.of(name, value)
        try:
            return tuple([read_item(item) for item in value])  # a list first: half the time of a generator
        except Misfit as wrong:
            wrong.path.append(f"[{_first_misfit(value, read_item)}]")
            raise

    def write(values: tuple[object, ...]) -> object:
        return list(values) if write_item is None else [write_item(value) for value in values]

    return Codec(name, read, write)


def _first_misfit(values: Sequence[object], read: Callable[[Any], object]) -> int:
    """The place of the first value that cannot be read."""
    for place, value in enumerate(values):
        try:
            read(value)
        except Misfit:
            return place
    raise ValueError("every value can be read")


def _read_texts(value: object) -> Mapping[str, str]:
    if not isinstance(value, Mapping) or not set(map(type, value.values())) <= {str}:
        raise Misfit.of(TEXTS_BY_NAME.name, value)
    return dict(value)


TEXTS_BY_NAME = Codec("an object of texts", _read_texts, dict)


def codec_of(annotation: object, nested: Callable[[type], Codec], *, iso: bool) -> Codec:
    """The codec of a field's annotation. `nested` gives that of a dataclass; `iso`: its times are in the ISO form."""
    if annotation is datetime and iso:
        return ISO_MOMENT
    if annotation in _ATOMS:
        return _ATOMS[annotation]
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return _either(inner)
    if origin in (Union, UnionType):
        (kind,) = (one for one in inner if one is not NoneType)
        return _nullable(codec_of(kind, nested, iso=iso))
    if origin is tuple:
        return _list(codec_of(inner[0], nested, iso=iso))
    if origin is Mapping:
        return TEXTS_BY_NAME
    if isinstance(annotation, type):
        return nested(annotation)
    raise TypeError(f"no codec for {annotation!r}")
