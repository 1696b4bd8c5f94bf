"""Origins of web addresses (RFC 6454): scheme, host and port, with the port always written. Pure.

Host names are compared as A-labels (`xn--…`), as browsers send them: IDNA 2008 after the mapping of UTS 46.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import idna

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def origin_of(url: str) -> str:
    """`scheme://host:port` with the port always written; empty where the address has none (`about:blank`)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if not parts.hostname or parts.scheme not in DEFAULT_PORTS:
        return ""
    name = _a_labels(parts.hostname)
    host = f"[{name}]" if ":" in name else name
    return f"{parts.scheme}://{host}:{port or DEFAULT_PORTS[parts.scheme]}"


def host_of(url: str) -> str:
    """The host name (A-labels) or address literal, lower case, without brackets; empty where there is none."""
    try:
        return _a_labels(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def is_web(url: str) -> bool:
    """Whether an address may be asked for at all: `http` and `https` only, never `file:` or `javascript:`."""
    return urlsplit(url).scheme in ("http", "https")


def _a_labels(host: str) -> str:
    """A host as it is asked for; one that IDNA has no form for stays as it is written, and equals no other."""
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return host
