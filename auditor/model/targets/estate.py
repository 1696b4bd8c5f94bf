"""Everything one `targets.yaml` (with its includes) says, as one immutable value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal

from auditor.model.comparisons import ComparisonSpec
from auditor.model.evidence import Authority
from auditor.model.findings import KeyDate, Severity
from auditor.model.targets.contracts import Contract, Party, Product
from auditor.model.targets.deployments import Deployment, Login, PageSpec
from auditor.model.targets.notices import NoticeHost, NoticeSettings


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody outside who remembers checkpoints of the log (C2SP tlog-witness), by address or by folder."""

    id: str
    key: str
    """Verifier key, `name+id+base64`, type 4."""
    url: str = ""
    """Submission prefix; empty where checkpoints are carried by `folder`."""
    folder: str = ""
    """Relative to `targets.yaml`."""


@dataclass(frozen=True, slots=True)
class PartyVantage:
    """A vantage whose machines belong to another party, which signs what it sees."""

    id: str
    party: str
    """Id of the party."""
    key: str
    """Its verifier key, `name+id+base64`, type 1."""


@dataclass(frozen=True, slots=True)
class Timestamping:
    """Who stamps, how many different owners must, and who outside remembers the log."""

    authorities: tuple[Authority, ...] = ()
    quorum: int = 2
    witnesses: tuple[Witness, ...] = ()


@dataclass(frozen=True, slots=True)
class BrowserSettings:
    """How the browser is started. Anything that weakens it is recorded in the evidence and warned about."""

    executable: str = ""
    """Empty: the first of `chromium-headless-shell`, `chromium`, Playwright's own."""
    sandbox: bool = True
    locale: str = "zh-CN"
    timezone: str = "Asia/Shanghai"
    width: int = 1280
    height: int = 900
    concurrency: int | None = None
    """Visits at once; None chooses from cores and memory."""
    visit_seconds: int = 120
    """Hard bound of one visit, all its pages included."""
    settle_seconds: float = 15.0
    """How long a value may take to appear and keep still."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a group of deployments is visited."""

    id: str
    cron: str = ""
    every_seconds: int | None = None
    timezone: str = "UTC"
    jitter_seconds: int = 0
    missed: str = "catch_up"
    """`catch_up` or `skip`; a missed slot is recorded as a gap either way."""
    contracts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    """With neither contracts nor groups: the deployments that name this schedule; where none names it, all that name
    no other."""
    blackout: tuple[str, ...] = ()
    """Windows without visits, as `model.recurrence.Blackout` reads them, on the clock of `timezone`."""
    grace_seconds: int = 900
    """A slot that could not be begun within so many seconds is missed; one not begun by then is overdue."""


@dataclass(frozen=True, slots=True)
class HostRule:
    """How politely a host is visited. A host is a name or address without its port: ports share a machine."""

    visits_at_once: int = 2
    seconds_between: float = 0.25
    """Least time between the beginnings of two visits."""


@dataclass(frozen=True, slots=True)
class Politeness:
    """The rule for every host, and those for named ones."""

    default: HostRule = HostRule()
    hosts: Mapping[str, HostRule] = field(default_factory=lambda: MappingProxyType({}))
    longest_wait_seconds: int = 600
    """How long a run waits for a host that asked to be left alone (`Retry-After`); beyond, its slots end as gaps."""

    def rule(self, host: str) -> HostRule:
        return self.hosts.get(host, self.default)


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that alerts are posted to. Secrets are names of environment variables."""

    id: str
    url: str = ""
    url_env: str = ""
    """For addresses that are themselves secret: the variable that holds it."""
    secret_env: str = ""
    """Variable with the key of the HMAC-SHA256 over the body, sent as `X-Auditor-Signature`."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server that alerts are handed to."""

    server: str
    sender: str
    recipients: tuple[str, ...]
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username_env: str = ""
    password_env: str = ""


@dataclass(frozen=True, slots=True)
class Digest:
    """A letter that is sent again and again: who is newly over, what stopped being observed, what ends."""

    cron: str
    """Five fields, on the clock of `timezone`."""
    timezone: str = "UTC"
    lang: Literal["en", "zh"] = "en"
    statements: bool = False
    """Attach the statement of every customer who is newly over."""
    expires_within_days: int = 60


@dataclass(frozen=True, slots=True)
class Alerts:
    """Who is told of new findings, overdue slots and failing authorities."""

    webhooks: tuple[Webhook, ...] = ()
    mail: Mail | None = None
    least_severity: Severity = "medium"
    """Of the findings that are told."""
    digest: Digest | None = None

    @property
    def has_receivers(self) -> bool:
        """Whether anybody is told."""
        return self.mail is not None or bool(self.webhooks)


