"""What is written row by row is what Python's own writer makes of the whole."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.reporting.exporters.json_writer import json_bytes

TEXTS = st.text(st.characters(codec=None), max_size=12)  # lone surrogates among them
PLAIN = st.none() | st.booleans() | st.integers(-(1 << 70), 1 << 70) | TEXTS
ROWS = st.lists(
    st.dictionaries(
        TEXTS,
        st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)),
        max_size=4,
    ),
    max_size=4,
)


def by_python(document: object) -> bytes:
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False) + "\n"
    return text.encode("utf-8", "backslashreplace")


@given(
    st.dictionaries(TEXTS, ROWS, max_size=3),
    st.dictionaries(TEXTS, PLAIN | st.floats(allow_nan=False, allow_infinity=False)),
)
def test_the_bytes_are_those_of_the_whole(lists: dict[str, list[dict[str, object]]], rest: dict[str, object]) -> None:
    document = rest | lists
    streamed = rest | {name: iter(rows) for name, rows in lists.items()}
    assert json_bytes(streamed) == by_python(document)


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_bytes({"sum": float("nan")})
