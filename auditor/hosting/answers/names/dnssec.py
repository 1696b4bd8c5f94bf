"""DNSSEC from kept messages, offline, at a stated moment, from pinned root keys (RFC 4035 §5). Pure.

A status is earned: `secure` only where every signature from the root to the answer holds at that moment; `insecure`
only on a signed proof that a zone on the way is not signed. What cannot be followed is `indeterminate`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import dns.dnssec
import dns.dnssecalgs
import dns.dnssectypes
import dns.exception
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.rdtypes.ANY.DS import DS
from dns.rdtypes.ANY.NSEC import NSEC
from dns.rdtypes.ANY.NSEC3 import NSEC3

from auditor.hosting.answers.names.dns_messages import follow_aliases
from auditor.model.hosting import DnssecStatus
from auditor.model.notes import Note, make_note

Name = dns.name.Name
Verdict = tuple[DnssecStatus, Note]
MAX_ZONES = 20
MAX_RECORDS = 16
"""Keys or signatures of one record set: more of them would buy an answer's author our processor time."""
_HASH_ROUNDS = 150
"""RFC 9276: a proof that asks for more rounds of hashing is not followed."""
_DIGESTS = frozenset({dns.dnssectypes.DSDigest.SHA1, dns.dnssectypes.DSDigest.SHA256, dns.dnssectypes.DSDigest.SHA384})


_Code = Literal[
    "dnssec_lacks", "dnssec_signer", "dnssec_wildcard", "dnssec_no_key", "dnssec_time", "dnssec_signature",
    "dnssec_algorithm", "dnssec_many", "dnssec_stripped", "dnssec_unproved",
]  # fmt: skip
_CODES: Mapping[_Code, str] = {
    "dnssec_lacks": "hosting.dnssec_lacks",
    "dnssec_signer": "hosting.dnssec_signer",
    "dnssec_wildcard": "hosting.dnssec_wildcard",
    "dnssec_no_key": "hosting.dnssec_no_key",
    "dnssec_time": "hosting.dnssec_time",
    "dnssec_signature": "hosting.dnssec_signature",
    "dnssec_algorithm": "hosting.dnssec_algorithm",
    "dnssec_many": "hosting.dnssec_many",
    "dnssec_stripped": "hosting.dnssec_stripped",
    "dnssec_unproved": "hosting.dnssec_unproved",
}


class _UntrustedError(Exception):
    """A step of the chain that does not hold, or cannot be made."""

    def __init__(self, status: DnssecStatus, why: Note) -> None:
        super().__init__(why.code)
        self.verdict: Verdict = (status, why)


def parse_root_keys(text: str) -> tuple[DS, ...]:
    """DS records of the root zone's keys, one a line: `. IN DS 20326 8 2 E06D…`. `ValueError` for anything else."""
    found = []
    for line in text.splitlines():
        words = line.split(";")[0].split()
        if not words:
            continue
        try:
            place = words.index("DS")
            rdata = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.DS, " ".join(words[place + 1 :]))
        except (ValueError, dns.exception.DNSException):
            raise ValueError(f"not a DS record of the root: {line[:80]!r}") from None
        assert isinstance(rdata, DS)  # noqa: S101 (asked for by its type)
        found.append(rdata)
    if not found:
        raise ValueError("no DS record of the root")
    return tuple(found)


