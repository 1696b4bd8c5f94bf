"""Everything one `targets.yaml` (with its includes) says, as one immutable value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from auditor.model.contracts import Contract, Party, Product
from auditor.model.deployments import Deployment, PageSpec
from auditor.model.evidence import Authority
from auditor.model.findings import KeyDate


@dataclass(frozen=True, slots=True)
class Timestamping:
    """Who stamps, and how many different owners must."""

    authorities: tuple[Authority, ...] = ()
    quorum: int = 2


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
    blackout: tuple[str, ...] = ()


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
    schedules: Mapping[str, Schedule] = field(default_factory=lambda: MappingProxyType({}))
    key_dates: tuple[KeyDate, ...] = ()
    sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """SHA-256 of `targets.yaml` and of every included file, by path."""
    notice: str = ""
    """Said at the head of every report, e.g. that a demo's rows are an illustration."""
    claims: object | None = None
    """A `model.claims.ClaimFile`, where the file has a `claims:` section."""
