"""RDAP answers about an address (RFC 9083): one outcome for each, and a holder only where one is named. Pure.

An answer counts only for the address it contains: a body about another range, about all addresses, or in no form that
the protocol allows is kept and told, and is never a holder.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.hosting.answers.addresses import IpAddress, is_whole_internet, parse_range, range_holds
from auditor.hosting.answers.charsets import declared_charset, decode_text, printable
from auditor.hosting.answers.http_head import HttpHead
from auditor.hosting.answers.registries.stubs import is_stub_name
from auditor.model.hosting import NamedParty, RegistryAnswer, RegistryOutcome
from auditor.model.notes import Note, make_note

MAX_DEPTH = 4
MAX_PARTIES = 60
HOLDER_ROLES = ("registrant",)
"""Who holds a range: administrators, technicians and abuse desks do not, nor who stands in a role to one of them."""


@dataclass(frozen=True, slots=True)
class RdapHop:
    """One HTTP answer on the way: its address, head and body."""

    url: str
    head: HttpHead
    body: bytes
    cites: tuple[str, ...]


def read_rdap(
    server: str, hops: Sequence[RdapHop], ended: RegistryOutcome | None, address: IpAddress
) -> RegistryAnswer:
    """What a chain of hops says. `ended`: why the chain has no end of its own (`no_answer`, `loop`), else None."""
    cites = tuple(path for hop in hops for path in hop.cites)
    if ended is not None or not hops:
        return RegistryAnswer("rdap", server, ended or "no_answer", cites)
    last = hops[-1]
    remarks = _way(hops)
    status = last.head.status
    if status == 429:
        retry = printable(last.head.get("retry-after"), 60)
        return RegistryAnswer("rdap", server, "rate_limited", cites, retry_after=retry, remarks=remarks)
    if status == 404:
        return RegistryAnswer("rdap", server, "not_found", cites, remarks=remarks)
    if status != 200:
        remark = make_note("hosting.status", status=status)
        return RegistryAnswer("rdap", server, "error_status", cites, remarks=(*remarks, remark))
    text, charset = decode_text(last.body, declared_charset(last.head.get("content-type")))
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict) or body.get("objectClassName") != "ip network":
        return RegistryAnswer("rdap", server, "not_read", cites, charset=charset, remarks=remarks)
    return _network(server, body, address, cites, charset, remarks)


def _way(hops: Sequence[RdapHop]) -> tuple[Note, ...]:
    """That the question was led on, and where it lost its encryption."""
    if len(hops) < 2:
        return ()
    found = [make_note("hosting.redirected", before=printable(hops[0].url), after=printable(hops[-1].url))]
    if hops[0].url.startswith("https:") and not all(hop.url.startswith("https:") for hop in hops):
        found.append(make_note("hosting.in_clear", url=printable(hops[-1].url)))
    return tuple(found)


def _network(
    server: str, body: Mapping[str, Any], address: IpAddress, cites: tuple[str, ...], charset: str,
    remarks: tuple[Note, ...],
) -> RegistryAnswer:  # fmt: skip
    said = f"{_text(body.get('startAddress'))} - {_text(body.get('endAddress'))}"
    bounds = parse_range(said)
    name, handle = _text(body.get("name")), _text(body.get("handle"))
    parties = tuple(_parties(body, f"network {said}"))[:MAX_PARTIES]
    own = tuple(_entities(body.get("entities"), MAX_DEPTH))
    holder = next((one.name for role in HOLDER_ROLES for one in own if one.role == role and one.name), "")
    outcome: RegistryOutcome
    if bounds is None:
        outcome = "not_read"
    elif not range_holds(bounds, address):
        outcome = "another_range"
    elif is_whole_internet(bounds) or name.upper().startswith("IANA-"):
        outcome = "whole_internet"
    elif is_stub_name(name):
        outcome = "stub"
    else:
        outcome = "holder" if holder else "no_holder_named"
    return RegistryAnswer(
        "rdap", server, outcome, cites, said, name, handle, holder if outcome == "holder" else "", parties,
        _changed(body), charset, remarks=remarks,
    )  # fmt: skip


def _changed(body: Mapping[str, Any]) -> str:
    events = body.get("events")
    dates = [
        _text(event.get("eventDate"))
        for event in (events if isinstance(events, list) else ())
        if isinstance(event, dict) and event.get("eventAction") == "last changed"
    ]
    return max(dates, default="")


def _parties(body: Mapping[str, Any], of: str) -> Iterator[NamedParty]:
    """The network's own country, then every entity with each of its roles, down to the fourth level."""
    if country := _text(body.get("country")):
        yield NamedParty(of, "network", _text(body.get("name")), _text(body.get("handle")), country)
    yield from _entities(body.get("entities"), 1)


def _entities(listed: object, depth: int) -> Iterator[NamedParty]:
    if depth > MAX_DEPTH or not isinstance(listed, list):
        return
    for entity in listed[:MAX_PARTIES]:
        if not isinstance(entity, dict):
            continue
        name, country = _card(entity.get("vcardArray"))
        handle = _text(entity.get("handle"))
        roles = entity.get("roles")
        for role in [str(one) for one in roles[:10]] if isinstance(roles, list) and roles else ["none"]:
            yield NamedParty(
                f"entity {handle or name or 'without a handle'}", printable(role, 40), name, handle, country
            )
        yield from _entities(entity.get("entities"), depth + 1)


def _card(card: object) -> tuple[str, str]:
    """Organisation (else formatted name) and country of a jCard (RFC 7095). Persons' other data is not read."""
    rows = card[1] if isinstance(card, list) and len(card) > 1 and isinstance(card[1], list) else []
    found: dict[str, str] = {}
    kind, country = "", ""
    for row in rows[:200]:
        if not (isinstance(row, list) and len(row) >= 4):
            continue
        value = row[3]
        if row[0] == "adr":
            country = _country(row[1], value) or country
        elif row[0] in {"fn", "org", "kind"}:
            text = _text(value[0] if isinstance(value, list) and value else value)
            kind = text if row[0] == "kind" else kind
            if row[0] != "kind" and text:
                found.setdefault(row[0], text)
    name = found.get("org") or found.get("fn", "")
    return ("" if kind == "individual" and "org" not in found else name), country


def _country(parameters: object, value: object) -> str:
    code = parameters.get("cc") if isinstance(parameters, dict) else None
    return _text(code) or (_text(value[6]) if isinstance(value, list) and len(value) > 6 else "")


def _text(value: object) -> str:
    return printable(value) if isinstance(value, str) else ""
