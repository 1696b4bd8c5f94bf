"""Protocol commands whose answers are large: their JSON is taken as it comes."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

from playwright.async_api import CDPSession


async def command(session: CDPSession, method: str, params: dict[str, Any]) -> Any:
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
