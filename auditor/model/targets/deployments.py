"""Where to look: deployments, the pages that state counts, and what may be done there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from auditor.model.targets.ways_in import NO_WAYS, WaysIn

LegalStatus = Literal["reference", "licensed", "suspect", "public"]
"""`reference`: known good, for comparison (the LIBNET case's libmsc.cn, evidence 12); `licensed`: covered by a
contract, counts its excess; `suspect`: not covered, counts every unit ((2022)最高法知民终1033号); `public`: no instance
of the product but a public page about it, kept as evidence (the reseller's own site, evidence 13): it states no count
and has no position."""

MethodName = Literal["browser", "http"]
"""How a page is had: by a real browser, or by one GET."""

FieldKind = Literal["count", "text", "date"]
CountRole = Literal["used", "cap", "remaining", "peak", "over", "listed"]
Meaning = Literal["unlimited", "none"]

EMPTY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class AccessBasis:
    """Why the auditor may visit: without one, a deployment is refused at load."""

    kind: Literal["contract_clause", "public_page", "own_account", "consent", "court_order"]
    reference: str
    """The clause, the page, the owner of the account, or the order."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A statement about a page that stored bytes can answer. All parts given must hold."""

    text: str | None = None
    selector: str | None = None
    url_contains: str | None = None
    no_text: str | None = None


StepAction = Literal["click", "fill", "wait_for", "dismiss", "goto", "scroll"]


@dataclass(frozen=True, slots=True)
class Step:
    """One declared act in the page: recorded, never one that accepts terms or changes a setting."""

    action: StepAction
    selector: str | None = None
    text: str | None = None
    """Visible text of the element to act on, where no selector is given."""
    value_from: str | None = None
    """Where the secret that is typed is kept (`auditor.model.targets.secret_references`)."""
    value: str | None = None
    url: str | None = None
    why: str | None = None
    optional: bool = False
    """A step whose element may be absent (a banner shown only at times)."""


@dataclass(frozen=True, slots=True)
class Login:
    """How to log in. Where the secrets are kept, never they themselves (`auditor.model.targets.secret_references`)."""

    path: str
    """Path or address of the login page, resolved against the deployment's address."""
    username: str = ""
    """Where the user name is kept; it is no secret, but is had in the same way."""
    password: str = ""
    """Where the password is kept."""
    username_selector: str | None = None
    password_selector: str | None = None
    submit_selector: str | None = None
    totp: str | None = None
    """Where the secret of the second factor's one-time codes (RFC 6238) is kept."""
    code_selector: str | None = None
    steps: tuple[Step, ...] = ()
    """For logins of an unusual shape: these replace the usual fill, fill, submit."""
    by_person: bool = False
    """A person signs in (`auditor sign-in`), and visits use what that left."""
    lasts_days: int | None = None
    """After how many days such a sign-in ends, where its cookies do not say."""
    logged_in: Condition = field(default_factory=Condition)
    refused: Condition | None = None


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One labelled value to read from a page."""

    id: str
    """Name of the field in reports: `used`, `cap`, `edition`, `version`, `registered_on`, `users_used` …"""
    kind: FieldKind
    role: CountRole | None = None
    """For counts: what the number is."""
    metric: str | None = None
    """For counts: which metric of the product it counts."""
    labels: tuple[str, ...] = ()
    context: str | None = None
    """Heading or section the label must stand under, where one label occurs several times."""
    selector: str | None = None
    pattern: str | None = None
    pointer: str | None = None
    """RFC 6901 pointer, for JSON responses."""
    means: Mapping[str, Meaning] = field(default_factory=lambda: MappingProxyType({}))
    means_source: str | None = None
    order: tuple[CountRole, ...] = ()
    """Roles of the numbers in a pair such as 34/20, in the order the page writes them."""
    required: bool = True


@dataclass(frozen=True, slots=True)
class LeftOutRows:
    """Rows of a list that do not count, told by one sign: a name, the text of a cell, or a pattern."""

    reason: str
    """Why they do not count, in one sentence; shown with every row."""
    name: str = ""
    """The row of exactly this name."""
    column: str = ""
    """The column that `text` or `pattern` is about; any column for a pattern where empty."""
    text: str = ""
    """Rows whose cell in `column` says exactly this."""
    pattern: str = ""
    """Rows of which a cell matches this regular expression somewhere."""


@dataclass(frozen=True, slots=True)
class ListingSpec:
    """A list whose rows are counted independently of the headline."""

    id: str
    metric: str
    table: str | None = None
    """Caption, heading or selector of the table; where absent, the table having the named columns."""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """From `code`, `name`, `kind`, `added_on`, `login` … to the accepted column headers."""
    next_text: tuple[str, ...] = ("下一页", "下页", "Next", "次へ", "Weiter", "Suivant", "›", "»", ">")
    next_selector: str | None = None
    max_pages: int = 200
    pointer: str | None = None
    """RFC 6901 pointer to the array of rows, for JSON responses."""
    required: bool = True
    """False where some deployments do not have the list: its absence is then no gap."""
    leave_out: tuple[LeftOutRows, ...] = ()
    """Rows that do not count at covered deployments, each with its reason."""


@dataclass(frozen=True, slots=True)
class PageSpec:
    """A page of a product: where it is and what stands on it. Shared by all deployments of the product."""

    id: str
    path: str = ""
    """Path on the deployment, e.g. `/admin/registration`; empty where the deployment gives the whole address."""
    method: MethodName = "browser"
    locale: str | None = None
    chinese_numerals: bool = False
    steps: tuple[Step, ...] = ()
    ready: Condition | None = None
    fields: tuple[FieldSpec, ...] = ()
    listing: ListingSpec | None = None
    logged_in: Condition | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """One running instance of a licensed product, by the address a visitor uses."""

    id: str
    product: str
    legal_status: LegalStatus
    address: str
    """Base address, e.g. `http://127.0.0.1:8801/`."""
    access: AccessBasis
    pages: tuple[str, ...]
    """Ids of `PageSpec`s in the order they are visited."""
    name: str = ""
    contract: str | None = None
    """The contract it is compared with, where it is not found from `authorised`."""
    licensee: str | None = None
    place: str | None = None
    """ISO 3166-2 code of where the licensee is."""
    environment: Literal["production", "test", "demo"] = "production"
    login: Login | None = None
    ways: WaysIn = NO_WAYS
    """What requests carry beside the login, and the proxy that they go through."""
    origins: tuple[str, ...] = ()
    """Further origins that may be sent credentials; the address's own always may."""
    group: str | None = None
    schedule: str | None = None
    vantage: str | None = None
    also_from: str | None = None
    """A second party's vantage, from which a fleet visits it in the same run."""
    found_by: str | None = None
    checks_off: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Circumstance checks switched off for this deployment, each with its reason."""
    aliases: tuple[str, ...] = ()
    """Other spellings of its host, confirmed by a person."""
    read_posts: tuple[str, ...] = ()
    """Path prefixes that the pages' own scripts ask by POST to read (GraphQL, search), or to renew the session: allowed
    after login; `PUT /session` names another method. All other writing requests are blocked."""
