"""Counts as rows: what a judgement looks at of every capture stands in columns of its own, without the body.

A judgement of a million captures looks at the numbers of all and at the texts of few: a `Count` is made of a row and
asks nothing afterwards; its texts are fetched by `Index.whole`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from auditor.clock import parse_timestamp, timestamp
from auditor.model.notes import Note, note_body, parse_note
from auditor.model.reading.observations import Count, DescribedPlace, Observation
from auditor.model.reading.readings import StatedPlace
from auditor.model.reports import EvidenceRow

SCALAR_FIELDS = (
    "deployment", "metric", "capture", "captured_at", "sealed", "displayed", "displayed_raw", "cap", "cap_raw",
    "listed", "listed_complete", "certain", "state", "displayed_certain", "cap_certain",
)  # fmt: skip
"""Fields of a count that are columns as they are."""
MAP_FIELDS = ("connection", "fields", "derived")
"""Fields of a count that are columns as JSON."""
REASON_FIELDS = ("unreadable", "doubts")
"""Fields of a count that are columns as JSON, each reason as a note."""
SELECTED_COLUMNS = ", ".join((*SCALAR_FIELDS, *MAP_FIELDS, *REASON_FIELDS, "sealed_at", "places"))
"""The columns, in the order that `counts_from_rows` takes them."""

_LARGEST = (1 << 63) - 1


def columns_of(row: EvidenceRow, seen: Observation) -> dict[str, object]:
    """The columns of one observation, with the state of its package's seal."""
    found = {name: _storable(getattr(seen, name)) for name in SCALAR_FIELDS}
    maps = {name: json.dumps(dict(getattr(seen, name))) for name in MAP_FIELDS}
    reasons = {
        name: json.dumps({key: note_body(why) for key, why in getattr(seen, name).items()}) for name in REASON_FIELDS
    }
    texts = {**reasons, "places": json.dumps({name: asdict(one) for name, one in seen.places.items()})}
    return {**found, **maps, **texts, "captured_at": timestamp(seen.captured_at), **seal_columns(row)}


def seal_columns(row: EvidenceRow) -> dict[str, object]:
    """The columns that change when a package is sealed later."""
    at = row.seal.sealed_at
    return {"sealed": int(row.seal.sealed), "sealed_at": None if at is None else at.isoformat()}


def _storable(value: object) -> object:
    """A page may show a number that no column holds: it is kept as its digits."""
    if isinstance(value, bool):
        return int(value)
    return str(value) if isinstance(value, int) and abs(value) > _LARGEST else value


def counts_from_rows(rows: Iterable[tuple[Any, ...]]) -> list[Count]:
    """Rows of `SELECTED_COLUMNS` as counts."""
    maps: dict[str, Mapping[str, str]] = {}  # those of one deployment are mostly the same
    reasons: dict[str, Mapping[str, Note]] = {}
    places: dict[str, Mapping[str, DescribedPlace]] = {}
    return [
        Count(
            row[0],
            row[1],
            row[2],
            parse_timestamp(row[3]),
            bool(row[4]),
            _number(row[5]),
            row[6],
            "unlimited" if row[7] == "unlimited" else _number(row[7]),
            row[8],
            _number(row[9]),
            bool(row[10]),
            certain=bool(row[11]),
            state=row[12],
            displayed_certain=bool(row[13]),
            cap_certain=bool(row[14]),
            connection=_map(maps, row[15]),
            fields=_map(maps, row[16]),
            derived=_map(maps, row[17]),
            unreadable=_reasons(reasons, row[18]),
            doubts=_reasons(reasons, row[19]),
            sealed_at=moment(row[20]),
            places=_places(places, row[21]),
        )
        for row in rows
    ]


def _number(stored: int | str | None) -> int | None:
    return int(stored) if isinstance(stored, str) else stored


def _map(known: dict[str, Mapping[str, str]], text: str) -> Mapping[str, str]:
    found = known.get(text)
    if found is None:
        found = known[text] = MappingProxyType(json.loads(text))
    return found


def _reasons(known: dict[str, Mapping[str, Note]], text: str) -> Mapping[str, Note]:
    found = known.get(text)
    if found is None:
        notes = {name: parse_note(body) for name, body in json.loads(text).items()}
        found = known[text] = MappingProxyType(notes)
    return found


def _places(known: dict[str, Mapping[str, DescribedPlace]], text: str) -> Mapping[str, DescribedPlace]:
    found = known.get(text)
    if found is None:
        read = {
            name: DescribedPlace(one["page"], one["field"], StatedPlace(**one["place"]))
            for name, one in json.loads(text).items()
        }
        found = known[text] = MappingProxyType(read)
    return found


def moment(stored: object) -> datetime | None:
    """The moment of a column that may be empty."""
    return None if stored is None else datetime.fromisoformat(str(stored))


def with_seal_state(seen: Observation, sealed: bool, sealed_at: datetime | None) -> Observation:
    """A whole observation with the state and time of its seal, which may come after the reading."""
    return replace(seen, sealed=sealed, sealed_at=sealed_at)
