"""What a hostile name server may put beside an answer, and what of it proves that a zone is not signed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dns.dnssec
import dns.dnssectypes
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from dns.rdtypes.ANY.DS import DS

from auditor.hosting import LadderInputs, hosting_record
from auditor.hosting.answers.names.dnssec import check_chain
from auditor.model.hosting import DnsAnswer, DnssecStatus, HostingReading

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
ADDRESS = "203.0.113.10"
ZONES = (".", "example.", "suspect.example.", "evil.example.", "plain.example.")
LAST = "v" * 32
"""The largest hash that can be written."""


class Keyring:
    """A key for each zone, and record sets that a zone's key signs."""

    def __init__(self) -> None:
        self._private = {zone: generate_private_key(SECP256R1()) for zone in ZONES}
        self._keys = {
            zone: dns.dnssec.make_dnskey(private.public_key(), dns.dnssectypes.Algorithm.ECDSAP256SHA256, 257)
            for zone, private in self._private.items()
        }

    def ds(self, zone: str) -> DS:
        return dns.dnssec.make_ds(zone, self._keys[zone], dns.dnssectypes.DSDigest.SHA256)

    def signed(self, zone: str, *records: str) -> list[dns.rrset.RRset]:
        name, _, rest = records[0].partition(" ")
        kind = rest.split(" ")[0]
        found = dns.rrset.from_text(name, 300, "IN", kind, *(one.partition(f" {kind} ")[2] for one in records))
        signature = dns.dnssec.sign(
            found, self._private[zone], dns.name.from_text(zone), self._keys[zone],
            inception=AT - timedelta(hours=1), expiration=AT + timedelta(days=1),
        )  # fmt: skip
        return [found, dns.rrset.from_rdata(found.name, 300, signature)]

    def keys_of(self, zone: str) -> list[dns.rrset.RRset]:
        return self.signed(zone, f"{zone} DNSKEY {self._keys[zone].to_text()}")

    def chain(self, *zones: str) -> list[dns.rrset.RRset]:
        """The keys of the root and of these zones, each named by what stands above it."""
        sets = self.keys_of(".")
        for zone in zones:
            above = "." if zone == "example." else "example."
            sets += self.signed(above, f"{zone} DS {self.ds(zone).to_text()}")
            sets += self.keys_of(zone)
        return sets


@pytest.fixture(scope="module")
def keys() -> Keyring:
    return Keyring()


def nsec3(
    name: str, zone: str, types: str, *, flags: int = 0, to: str = "", after: str = "", algorithm: int = 1
) -> str:
    """A record of `zone` at the hash of `name` (or at `after`), up to `to`."""
    at = after or dns.dnssec.nsec3_hash(name, "", 0, 1)
    return f"{at}.{zone} NSEC3 {algorithm} {flags} 0 - {to or at} {types}".rstrip()


def status(
    keys: Keyring, answer: list[dns.rrset.RRset], *beside: dns.rrset.RRset, name: str = "www.suspect.example."
) -> DnssecStatus:
    own, above = dns.message.Message(), dns.message.Message()
    own.answer = answer
    above.authority = list(beside)
    sent = [dns.message.from_wire(one.to_wire(max_size=65535)) for one in (own, above)]
    return check_chain([keys.ds(".")], sent, name, "A", AT)[0]


BARE = [dns.rrset.from_text("www.suspect.example.", 300, "IN", "A", ADDRESS)]


def test_the_keyrings_own_chain_is_secure_and_a_proof_from_above_is_insecure(keys: Keyring) -> None:
    above = keys.chain("example.", "suspect.example.")
    assert status(keys, keys.signed("suspect.example.", f"www.suspect.example. A {ADDRESS}"), *above) == "secure"
    bare = [dns.rrset.from_text("www.plain.example.", 300, "IN", "A", ADDRESS)]
    for proof in (
        "plain.example. NSEC z.example. NS RRSIG NSEC",
        nsec3("plain.example.", "example.", "NS"),
        nsec3("", "example.", "A", flags=1, after="0" * 32, to=LAST),
    ):
        beside = (*keys.chain("example."), *keys.signed("example.", proof))
        assert status(keys, bare, *beside, name="www.plain.example.") == "insecure", proof


