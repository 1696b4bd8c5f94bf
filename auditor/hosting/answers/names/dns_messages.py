"""Stored DNS messages: what a name server answered, from the bytes as they came. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import dns.edns
import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from auditor.hosting.answers.charsets import printable
from auditor.model.hosting import DnsAnswer, DnsOutcome

MAX_ALIASES = 12
MAX_VALUE = 1200
"""Characters of one value: the record of a key of 4096 bits has about 750."""
_OUTCOMES: dict[int, DnsOutcome] = {
    dns.rcode.NXDOMAIN: "no_such_name", dns.rcode.SERVFAIL: "server_failure", dns.rcode.REFUSED: "refused",
}  # fmt: skip


def parse_message(data: bytes) -> dns.message.Message | None:
    """A message; None for bytes that are none. Trailing bytes are passed over: some servers send them."""
    try:
        return dns.message.from_wire(data, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError):
        return None


def read_dns_answer(server: str, name: str, kind: str, data: bytes, at: datetime, cites: tuple[str, ...]) -> DnsAnswer:
    """What one stored answer says; NXDOMAIN, a failure with its extended code, and silence are different answers."""
    empty = DnsAnswer(server, name, kind, "not_read", at=at, cites=cites)
    if not data:
        return replace(empty, outcome="no_answer")
    message = parse_message(data)
    if message is None:
        return empty
    extended = "; ".join(
        f"{int(option.code)} {printable(option.text or '', 120)}".strip()
        for option in message.options
        if isinstance(option, dns.edns.EDEOption)
    )
    rcode = message.rcode()
    if rcode != dns.rcode.NOERROR:
        return replace(empty, outcome=_OUTCOMES.get(int(rcode), "server_failure"), extended=extended)
    aliases, values = follow_aliases(message, dns.name.from_text(name), kind)
    return replace(
        empty,
        outcome="addresses" if values else "no_data",
        values=values,
        aliases=tuple(printable(one.to_text(omit_final_dot=True), 255) for one in aliases),
        extended=extended,
    )


def follow_aliases(
    message: dns.message.Message, name: dns.name.Name, kind: str
) -> tuple[tuple[dns.name.Name, ...], tuple[str, ...]]:
    """The CNAMEs from a name on, in order, and the values at their end; a circle of CNAMEs has no end."""
    wanted = dns.rdatatype.from_text(kind)
    aliases: list[dns.name.Name] = []
    at = name
    while len(aliases) <= MAX_ALIASES:
        found = next((one for one in message.answer if one.name == at and one.rdtype == wanted), None)
        if found is not None:
            return tuple(aliases), tuple(sorted(printable(rdata.to_text(), MAX_VALUE) for rdata in found))
        alias = next((one for one in message.answer if one.name == at and one.rdtype == dns.rdatatype.CNAME), None)
        if alias is None:
            break
        target = next(iter(alias)).target
        if target in aliases or target == name:
            break
        aliases.append(target)
        at = target
    return tuple(aliases), ()
