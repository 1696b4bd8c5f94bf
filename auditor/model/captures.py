"""What a visit brought back. A capture's state is computed from its steps and views, never assigned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal, Protocol

from auditor.model.notes import Note
from auditor.model.targets.deployments import Condition, ListingSpec, Login, MethodName, PageSpec

Outcome = Literal[
    "observed",
    "unreachable",
    "connection_reset",
    "http_error",
    "redirect_loop",
    "login_refused",
    "not_logged_in",
    "label_missing",
    "not_settled",
    "no_value",
    "obscured",
    "timed_out",
    "too_large",
    "crashed",
    "blank",
    "tls_invalid",
    "out_of_scope",
    "unclean",
    "no_credentials",
    "login_expired",
    "proxy_failed",
    "error",
]
"""How a view ended. Only `observed` may carry a number.

===================  =================================================================================================
`observed`           the page arrived whole, is at rest and shows what its description asks for
`unreachable`        no server could be reached at the address
`connection_reset`   the server ended the connection without a whole answer
`http_error`         the server answered with an error status
`redirect_loop`      the server sent the visit on more often than is followed
`login_refused`      the login was tried and not accepted, or the form takes no password
`not_logged_in`      the page shows no sign of a login that it should show
`label_missing`      the page is kept; a label or selector of its description is not on it
`not_settled`        the page is kept; it went on changing or loading until the time was up
`no_value`           the page is kept and keeps still; the value is blank, a dash, or a list without rows
`obscured`           the page is kept; something covers the value
`timed_out`          the page did not arrive in time
`too_large`          the page is larger than is kept
`crashed`            the browser or its tab ended
`blank`              the picture is blank: the page holds nothing, or text that the picture does not show
`tls_invalid`        the page is kept and flagged; the certificate does not hold
`out_of_scope`       the visit was led to an address that it may not go to
`unclean`            a circumstance check failed before the visit
`no_credentials`     a secret that the deployment's login needs is missing, or is none
`login_expired`      what the login rests on has ended: a kept sign-in, a token, a client certificate
`proxy_failed`       the proxy on the way could not be reached, or refused to connect
`error`              anything else, with its text
===================  =================================================================================================
"""

CaptureState = Literal["complete", "partial", "failed"]


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file of evidence, hashed at birth."""

    path: str
    """POSIX path inside its package, e.g. `registration/screenshot.png`."""
    media_type: str
    sha256: str
    """Lower-case hexadecimal SHA-256 of the stored bytes."""
    size: int
    """Bytes."""
    made_by: str
    """The means: `cdp:Page.captureScreenshot`, `warcio`, …"""


class Stage(Protocol):
    """Where a capture puts its bytes while it is under way: written and hashed at once, committed later or never."""

    def put(self, path: str, data: bytes, *, media_type: str, made_by: str, sealed: bool = False) -> Artefact:
        """Write, hash and record one artefact. The same path twice is refused with `VaultError`.

        `sealed`: the bytes hold secrets; they are encrypted to the workspace's key before they touch the disk, the
        stored path ends in `.sealed`, and the artefact never leaves in a disclosable bundle.
        """
        ...


ReadyState = Literal["ready", "waiting", "no_value", "label_missing", "not_logged_in", "obscured", "unreadable"]
"""`waiting`: the page says that it is loading, or a declared condition does not hold yet; `no_value`: the label stands
there and its place is blank: it may yet be filled, and where the page keeps still it is blank."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the values a page must state are there now."""

    state: ReadyState
    why: str = ""
    """What is still missing, in one sentence."""
    fingerprint: str = ""
    """Changes whenever a value of interest changes: two equal ones in a row mean that the values keep still."""


@dataclass(frozen=True, slots=True)
class ElementTarget:
    """An element to act on, by the id that Chromium gives it for its life."""

    backend_node_id: int
    node: str
    """Path through the document, for the step record."""
    text: str = ""
    frame: int = 0
    """Index of the captured document set: 0 for the page's own process, n for the nth out-of-process frame."""


