"""The answer to a challenge of HTTP authentication: Digest (RFC 7616) before Basic (RFC 7617)."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from requests.auth import HTTPDigestAuth
from requests.utils import parse_dict_header

from auditor.capture.base.exchange import Exchange

Authorization = Callable[[str, str], str]
"""Gives the value of `Authorization` for one request, by its method and address."""
_SCHEME = re.compile(r"(?:^|,)\s*(Digest|Basic)\b", re.IGNORECASE)


def answer_challenge(challenged: Exchange, user: str, password: str) -> Authorization | None:
    """What answers the challenge, for this request and those after it; None where no scheme is known here."""
    offered = _offered(challenged)
    if "digest" in offered:
        return _digest(offered["digest"], challenged, user, password)
    if "basic" in offered:
        value = f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
        return lambda method, url: value
    return None


def is_stale(challenged: Exchange) -> bool:
    """Whether a challenge says that the answer was right and only its nonce is used up (RFC 7616 §3.3)."""
    return _fields(_offered(challenged).get("digest", "")).get("stale", "").lower() == "true"


def _offered(challenged: Exchange) -> dict[str, str]:
    fields = [value for name, value in challenged.response_headers if name.lower() == "www-authenticate"]
    return {found[1].lower(): value[found.end() :] for value in fields for found in _SCHEME.finditer(value)}


def _fields(challenge: str) -> dict[str, str]:
    fields: dict[str, str | None] = parse_dict_header(challenge)  # type: ignore[no-untyped-call]
    return {name.lower(): value or "" for name, value in fields.items()}


def _digest(challenge: str, challenged: Exchange, user: str, password: str) -> Authorization | None:
    """By requests, whose own use of it would send requests that nobody records. An answer is of one address and one
    count of the nonce: each request gets its own."""
    fields = _fields(challenge)
    if not {"realm", "nonce"} <= fields.keys():
        return None

    def begun() -> Any:
        made: Any = HTTPDigestAuth(user, password)
        # One state for all threads: pages are fetched one after the other, by whichever is free.
        made._thread_local = SimpleNamespace(init=True, chal=fields, last_nonce="", nonce_count=0)
        return made

    if not begun().build_digest_header(challenged.method, challenged.url):
        return None
    ours = begun()
    return lambda method, url: str(ours.build_digest_header(method, url))
