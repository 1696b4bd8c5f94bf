"""What one visit keeps about where it is connected to, as `targets.yaml` asks: begun before the pages, ended after.

Everything lies below `hosting/` in the visit's own package. What was not asked for, is not allowed or did not answer is
*not checked*, with its reason; the visit goes on whatever comes of it.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

from auditor.clock import Clock
from auditor.formats import canonical_json
from auditor.formats.web_origins import host_of
from auditor.hosting.answers.addresses import parse_address
from auditor.hosting.answers.captured_traffic import port_of
from auditor.hosting.answers.lookup_record import NAME, encode_lookup
from auditor.hosting.answers.visits.packet_file import (
    client_randoms,
    encode_packets,
    headers_only,
    split_key_log,
)
from auditor.hosting.answers.visits.visit_record import (
    FOLDER,
    HANDSHAKE,
    HANDSHAKE_SECRETS,
    MOMENT,
    PACKETS,
    ROUTE,
    TRAFFIC_SECRETS,
    VISIT,
    encode_visit,
)
from auditor.hosting.lookup.answer_log import MADE_BY, AnswerLog, LookupPlan
from auditor.hosting.lookup.bounds import LookupBounds
from auditor.hosting.lookup.name_survey import NameSurvey, resolve_addresses
from auditor.hosting.visit.handshake_probe import probe_handshake
from auditor.hosting.visit.packet_recorder import PacketRecorder
from auditor.hosting.visit.tcp_route import trace_route
from auditor.model.captures import Artefact, Stage, WithheldSecret
from auditor.model.hosting import Lookup, ProofName, ProofOutcome, ProofReason, VisitProof
from auditor.model.targets.estate import HostingSources

MAX_ADDRESSES = 12
MAX_KEY_LOG = 8 << 20
DNS_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class StampedMoment:
    """A timestamp that was taken before the visit: what was stamped, the question, the answer as it came."""

    data: bytes
    request: bytes
    response: bytes
    authority: str
    practice: bool
    """Whether it is a practice authority, whose timestamps prove nothing."""
    at: str


@dataclass(frozen=True, slots=True)
class VisitProofPlan:
    """One visit, and what is kept of it."""

    deployment: str
    url: str
    sources: HostingSources
    base: Path
    """Folder of `targets.yaml`."""
    proxied: bool = False
    """Whether connections go through a declared proxy: then nothing is asked past it."""
    client_certificate: bool = False
    """Whether a handshake with this host, of this visit or another, holds a client's certificate: then no key is
    disclosable."""
    key_log: Path | None = None
    """Where the browser writes the keys of its connections."""


class VisitProofs:
    """The proofs of one visit. `begin` before the first page is loaded, `end` after the last."""

    def __init__(self, plan: VisitProofPlan, stage: Stage, clock: Clock, moment: Callable[[], StampedMoment | None]):
        """`moment`: asks an authority for a timestamp; None where none came."""
        self._plan, self._stage, self._clock, self._ask_moment = plan, stage, clock, moment
        self._wanted = plan.sources.visits
        self._found: dict[ProofName, VisitProof] = {}
        self._recorder: PacketRecorder | None = None
        self._addresses: tuple[str, ...] = ()
        self._moment: StampedMoment | None = None
        self._host = host_of(plan.url).rstrip(".")
        self._keys_from = 0
        self._recording = threading.Lock()
        self._abandoned = False
        self.artefacts: list[Artefact] = []
        self.withheld: list[WithheldSecret] = []

    def begin(self) -> None:
        """Ask names, take the timestamp, begin to record packets. Raises `VaultError` where nothing can be stored."""
        self._keys_from = _size_of(self._plan.key_log)
        if self._plan.proxied:
            return
        host = self._host
        bounds = LookupBounds(dns=DNS_SECONDS)
        sources = self._plan.sources if self._wanted.names else HostingSources()
        self._addresses = (
            (_literal(host),) if _literal(host) else resolve_addresses(host, sources, bounds)[:MAX_ADDRESSES]
        )
        if self._wanted.handshake and self._plan.url.startswith("https:"):
            self._moment = self._ask_moment()
        if self._wanted.names:
            self._names()
        with self._recording:
            if self._wanted.packets and self._addresses and not self._abandoned:
                self._recorder = PacketRecorder(self._addresses)
                self._recorder.start()

    def end(self, connected: str) -> None:
        """`connected`: address and port that the page came from, as the visit recorded them; empty where none."""
        said = parse_address(connected)
        address, port = (str(said.address), said.port or 0) if said.address is not None else ("", 0)
        try:
            if not self._plan.proxied and self._wanted.handshake:
                self._handshake(address, port)
            if not self._plan.proxied and self._wanted.route:
                self._route(address, port)
        finally:
            if self._recorder is not None:
                self._packets(self._recorder, address)
        told = [self._found.get(name) or self._missing(name) for name in ("names", "handshake", "packets", "route")]
        self._put(VISIT, encode_visit(told), "application/json")

    def _missing(self, name: ProofName) -> VisitProof:
        if not getattr(self._wanted, name):
            return VisitProof(name, "not_checked", "off")
        if self._plan.proxied:
            return VisitProof(name, "not_checked", "proxy")
        return VisitProof(name, "not_checked", "no_name" if not self._addresses else "no_connection")

    def _set(
        self, name: ProofName, outcome: ProofOutcome, lack: ProofReason = "", facts: Mapping[str, str] | None = None
    ) -> None:
        self._found[name] = VisitProof(name, outcome, lack, MappingProxyType(dict(facts or {})))

    def abandon(self) -> None:
        """End what runs, of a visit that is not kept; a `begin` that still runs elsewhere records nothing then."""
        with self._recording:
            self._abandoned = True
            if self._recorder is not None:
                self._recorder.stop()

    def _put(self, path: str, data: bytes, media_type: str, *, sealed: bool = False) -> None:
        self.artefacts.append(
            self._stage.put(FOLDER + path, data, media_type=media_type, made_by=MADE_BY, sealed=sealed)
        )

    def _names(self) -> None:
        host = self._host
        if _literal(host) or not self._addresses:
            self._set("names", "not_checked", "no_name")
            return
        plan = LookupPlan(
            self._addresses[0],
            self._plan.sources,
            self._plan.base,
            (host,),
            (self._plan.deployment,),
            LookupBounds(dns=DNS_SECONDS),
        )
        log = AnswerLog(_Keeping(self._stage, self.artefacts), self._clock, FOLDER)
        with contextlib.suppress(OSError):  # a file of root keys that cannot be read: the answers are kept
            NameSurvey(plan, log, reverse=False).ask_each([(host, "A"), (host, "AAAA")])
        log.put(NAME, encode_lookup(Lookup(plan.address, tuple(log.asked), plan.names, plan.deployments)), _JSON)
        answered = len({one.to for one in log.asked if one.ended == "answered" and one.facts.get("chain") != "yes"})
        asked = len({one.to for one in log.asked if one.facts.get("chain") != "yes"})
        if not asked:
            self._set("names", "not_checked", "no_server")
        else:
            outcome: ProofOutcome = "kept" if answered else "not_checked"
            self._set(
                "names", outcome, "" if answered else "no_answer", {"servers": str(asked), "answered": str(answered)}
            )

    def _handshake(self, address: str, port: int) -> None:
        if not self._plan.url.startswith("https:"):
            self._set("handshake", "not_checked", "no_tls")
        elif self._moment is None:
            self._set("handshake", "not_checked", "no_token")
        elif not address or port != port_of(self._plan.url):
            self._set("handshake", "not_checked", "no_connection")
        else:
            moment, host = self._moment, self._host
            for suffix, data in (("data", moment.data), ("tsq", moment.request), ("tsr", moment.response)):
                self._put(f"{MOMENT}.{suffix}", data, "application/octet-stream")
            found = probe_handshake(address, port, "" if _literal(host) else host, moment.response)
            facts = {"address": address, "port": str(port), "host": host}
            if found.ended == "answered":
                self._put(HANDSHAKE, found.messages, "application/octet-stream")
                facts |= {"at": moment.at, "authority": moment.authority}
                self._set("handshake", "kept", "", facts | ({"practice": "yes"} if moment.practice else {}))
            else:
                self._set("handshake", "not_checked", "no_answer", facts | {"detail": found.detail[:200]})

    def _route(self, address: str, port: int) -> None:
        if not address or not port:
            self._set("route", "not_checked", "no_connection")
            return
        found = trace_route(address, port)
        if found.problem and not found.hops:
            self._set("route", "not_checked", "not_allowed", {"detail": found.problem})
            return
        body = {"format": "auditor.route/1", "address": address, "port": port, "reached": found.reached,
                "problem": found.problem, "hops": [_hop(asdict(one)) for one in found.hops]}  # fmt: skip
        self._put(ROUTE, canonical_json.encode(body), _JSON)
        facts = {"hops": str(len(found.hops)), "reached": "yes" if found.reached else "no"}
        self._set("route", "kept", "", facts)

    def _packets(self, recorder: PacketRecorder, address: str) -> None:
        found = recorder.stop()
        if found.problem:
            self._set("packets", "not_checked", "not_allowed", {"detail": found.problem})
            return
        name = "" if _literal(self._host) else self._host
        self._put(PACKETS, encode_packets(headers_only(found.packets, name)), _PCAP)
        self._put(PACKETS, encode_packets(found.packets), _PCAP, sealed=True)
        self.withheld.append(WithheldSecret(FOLDER + PACKETS, "payload of packets", len(found.packets)))
        facts = {"packets": str(len(found.packets)), "dropped": str(found.dropped), "of": ", ".join(self._addresses)}
        elsewhere = bool(address) and address not in self._addresses
        lack: ProofReason = "elsewhere" if elsewhere else "dropped" if found.dropped else ""
        self._set("packets", "partial" if lack else "kept", lack, facts)
        if self._plan.key_log is not None:
            self._keys(self._plan.key_log, client_randoms(found.packets, name))

    def _keys(self, path: Path, randoms: frozenset[bytes]) -> None:
        """The lines of this visit's connections. Keys of a handshake with a client's certificate are all sealed."""
        try:
            lines, whole = _read_since(path, self._keys_from)
        except OSError:
            lines, whole = [], not randoms
        handshake, traffic = split_key_log(lines, randoms)
        packets = self._found["packets"]
        lack: ProofReason = packets.lack or ("" if whole else "keys_cut")
        told = {**packets.facts, "key_lines": str(len(handshake) + len(traffic))}
        self._set("packets", "partial" if lack else "kept", lack, told)
        if self._plan.client_certificate:
            handshake, traffic = (), (*handshake, *traffic)
        if handshake:
            self._put(HANDSHAKE_SECRETS, _text(handshake), "text/plain")
        if traffic:
            self._put(TRAFFIC_SECRETS, _text(traffic), "text/plain", sealed=True)
            self.withheld.append(WithheldSecret(FOLDER + HANDSHAKE_SECRETS, "keys of traffic", len(traffic)))


def _size_of(path: Path | None) -> int:
    try:
        return path.stat().st_size if path is not None else 0
    except OSError:  # the browser has made no connection yet
        return 0


def _read_since(path: Path, since: int) -> tuple[list[str], bool]:
    """What was written to a log that every visit of a run shares since it had this size: the newest lines of it, and
    whether these are all."""
    with path.open("rb") as handle:
        start = max(since, handle.seek(0, os.SEEK_END) - MAX_KEY_LOG)
        handle.seek(start)
        data = handle.read(MAX_KEY_LOG)
    return data.decode("ascii", "replace").splitlines()[0 if start == since else 1 :], start == since


_JSON, _PCAP = "application/json", "application/vnd.tcpdump.pcap"


class _Keeping:
    """A stage whose artefacts are listed too."""

    def __init__(self, stage: Stage, artefacts: list[Artefact]) -> None:
        self._stage, self._artefacts = stage, artefacts

    def put(self, path: str, data: bytes, *, media_type: str, made_by: str, sealed: bool = False) -> Artefact:
        found = self._stage.put(path, data, media_type=media_type, made_by=made_by, sealed=sealed)
        self._artefacts.append(found)
        return found


def _text(lines: Sequence[str]) -> bytes:
    return "".join(f"{one}\n" for one in lines).encode()


def _hop(hop: Mapping[str, object]) -> dict[str, object]:
    """Canonical JSON has no fractions: microseconds."""
    took = hop["milliseconds"]
    rest = {name: value for name, value in hop.items() if name != "milliseconds"}
    return rest | {"microseconds": round(took * 1000) if isinstance(took, float) else None}


def _literal(host: str) -> str:
    """The address that a host is written as; empty where it is a name."""
    found = parse_address(host.strip("[]")).address
    return "" if found is None else str(found)