@dataclass
class _Chain:
    """Every record set of the kept messages, with its signatures."""

    roots: Sequence[DS]
    at: float
    sets: dict[tuple[Name, int], dns.rrset.RRset] = field(default_factory=dict)
    signatures: dict[tuple[Name, int], dns.rrset.RRset] = field(default_factory=dict)
    keys: dict[Name, dns.rrset.RRset] = field(default_factory=dict)

    def take(self, message: dns.message.Message) -> None:
        for rrset in (*message.answer, *message.authority):
            if rrset.rdtype == dns.rdatatype.RRSIG:
                known = self.signatures.setdefault((rrset.name, int(rrset.covers)), rrset.copy())  # type: ignore[no-untyped-call]
                known.union_update(rrset)  # type: ignore[no-untyped-call]
            else:
                self.sets.setdefault((rrset.name, int(rrset.rdtype)), rrset.copy())  # type: ignore[no-untyped-call]

    def check(self, name: Name, kind: int, depth: int = 0) -> None:
        """Raises `_UntrustedError` where the record set does not follow from the root keys."""
        signed = self.signatures.get((name, kind))
        rrset = self.sets.get((name, kind))
        if rrset is None or depth > MAX_ZONES:
            raise _UntrustedError("indeterminate", _note("dnssec_lacks", name, kind))
        if signed is None:
            raise self._unsigned(name, kind, depth)
        zone = next(iter(signed)).signer
        if not name.is_subdomain(zone) or (kind == dns.rdatatype.DS and (zone == name or name == dns.name.root)):
            raise _UntrustedError("bogus", _note("dnssec_signer", name, kind))
        if any(len(name) - 1 > one.labels for one in signed) and not name.is_wild():
            raise _UntrustedError("indeterminate", _note("dnssec_wildcard", name, kind))
        self._hold(rrset, signed, self.zone_keys(zone, depth + 1), zone)

    def zone_keys(self, zone: Name, depth: int) -> dns.rrset.RRset:
        """The keys of a zone that the root keys lead to."""
        if zone in self.keys:
            return self.keys[zone]
        listed: Iterable[DS] = self.roots
        if zone != dns.name.root:
            self.check(zone, int(dns.rdatatype.DS), depth)
            listed = [one for one in self.sets[zone, int(dns.rdatatype.DS)] if isinstance(one, DS)]
        kind = int(dns.rdatatype.DNSKEY)
        if not any(_is_followed(one) for one in listed):
            raise _UntrustedError("indeterminate", _note("dnssec_algorithm", zone, int(dns.rdatatype.DS)))
        keys, signed = self.sets.get((zone, kind)), self.signatures.get((zone, kind))
        if keys is None or signed is None:
            raise _UntrustedError("indeterminate", _note("dnssec_lacks", zone, kind))
        entry = [key for key in keys if any(_is_digest_of(one, zone, key) for one in listed)]
        if not entry:
            raise _UntrustedError("bogus", _note("dnssec_no_key", zone, kind))
        trusted = dns.rrset.from_rdata_list(zone, keys.ttl, entry)
        self._hold(keys, signed, trusted, zone)
        self.keys[zone] = keys
        return keys

    def _hold(self, rrset: dns.rrset.RRset, signed: dns.rrset.RRset, keys: dns.rrset.RRset, zone: Name) -> None:
        if len(keys) > MAX_RECORDS or len(signed) > MAX_RECORDS:
            raise _UntrustedError("indeterminate", _note("dnssec_many", rrset.name, rrset.rdtype))
        try:
            dns.dnssec.validate(rrset, signed, {zone: keys.to_rdataset()}, now=self.at)
        except dns.exception.ValidationFailure:
            outside = all(not one.inception <= self.at <= one.expiration for one in signed)
            code: _Code = "dnssec_time" if outside else "dnssec_signature"
            raise _UntrustedError("bogus", _note(code, rrset.name, rrset.rdtype)) from None
        except dns.exception.DNSException:
            raise _UntrustedError("indeterminate", _note("dnssec_algorithm", rrset.name, rrset.rdtype)) from None

    def _unsigned(self, name: Name, kind: int, depth: int) -> _UntrustedError:
        """Without a signature: by a signed proof that the zone is not signed, against one that it is, or neither."""
        zone = name
        while True:
            cut = self._delegation(zone, depth)
            if cut is not None:
                if cut:
                    return _UntrustedError("insecure", make_note("hosting.dnssec_unsigned_zone", zone=_plain(zone)))
                if zone == name:
                    return _UntrustedError("bogus", _note("dnssec_stripped", name, kind))
            if zone == dns.name.root:
                return _UntrustedError("indeterminate", _note("dnssec_unproved", name, kind))
            zone = zone.parent()

    def _delegation(self, zone: Name, depth: int) -> bool | None:
        """True: a signed record shows an unsigned delegation there; False: one shows that there is none; else None.

        A zone says nothing of whether it is signed itself: only what stands above it proves a delegation.
        """
        for (owner, kind), rrset in list(self.sets.items()):
            if kind == dns.rdatatype.NSEC and owner == zone:
                windows = [one.windows for one in rrset if isinstance(one, NSEC)]
            elif kind == dns.rdatatype.NSEC3 and owner != dns.name.root and zone.is_subdomain(owner.parent()):
                windows = [one.windows for one in rrset if isinstance(one, NSEC3) and _hashes_to(one, owner, zone)]
                if not windows and any(isinstance(one, NSEC3) and _opts_out(one, owner, zone) for one in rrset):
                    if not self._is_closest(zone.parent(), owner.parent(), depth):
                        continue
                    self._prove(owner, kind, zone, depth)
                    return True
            else:
                continue
            for bitmap in windows:
                types = _types(bitmap)
                if dns.rdatatype.NS not in types or {dns.rdatatype.DS, dns.rdatatype.SOA} & types:
                    self.check(owner, kind, depth + 1)
                    return False
                self._prove(owner, kind, zone, depth)
                return True
        return None

    def _prove(self, owner: Name, kind: int, zone: Name, depth: int) -> None:
        """As `check`, for a record that denies a zone's signature: it is signed above the zone, never by the zone."""
        self.check(owner, kind, depth + 1)
        if any(one.signer == zone for one in self.signatures[owner, kind]):
            raise _UntrustedError("bogus", _note("dnssec_signer", owner, kind))

    def _is_closest(self, encloser: Name, zone: Name, depth: int) -> bool:
        """Whether a name is the zone's own, or shown to exist in it and to be no delegation (RFC 5155 §8.3).

        An opt-out span covers the hash of every name that the zone does not hold, those below signed delegations too:
        it says something only of a name right below one that is there.
        """
        if encloser == zone:
            return True
        for (owner, kind), rrset in list(self.sets.items()):
            if kind != dns.rdatatype.NSEC3 or owner == dns.name.root or owner.parent() != zone:
                continue
            for one in rrset:
                if isinstance(one, NSEC3) and _hashes_to(one, owner, encloser):
                    self.check(owner, kind, depth + 1)
                    return not {dns.rdatatype.NS, dns.rdatatype.DNAME} & _types(one.windows)
        return False


