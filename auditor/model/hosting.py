"""Where a deployment runs: what was asked about an address, what was answered, and what may be said because of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal

from auditor.model.notes import Note

AddressUse = Literal["public", "private", "shared", "benchmark", "loopback", "link_local", "documentation", "special"]
"""What an address is set aside for. `shared`: 100.64.0.0/10, behind a carrier's translation; `benchmark`:
198.18.0.0/15, which proxies hand out in place of an address."""

Question = Literal["bootstrap", "rdap", "whois", "delegated", "origin", "ranges", "reverse", "dns"]
Transport = Literal["answered", "timed_out", "unreachable", "cut", "too_large", "refused"]
"""How a question ended on the wire. `cut`: the answer ended early; `refused`: it led where a look-up may not go."""

RegistryOutcome = Literal[
    "holder",
    "no_holder_named",
    "stub",
    "another_range",
    "whole_internet",
    "not_found",
    "rate_limited",
    "error_status",
    "not_read",
    "no_answer",
    "loop",
    "not_asked",
]
"""What a registry's answer is worth. Only `holder` names one.

=================  ===================================================================================================
`holder`           a range that contains the address, and an organisation that it is registered for
`no_holder_named`  a range that contains the address, and nobody named
`stub`             the registry says that another registry keeps this range
`another_range`    the answer is about a range that does not contain the address
`whole_internet`   the answer is about all addresses there are, or about a block that IANA itself holds
`not_found`        the registry says that it has no such object
`rate_limited`     the registry asked to be left alone; asked again at the time it named, at the earliest
`error_status`     an HTTP status that is no answer
`not_read`         bytes came and are kept; they are not what the protocol allows
`no_answer`        nothing came, or not in time
`loop`             the answer led round in a circle, or on more often than is followed
`not_asked`        nobody was asked: no server is named for the address, or none is configured
=================  ===================================================================================================
"""

RungName = Literal["connected", "resolved", "key_answered", "registered", "announced", "listed", "stated", "decided"]
RUNGS: tuple[RungName, ...] = (
    "connected", "resolved", "key_answered", "registered", "announced", "listed", "stated", "decided",
)  # fmt: skip
"""The eight sentences in their order, the weakest about the host first. Only the last one says who hosts."""
RungStatus = Literal["shown", "not_shown", "not_checked"]
"""`not_shown`: it was looked for and is not there; `not_checked`: nobody looked, which is never an answer."""
SignedBy = Literal["nobody", "zone", "server", "person"]
IntermediaryAnswer = Literal["seen", "no_sign", "not_checked"]
"""Whether something stands between the visitor and the content. `no_sign` is never `direct`."""
DnssecStatus = Literal["secure", "insecure", "bogus", "indeterminate"]
"""RFC 4035 §4.3, by the chain that was kept: `secure` down to the answer; `insecure`: a signed proof that the zone is
not signed; `bogus`: a signature does not hold; `indeterminate`: the chain cannot be followed to its end."""
DnsOutcome = Literal["addresses", "no_data", "no_such_name", "server_failure", "refused", "no_answer", "not_read"]


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One question of a look-up, as it was put, and how it ended on the wire."""

    about: Question
    to: str
    """Address of the server, or path of the file that was looked into."""
    asked: str
    """The question in its protocol's own words."""
    at: datetime
    ended: Transport
    detail: str = ""
    """What the operating system or the library said of a failure."""
    files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Role (`body`, `head`, `query`, `answer`) to path in the package."""
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Short facts of the source: `sha256` and `bytes` of a whole file, its `dated`, its `name`."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """What was asked about one address on one day. Everything else is read from the bytes that came."""

    address: str
    asked: tuple[AskedQuestion, ...]
    names: tuple[str, ...] = ()
    """Host names that were resolved with it."""
    deployments: tuple[str, ...] = ()
    """For which deployments."""


@dataclass(frozen=True, slots=True)
class NamedParty:
    """Somebody named in a registry's answer, with the object that names it: objects are never merged."""

    object: str
    role: str
    name: str
    handle: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class RegistryAnswer:
    """What one registry says about the range that holds the address."""

    source: Literal["rdap", "whois", "delegated"]
    server: str
    outcome: RegistryOutcome
    cites: tuple[str, ...] = ()
    """Paths of the bytes it was read from."""
    range: str = ""
    """First and last address, or the prefix, as the registry writes it."""
    name: str = ""
    handle: str = ""
    holder: str = ""
    """Empty unless the outcome is `holder`."""
    parties: tuple[NamedParty, ...] = ()
    changed: str = ""
    """When the record was last changed, as the registry writes it."""
    charset: str = ""
    """How its text was decoded; the bytes are kept."""
    retry_after: str = ""
    remarks: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class AnnouncedPrefix:
    """A prefix that holds the address, and every origin the data set has for it."""

    prefix: str
    origins: tuple[int, ...]
    """Autonomous systems, sorted; all of a set."""


