"""Where the pages are served, and to whom: what the options of `auditor serve` mean."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

from auditor.errors import ConfigError
from auditor.web.security import DoorSettings

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def door_settings(
    host: str, port: int, behind_proxy: str, proxies: frozenset[str], hosts: frozenset[str]
) -> DoorSettings:
    """What the options of `serve` mean. `ConfigError` for pages in the clear on an address that others reach.

    `behind_proxy`: the address that browsers use, `https://audit.example.com`; empty where there is no proxy.
    """
    if behind_proxy:
        origin = behind_proxy.rstrip("/")
        parts = urlsplit(origin)
        if parts.scheme != "https" or not parts.hostname or parts.path or parts.query or parts.username:
            raise ConfigError(f"--behind-proxy {behind_proxy}: expected https://NAME, as browsers write it")
        return DoorSettings(origin, hosts, proxies or frozenset({"127.0.0.1", "::1"}))
    if host not in LOOPBACK:
        raise ConfigError(
            f"--host {host}: pages in the clear would leave this machine; add --behind-proxy https://NAME, the address"
            " of a proxy that ends TLS"
        )
    local = {f"127.0.0.1:{port}", f"[::1]:{port}"}
    return DoorSettings(f"http://localhost:{port}", frozenset(local | hosts))


def bind_address(host: str, port: int) -> socket.socket:
    """A listening socket; `ConfigError` where the address cannot be had. Port 0 takes a free one."""
    name = "127.0.0.1" if host == "localhost" else host
    try:
        family = socket.AF_INET6 if ip_address(name).version == 6 else socket.AF_INET
        found = socket.socket(family, socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise ConfigError(f"--host {host}: expected an address of this machine") from error
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((name, port))
    except OSError as error:
        found.close()
        said = error.strerror or error
        raise ConfigError(f"--host {host} --port {port}: {said}; choose another address") from error
    return found
