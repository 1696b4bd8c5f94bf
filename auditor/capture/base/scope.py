"""What a visit may do: which origins may be loaded, be sent credentials, and by which methods. Pure decisions."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin, urlsplit

from auditor.formats.web_origins import host_of, origin_of
from auditor.model.notes import Note, make_note
from auditor.model.targets.deployments import Deployment

READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

Phase = Literal["login", "read"]


WRITE_REFUSED = "request.write_refused"
"""A request that could change something was not sent after login."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The origins of one deployment and what may be asked of them."""

    origins: frozenset[str]
    read_posts: tuple[str, ...] = ()

    def declares(self, url: str) -> bool:
        """Whether the address is on an origin that the deployment declares."""
        return origin_of(url) in self.origins

    def declares_socket(self, host: str, port: int) -> bool:
        """Whether a connection to a host and port, of whatever protocol, leads to a declared origin."""
        name = f"[{host}]" if ":" in host else host
        return any(f"{scheme}://{name}:{port}" in self.origins for scheme in ("http", "https"))

    def refuses(self, method: str, url: str, *, phase: Phase, navigation: bool, frame: bool = False) -> Note | None:
        """Why a request may not be sent; None where it may. `frame`: it asks for the document of a frame."""
        if frame and origin_of(url) and not self.declares(url):
            return make_note("request.frame", origin=origin_of(url))
        if navigation and origin_of(url) and not self.declares(url):
            return make_note("request.navigation", origin=origin_of(url))
        if is_internal(host_of(url)) and not self.declares(url):
            return make_note("request.internal", method=method, origin=origin_of(url))
        if method in READING_METHODS:
            return None
        if not self.declares(url):
            return make_note("request.undeclared", method=method, origin=origin_of(url))
        if phase == "login":
            return None
        path = urlsplit(url).path
        if not navigation and any(_allows(declared, method, path) for declared in self.read_posts):
            return None
        return make_note(WRITE_REFUSED, method=method, path=path)


def is_internal(host: str) -> bool:
    """Whether a host is of the visiting machine or its network by what it is called: localhost, a private address.

    Such an answer would be read back to whoever wrote the page, so it takes a declared origin.
    """
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith((".localhost", ".local", ".internal", ".home.arpa")):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return not (mapped or address).is_global


def _allows(declared: str, method: str, path: str) -> bool:
    """Whether `/graphql` (by POST) or `PUT /session` covers a request."""
    name, _, prefix = declared.rpartition(" ")
    return method == (name or "POST") and path.startswith(prefix)


def scope_of(deployment: Deployment) -> Scope:
    """The scope a deployment declares. Its own host over https on the default port is part of it."""
    origins = {origin_of(deployment.address), *(origin_of(item) for item in deployment.origins)}
    parts = urlsplit(deployment.address)
    if parts.scheme == "http" and parts.port in (None, 80) and parts.hostname:
        origins.add(f"https://{host_of(deployment.address)}:443")
    return Scope(frozenset(origins - {""}), deployment.read_posts)


def address_of(deployment: Deployment, path: str) -> str:
    """The address of a page: its path resolved against the deployment's address."""
    base = deployment.address if urlsplit(deployment.address).path else deployment.address + "/"
    return urljoin(base, path) if path else base
