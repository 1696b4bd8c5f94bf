"""Protocol commands whose answers are large: their JSON is read quickly and taken as it comes; the driver's process.

All reach behind Playwright's public objects, and leave everything to them where a version has others there.
"""

from __future__ import annotations

import inspect
import json
from functools import cache
from typing import Any

import orjson
from playwright.async_api import CDPSession
from playwright.async_api._context_manager import PlaywrightContextManager


def use_fast_json(playwright: PlaywrightContextManager) -> None:
    """Have the messages of Playwright's driver read by orjson: the layout snapshots alone took a tenth of the
    auditor's own processor time in Python's reader."""
    transport: Any = getattr(getattr(playwright, "_client", None), "_transport", None)
    if callable(getattr(transport, "deserialize_message", None)):
        transport.deserialize_message = parse_message


def process_id(playwright: PlaywrightContextManager) -> int:
    """The process id of Playwright's driver; 0 where this version keeps it elsewhere."""
    transport: Any = getattr(getattr(playwright, "_client", None), "_transport", None)
    found = getattr(getattr(transport, "_proc", None), "pid", 0)
    return found if isinstance(found, int) else 0


def parse_message(message: str | bytes) -> Any:
    """One message as Python's reader gives it, which reads what orjson refuses: half a surrogate pair, for one."""
    try:
        return orjson.loads(message)
    except orjson.JSONDecodeError:
        return json.loads(message)


async def send_command(session: CDPSession, method: str, params: dict[str, Any]) -> Any:
    """One protocol command, as `session.send`.

    Playwright's public call walks every node of an answer to wrap objects of its own, which a protocol answer never
    holds: on layout snapshots that was most of a visit's processor time. Behind the public object stands the one that
    sends; where a version of Playwright has another one there, the public call is made.
    """
    inner: Any = getattr(session, "_impl_obj", None)
    kind: Any = type(inner)
    names = _parameters(kind)
    if names == ("self", "method", "params", "timeout"):
        return await inner.send(method, params, None)
    if names == ("self", "method", "params"):
        return await inner.send(method, params)
    return await session.send(method, params)


@cache
def _parameters(kind: Any) -> tuple[str, ...]:
    """Names of the parameters of a class's `send`; empty where it has none."""
    send = getattr(kind, "send", None)
    return tuple(inspect.signature(send).parameters) if send is not None else ()
