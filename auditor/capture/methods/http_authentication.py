"""The answer to a challenge of HTTP authentication: Digest (RFC 7616) before Basic (RFC 7617)."""

from __future__ import annotations

import base64
import re
from typing import Any

from requests.auth import HTTPDigestAuth
from requests.utils import parse_dict_header

from auditor.capture.base.exchange import Exchange

_SCHEME = re.compile(r"(?:^|,)\s*(Digest|Basic)\b", re.IGNORECASE)


def answer_challenge(challenged: Exchange, user: str, password: str) -> str:
    """The value of `Authorization` for the same request again; empty where no scheme is offered that is known here."""
    fields = [value for name, value in challenged.response_headers if name.lower() == "www-authenticate"]
    offered = {found[1].lower(): value[found.end() :] for value in fields for found in _SCHEME.finditer(value)}
    if "digest" in offered:
        return _digest(offered["digest"], challenged, user, password)
    if "basic" in offered:
        return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
    return ""


def _digest(challenge: str, challenged: Exchange, user: str, password: str) -> str:
    """By requests, whose own use of it would send requests that nobody records."""
    made: Any = HTTPDigestAuth(user, password)
    made.init_per_thread_state()
    fields: dict[str, str] = parse_dict_header(challenge)  # type: ignore[no-untyped-call]
    if not {"realm", "nonce"} <= fields.keys():
        return ""
    made._thread_local.chal = fields
    return str(made.build_digest_header(challenged.method, challenged.url) or "")