@pytest.mark.parametrize("signer", ["evil.example.", ""])
def test_a_hash_under_another_zone_proves_nothing(keys: Keyring, signer: str) -> None:
    """The hash of a victim's name, under a zone that the attacker signs, or that is not signed at all."""
    above = keys.chain("example.", "suspect.example.", "evil.example.")
    if signer:
        forged = keys.signed(signer, nsec3("suspect.example.", signer, "NS"))
    else:
        forged = keys.signed("plain.example.", nsec3("suspect.example.", "plain.example.", "NS"))[:1]
        forged += keys.signed("example.", "plain.example. NSEC z.example. NS RRSIG NSEC")
    assert status(keys, BARE, *above, *forged) == "indeterminate"


def test_an_opt_out_span_says_nothing_of_names_below_a_signed_delegation(keys: Keyring) -> None:
    """A parent's true span covers the hash of `www.suspect.example`, which it does not hold."""
    above = keys.chain("example.", "suspect.example.")
    made = dns.dnssec.nsec3_hash("suspect.example.", "", 0, 1)
    span = keys.signed("example.", nsec3("", "example.", "NS DS RRSIG", flags=1, after=made, to=made))
    assert status(keys, BARE, *above, *span) == "indeterminate"
    deep = [dns.rrset.from_text("a.b.c.example.", 300, "IN", "A", ADDRESS)]
    there = keys.signed("example.", nsec3("c.example.", "example.", ""))
    whole = keys.signed("example.", nsec3("", "example.", "A", flags=1, after="0" * 32, to=LAST))
    assert status(keys, deep, *above, *whole, *there, name="a.b.c.example.") == "insecure"


@pytest.mark.parametrize("proof", ["suspect.example. NSEC z.suspect.example. NS", "nsec3"])
def test_a_zone_does_not_say_of_itself_that_it_is_unsigned(keys: Keyring, proof: str) -> None:
    above = keys.chain("example.", "suspect.example.")
    text = nsec3("suspect.example.", "suspect.example.", "NS") if proof == "nsec3" else proof
    assert status(keys, BARE, *above, *keys.signed("suspect.example.", text)) == "bogus"


@pytest.mark.parametrize(
    "odd",
    [
        f". NSEC3 1 1 0 - {LAST} A",
        nsec3("suspect.example.", "suspect.example.", "NS", algorithm=7),
        f"{'0' * 32}.example. NSEC3 9 1 0 - {LAST} A",
    ],
)
def test_an_odd_record_of_denial_breaks_no_reader(keys: Keyring, odd: str) -> None:
    name, _, rest = odd.partition(" NSEC3 ")
    record = dns.rrset.from_text(name, 300, "IN", "NSEC3", rest)
    assert status(keys, BARE, *keys.chain("example.", "suspect.example."), record) == "indeterminate"


def test_a_key_by_an_algorithm_that_is_not_followed_is_not_called_bogus(keys: Keyring) -> None:
    ds = keys.ds("suspect.example.")
    own = keys.signed("suspect.example.", f"www.suspect.example. A {ADDRESS}")
    for number, digest in ((17, 2), (13, 6)):
        named = f"suspect.example. DS {ds.key_tag} {number} {digest} {ds.digest.hex()}"
        above = [*keys.chain("example."), *keys.signed("example.", named), *keys.keys_of("suspect.example.")]
        assert status(keys, own, *above) == "indeterminate"


def test_where_one_servers_answer_is_bogus_the_zone_signs_for_nothing() -> None:
    answers = tuple(
        DnsAnswer(server, "suspect.example", "A", "addresses", (ADDRESS,), dnssec=dnssec)  # type: ignore[arg-type]
        for server, dnssec in (("a", "secure"), ("b", "bogus"))
    )
    reading = HostingReading("r", ADDRESS, "public", AT, dns=answers)
    rung = hosting_record(LadderInputs(ADDRESS, reading=reading)).ladder[1]
    assert (rung.status, rung.signed_by) == ("shown", "nobody")
