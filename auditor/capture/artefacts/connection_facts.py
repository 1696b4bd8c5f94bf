"""Short facts of the connections a visit made: addresses, certificates, servers. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypedDict

from auditor.capture.base.exchange import Exchange
from auditor.formats.web_origins import host_of, origin_of
from auditor.model.captures import Circumstances


class DnsRecord(TypedDict):
    """Content of `dns.json`: what was resolved before the visit beside what was connected to during it."""

    resolved: object
    connected: dict[str, list[str]]
    differences: list[str]


def summarise_connection(
    address: str, exchanges: Sequence[Exchange], chains: Mapping[str, tuple[bytes, ...]]
) -> dict[str, str]:
    """Facts of the first connection to the deployment at `address`: remote address, server, TLS.

    Only documents of the page itself from the deployment's own host speak for it: no frame, no other host.
    """
    facts: dict[str, str] = {}
    own = [
        item for item in exchanges if item.main and item.status is not None and host_of(item.url) == host_of(address)
    ]
    if not own:
        return facts
    first = own[0]
    if first.address:
        facts["address"] = f"{first.address}:{first.port}"
    facts["protocol"] = first.protocol
    headers = {name.lower(): value for name, value in first.response_headers}
    for name in ("server", "date", "x-powered-by"):
        if name in headers:
            facts[name] = headers[name][:200]
    later = [item for item in own if item.status in (429, 503)]
    waits = [value for item in later for name, value in item.response_headers if name.lower() == "retry-after"]
    if waits:
        facts["retry_after"] = waits[-1][:100]
    if first.tls:
        facts["tls_subject"] = str(first.tls.get("subjectName", ""))
        facts["tls_issuer"] = str(first.tls.get("issuer", ""))
        facts["tls_protocol"] = str(first.tls.get("protocol", ""))
        facts["tls_valid"] = f"{first.tls.get('validFrom', '')}-{first.tls.get('validTo', '')}"
    secure = next((item for item in own if item.tls), None)
    chain = chains.get(origin_of(secure.url), ()) if secure is not None else ()
    if chain:
        facts["tls_sha256"] = hashlib.sha256(chain[0]).hexdigest()
    return facts


def dns_record(circumstances: Circumstances, exchanges: Sequence[Exchange]) -> DnsRecord:
    """Answers of the resolvers beside the addresses that were connected to, and where they differ."""
    connected: dict[str, list[str]] = {}
    for item in exchanges:
        if item.address and item.address not in connected.setdefault(host_of(item.url), []):
            connected[host_of(item.url)].append(item.address)
    resolved = circumstances.record.get("dns", {})
    answers: dict[str, list[str]] = json.loads(json.dumps(resolved)).get("answers", {}) if resolved else {}
    differences = [
        f"{host} was connected at {address}, which the resolver did not answer before the visit"
        for host, addresses in connected.items()
        for address in addresses
        if host in answers and answers[host] and address not in answers[host]
    ]
    return {"resolved": resolved, "connected": connected, "differences": differences}
