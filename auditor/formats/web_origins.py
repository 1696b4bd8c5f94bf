"""Origins of web addresses (RFC 6454): scheme, host and port, with the port always written. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

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
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port or DEFAULT_PORTS[parts.scheme]}"


def host_of(url: str) -> str:
    """The host name or address literal, lower case, without brackets; empty where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_web(url: str) -> bool:
    """Whether an address may be asked for at all: `http` and `https` only, never `file:` or `javascript:`."""
    return urlsplit(url).scheme in ("http", "https")
