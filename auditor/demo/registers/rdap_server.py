"""RDAP with its bootstrap file, as an application of the world's HTTP server: a fault for each address on demand."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.demo.http_server import HttpRequest, HttpResponse

RDAP_JSON = "application/rdap+json"
BOOTSTRAP_PATHS = {"/dns/ipv4.json": 4, "/dns/ipv6.json": 6}
RDAP_FAULTS = (
    "redirect", "not_found", "rate_limited", "cut", "html", "no_name", "another_range", "whole_internet", "loop",
    "hang", "stub", "deep", "large",
)  # fmt: skip
"""What may be set for an address; each is a way in which real servers have answered."""


@dataclass
class RdapServer:
    """An `Application`. `holders`: prefix to organisation; `faults`: address to one of `RDAP_FAULTS`."""

    holders: Mapping[str, str]
    faults: dict[str, str] = field(default_factory=dict)
    base: str = ""
    """Its own address, for the bootstrap file and for redirects; known once it is served."""
    country: str = "CN"
    retry_after: str = "120"
    asked: list[str] = field(default_factory=list)
    """Paths, in order."""

    def answer(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(request.path)
        if request.path in BOOTSTRAP_PATHS:
            if self.faults.get("bootstrap") == "hang":
                return HttpResponse(b"", fate="hang")
            return _json(self._bootstrap(BOOTSTRAP_PATHS[request.path]), "application/json")
        prefix, _, text = request.path.rpartition("/")
        if prefix not in ("/rdap/ip", "/moved/ip"):
            return HttpResponse(b"no such path", 404, "text/plain")
        return self._about(text, moved=prefix == "/moved/ip")

    def _bootstrap(self, version: int) -> dict[str, object]:
        prefixes = [one for one in self.holders if ipaddress.ip_network(one).version == version]
        return {
            "version": "1.0",
            "publication": "2026-11-20T00:00:00Z",
            "description": "practice bootstrap file",
            "services": [[prefixes, [f"{self.base}rdap/"]]],
        }

    def _about(self, text: str, *, moved: bool) -> HttpResponse:
        fault = self.faults.get(text, "")
        network = self._network(text)
        match fault:
            case "redirect" if not moved:
                return HttpResponse(b"", 302, "text/plain", (("Location", f"{self.base}moved/ip/{text}"),))
            case "loop":
                return HttpResponse(b"", 302, "text/plain", (("Location", f"{self.base}rdap/ip/{text}"),))
            case "not_found":
                return HttpResponse(json.dumps({"errorCode": 404}).encode(), 404, RDAP_JSON)
            case "rate_limited":
                return HttpResponse(b"", 429, "text/plain", (("Retry-After", self.retry_after),))
            case "cut":
                return HttpResponse(json.dumps(network).encode(), 200, RDAP_JSON, fate="truncate")
            case "html":
                return HttpResponse(b"<html><title>Sign in to the network</title></html>", 200)
            case "no_name":
                network = {**network, "entities": []}
            case "another_range":
                network = {**network, "startAddress": "192.0.2.0", "endAddress": "192.0.2.255"}
            case "whole_internet":
                network |= {
                    "startAddress": "0.0.0.0",  # noqa: S104 (all there are)
                    "endAddress": "255.255.255.255",
                    "name": "IANA-BLK",
                }
            case "stub":
                network |= {"name": "NON-RIPE-NCC-MANAGED-ADDRESS-BLOCK"}
            case "deep":
                network["entities"] = [_nested(network["entities"][0], 6)]
            case "large":
                network["remarks"] = [{"description": ["x" * 3_000_000]}]
            case "hang":
                return HttpResponse(b"", fate="hang")
        return _json(network, RDAP_JSON)

    def _network(self, text: str) -> dict[str, Any]:
        """The record of the longest prefix that holds the address; an empty one where none does."""
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return {"errorCode": 400}
        networks = (ipaddress.ip_network(one) for one in self.holders)
        found = max((one for one in networks if address in one), key=lambda one: one.prefixlen, default=None)
        if found is None:
            return {"errorCode": 404}
        return {
            "rdapConformance": ["rdap_level_0"],
            "objectClassName": "ip network",
            "handle": f"{found[0]} - {found[-1]}",
            "startAddress": str(found[0]),
            "endAddress": str(found[-1]),
            "ipVersion": f"v{found.version}",
            "name": "PRACTICE-NET",
            "type": "ASSIGNED",
            "country": self.country,
            "entities": [_entity("EX-1", ["registrant"], self.holders[str(found)], self.country)],
            "events": [
                {"eventAction": "registration", "eventDate": "2014-03-01T00:00:00Z"},
                {"eventAction": "last changed", "eventDate": "2025-06-30T08:00:00Z"},
            ],
            "links": [{"rel": "self", "href": f"{self.base}rdap/ip/{text}"}],
        }


def _entity(handle: str, roles: list[str], name: str, country: str) -> dict[str, Any]:
    card = [
        "vcard",
        [
            ["version", {}, "text", "4.0"],
            ["fn", {}, "text", name],
            ["org", {}, "text", name],
            ["adr", {"cc": country}, "text", ["", "", "", "", "", "", ""]],
        ],
    ]
    return {"objectClassName": "entity", "handle": handle, "roles": roles, "vcardArray": card}


def _nested(entity: dict[str, Any], levels: int) -> dict[str, Any]:
    """An entity without a handle around another, so many times."""
    for _ in range(levels):
        entity = {"objectClassName": "entity", "roles": ["technical"], "entities": [entity]}
    return entity


def _json(body: object, media_type: str) -> HttpResponse:
    return HttpResponse(json.dumps(body, ensure_ascii=False).encode(), 200, media_type)
