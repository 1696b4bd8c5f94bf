"""A whole look-up of one address: what is asked, in which order, and under which names it is staged.

Each answer is staged before the next question is put: an interruption loses no more than the question under way, and
what was staged then ends as a gap. The order is that of the ladder: registries, data sets, lists, names.
"""

from __future__ import annotations

import contextlib
import hashlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urljoin, urlsplit

import dns.exception
import dns.name
import dns.resolver
import dns.reversename

from auditor.clock import Clock, monotonic
from auditor.hosting.answers.addresses import address_use
from auditor.hosting.answers.data_lines import pick_delegated_lines, pick_origin_lines
from auditor.hosting.answers.lookup_record import NAME, encode_lookup
from auditor.hosting.answers.names.dns_messages import parse_message, read_dns_answer
from auditor.hosting.answers.reading import READER, READING, ROOT_KEYS, encode_reading, read_lookup
from auditor.hosting.answers.registries.bootstrap import read_bootstrap
from auditor.hosting.answers.registries.whois import find_referral
from auditor.hosting.lookup.bounds import LookupBounds, WireAnswer, why_not_followed, why_not_led
from auditor.hosting.lookup.dns_socket import ask_dns, make_query
from auditor.hosting.lookup.http import fetch
from auditor.hosting.lookup.whois_socket import ask_whois
from auditor.model.captures import Stage
from auditor.model.hosting import AskedQuestion, HostingReading, Lookup, Question, Transport
from auditor.model.targets.estate import DataSetFile, HostingSources, NameServerAddress, RangeList

MADE_BY = "auditor.hosting"
MAX_CHAIN = 40
"""Questions for one chain of signatures."""
Wait = Callable[[float], None]
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LookupPlan:
    """What is asked about one address."""

    address: str
    sources: HostingSources
    base: Path
    """Folder of `targets.yaml`, below which data sets lie."""
    names: tuple[str, ...] = ()
    """Host names that are resolved with it."""
    deployments: tuple[str, ...] = ()
    bounds: LookupBounds = field(default_factory=LookupBounds)


def iana_root_keys() -> bytes:
    """IANA's root keys as they are shipped: those of 2017 and 2024."""
    return files("auditor.hosting.lookup").joinpath("root-keys.txt").read_bytes()


def look_up(plan: LookupPlan, stage: Stage, clock: Clock, wait: Wait) -> tuple[Lookup, HostingReading]:
    """Ask everything, stage every answer, and read the whole from the staged bytes.

    `wait`: sleeps so many seconds, for politeness. Raises `VaultError` where nothing can be stored; a server that is
    away, slow or wrong raises nothing.
    """
    survey = _Survey(plan, stage, clock, wait)
    survey.registries()
    survey.data_sets()
    survey.ranges()
    survey.names()
    lookup = Lookup(plan.address, tuple(survey.asked), plan.names, plan.deployments)
    survey.put(NAME, encode_lookup(lookup), "application/json")
    reading = read_lookup(survey.kept)
    survey.put(READING, encode_reading(reading), "application/json", made_by=READER)
    return lookup, reading