class PageProbe(Protocol):
    """What a visit asks of the reader while a page is open: pure over snapshot bytes, no script in the page."""

    def ready(self, page: PageSpec, snapshot: bytes, url: str) -> Readiness:
        """Whether the page's required fields and list can be read now."""
        ...

    def holds(self, condition: Condition, snapshot: bytes, url: str) -> bool:
        """Whether a declared condition holds."""
        ...

    def find(self, snapshot: bytes, *, selector: str | None = None, text: str | None = None) -> ElementTarget | None:
        """The one visible element with that CSS selector or visible text; None where there is none."""
        ...

    def login_form(
        self, login: Login, snapshot: bytes
    ) -> tuple[ElementTarget | None, ElementTarget | None, ElementTarget | None]:
        """User name field, password field and submit control of the login form, as far as they are shown."""
        ...

    def code_form(self, login: Login, snapshot: bytes) -> tuple[tuple[ElementTarget, ...], ElementTarget | None]:
        """The field for a second factor's one-time code, or one field for each digit, and the control that sends it."""
        ...

    def next_page(self, listing: ListingSpec, snapshot: bytes) -> ElementTarget | None:
        """The control that leads to the next page of a list; None on the last."""
        ...


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One act of a visit, in order, with its result; a failed step is named, not only logged."""

    name: str
    started_at: datetime
    ended_at: datetime
    ok: bool
    detail: str = ""


RestState = Literal["", "reached", "pending"]
"""`reached`: nothing was being asked for when the page was found to keep still; `pending`: it kept still, but answers
that could have filled it were still under way; empty: not recorded (pages fetched without a browser, and evidence of
before this was)."""


@dataclass(frozen=True, slots=True)
class View:
    """One page as it stood when it was captured. A list over four pages gives four views."""

    id: str
    """Folder of its artefacts: `registration`, `branches-1`, `branches-2` …"""
    page: str
    """Id of the `PageSpec`."""
    number: int
    """1 for the first page of a list, and for a page that is not a list."""
    url: str
    """The address asked for."""
    final_url: str
    outcome: Outcome
    why: str
    """One sentence; empty only for `observed`."""
    status: int | None
    """HTTP status of the document, None where no response came."""
    captured_at: datetime | None
    """The moment of the screenshot."""
    title: str = ""
    artefacts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """From `screenshot`, `dom`, `snapshot`, `mhtml`, `body` to artefact paths."""
    scale: float = 1.0
    """Screenshot pixels per CSS pixel."""
    rest: RestState = ""


@dataclass(frozen=True, slots=True)
class WithheldSecret:
    """A secret kept out of the disclosable bytes."""

    artefact: str
    what: str
    """`cookie sid`, `request body of POST /login`, `field csrf_token` …"""
    times: int


@dataclass(frozen=True, slots=True)
class Capture:
    """One visit to one deployment at one time: what was done, what was seen, what was kept."""

    id: str
    deployment: str
    run: str
    intent: str
    """Id of the journalled intent, written before the first page load."""
    method: MethodName
    started_at: datetime
    ended_at: datetime
    views: tuple[View, ...]
    steps: tuple[StepRecord, ...]
    artefacts: tuple[Artefact, ...]
    withheld: tuple[WithheldSecret, ...] = ()
    warnings: tuple[str, ...] = ()
    """Said in every report: sandbox off, invalid certificate, check switched off …"""
    warning_notes: tuple[Note, ...] = ()
    """The same, in the same order, as notes; empty where the bytes were written before there were codes, or where no
    warning has a code. What decides looks here, and takes an empty one as `not known`."""
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Short facts of the connection: `address`, `tls_subject`, `tls_sha256`, `server`."""

    @property
    def media_types(self) -> Mapping[str, str]:
        """From the path of each artefact to the type that it was served with, or made as."""
        return {artefact.path: artefact.media_type for artefact in self.artefacts}

    @property
    def state(self) -> CaptureState:
        """`complete`: every view observed and every step done; `failed`: nothing observed; else `partial`."""
        if not any(view.outcome == "observed" for view in self.views):
            return "failed"
        if all(view.outcome == "observed" for view in self.views) and all(step.ok for step in self.steps):
            return "complete"
        return "partial"


@dataclass(frozen=True, slots=True, repr=False)
class KeptSignIn:
    """A sign-in that a person made: what the deployment's own origins set for it. A secret as a whole."""

    deployment: str
    made_at: datetime
    ends: datetime | None
    """When the first of its cookies ends that scripts cannot read; None where none says."""
    state: Mapping[str, object]
    """Cookies and storage, as the browser is given them again."""


CheckResult = Literal["passed", "failed", "off"]


@dataclass(frozen=True, slots=True)
class Circumstance:
    """One check of 清洁性检查, made before any page load. `off` names the reason it was switched off."""

    name: str
    result: CheckResult
    fact: str
    """What was found, in one line."""
    expected: str
    off_because: str = ""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The state of the capturing machine before the visit, machine-readable (SF/T 0091-2021 asks for a report)."""

    taken_at: datetime
    checks: tuple[Circumstance, ...]
    record: Mapping[str, object]
    """Everything found: hosts file, resolver, proxies, DNS, clock, browser digest and command line, fonts, versions."""

    @property
    def clean(self) -> bool:
        return all(check.result != "failed" for check in self.checks)
