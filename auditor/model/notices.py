"""Notices to a host: what the law asks for, what a letter holds, how it went out, what came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from auditor.model.notes import Note
from auditor.model.targets.notices import ChannelKind, HostKind, RequestKind

NoticeElement = Literal[
    "identity", "contact_any", "contact_address", "contact_telephone", "contact_email", "ownership", "work",
    "authority", "evidence", "location", "server_address", "request", "truth", "good_faith", "perjury", "signature",
    "channel",
]  # fmt: skip
ELEMENTS: tuple[NoticeElement, ...] = (
    "identity", "contact_any", "contact_address", "contact_telephone", "contact_email", "ownership", "work",
    "authority", "evidence", "location", "server_address", "request", "truth", "good_faith", "perjury", "signature",
    "channel",
)  # fmt: skip
"""What a law may ask a notice to hold. `location`: page or host name; `server_address`: address, port and time;
`channel`: a channel that the recipient named, shown to be named."""
ElementState = Literal["there", "named", "blank", "missing"]
"""`there`: in what goes out; `named`: spoken of or listed as an annex, and not enclosed; `blank`: a place is left that
a person has to fill; `missing`: nothing of it."""
ElementMark = Literal["required", "helps", "not_asked"]
ProfileName = Literal["lenient", "strict"]
SourceReading = Literal["primary", "secondary", "memory"]
"""How the source was read: its own text, another's report of it, or from memory and to be checked."""


@dataclass(frozen=True, slots=True)
class NoticeSource:
    """A law or judgment that a requirement rests on, with what became of it."""

    id: str
    cite: str
    status: Literal["in_force", "reversed"]
    read: SourceReading
    reversed_by: str = ""
    reversed_on: date | None = None

    @property
    def told(self) -> str:
        """The citation with what became of it: `… REVERSED 2019-06-20 by …`. Printed wherever it is used."""
        if self.status == "in_force":
            return self.cite
        return f"{self.cite} REVERSED {self.reversed_on} by {self.reversed_by}"


@dataclass(frozen=True, slots=True)
class QualifyingProfile:
    """How strictly a regime is read."""

    name: ProfileName
    requires: tuple[NoticeElement, ...]
    source: NoticeSource
    together: bool
    """Whether letters about one thing to one recipient are read as one."""
    named_counts: bool
    """Whether what is named and not enclosed counts."""


@dataclass(frozen=True, slots=True)
class NoticeRegime:
    """What one law asks of a notice."""

    id: str
    title: Mapping[str, str]
    """By language."""
    source: NoticeSource
    marks: Mapping[NoticeElement, ElementMark]
    articles: Mapping[NoticeElement, str]
    profiles: Mapping[ProfileName, QualifyingProfile]


@dataclass(frozen=True, slots=True)
class ElementRow:
    """One element held against one regime."""

    element: NoticeElement
    mark: ElementMark
    state: ElementState
    article: str


@dataclass(frozen=True, slots=True)
class ProfileAnswer:
    """Whether a letter is qualified under one reading of one regime."""

    regime: str
    profile: ProfileName
    qualified: bool
    missing: tuple[NoticeElement, ...]
    """What is required and not there, in the order of the elements."""
    source: NoticeSource
    together: bool


@dataclass(frozen=True, slots=True)
class RegimeCheck:
    """A letter held against one regime."""

    regime: str
    rows: tuple[ElementRow, ...]
    answers: tuple[ProfileAnswer, ...]


@dataclass(frozen=True, slots=True)
class NoticePlace:
    """Where the thing is: one address at which captures saw it."""

    url: str
    address: str
    port: int | None
    first_seen: datetime
    last_seen: datetime
    captures: int
    capture: str
    """The newest one."""
    sha256: str
    """Digest of that capture's manifest."""


@dataclass(frozen=True, slots=True)
class NoticeAnnex:
    """A paper that goes with the letter."""

    title: str
    kind: Literal["certificate", "authority", "capture"]
    path: str = ""
    """In the draft; empty where it is named and not enclosed."""
    sha256: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class NoticeContents:
    """Everything a letter says: taken from sealed captures and from what a person wrote; blanks for the rest."""

    notice: str
    deployment: str
    host: str
    host_name: str
    host_kind: HostKind
    channel: str
    channel_kind: ChannelKind
    to: str
    designated_by: str
    """What shows that the recipient named the channel; empty where nothing on record does."""
    law: tuple[str, ...]
    dated: datetime
    sender: str
    signer: str = ""
    address: str = ""
    telephone: str = ""
    email: str = ""
    work: str = ""
    rights: tuple[str, ...] = ()
    act: str = ""
    request: tuple[RequestKind, ...] = ()
    reply_by: date | None = None
    statements: tuple[str, ...] = ()
    signature: str = ""
    places: tuple[NoticePlace, ...] = ()
    annexes: tuple[NoticeAnnex, ...] = ()
    hosting: tuple[str, ...] = ()
    """Look-ups that the address table rests on."""


