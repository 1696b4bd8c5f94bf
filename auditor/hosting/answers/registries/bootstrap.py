"""Which RDAP server answers for an address: IANA's bootstrap file, by the longest match (RFC 9224 §5). Pure."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass

from auditor.hosting.answers.addresses import IpAddress


@dataclass(frozen=True, slots=True)
class BootstrapAnswer:
    """What a bootstrap file says of one address."""

    prefix: str = ""
    servers: tuple[str, ...] = ()
    """Base addresses in the file's order, those over TLS first; empty where no server is named."""
    publication: str = ""
    """The file's own date, as it writes it."""
    read: bool = False
    """Whether it is a bootstrap file at all."""


def read_bootstrap(data: bytes, address: IpAddress) -> BootstrapAnswer:
    """The servers of the longest prefix that holds the address. Entries that are no prefix are passed over."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return BootstrapAnswer()
    services = body.get("services") if isinstance(body, dict) else None
    if not isinstance(services, list):
        return BootstrapAnswer()
    best, found = -1, BootstrapAnswer(publication=str(body.get("publication", ""))[:60], read=True)
    for service in services:
        if not (isinstance(service, list) and len(service) >= 2 and all(isinstance(one, list) for one in service[:2])):
            continue
        for text in service[0]:
            try:
                network = ipaddress.ip_network(str(text))
            except ValueError:
                continue
            if network.version == address.version and address in network and network.prefixlen > best:
                best = network.prefixlen
                found = BootstrapAnswer(str(network), _servers(service[1]), found.publication, True)
    return found


def _servers(listed: list[object]) -> tuple[str, ...]:
    urls = [one for one in listed if isinstance(one, str) and one.startswith(("https://", "http://"))]
    return tuple(sorted(urls, key=lambda url: not url.startswith("https://")))
