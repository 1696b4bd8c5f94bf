"""Counts without their bodies: the scalar parts of an observation as columns, the rest fetched when it is looked at.

A judgement of a million captures looks at the numbers of all and at the texts of few. `LazyObservation` is an
`Observation` whose basis, rows and reasons come from the index at the first look; it says what the whole body says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from auditor.clock import parse_timestamp, timestamp
from auditor.model.findings import Observation
from auditor.model.reports import EvidenceRow

ObservationLoader = Callable[[str, str], Observation]
"""From capture and metric to the whole observation."""

SCALAR_FIELDS = (
    "deployment", "metric", "capture", "captured_at", "sealed", "displayed", "displayed_raw", "cap", "cap_raw",
    "listed", "listed_complete", "certain", "state",
)  # fmt: skip
"""Fields of an observation that are columns of their own."""
SELECTED_COLUMNS = ", ".join((*SCALAR_FIELDS, "identity", "listed_rows", "sealed_at"))
"""The columns, in the order that `observations_from_rows` takes them."""

_LARGEST = (1 << 63) - 1
_SET: Mapping[str, Any] = {name: Observation.__dict__[name].__set__ for name in Observation.__dataclass_fields__}
_PUT = tuple(_SET[name] for name in SCALAR_FIELDS)


class LazyObservation(Observation):
    """An observation of the index. What is not there yet is fetched by `__getattr__`, all at once."""

    __slots__ = ("_fetch", "_identity", "_rowless", "_sealed_at", "_texts")

    _fetch: ObservationLoader
    _texts: dict[str, Mapping[str, str]]
    """Identities read so far, by their text: those of one deployment are mostly the same."""
    _identity: str
    _sealed_at: str | None
    _rowless: bool

    def __getattr__(self, name: str) -> Any:
        if name == "identity":
            known = self._texts.get(self._identity)
            if known is None:
                known = self._texts[self._identity] = json.loads(self._identity)
            _SET[name](self, _identified(known, self._sealed_at))
        elif name in ("basis", "rows", "unreadable"):
            whole = self._fetch(self.capture, self.metric)
            for part in ("basis", "rows", "unreadable"):
                _SET[part](self, getattr(whole, part))
        else:
            raise AttributeError(name)
        return object.__getattribute__(self, name)

    def __reduce__(self) -> tuple[Any, ...]:
        """What travels to another process: its columns. There an index must adopt it before a text is looked at."""
        scalars = tuple(getattr(self, name) for name in SCALAR_FIELDS)
        return _revived, (scalars, self._identity, self._sealed_at, self._rowless)


_FETCH = LazyObservation.__dict__["_fetch"].__set__
_TEXTS = LazyObservation.__dict__["_texts"].__set__
_IDENTITY = LazyObservation.__dict__["_identity"].__set__
_SEALED_AT = LazyObservation.__dict__["_sealed_at"].__set__
_ROWLESS = LazyObservation.__dict__["_rowless"].__set__


def columns_of(row: EvidenceRow, seen: Observation) -> dict[str, object]:
    """The columns of one observation, with the state of its package's seal."""
    found = {name: _storable(getattr(seen, name)) for name in SCALAR_FIELDS}
    return {
        **found,
        "captured_at": timestamp(seen.captured_at),
        **seal_columns(row),
        "identity": json.dumps(dict(seen.identity)),
        "listed_rows": len(seen.rows),
    }


def seal_columns(row: EvidenceRow) -> dict[str, object]:
    """The columns that change when a package is sealed later."""
    at = row.seal.sealed_at
    return {"sealed": int(row.seal.sealed), "sealed_at": None if at is None else at.isoformat()}


def _storable(value: object) -> object:
    """A page may show a number that no column holds: it is kept as its digits."""
    if isinstance(value, bool):
        return int(value)
    return str(value) if isinstance(value, int) and abs(value) > _LARGEST else value


def observations_from_rows(rows: Iterable[tuple[Any, ...]], fetch: ObservationLoader) -> list[Observation]:
    """Rows of `SELECTED_COLUMNS` as observations."""
    found: list[Observation] = []
    texts: dict[str, Mapping[str, str]] = {}
    for row in rows:
        values = list(row[:13])
        values[3], values[4] = parse_timestamp(row[3]), bool(row[4])
        values[10], values[11] = bool(row[10]), bool(row[11])
        for place in (5, 7, 9):
            if type(row[place]) is str and row[place] != "unlimited":
                values[place] = int(row[place])
        one = _revived(values, row[13], row[15], not row[14])
        _FETCH(one, fetch)
        _TEXTS(one, texts)
        found.append(one)
    return found


def _revived(scalars: Iterable[Any], identity: str, sealed_at: str | None, rowless: bool) -> LazyObservation:
    one = LazyObservation.__new__(LazyObservation)
    for put, value in zip(_PUT, scalars, strict=True):
        put(one, value)
    _IDENTITY(one, identity)
    _SEALED_AT(one, sealed_at)
    _ROWLESS(one, rowless)
    if rowless:
        _SET["rows"](one, ())
    return one


def attach_loader(observations: Iterable[Observation], fetch: ObservationLoader) -> None:
    """Observations that came from another process fetch their texts here."""
    texts: dict[str, Mapping[str, str]] = {}
    for one in observations:
        if isinstance(one, LazyObservation):
            _FETCH(one, fetch)
            _TEXTS(one, texts)


def with_seal_state(seen: Observation, sealed: bool, sealed_at: str | None) -> Observation:
    """A whole observation with the state and time of its seal, which may come after the reading."""
    return replace(seen, sealed=sealed, identity=_identified(seen.identity, sealed_at))


def _identified(identity: Mapping[str, str], sealed_at: str | None) -> Mapping[str, str]:
    return MappingProxyType(dict(identity) if sealed_at is None else {**identity, "sealed_at": sealed_at})
