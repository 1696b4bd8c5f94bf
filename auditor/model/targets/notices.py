"""Who may be written to, by whom, about what: `hosts:` and `notices:` of a targets file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal

ChannelKind = Literal["email", "form", "ems", "post", "fax", "hand"]
"""How a notice reaches a host. Only `email` is sent by this software; the others a person uses and records."""
HostKind = Literal["iaas", "storage", "platform", "cdn", "dns", "registrar", "access"]
"""What a host does, which decides what can be asked of it."""
RequestKind = Literal["forward", "preserve_logs", "remove", "disconnect", "lock", "disclose_to_court", "name_origin"]
StatementKind = Literal["truth", "good_faith", "perjury"]


@dataclass(frozen=True, slots=True)
class NoticeChannel:
    """One way to a host, and what shows that the host named it."""

    id: str
    kind: ChannelKind
    address: str
    """Mail address, address of a form, or postal address."""
    designated_by: str = ""
    """The capture or document that shows that the recipient named this channel; empty where nothing does."""
    since: date | None = None


@dataclass(frozen=True, slots=True)
class NoticeHost:
    """Somebody who may be written to. A person keeps it; a look-up proposes and never decides."""

    id: str
    name: str
    kind: HostKind
    channels: Mapping[str, NoticeChannel]
    law: tuple[str, ...] = ()
    """Regimes under which it is asked, where a notice names none."""
    holders: tuple[str, ...] = ()
    """Names of holders in registries that are this host's."""


@dataclass(frozen=True, slots=True)
class NoticeSender:
    """Who asks, and who signs."""

    name: str
    signer: str = ""
    address: str = ""
    telephone: str = ""
    email: str = ""
    authority: str = ""
    """Title of the paper that empowers the signer."""
    authority_file: str = ""
    """Its scan, relative to `targets.yaml`."""


@dataclass(frozen=True, slots=True)
class NoticeRight:
    """A right that a notice rests on."""

    id: str
    title: str
    registration: str = ""
    certificate: str = ""
    file: str = ""
    """Scan of the certificate, relative to `targets.yaml`; empty where it is not at hand."""


@dataclass(frozen=True, slots=True)
class NoticeDkim:
    """The key that signs letters sent to a recipient's own exchanger, where no server of the sender's is on the way."""

    selector: str
    key_env: str
    """Environment variable with the private key, PEM."""


@dataclass(frozen=True, slots=True)
class NoticeMail:
    """The mail server that a notice is handed to."""

    server: str
    via: Literal["mx", "relay"]
    """`mx`: the recipient's own exchanger, whose 250 shows that it entered his system; `relay`: ours, whose 250 shows
    that it was sent and no more."""
    port: int = 25
    security: Literal["starttls", "none"] = "starttls"
    username_env: str = ""
    password_env: str = ""
    authority: str = ""
    """PEM file of the pinned certificate, relative to `targets.yaml`; empty: this machine's own authorities."""
    answer_seconds: int = 600
    """How long the final answer may take (RFC 5321 §4.5.3.2.6)."""
    dkim: NoticeDkim | None = None


@dataclass(frozen=True, slots=True)
class ExpectedAnswer:
    """What a person expects under a regime: printed as an expectation, never as law."""

    answer_days: int
    basis: str


@dataclass(frozen=True, slots=True)
class NoticeItem:
    """One notice to be written."""

    id: str
    deployment: str
    host: str
    channel: str
    rights: tuple[str, ...] = ()
    act: str = ""
    """What is done there that is held to infringe, in a person's words: the act, never the invoice."""
    request: tuple[RequestKind, ...] = ()
    reply_by: date | None = None
    law: tuple[str, ...] = ()
    statements: tuple[StatementKind, ...] = ()
    """Statements that the signer makes. Those not named here are left blank."""
    signature: str = ""
    """The signer's own electronic signature, as he writes it; empty leaves a blank."""


@dataclass(frozen=True, slots=True)
class HolidayTable:
    """A table of holidays of a stated version: lines `2027-01-01 off`, `2027-01-09 worked`, `2027-12-31 end`."""

    file: str
    """Relative to `targets.yaml`."""
    name: str
    """Its source and version, printed with every limit that rests on it."""


@dataclass(frozen=True, slots=True)
class NoticeSettings:
    """`notices:`: who sends, by what server, under which rules of the house."""

    sender: NoticeSender | None = None
    rights: Mapping[str, NoticeRight] = field(default_factory=lambda: MappingProxyType({}))
    mail: NoticeMail | None = None
    freshness_days: int = 7
    """How old the newest capture may be when a notice is checked."""
    four_eyes: bool = False
    """Whether two different people must approve."""
    expect: Mapping[str, ExpectedAnswer] = field(default_factory=lambda: MappingProxyType({}))
    holidays: HolidayTable | None = None
    """Days off and worked weekends, for limits in working days; None leaves these unchecked."""
    items: Mapping[str, NoticeItem] = field(default_factory=lambda: MappingProxyType({}))