def check_chain(
    roots: Sequence[DS], messages: Sequence[dns.message.Message], name: str, kind: str, at: datetime
) -> Verdict:
    """The status of one answer: of every alias on the way and of the values at its end, at that moment.

    `messages`: the answer first, then what was kept of the chain above it.
    """
    if not messages:
        return "indeterminate", make_note("hosting.dnssec_not_asked")
    chain = _Chain(roots, at.timestamp())
    for message in messages:
        chain.take(message)
    start = dns.name.from_text(name)
    aliases, values = follow_aliases(messages[0], start, kind)
    if not values:
        return "indeterminate", make_note("hosting.dnssec_no_values")
    steps = [(one, int(dns.rdatatype.CNAME)) for one in (start, *aliases)[: len(aliases)]]
    steps.append((aliases[-1] if aliases else start, int(dns.rdatatype.from_text(kind))))
    found: Verdict = ("secure", make_note("hosting.dnssec_secure"))
    for owner, type_ in steps:
        try:
            chain.check(owner, type_)
        except _UntrustedError as wrong:
            if wrong.verdict[0] != "insecure":
                return wrong.verdict
            found = wrong.verdict
    return found


def _is_digest_of(listed: DS, zone: Name, key: object) -> bool:
    try:
        made = dns.dnssec.make_ds(zone, key, listed.digest_type, validating=True)  # type: ignore[arg-type]
    except (dns.exception.DNSException, ValueError):
        return False
    return bool(made == listed)


def _is_followed(listed: DS) -> bool:
    """Whether a key's digest and algorithm are ones that can be checked here at all."""
    try:
        dns.dnssecalgs.get_algorithm_cls(listed.algorithm)
    except dns.exception.DNSException:
        return False
    return listed.digest_type in _DIGESTS


def _types(windows: Iterable[tuple[int, bytes]]) -> set[int]:
    return {
        (number << 8) + index * 8 + bit
        for number, bitmap in windows
        for index, byte in enumerate(bitmap)
        for bit in range(8)
        if byte & (0x80 >> bit)
    }


def _hash(record: NSEC3, name: Name) -> str:
    if record.iterations > _HASH_ROUNDS or record.algorithm != dns.dnssectypes.NSEC3Hash.SHA1:
        return ""
    return str(dns.dnssec.nsec3_hash(name, record.salt, record.iterations, record.algorithm)).lower()


def _hashes_to(record: NSEC3, owner: Name, name: Name) -> bool:
    made = _hash(record, name)
    return bool(made) and made == owner[0].decode("ascii", "replace").lower()


def _opts_out(record: NSEC3, owner: Name, name: Name) -> bool:
    """Whether an opt-out span covers the name: delegations inside it are not signed (RFC 5155 §6)."""
    if not record.flags & 1 or not name.is_subdomain(owner.parent()) or name == owner.parent():
        return False
    low, made = owner[0].decode("ascii", "replace").lower(), _hash(record, name)
    high = base64.b32hexencode(record.next).decode("ascii").rstrip("=").lower()
    return bool(made) and (low < made < high if low < high else made > low or made < high)


def _note(code: _Code, name: Name, kind: int) -> Note:
    return make_note(_CODES[code], name=_plain(name), kind=dns.rdatatype.to_text(dns.rdatatype.RdataType(kind)))


def _plain(name: Name) -> str:
    return name.to_text(omit_final_dot=True) if name != dns.name.root else "."
