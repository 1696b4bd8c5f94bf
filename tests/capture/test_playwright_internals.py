"""Messages of Playwright's driver read by orjson: the same values, and what orjson refuses still read."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import async_playwright

from auditor.capture.browser.playwright_internals import parse_message, use_fast_json

JAVASCRIPT_INTEGERS = st.integers(-(1 << 53), 1 << 53)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | JAVASCRIPT_INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_reads_what_the_standard_reader_reads(value: Any) -> None:
    message = json.dumps(value).encode()
    assert parse_message(message) == json.loads(message)


@pytest.mark.parametrize("message", [b'{"title": "\\ud83d"}', b'["\\udc00\\ud83d"]', b"[1e400]"])
def test_reads_what_orjson_refuses(message: bytes) -> None:
    assert parse_message(message) == json.loads(message)


def test_refuses_what_is_no_json() -> None:
    with pytest.raises(ValueError, match="column 2"):
        parse_message(b"{")


def test_the_installed_playwright_has_the_place_that_is_exchanged() -> None:
    async def state() -> tuple[Any, object]:
        starting = async_playwright()
        playwright = await starting.start()
        try:
            use_fast_json(starting)
            context = await playwright.request.new_context()
            return starting._client, await context.storage_state()
        finally:
            await playwright.stop()

    client, answered = asyncio.run(state())
    assert client._transport.deserialize_message is parse_message
    assert answered == {"cookies": [], "origins": []}


def test_another_playwright_is_left_as_it_is() -> None:
    use_fast_json(object())  # type: ignore[arg-type]
