"""What is read quickly is what RFC 8785 says: the two ways to read a line agree on every byte."""

from __future__ import annotations

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import IntegrityError
from auditor.formats import canonical_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**53) - 2, 2**53 + 2)
    | st.floats(allow_nan=False)
    | st.sampled_from([1e16, 1e21, 1e-5, 1e-7, 5e-324, -0.0, 100.0])
    | st.text(max_size=8)
    | st.text(st.characters(max_codepoint=0xA0) | st.sampled_from("\u2028\ud7ff\ue000\uffff\U00010000"), max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def canonical_by_rfc(data: bytes) -> bool:
    try:
        value = json.loads(data.decode("utf-8"))
        return isinstance(value, dict) and rfc8785.dumps(value) == data
    except ValueError:
        return False


def accepted(data: bytes) -> bool:
    try:
        found = canonical_json.decode(data, "line")
    except IntegrityError:
        return False
    assert found == json.loads(data)
    return True


@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), st.booleans(), st.booleans())
def test_both_ways_agree(value: dict[str, object], ascii_only: bool, in_order: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, sort_keys=in_order, separators=(",", ":"))
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return
    assert accepted(data) is canonical_by_rfc(data)
    try:
        again = canonical_json.encode(value)
    except ValueError:
        return  # a lone surrogate or an integer that JSON does not say exactly
    assert accepted(again) is canonical_by_rfc(again)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1e2}', '{"a":100.0}', '{"a":1e16}', '{"a":[1,2.0]}', '{"a":[-1E5]}', '{"a":[[1.0]]}', '{"a":1e-5}',

        '{"a":18446744073709551615}', '{"a":[9007199254740992]}', '{"a":123456789012345678901234567890}',
        '{"a":1E400}', '{"a":9007199254740992}', '{"a":-0}', '{"a":NaN}', '{"a":1,"a":1}',
        '{"b":1,"a":1}', '{ "a":1}', '{"a":"\\u0041"}', '{"a":"\\u000A"}', '{"a":"\\/"}', '[1]', '1', '', '{"a":1}x',
        '\ufeff{}', '{"a":"\\ud800"}', '{"\U00010000":1,"\uffff":2}'[::-1],
    ],
)  # fmt: skip
def test_another_spelling_is_refused(text: str) -> None:
    assert not accepted(text.encode("utf-8", "surrogatepass"))


def test_keys_beyond_the_first_plane_are_ordered_as_the_rfc_says() -> None:
    by_utf16, by_code_point = '{"\U00010000":1,"\uffff":2}'.encode(), '{"\uffff":2,"\U00010000":1}'.encode()
    assert (accepted(by_utf16), accepted(by_code_point)) == (True, False)


@pytest.mark.parametrize("text", ['{"a":9007199254740991}', '{"a":1.5}', '{"a":[1,-2.5]}', '{"a":"x,.5 \\":1.0"}'])
def test_unusual_numbers_that_are_canonical_are_read(text: str) -> None:
    assert accepted(text.encode())
