"""JSON of a large document, written row by row: the bytes that Python's own writer makes, in a fraction of its time.

A row is written and let go, so that a report of a gigabyte is never there as one tree of values. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from io import BytesIO

import orjson

from auditor.clock import timestamp
from auditor.model.targets.contracts import Money

Json = dict[str, object]
JsonRows = Iterator[Mapping[str, object]]
"""Rows without floating-point numbers, which the two writers spell differently where they are very large or small."""

_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS


def json_bytes(document: Mapping[str, object | JsonRows]) -> bytes:
    """UTF-8 with sorted keys, indented by two, as `json.dumps` would write it. A member that is an iterator is a list,
    written row by row."""
    to = BytesIO()
    before = b"{\n  "
    for key in sorted(document):
        to.write(before + _by_python(key) + b": ")
        value = document[key]
        if isinstance(value, Iterator):
            _write_rows(to, value)
        else:
            to.write(_indented(_by_python(value), 2))
        before = b",\n  "
    to.write(b"\n}\n" if document else b"{}\n")
    return to.getvalue()


def _write_rows(to: BytesIO, rows: Iterable[Mapping[str, object]]) -> None:
    before, after = b"[\n    ", b"[]"
    for row in rows:
        to.write(before)
        to.write(row_bytes(row, 4))
        before, after = b",\n    ", b"\n  ]"
    to.write(after)


def row_bytes(row: Mapping[str, object], spaces: int) -> bytes:
    """One row as it stands so deep in a document."""
    return _indented(_row(row), spaces)


def _row(row: Mapping[str, object]) -> bytes:
    try:
        return orjson.dumps(row, option=_OPTIONS)
    except TypeError:  # a lone surrogate from a captured page, or a number of more than 64 bits
        return _by_python(row)


def _by_python(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False)
    # A lone surrogate from a captured page becomes its JSON escape, so that the bytes stay valid UTF-8.
    return text.encode("utf-8", "backslashreplace")


def _indented(text: bytes, spaces: int) -> bytes:
    """A value as it stands deeper in a document: within texts a new line is always escaped."""
    return text.replace(b"\n", b"\n" + b" " * spaces)


def money_member(value: Money | None) -> Json | None:
    """An amount as text, exact, with its currency: `{"amount": "350000", "currency": "CNY"}`; None where not known."""
    return None if value is None else {"amount": f"{value.amount:f}", "currency": value.currency}


def moment_member(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC; None where nothing is known."""
    return None if moment is None else timestamp(moment)
