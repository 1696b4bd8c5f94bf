"""A small tree of zones below a root of its own: signed, unsigned and wrongly signed. Keys are made anew each time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import dns.dnssec
import dns.dnssectypes
import dns.message
import dns.name
import dns.node
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.zone
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from dns.rdtypes.ANY.DNSKEY import DNSKEY

Name = dns.name.Name
MAX_ALIASES = 8
HEAD = "@ 300 IN SOA ns.{zone} host.{zone} 1 3600 600 86400 60\n@ 300 IN NS ns.{zone}\n"
SIGNED_DAYS = 30


class SignedZones:
    """Zones by name, each a text of records. A zone whose name is in `unsigned` is delegated without a key."""

    def __init__(
        self,
        records: Mapping[str, str],
        *,
        unsigned: frozenset[str] = frozenset(),
        broken: frozenset[str] = frozenset(),
        now: datetime | None = None,
        days: int = SIGNED_DAYS,
    ) -> None:
        """`records`: by zone (`suspect.example.`), without SOA and NS; `.` is the root and always there.

        `broken`: zones whose addresses, exchangers and texts are altered after they were signed.
        """
        self._zones: dict[Name, dns.zone.Zone] = {}
        texts = {dns.name.from_text(zone): text for zone, text in {".": "", **records}.items()}
        start = now or datetime.now(UTC)
        ordered = sorted(texts, key=lambda zone: -len(zone))
        keys: dict[Name, tuple[EllipticCurvePrivateKey, DNSKEY]] = {}
        for origin in ordered:
            private = generate_private_key(SECP256R1())
            keys[origin] = (
                private,
                dns.dnssec.make_dnskey(private.public_key(), dns.dnssectypes.Algorithm.ECDSAP256SHA256, 257),
            )
        self.root_keys = f". IN DS {_ds(dns.name.root, keys[dns.name.root][1])}\n"
        for origin in ordered:
            text = HEAD.format(zone=origin.to_text() if origin != dns.name.root else "") + texts[origin]
            for child in ordered:
                if child != origin and _parent(child, ordered) == origin:
                    label = child.to_text()
                    text += f"\n{label} 300 IN NS ns.{label}"
                    if label not in unsigned:
                        text += f"\n{label} 300 IN DS {_ds(child, keys[child][1])}"
            zone = dns.zone.from_text(text + "\n", origin=origin, relativize=False)
            if origin.to_text() not in unsigned:
                dns.dnssec.sign_zone(
                    zone, keys=[keys[origin]], inception=start - timedelta(hours=1),
                    expiration=start + timedelta(days=days),
                )  # fmt: skip
            if origin.to_text() in broken:
                _alter(zone)
            self._zones[origin] = zone

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        """What the zones say to a question, with signatures where they are asked for."""
        response = dns.message.make_response(query, recursion_available=True)
        if not query.question:
            return response
        name, kind = query.question[0].name, query.question[0].rdtype
        signed = bool(query.ednsflags & dns.flags.DO)
        for _ in range(MAX_ALIASES):
            zone = self._zone_of(name, kind)
            node = zone.get_node(name)
            if self._put(response.answer, zone, node, name, kind, signed):
                return response
            if kind == dns.rdatatype.CNAME or not self._put(
                response.answer, zone, node, name, dns.rdatatype.CNAME, signed
            ):
                self._deny(response, zone, name, node, signed)
                return response
            alias = node.get_rdataset(dns.rdataclass.IN, dns.rdatatype.CNAME) if node is not None else None
            assert alias is not None  # noqa: S101 (put just now)
            name = alias[0].target
        return response

    def _zone_of(self, name: Name, kind: dns.rdatatype.RdataType) -> dns.zone.Zone:
        holding = [origin for origin in self._zones if name.is_subdomain(origin)]
        if kind == dns.rdatatype.DS and name != dns.name.root:
            holding = [origin for origin in holding if origin != name]
        return self._zones[max(holding, key=len)]

    def _put(
        self, section: list[dns.rrset.RRset], zone: dns.zone.Zone, node: dns.node.Node | None, name: Name,
        kind: dns.rdatatype.RdataType, signed: bool,
    ) -> bool:  # fmt: skip
        found = node.get_rdataset(dns.rdataclass.IN, kind) if node is not None else None
        if node is None or found is None:
            return False
        section.append(dns.rrset.from_rdata_list(name, found.ttl, list(found)))
        signatures = node.get_rdataset(dns.rdataclass.IN, dns.rdatatype.RRSIG, kind)
        if signed and signatures is not None:
            section.append(dns.rrset.from_rdata_list(name, signatures.ttl, list(signatures)))
        return True

    def _deny(
        self, response: dns.message.Message, zone: dns.zone.Zone, name: Name, node: dns.node.Node | None, signed: bool
    ) -> None:
        origin = zone.origin
        assert origin is not None  # noqa: S101 (made with one)
        if node is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
        self._put(response.authority, zone, zone.get_node(origin), origin, dns.rdatatype.SOA, signed)
        if signed:
            names = sorted(
                each for each, one in zone.nodes.items() if one.get_rdataset(dns.rdataclass.IN, dns.rdatatype.NSEC)
            )
            before = [each for each in names if each <= name]
            if before:
                self._put(response.authority, zone, zone.get_node(before[-1]), before[-1], dns.rdatatype.NSEC, True)


def _parent(zone: Name, zones: list[Name]) -> Name:
    """The zone that delegates it; the root's is itself, which delegates nothing."""
    above = [one for one in zones if one != zone and zone.is_subdomain(one)]
    return max(above, key=len, default=zone)


def _ds(zone: Name, key: DNSKEY) -> str:
    return dns.dnssec.make_ds(zone, key, dns.dnssectypes.DSDigest.SHA256).to_text()


def _alter(zone: dns.zone.Zone) -> None:
    """Other addresses, another preference of exchangers and a longer text, under the signatures of the former ones."""
    for node in list(zone.nodes.values()):
        for kind in ("A", "MX", "TXT"):
            found = node.get_rdataset(dns.rdataclass.IN, dns.rdatatype.from_text(kind))
            if found is not None:
                said = [_ALTERED[kind](one.to_text()) for one in found]
                node.replace_rdataset(dns.rdataset.from_text("IN", kind, found.ttl, *said))


_ALTERED: Mapping[str, Callable[[str], str]] = {
    "A": lambda _: "203.0.113.66",
    "MX": lambda said: f"{int(said.split()[0]) + 1} {said.split()[1]}",
    "TXT": lambda said: f'{said} " "',
}
