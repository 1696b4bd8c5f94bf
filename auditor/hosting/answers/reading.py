"""One look-up read from its stored bytes: every answer with its outcome and what it rests on. Pure, versioned.

The same bytes give the same reading, years later and on another machine; a later version of the reader may read more,
and says so by its number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime

from auditor.clock import timestamp
from auditor.errors import IntegrityError
from auditor.formats import canonical_json
from auditor.hosting.answers.addresses import IpAddress, address_use, parse_address
from auditor.hosting.answers.data_lines import read_delegated, read_origin_lines
from auditor.hosting.answers.http_head import decode_head
from auditor.hosting.answers.intermediaries import odd_addresses, use_note
from auditor.hosting.answers.lookup_record import NAME, decode_lookup
from auditor.hosting.answers.names.dns_messages import parse_message, read_dns_answer
from auditor.hosting.answers.names.dnssec import check_chain, parse_root_keys
from auditor.hosting.answers.published_ranges import read_ranges
from auditor.hosting.answers.registries.bootstrap import read_bootstrap
from auditor.hosting.answers.registries.rdap import RdapHop, read_rdap
from auditor.hosting.answers.registries.whois import read_whois
from auditor.model.hosting import (
    AskedQuestion,
    DnsAnswer,
    HostingReading,
    Lookup,
    OriginAnswer,
    Question,
    RangeAnswer,
    RegistryAnswer,
    RegistryOutcome,
)
from auditor.model.notes import Note, make_note, note_body

READER = "auditor.hosting/1"
READING = "reading.json"
ROOT_KEYS = "dns/root.ds"
"""The pinned root keys, as they were when the chain was asked for."""


def read_lookup(files: Mapping[str, bytes]) -> HostingReading:
    """`files`: the artefacts of a look-up's package by path. `IntegrityError` where they hold no look-up's record."""
    if NAME not in files:
        raise IntegrityError(f"{NAME}: not in this package; it holds no look-up")
    lookup = decode_lookup(files[NAME])
    address = parse_address(lookup.address).address
    if address is None:
        raise IntegrityError(f"{NAME}: {lookup.address!r:.80} is no address")
    dns = tuple(_dns(lookup, files, "dns"))
    remarks = [*_bootstrap_remarks(lookup, files, address), *odd_addresses(dns)]
    use = address_use(address)
    if use != "public":
        remarks.insert(0, make_note("hosting.address_use", address=str(address), use=use_note(use)))
    return HostingReading(
        READER, str(address), use, min((one.at for one in lookup.asked), default=_EPOCH),
        tuple(_registries(lookup, files, address)), _origins(lookup, files), tuple(_ranges(lookup, files, address)),
        tuple(_dns(lookup, files, "reverse")), dns, tuple(remarks),
    )  # fmt: skip


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def encode_reading(reading: HostingReading) -> bytes:
    """The reading as canonical JSON: the same values, the same bytes."""
    return canonical_json.encode({"format": "auditor.hosting-reading/1", **reading_body(reading)})


def reading_body(value: object) -> dict[str, object]:
    """Any value of `model.hosting` as plain values."""
    found = _plain(value)
    assert isinstance(found, dict)  # noqa: S101 (asked for a record)
    return found


def _plain(value: object) -> object:
    if isinstance(value, Note):
        return note_body(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


def _of(lookup: Lookup, about: Question) -> list[AskedQuestion]:
    return [one for one in lookup.asked if one.about == about]


def _bootstrap_remarks(lookup: Lookup, files: Mapping[str, bytes], address: IpAddress) -> Iterator[Note]:
    for one in _of(lookup, "bootstrap"):
        found = read_bootstrap(files.get(one.files.get("body", ""), b""), address)
        if not found.read:
            yield make_note("hosting.no_bootstrap", server=one.to)
        elif not found.servers:
            yield make_note("hosting.no_server", address=str(address), published=found.publication or "-")
        else:
            yield make_note("hosting.bootstrap", prefix=found.prefix, published=found.publication or "-")


def _registries(lookup: Lookup, files: Mapping[str, bytes], address: IpAddress) -> Iterator[RegistryAnswer]:
    if rdap := _of(lookup, "rdap"):
        hops = [
            RdapHop(one.to, decode_head(files[one.files["head"]]), files[one.files["body"]], tuple(one.files.values()))
            for one in rdap
            if one.ended == "answered"
            and {*one.files.values()} <= files.keys()
            and {"head", "body"} <= one.files.keys()
        ]
        yield read_rdap(rdap[0].to, hops, _chain_end(rdap), address)
    elif _of(lookup, "bootstrap"):
        yield RegistryAnswer("rdap", "", "not_asked")
    if whois := _of(lookup, "whois"):
        answers = [(files[path], path) for one in whois if (path := one.files.get("body", "")) in files]
        yield read_whois(whois[-1].to, answers, _chain_end(whois), address)
    for one in _of(lookup, "delegated"):
        path = one.files.get("body", "")
        if path in files:
            yield read_delegated(files[path], path, one.facts.get("name", one.to))


def _chain_end(asked: Sequence[AskedQuestion]) -> RegistryOutcome | None:
    """Why a chain of questions has no answer at its end; None where it has one."""
    last = asked[-1]
    if last.ended == "answered":
        return None
    return {"refused": "loop", "cut": "not_read", "too_large": "not_read"}.get(last.ended, "no_answer")  # type: ignore[return-value]


def _origins(lookup: Lookup, files: Mapping[str, bytes]) -> OriginAnswer | None:
    for one in _of(lookup, "origin"):
        path = one.files.get("body", "")
        if path in files:
            prefixes, remarks = read_origin_lines(files[path])
            return OriginAnswer(
                one.facts.get("name", one.to), _day(one.facts.get("dated", "")), one.facts.get("sha256", ""), prefixes,
                (path,), remarks,
            )  # fmt: skip
    return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _ranges(lookup: Lookup, files: Mapping[str, bytes], address: IpAddress) -> Iterator[RangeAnswer]:
    for one in _of(lookup, "ranges"):
        path, provider = one.files.get("body", ""), one.facts.get("name", one.to)
        head = one.files.get("head", "")
        whole = one.ended == "answered" and (not head or decode_head(files.get(head, b"")).status == 200)
        if path in files and whole:
            yield read_ranges(provider, files[path], canonical_json.sha256(files[path]), address, path)
        else:
            yield RangeAnswer(provider, "", "", (), False)


def read_name_answers(lookup: Lookup, files: Mapping[str, bytes]) -> tuple[DnsAnswer, ...]:
    """What name servers answered, of whatever a look-up is about."""
    return tuple(_dns(lookup, files, "dns"))


def _dns(lookup: Lookup, files: Mapping[str, bytes], about: Question) -> Iterator[DnsAnswer]:
    """Every answer about a name; where a chain was kept for it, with what DNSSEC makes of it."""
    asked = _of(lookup, about)
    above = [one for one in asked if one.facts.get("chain") == "yes"]
    messages = [
        message
        for one in above
        if (data := files.get(one.files.get("answer", ""), b"")) and (message := parse_message(data)) is not None
    ]
    for one in asked:
        if one.facts.get("chain") == "yes":
            continue
        name, kind, path = one.facts.get("name", ""), one.facts.get("kind", ""), one.files.get("answer", "")
        data = files.get(path, b"")
        answer = read_dns_answer(one.to, name, kind, data, one.at, tuple(one.files.values()))
        own = parse_message(data) if data else None
        if not messages or own is None or ROOT_KEYS not in files or answer.outcome != "addresses":
            yield answer
            continue
        try:
            roots = parse_root_keys(files[ROOT_KEYS].decode("ascii", "replace"))
        except ValueError:  # a file without root keys: nothing is checked against it
            yield answer
            continue
        status, why = check_chain(roots, [own, *messages], name, kind, one.at)
        cites = (*answer.cites, ROOT_KEYS, *(path for part in above for path in part.files.values()))
        yield DnsAnswer(
            answer.server, name, kind, answer.outcome, answer.values, answer.aliases, status, why, answer.extended,
            one.at, cites,
        )  # fmt: skip
