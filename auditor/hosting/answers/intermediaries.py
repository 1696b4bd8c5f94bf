"""Signs that something stands between the visitor and the content, each told by itself: no score. Pure.

A sign suffices for *seen*. *No sign seen* says only that none of these was found where it was looked for; edges that
are in no list, and addresses that a customer brought along, show none. Without a document that arrived, nobody looked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.hosting.answers.addresses import address_use, parse_address
from auditor.model.hosting import AddressUse, DnsAnswer, Intermediary, RangeAnswer
from auditor.model.notes import Note, make_note

HEADERS: Mapping[str, str] = {
    "via": "",
    "x-cache": "",
    "x-cache-hits": "",
    "x-served-by": "",
    "x-cdn": "",
    "cf-ray": "Cloudflare",
    "cf-cache-status": "Cloudflare",
    "x-amz-cf-id": "CloudFront",
    "x-amz-cf-pop": "CloudFront",
    "x-akamai-transformed": "Akamai",
    "akamai-grn": "Akamai",
    "x-fastly-request-id": "Fastly",
    "x-azure-ref": "Azure Front Door",
    "eagleid": "Alibaba Cloud",
    "ali-swift-global-savetime": "Alibaba Cloud",
    "x-nws-log-uuid": "Tencent Cloud",
    "x-ccdn-cachettl": "Huawei Cloud",
    "x-ser": "ChinaNetCenter",
    "x-iinfo": "Imperva",
    "x-sucuri-id": "Sucuri",
}
"""Response headers that intermediaries add, and whose they are where the name says so."""
SERVERS: Mapping[str, str] = {
    "cloudflare": "Cloudflare", "akamaighost": "Akamai", "cloudfront": "CloudFront", "tengine": "Alibaba Cloud",
    "ecs": "Edgio", "yunjiasu": "Baidu",
}  # fmt: skip
"""Beginnings of the header `server`. `tengine` is sold as a server too: it alone is no sign."""
EDGE_SERVICES = ("cloudfront", "cdn", "edge", "frontdoor", "waf", "accelerator")
"""Parts of a service's name, in a published list, that say that it serves what others host."""


_USES: Mapping[AddressUse, Note] = {
    "public": make_note("hosting.use_public"),
    "private": make_note("hosting.use_private"),
    "shared": make_note("hosting.use_shared"),
    "benchmark": make_note("hosting.use_benchmark"),
    "loopback": make_note("hosting.use_loopback"),
    "link_local": make_note("hosting.use_link_local"),
    "documentation": make_note("hosting.use_documentation"),
    "special": make_note("hosting.use_special"),
}


def use_note(use: AddressUse) -> Note:
    """What an address is set aside for, as a note."""
    return _USES[use]


def find_intermediary(
    headers: Mapping[str, str] | None, answers: Sequence[DnsAnswer], ranges: Sequence[RangeAnswer]
) -> Intermediary:
    """`headers`: of the page's own document, names in small letters; None where none arrived."""
    signs = [*_in_headers(headers or {}), *_in_names(answers), *_in_ranges(ranges)]
    aside = _by_resolver(answers)
    if signs:
        return Intermediary("seen", (*signs, *aside))
    return Intermediary("not_checked" if headers is None else "no_sign", tuple(aside))


def _in_headers(headers: Mapping[str, str]) -> list[Note]:
    found = [
        make_note("hosting.sign_header", name=name, value=headers[name][:80], whose=whose)
        for name, whose in HEADERS.items()
        if name in headers
    ]
    server = headers.get("server", "").lower()
    found += [
        make_note("hosting.sign_header", name="server", value=server[:80], whose=whose)
        for beginning, whose in SERVERS.items()
        if server.startswith(beginning) and beginning != "tengine"
    ]
    return found


def _in_names(answers: Sequence[DnsAnswer]) -> list[Note]:
    """Aliases that leave the domain in which the name itself stands."""
    found = {}
    for answer in answers:
        domain = answer.name.rstrip(".").lower().partition(".")[2]
        for alias in answer.aliases:
            outside = bool(domain) and alias.lower() != domain and not alias.lower().endswith(f".{domain}")
            if outside:
                found[alias] = make_note("hosting.sign_alias", name=answer.name, alias=alias)
    return list(found.values())


def _in_ranges(ranges: Sequence[RangeAnswer]) -> list[Note]:
    return [
        make_note("hosting.sign_range", provider=one.provider, service=one.service or "-", prefix=one.prefix)
        for answer in ranges
        for one in answer.ranges
        if any(part in f"{one.provider} {one.service}".lower().replace(" ", "") for part in EDGE_SERVICES)
    ]


def _by_resolver(answers: Sequence[DnsAnswer]) -> list[Note]:
    """Resolvers that gave different addresses: usual for an edge network, and odd for a server of one's own."""
    sets: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for answer in answers:
        if answer.outcome == "addresses":
            sets.setdefault((answer.name, answer.kind), set()).add(answer.values)
    return [
        make_note("hosting.resolvers_differ", name=name, kind=kind, sets=len(found))
        for (name, kind), found in sets.items()
        if len(found) > 1
    ]


def odd_addresses(answers: Sequence[DnsAnswer]) -> tuple[Note, ...]:
    """Answers that no public server has: private, shared, and those that a proxy hands out in place of an address."""
    found = {}
    for answer in answers:
        for value in answer.values if answer.kind in {"A", "AAAA"} else ():
            address = parse_address(value).address
            use = "public" if address is None else address_use(address)
            if use in {"private", "shared", "benchmark", "link_local"}:
                found[value] = make_note("hosting.odd_address", address=value, use=use_note(use), server=answer.server)
    return tuple(found.values())