@dataclass(frozen=True, slots=True)
class OriginAnswer:
    """What a dated data set of announcements says of the address."""

    data_set: str
    dated: date | None
    sha256: str
    prefixes: tuple[AnnouncedPrefix, ...]
    """Every covering prefix, the longest first. Empty: not in this data set, which is not `not announced`."""
    cites: tuple[str, ...] = ()
    remarks: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishedRange:
    """A range in which a provider's own list has the address."""

    provider: str
    service: str
    prefix: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class RangeAnswer:
    """What a provider's published list says of the address."""

    provider: str
    dated: str
    """As the list says; empty where it does not."""
    sha256: str
    ranges: tuple[PublishedRange, ...]
    read: bool
    """Whether the list could be read at all."""
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """What one name server answered to one question."""

    server: str
    name: str
    kind: str
    """`A`, `AAAA`, `PTR`."""
    outcome: DnsOutcome
    values: tuple[str, ...] = ()
    """Sorted: sets are compared, not strings."""
    aliases: tuple[str, ...] = ()
    """The CNAMEs on the way, in order."""
    dnssec: DnssecStatus | None = None
    """None where no chain was asked for."""
    dnssec_why: Note | None = None
    extended: str = ""
    """Extended DNS error (RFC 8914), as the server gives it."""
    at: datetime | None = None
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostingReading:
    """What the stored bytes of one look-up say. Pure: the same bytes give the same reading."""

    reader: str
    """Name and version of the reader."""
    address: str
    use: AddressUse
    asked_at: datetime
    registries: tuple[RegistryAnswer, ...] = ()
    origins: OriginAnswer | None = None
    ranges: tuple[RangeAnswer, ...] = ()
    reverse: tuple[DnsAnswer, ...] = ()
    dns: tuple[DnsAnswer, ...] = ()
    remarks: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenConnection:
    """An address that a visit was connected to."""

    capture: str
    host: str
    address: str
    at: datetime
    port: int | None = None
    main: bool = False
    """Whether it gave the page's own document."""
    asked: str = ""
    """The origin that was asked for, where it is the page's own document."""
    answered: str = ""
    """The origin that answered."""


ProofName = Literal["names", "handshake", "packets", "route"]
ProofOutcome = Literal["kept", "partial", "not_checked"]
ProofReason = Literal[
    "", "off", "proxy", "no_connection", "no_name", "no_server", "no_tls", "no_token", "not_allowed", "no_answer",
    "dropped", "elsewhere", "keys_cut",
]  # fmt: skip
"""Why a proof is missing or partial. `off`: `targets.yaml` does not ask for it; `proxy`: connections go through a
declared proxy; `not_allowed`: the operating system refuses; `dropped`: the record lacks packets; `elsewhere`: the page
came from an address that was not recorded; `keys_cut`: of the keys of its connections the newest alone were read, or
none could be."""


@dataclass(frozen=True, slots=True)
class VisitProof:
    """One of the proofs that a visit may keep beside its pages, or why it was not."""

    name: ProofName
    outcome: ProofOutcome
    lack: ProofReason = ""
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class SignedMoment:
    """What a kept handshake shows: the certificate's key signed over a timestamp of ours, or why it does not."""

    capture: str
    host: str
    fault: Literal["", "not_read", "other_moment", "signature", "algorithm"]
    protocol: str = ""
    certificate: str = ""
    """SHA-256."""
    subject: str = ""
    whole: bool = False
    """Whether it is over every message, not over the randoms alone."""
    at: str = ""
    """The time of the token, as it says itself."""
    authority: str = ""
    practice: bool = False
    """Whether that is a practice authority, whose timestamps prove nothing."""
    same: bool | None = None
    """Whether the page itself came with this certificate; None where the visit kept none to compare."""


@dataclass(frozen=True, slots=True)
class HostAttachment:
    """What a person looked up where no program may: an ICP filing, a registry's page. Kept raw."""

    id: str
    subject: str
    """Deployment or address."""
    kind: Literal["icp", "registry", "other"]
    says: str
    """What it states, in the person's words: the registrant, the number."""
    looked_up_on: date
    by: str
    package: str
    file: str


@dataclass(frozen=True, slots=True)
class HostDecision:
    """A named person's decision that somebody hosts a deployment."""

    id: str
    host: str
    by: str
    why: str
    at: datetime
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LadderRung:
    """One of the eight sentences, with its proof."""

    name: RungName
    status: RungStatus
    says: Note
    cites: tuple[str, ...] = ()
    """Ids of captures, look-ups, attachments or decisions, and paths in their packages."""
    signed_by: SignedBy = "nobody"
    """Which third party put its signature under it, beside our own record of it."""


@dataclass(frozen=True, slots=True)
class Intermediary:
    """Whether an intermediary answered, with every sign by itself: no score."""

    answer: IntermediaryAnswer
    signs: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class HostingRecord:
    """Everything that may be said about where one address, or one deployment at it, runs."""

    address: str
    deployment: str
    """Empty where an address was asked about by itself."""
    ladder: tuple[LadderRung, ...]
    intermediary: Intermediary
    reading: HostingReading | None = None
    """None before the first look-up."""
    lookup: str = ""
    """Id of the look-up."""
    attachments: tuple[HostAttachment, ...] = ()
    connections: tuple[SeenConnection, ...] = ()
    proofs: tuple[VisitProof, ...] = ()
    """What the newest visit kept beside its pages; empty where it was not asked to."""
