"""How long, how large and how many; where a question may be led."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from auditor.model.hosting import Transport


@dataclass(frozen=True, slots=True)
class LookupBounds:
    """Bounds of one look-up; seconds and bytes."""

    connect: float = 5.0
    whole: float = 20.0
    """For one HTTP answer."""
    body: int = 2 << 20
    """Of one RDAP answer or bootstrap file."""
    ranges: int = 16 << 20
    """Of a provider's list."""
    whois: float = 10.0
    whois_bytes: int = 64 << 10
    dns: float = 4.0
    chain: float = 20.0
    """For all questions of one chain of signatures: a hostile name chooses how many there are."""
    hops: int = 5
    """Redirects or referrals that are followed."""
    patience: float = 5.0
    """The longest Retry-After that is waited for; a longer one ends the question."""


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """What came over the wire, and how it ended."""

    ended: Transport
    data: bytes = b""
    detail: str = ""
    head: bytes = b""
    """Of HTTP alone."""
    status: int = 0
    location: str = ""
    retry_after: str = ""


def why_not_followed(first: str, url: str) -> str:
    """Why a question that began at `first` is not led on to `url`; empty where it may be."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "not an address"
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        return "not an http or https address without a user name"
    return why_not_led(urlsplit(first).hostname or "", host)


def why_not_led(first: str, host: str) -> str:
    """The same for host names: what stands outside is not led to this machine or into a private network."""
    if _is_inside(host) and not _is_inside(first):
        return "leads into a private network"
    return ""


def _is_inside(host: str) -> bool:
    """Whether any address of a host is not a public one; a host that does not resolve leads nowhere."""
    try:
        found = {str(item[4][0]).partition("%")[0] for item in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        return False
    return any(not ipaddress.ip_address(one).is_global for one in found)