@dataclass(frozen=True, slots=True)
class Hold:
    """A matter for which evidence is kept whatever its age. With no deployments, contracts or captures: all of it."""

    id: str
    """Name of the hold."""
    matter: str
    """The matter it is for."""
    reason: str
    """Why evidence is held, in one sentence."""
    from_: date
    """The day it was ordered; it holds captures of every age."""
    deployments: tuple[str, ...] = ()
    """Ids of the deployments whose captures are held."""
    contracts: tuple[str, ...] = ()
    """Every deployment that these contracts list or that is compared with them."""
    captures: tuple[str, ...] = ()
    """Ids of captures that are held by themselves."""
    released_on: date | None = None
    """The first day it no longer holds; None while it does."""
    released_by: str = ""
    """Who released it; empty while it holds."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long the files of a capture are kept, and what is held."""

    keep_days: int | None = None
    """None: for ever."""
    holds: Mapping[str, Hold] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class NameServerAddress:
    """A name server that is asked what a deployment's name points to."""

    address: str
    port: int = 53


@dataclass(frozen=True, slots=True)
class DataSetFile:
    """A dated data set that lies beside `targets.yaml`: announcements of a routing table, or a registry's list."""

    file: str
    """Relative to `targets.yaml`."""
    dated: date
    """The day that it describes."""
    id: str = ""
    """Name of the registry; empty for the one table of announcements."""
    name: str = ""
    """What it is called where it comes from; the id where empty."""


@dataclass(frozen=True, slots=True)
class RangeList:
    """A provider's own published list of its addresses."""

    id: str
    """Name of the provider."""
    url: str = ""
    file: str = ""
    """Relative to `targets.yaml`, in place of the address."""


@dataclass(frozen=True, slots=True)
class VisitProofSettings:
    """What a visit keeps beside its pages about where it was connected to; nothing unless the file asks for it."""

    names: bool = False
    """Answers of the name servers, with DNSSEC."""
    handshake: bool = False
    """A second TLS handshake, over a timestamp of ours."""
    packets: bool = False
    key_log: bool = False
    """The keys of the browser's connections, beside the packets: those of handshakes disclosable, the rest sealed."""
    route: bool = False

    @property
    def any(self) -> bool:
        """Whether anything is kept at all."""
        return self.names or self.handshake or self.packets or self.route


@dataclass(frozen=True, slots=True)
class HostingSources:
    """Whom a look-up asks who holds an address, and how politely."""

    rdap_bootstrap: str = "https://data.iana.org/rdap/"
    """Folder with `ipv4.json` and `ipv6.json` (RFC 9224)."""
    whois: str = "whois.iana.org"
    """Host of the first WHOIS server; `false` in the file asks none, and is empty here."""
    whois_port: int = 43
    name_servers: tuple[NameServerAddress, ...] = ()
    """Empty: those that this machine uses."""
    root_keys: str = ""
    """File with DS records of the root's keys, relative to `targets.yaml`; empty: IANA's."""
    origins: DataSetFile | None = None
    delegated: Mapping[str, DataSetFile] = field(default_factory=lambda: MappingProxyType({}))
    ranges: Mapping[str, RangeList] = field(default_factory=lambda: MappingProxyType({}))
    pause_seconds: int = 1
    """Between two questions to one server."""
    visits: VisitProofSettings = VisitProofSettings()


@dataclass(frozen=True, slots=True)
class Estate:
    """What was licensed, to whom, where and on what terms; and where to look."""

    timezone: str
    currency: str
    parties: Mapping[str, Party]
    products: Mapping[str, Product]
    contracts: Mapping[str, Contract]
    deployments: Mapping[str, Deployment]
    pages: Mapping[str, PageSpec]
    timestamping: Timestamping = Timestamping()
    browser: BrowserSettings = BrowserSettings()
    politeness: Politeness = Politeness()
    alerts: Alerts = Alerts()
    schedules: Mapping[str, Schedule] = field(default_factory=lambda: MappingProxyType({}))
    key_dates: tuple[KeyDate, ...] = ()
    sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """SHA-256 of `targets.yaml` and of every included file, by path."""
    notice: str = ""
    """Said at the head of every report, e.g. that a demo's rows are an illustration."""
    logins: Mapping[str, Login] = field(default_factory=lambda: MappingProxyType({}))
    """By id; each deployment also has its own."""
    retention: Retention = Retention()
    comparisons: Mapping[str, ComparisonSpec] = field(default_factory=lambda: MappingProxyType({}))
    hosting: HostingSources = HostingSources()
    hosts: Mapping[str, NoticeHost] = field(default_factory=lambda: MappingProxyType({}))
    notices: NoticeSettings = field(default_factory=NoticeSettings)
    vantages: Mapping[str, PartyVantage] = field(default_factory=lambda: MappingProxyType({}))
    """Vantages of other parties."""
    claims: object | None = None
    """A `model.claims.ClaimFile`, where the file has a `claims:` section."""
