"""Names: every name at every server, its reverse, and the chain of signatures above the answers, as wire bytes."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename

from auditor.clock import monotonic
from auditor.hosting.answers.names.dns_messages import parse_message, read_dns_answer
from auditor.hosting.answers.reading import ROOT_KEYS
from auditor.hosting.lookup.answer_log import AnswerLog, LookupPlan
from auditor.hosting.lookup.bounds import LookupBounds, WireAnswer
from auditor.hosting.lookup.dns_socket import ask_dns, make_query
from auditor.model.hosting import Question
from auditor.model.targets.estate import HostingSources, NameServerAddress

MAX_CHAIN = 40
"""Questions for one chain of signatures."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def iana_root_keys() -> bytes:
    """IANA's root keys as they are shipped: those of 2017 and 2024."""
    return files("auditor.hosting.lookup").joinpath("root-keys.txt").read_bytes()


class NameSurvey:
    """The questions about names of one look-up."""

    def __init__(self, plan: LookupPlan, log: AnswerLog, *, reverse: bool = True) -> None:
        """`reverse`: whether the name of the address is asked for too."""
        self._plan, self._log, self._with_reverse = plan, log, reverse

    def ask(self) -> None:
        """The reverse name, then every name at every server, then the chain of signatures above the answers."""
        servers = self._plan.sources.name_servers or _own_servers()
        if not servers:
            return
        if self._with_reverse:
            self._dns("reverse", servers[0], dns.reversename.from_address(self._plan.address).to_text(), "PTR")
        kind = "AAAA" if ":" in self._plan.address else "A"
        self.ask_each([(name, kind) for name in self._plan.names])

    def ask_each(self, wanted: Sequence[tuple[str, str]]) -> None:
        """Every name and kind at every server, then the chain of signatures above the answers."""
        servers = self._plan.sources.name_servers or _own_servers()
        owners: list[str] = []
        for name, kind in wanted:
            for server in servers:
                answer = self._dns("dns", server, name, kind)
                if answer.data and not owners[MAX_CHAIN:]:
                    said = read_dns_answer(server.address, name, kind, answer.data, self._log.clock(), ())
                    owners += [
                        one for one in (name, *said.aliases) if one not in owners and said.outcome == "addresses"
                    ]
        if owners:
            self._log.put(ROOT_KEYS, self._root_keys(), "text/plain")
            self._chain(servers[0], owners)

    def _root_keys(self) -> bytes:
        own = self._plan.sources.root_keys
        return (self._plan.base / own).read_bytes() if own else iana_root_keys()

    def _chain(self, server: NameServerAddress, owners: list[str]) -> None:
        """DS and DNSKEY of every zone above the names, from the root down; not below one that is not signed."""
        self._dns("dns", server, ".", "DNSKEY", chain=True)
        done: dict[dns.name.Name, bool] = {dns.name.root: True}
        ends = monotonic() + self._plan.bounds.chain
        for owner in owners:
            try:
                labels = dns.name.from_text(owner).labels
            except dns.exception.DNSException:  # an alias whose text was shortened
                continue
            for count in range(2, len(labels) + 1):
                zone = dns.name.Name(labels[-count:])
                if zone not in done and len(done) < MAX_CHAIN and monotonic() < ends:
                    answer = self._dns("dns", server, zone.to_text(), "DS", chain=True)
                    message = parse_message(answer.data)
                    signed = message is not None and any(one.rdtype == dns.rdatatype.DS for one in message.answer)
                    done[zone] = signed
                    if signed:
                        self._dns("dns", server, zone.to_text(), "DNSKEY", chain=True)

    def _dns(
        self, about: Question, server: NameServerAddress, name: str, kind: str, *, chain: bool = False
    ) -> WireAnswer:
        to = f"[{server.address}]:{server.port}" if ":" in server.address else f"{server.address}:{server.port}"
        facts = {"name": name, "kind": kind} | ({"chain": "yes"} if chain else {})
        try:
            query = make_query(name, kind)
        except (dns.exception.DNSException, UnicodeError) as error:
            self._log.note(about, to, f"{name} {kind}", "refused", type(error).__name__, facts=facts)
            return WireAnswer("refused")
        answer = ask_dns(server.address, server.port, query, self._plan.bounds)
        stem = self._log.number("dns")
        kept = {"query": self._log.put(f"{stem}.query", query.to_wire(), "application/dns-message")}
        if answer.data:
            kept["answer"] = self._log.put(f"{stem}.answer", answer.data, "application/dns-message")
        facts |= {"transport": answer.detail} if answer.ended == "answered" else {}
        detail = "" if answer.ended == "answered" else answer.detail
        self._log.note(about, to, f"{name} {kind}", answer.ended, detail, files=kept, facts=facts)
        return answer


def resolve_addresses(host: str, sources: HostingSources, bounds: LookupBounds | None = None) -> tuple[str, ...]:
    """What a host name points to now, by this machine's resolver and the name servers of `sources`, sorted."""
    found: set[str] = set()
    with contextlib.suppress(OSError, UnicodeError):
        found = {str(item[4][0]).partition("%")[0] for item in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    for server in sources.name_servers:
        for kind in ("A", "AAAA"):
            with contextlib.suppress(dns.exception.DNSException, UnicodeError):
                answer = ask_dns(server.address, server.port, make_query(host, kind), bounds or LookupBounds())
                found |= set(read_dns_answer(server.address, host, kind, answer.data, _NEVER, ()).values)
    return tuple(sorted(found))


def _own_servers() -> tuple[NameServerAddress, ...]:
    """The name servers that this machine uses."""
    try:
        resolver = dns.resolver.Resolver()
    except (dns.exception.DNSException, OSError):
        return ()
    return tuple(NameServerAddress(str(one), resolver.port) for one in resolver.nameservers[:4])