DeliveryOutcome = Literal["accepted", "refused", "deferred", "not_reached", "unknown"]
"""`accepted`: the server took responsibility (250 after the final dot); `refused`: a 5xx answer; `deferred`: a 4xx
answer; `not_reached`: it is certain that the message was not handed over; `unknown`: it may have been, and nobody
knows: it is never sent again by itself."""
ReplyKind = Literal["bounce", "delay", "delivered", "displayed", "automatic", "answer", "counter_statement", "unread"]
"""What came back. `delivered`, `displayed`: reports of the other side's system; `automatic`: arrived, and no answer;
`unread`: bytes that say nothing a program can read."""
REPLY_KINDS: tuple[ReplyKind, ...] = (
    "bounce", "delay", "delivered", "displayed", "automatic", "answer", "counter_statement", "unread",
)  # fmt: skip
ReplySignature = Literal[
    "", "holds", "holds_for_another_domain", "unsigned", "not_read", "body_differs", "signature", "key", "not_checked",
]  # fmt: skip
"""What becomes of a reply's own signature (DKIM); empty: it has none. `key`: no key that can be used is published."""
NoticeStage = Literal["drafted", "approved", "sent", "received", "answered", "withdrawn"]


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """A letter as it was written and sealed."""

    id: str
    """Of the filing."""
    at: datetime
    path: str
    contents: NoticeContents
    states: Mapping[NoticeElement, ElementState]
    approvable: str
    """Path of the file that is approved: the message, or the list of all that goes out."""
    sha256: str
    """Digest of exactly its bytes."""
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class NoticeApproval:
    """A named person's approval of exact bytes."""

    by: str
    at: datetime
    why: str
    sha256: str
    decision: str


@dataclass(frozen=True, slots=True)
class NoticeDelivery:
    """One attempt to hand a letter over, or what a person did elsewhere."""

    id: str
    at: datetime
    draft: str
    sha256: str
    outcome: DeliveryOutcome
    via: Literal["mx", "relay", "person"]
    says: Note
    server: str = ""
    answer: str = ""
    """The server's own words, or the number of the receipt."""
    ended_at: datetime | None = None
    received_on: date | None = None
    """The day on a signed slip, as the person who recorded it says."""
    done_on: date | None = None
    """The day on which a person handed it over elsewhere."""
    exchanger: Literal["named", "not_named", "not_checked"] = "not_checked"
    """Whether the recipient's domain names the server as its exchanger (MX)."""


@dataclass(frozen=True, slots=True)
class NoticeReply:
    """Something that came back, kept raw."""

    id: str
    at: datetime
    """When it was kept here."""
    arrived_on: date
    """The day on which it arrived, as the person who kept it says."""
    recognised: ReplyKind
    confirmed: ReplyKind | None
    by: str
    file: str
    subject: str = ""
    dkim: ReplySignature = ""
    """What became of its own signature when it was kept, with the key record of that day; empty where it has none."""

    @property
    def kind(self) -> ReplyKind:
        """What it is held for: what a person said, else what was recognised."""
        return self.confirmed or self.recognised


@dataclass(frozen=True, slots=True)
class NoticeClock:
    """A time limit, with the law it comes from. Without a number no day is computed."""

    rule: str
    starts_on: date
    until: date | None
    """The last day; None where the law gives no number, or what the number needs is not at hand."""
    says: Note
    source: str
    read: SourceReading
    not_checked: bool = False


@dataclass(frozen=True, slots=True)
class NoticeFinding:
    """What the record of a notice shows, for either side."""

    rule: str
    severity: Literal["high", "medium", "low", "info"]
    favours: Literal["licensor", "other_side", "neither"]
    says: Note
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SightedService:
    """What one capture says of whether the service runs."""

    capture: str
    at: datetime
    running: bool
    """Whether its page answered and could be read; what was not observed is no statement."""
    displayed: int | None
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticePoint:
    """One thing beside the law that is looked at before a letter goes out."""

    name: Literal["freshness", "address", "status", "restored", "personal", "annexes", "size"]
    verdict: Literal["passed", "failed", "not_checked"]
    says: Note


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """Everything on record about one notice, as of a moment."""

    notice: str
    deployment: str
    host: str
    as_of: datetime
    drafts: tuple[NoticeDraft, ...]
    approvals: tuple[NoticeApproval, ...]
    """Of every draft, in their order; each names the bytes that it is of."""
    deliveries: tuple[NoticeDelivery, ...]
    replies: tuple[NoticeReply, ...]
    checks: tuple[RegimeCheck, ...]
    sightings: tuple[SightedService, ...]
    stage: NoticeStage
    received_on: date | None
    """The earliest day on which its receipt is shown; None where nothing shows it."""
    received_by: Note | None
    """By which rule."""
    clocks: tuple[NoticeClock, ...] = ()
    findings: tuple[NoticeFinding, ...] = ()
    withdrawn: str = ""
    timezone: str = "UTC"
    """Of whole days."""
    since_receipt: tuple[SightedService, ...] = ()
    """Captures after the receipt, oldest first."""

    def approvals_of(self, sha256: str) -> tuple[NoticeApproval, ...]:
        """Who approved exactly these bytes."""
        return tuple(one for one in self.approvals if one.sha256 == sha256)
