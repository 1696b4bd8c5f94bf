"""One request and its answer, as every method of capture records it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MAX_BODY_BYTES = 32 << 20
"""Bytes of one response kept; of a document, allowed."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""Statuses of an answer that leads on and is no document itself."""

Headers = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Exchange:
    """One request and what came of it. Filled while events arrive; read once the visit is over."""

    id: str
    loader: str
    frame: str
    kind: str
    url: str
    method: str
    wall_time: float
    login: bool
    main: bool = False
    """Whether it asked for a document of the page itself, not of a frame in it."""
    request_headers: Headers = ()
    request_body: bytes = b""
    request_body_missing: bool = False
    status: int | None = None
    reason: str = ""
    protocol: str = ""
    response_headers: Headers = ()
    address: str = ""
    port: int = 0
    tls: dict[str, Any] = field(default_factory=dict)
    body: bytes | None = None
    body_missing: str = ""
    """Why the body is not kept; empty where it is."""
    failed: str = ""
    """Chromium's error where no whole response came."""
    finished: bool = False
    """Nothing more comes of it: it arrived, failed, or was a redirect; its body has been fetched where it is kept."""
    whole: bool = False
    """The browser says that the whole response arrived."""
    received: int = 0
    extra_request: bool = False
    extra_response: bool = False