class _Survey:
    """One look-up under way."""

    def __init__(self, plan: LookupPlan, stage: Stage, clock: Clock, wait: Wait) -> None:
        self.plan, self._stage, self._clock, self._wait = plan, stage, clock, wait
        self.address = ip_address(plan.address)
        self.asked: list[AskedQuestion] = []
        self.kept: dict[str, bytes] = {}
        self._last: dict[str, float] = {}
        self._numbers: dict[str, int] = {}

    def put(self, path: str, data: bytes, media_type: str, *, made_by: str = MADE_BY) -> str:
        self._stage.put(path, data, media_type=media_type, made_by=made_by)
        self.kept[path] = data
        return path

    def _note(
        self, about: Question, to: str, asked: str, ended: Transport, detail: str = "", **more: dict[str, str]
    ) -> None:
        paths, facts = MappingProxyType(more.get("files", {})), MappingProxyType(more.get("facts", {}))
        self.asked.append(AskedQuestion(about, to, asked, self._clock(), ended, detail, paths, facts))

    def _number(self, folder: str) -> str:
        self._numbers[folder] = self._numbers.get(folder, 0) + 1
        return f"{folder}/{self._numbers[folder]:02d}"

    def _be_polite(self, server: str) -> None:
        """Wait until the pause since the last question to this server has passed."""
        last = self._last.get(server)
        if last is not None and (left := last + self.plan.sources.pause_seconds - monotonic()) > 0:
            self._wait(left)
        self._last[server] = monotonic()

    def registries(self) -> None:
        """The bootstrap file, the RDAP server that it names, and WHOIS."""
        name = f"ipv{self.address.version}.json"
        url = urljoin(self.plan.sources.rdap_bootstrap, name)
        answer = self._http("bootstrap", url, f"bootstrap/{name}", self.plan.bounds.body)
        served = read_bootstrap(answer.data, self.address)
        if served.servers:
            self._rdap(served.servers)
        if self.plan.sources.whois and (served.servers or address_use(self.address) == "public"):
            self._whois(self.plan.sources.whois, self.plan.sources.whois_port)

    def _http(self, about: Question, url: str, path: str, most: int, **facts: str) -> WireAnswer:
        """One request, kept as `path` with `path.head`."""
        self._be_polite(urlsplit(url).netloc)
        answer = fetch(url, self.plan.bounds, most)
        kept: dict[str, str] = {}
        if answer.head:
            kept["head"] = self.put(f"{path}.head", answer.head, "text/plain")
        if answer.head and answer.ended in ("answered", "cut"):
            kept["body"] = self.put(path, answer.data, "application/octet-stream")
        self._note(about, url, f"GET {url}", answer.ended, answer.detail, files=kept, facts=facts)
        return answer

    def _rdap(self, servers: tuple[str, ...]) -> None:
        """The first server that can be reached, and on along its redirects; each hop is kept."""
        for server in servers[:2]:
            first = urljoin(server, f"ip/{self.address}")
            if self._rdap_chain(first):
                return

    def _rdap_chain(self, first: str) -> bool:
        """Whether the server could be reached at all."""
        url, seen, patient = first, {first}, True
        for _ in range(self.plan.bounds.hops + 1):
            answer = self._http("rdap", url, f"{self._number('rdap')}.body", self.plan.bounds.body)
            if answer.ended != "answered":
                return answer.ended != "unreachable"
            if answer.status == 429 and patient and (seconds := _short(answer.retry_after, self.plan.bounds.patience)):
                patient = False
                self._wait(seconds)
                continue
            if answer.status not in (301, 302, 303, 307, 308) or not answer.location:
                return True
            url = urljoin(url, answer.location)
            why = "asked before: led round in a circle" if url in seen else why_not_followed(first, url)
            if why:
                self._note("rdap", url, f"GET {url}", "refused", why)
                return True
            seen.add(url)
        self._note("rdap", url, f"GET {url}", "refused", f"more than {self.plan.bounds.hops} redirects")
        return True

    def _whois(self, host: str, port: int) -> None:
        """The first server, and on along its referrals; each answer is kept."""
        first, seen = host, {(host, port)}
        for _ in range(self.plan.bounds.hops):
            self._be_polite(f"{host}:{port}")
            answer = ask_whois(host, port, str(self.address), self.plan.bounds)
            kept = {}
            if answer.data:
                kept["body"] = self.put(f"{self._number('whois')}.raw", answer.data, "application/octet-stream")
            self._note("whois", f"{host}:{port}", str(self.address), answer.ended, answer.detail, files=kept)
            led = find_referral(answer.data) if answer.data else None
            if led is None or led == (host, port):
                return
            why = "asked before: led round in a circle" if led in seen else why_not_led(first, led[0])
            host, port = led
            if why:
                self._note("whois", f"{host}:{port}", str(self.address), "refused", why)
                return
            seen.add(led)
        self._note(
            "whois", f"{host}:{port}", str(self.address), "refused", f"more than {self.plan.bounds.hops} referrals"
        )

    def data_sets(self) -> None:
        """The lines of dated files that concern the address, with the digest of the whole file."""
        origins = self.plan.sources.origins
        if origins is not None:
            self._lines("origin", origins, "origin/lines", lambda rows: pick_origin_lines(rows, self.address))
        for name, one in self.plan.sources.delegated.items():
            self._lines(
                "delegated", one, f"delegated/{name}.lines", lambda rows: pick_delegated_lines(rows, self.address)
            )

    def _lines(
        self, about: Question, source: DataSetFile, path: str, pick: Callable[[Iterator[bytes]], Iterator[bytes]]
    ) -> None:
        digest, size = hashlib.sha256(), 0

        def rows(handle: Iterator[bytes]) -> Iterator[bytes]:
            nonlocal size
            for row in handle:
                digest.update(row)
                size += len(row)
                yield row

        name = source.name or source.id or source.file
        try:
            with (self.plan.base / source.file).open("rb") as handle:
                found = b"".join(line if line.endswith(b"\n") else line + b"\n" for line in pick(rows(iter(handle))))
        except OSError as error:
            asked, why = f"lines with {self.address}", error.strerror or ""
            self._note(about, source.file, asked, "unreachable", why, facts={"name": name})
            return
        facts = {
            "name": name, "dated": source.dated.isoformat(), "sha256": digest.hexdigest(), "bytes": str(size),
        }  # fmt: skip
        kept = {"body": self.put(path, found, "text/plain")}
        self._note(about, source.file, f"lines with {self.address}", "answered", files=kept, facts=facts)

    def ranges(self) -> None:
        """Providers' published lists, whole."""
        for provider, source in self.plan.sources.ranges.items():
            path = f"ranges/{_safe(provider)}"
            if source.url:
                self._http("ranges", source.url, path, self.plan.bounds.ranges, name=provider)
            else:
                self._range_file(provider, source, path)

    def _range_file(self, provider: str, source: RangeList, path: str) -> None:
        asked, facts = f"ranges with {self.address}", {"name": provider}
        try:
            with (self.plan.base / source.file).open("rb") as handle:
                data = handle.read(self.plan.bounds.ranges + 1)
        except OSError as error:
            self._note("ranges", source.file, asked, "unreachable", error.strerror or "", facts=facts)
            return
        if len(data) > self.plan.bounds.ranges:
            self._note(
                "ranges", source.file, asked, "too_large", f"more than {self.plan.bounds.ranges} bytes", facts=facts
            )
            return
        kept = {"body": self.put(path, data, "application/octet-stream")}
        self._note("ranges", source.file, asked, "answered", files=kept, facts=facts)

    def names(self) -> None:
        """The reverse name, then every name at every server, then the chain of signatures above the answers."""
        servers = self.plan.sources.name_servers or _own_servers()
        if not servers:
            return
        reverse = dns.reversename.from_address(str(self.address)).to_text()
        self._dns("reverse", servers[0], reverse, "PTR")
        kind = "A" if self.address.version == 4 else "AAAA"
        owners: list[str] = []
        for name in self.plan.names:
            for server in servers:
                answer = self._dns("dns", server, name, kind)
                if answer.data and not owners[MAX_CHAIN:]:
                    said = read_dns_answer(server.address, name, kind, answer.data, self._clock(), ())
                    owners += [
                        one for one in (name, *said.aliases) if one not in owners and said.outcome == "addresses"
                    ]
        if owners:
            self.put(ROOT_KEYS, self._root_keys(), "text/plain")
            self._chain(servers[0], owners)

    def _root_keys(self) -> bytes:
        own = self.plan.sources.root_keys
        return (self.plan.base / own).read_bytes() if own else iana_root_keys()

    def _chain(self, server: NameServerAddress, owners: list[str]) -> None:
        """DS and DNSKEY of every zone above the names, from the root down; not below one that is not signed."""
        self._dns("dns", server, ".", "DNSKEY", chain=True)
        done: dict[dns.name.Name, bool] = {dns.name.root: True}
        for owner in owners:
            try:
                labels = dns.name.from_text(owner).labels
            except dns.exception.DNSException:  # an alias whose text was shortened
                continue
            for count in range(2, len(labels) + 1):
                zone = dns.name.Name(labels[-count:])
                if zone not in done and len(done) < MAX_CHAIN:
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
            self._note(about, to, f"{name} {kind}", "refused", type(error).__name__, facts=facts)
            return WireAnswer("refused")
        answer = ask_dns(server.address, server.port, query, self.plan.bounds)
        stem = self._number("dns")
        kept = {"query": self.put(f"{stem}.query", query.to_wire(), "application/dns-message")}
        if answer.data:
            kept["answer"] = self.put(f"{stem}.answer", answer.data, "application/dns-message")
        facts |= {"transport": answer.detail} if answer.ended == "answered" else {}
        detail = "" if answer.ended == "answered" else answer.detail
        self._note(about, to, f"{name} {kind}", answer.ended, detail, files=kept, facts=facts)
        return answer


def _short(retry_after: str, most: float) -> float:
    """Seconds that a server asks for, where they are few enough to wait; else 0. A date is never waited for."""
    text = retry_after.strip()
    seconds = float(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0.0
    return seconds if 0 < seconds <= most else 0.0


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


def _safe(name: str) -> str:
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "-" for letter in name)[:60]
