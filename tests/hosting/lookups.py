"""A look-up against practice registers, with what it stages kept in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from auditor.clock import now
from auditor.demo.http_server import LoopbackServer
from auditor.demo.registers import NameServer, RdapServer, SignedZones, WhoisServer
from auditor.hosting import LookupBounds, LookupPlan, look_up
from auditor.model.captures import Artefact
from auditor.model.hosting import HostingReading, Lookup, RegistryAnswer
from auditor.model.targets.estate import HostingSources, NameServerAddress

HOLDERS = {"203.0.113.0/24": "某云计算有限公司", "203.0.113.64/26": "Example CDN Ltd", "2001:db8::/32": "Six Hosting"}
ADDRESS = "203.0.113.10"
QUICK = LookupBounds(connect=2.0, whole=2.0, whois=1.0, dns=1.0, patience=1.0)


@dataclass
class MemoryStage:
    """A `Stage` that keeps what is put; the same path twice is refused, but for its sealed original beside it."""

    files: dict[str, bytes] = field(default_factory=dict)
    originals: dict[str, bytes] = field(default_factory=dict)
    """What was put sealed."""

    def put(self, path: str, data: bytes, *, media_type: str, made_by: str, sealed: bool = False) -> Artefact:
        kept = self.originals if sealed else self.files
        assert path not in kept
        kept[path] = data
        return Artefact(path, media_type, hashlib.sha256(data).hexdigest(), len(data), made_by)


@dataclass
class Registers:
    """Servers that answer a look-up, and the sources that lead to them."""

    rdap: RdapServer
    whois: WhoisServer
    names: NameServer
    zones: SignedZones
    sources: HostingSources
    base: Path
    waited: list[float] = field(default_factory=list)

    def look(
        self, address: str = ADDRESS, names: tuple[str, ...] = (), bounds: LookupBounds = QUICK, **sources: object
    ) -> tuple[HostingReading, dict[str, bytes], Lookup]:
        """One look-up: what is read, what was staged, what was asked."""
        stage = MemoryStage()
        chosen = replace(self.sources, **sources)  # type: ignore[arg-type]
        plan = LookupPlan(address, chosen, self.base, names, (), bounds)
        lookup, reading = look_up(plan, stage, now, self.waited.append)
        return reading, stage.files, lookup

    def rdap_of(self, address: str) -> RegistryAnswer:
        """What RDAP alone says of an address."""
        reading, _, _ = self.look(address, whois="", name_servers=(NameServerAddress("127.0.0.1", 9),))
        (answer,) = reading.registries
        return answer


ZONES = {
    "example.": "",
    "suspect.example.": "suspect.example. 300 IN A 203.0.113.10\nwww.suspect.example. 300 IN CNAME suspect.example.\n",
    "bogus.example.": "www.bogus.example. 300 IN A 203.0.113.10\n",
    "plain.example.": "www.plain.example. 300 IN A 203.0.113.10\n",
    "cdn.example.": "www.cdn.example. 300 IN CNAME edge.provider.example.\n",
    "provider.example.": "edge.provider.example. 300 IN A 203.0.113.70\n",
    "odd.example.": "a.odd.example. 300 IN CNAME b.odd.example.\nb.odd.example. 300 IN CNAME a.odd.example.\n"
    "fake.odd.example. 300 IN A 198.18.0.7\nlong.odd.example. 300 IN A 203.0.113.10\n",
}


@contextmanager
def registers(base: Path) -> Iterator[Registers]:
    """RDAP, WHOIS and a name server on loopback."""
    zones = SignedZones(ZONES, unsigned=frozenset({"plain.example."}), broken=frozenset({"bogus.example."}))
    base.mkdir(parents=True, exist_ok=True)
    (base / "root.ds").write_text(zones.root_keys)
    rdap = RdapServer(HOLDERS)
    server = LoopbackServer(rdap, name="rdap", port=0)
    server.start()
    rdap.base = server.url
    try:
        with WhoisServer({}) as whois, NameServer(zones) as names:
            sources = HostingSources(
                rdap_bootstrap=f"{server.url}dns/",
                whois="127.0.0.1",
                whois_port=whois.port,
                name_servers=(NameServerAddress("127.0.0.1", names.port),),
                root_keys="root.ds",
                pause_seconds=0,
            )
            yield Registers(rdap, whois, names, zones, sources, base)
    finally:
        server.stop()


DAY = date(2026, 11, 20)
