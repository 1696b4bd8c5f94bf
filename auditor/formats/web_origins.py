"""Origins of web addresses (RFC 6454): scheme, host and port, with the port always written. Pure.

Host names are compared as A-labels (`xn--…`), as browsers send them: IDNA 2008 after the mapping of UTS 46; addresses
in the one form in which browsers ask for them, however they are written (WHATWG URL, host parsing).
"""

from __future__ import annotations

import ipaddress
import re
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
        return _address_literal(host) or host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return host


def _address_literal(host: str) -> str:
    """An address in its one form: `127.1`, `0x7f.0.0.1` and `2130706433` are 127.0.0.1; empty for a name."""
    if ":" in host:
        try:
            return ipaddress.IPv6Address(host).compressed
        except ValueError:
            return ""
    parts = host.removesuffix(".").split(".")
    if len(parts) > 4 or not all(map(_NUMBER.fullmatch, parts)):
        return ""
    *firsts, last = (int(part, 16 if part[:2] in ("0x", "0X") else 8 if part[0] == "0" else 10) for part in parts)
    if any(one > 255 for one in firsts) or last >= 256 ** (5 - len(parts)):
        return ""
    return str(ipaddress.IPv4Address(sum(one << 8 * (3 - at) for at, one in enumerate(firsts)) + last))


_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*")
