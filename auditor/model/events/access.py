"""Events of people who use the pages: who came in, who was refused, what was granted, taken away and asked for. Pure.

A line is written before the answer is sent; where it cannot be written, nothing is done. Pages that were only looked at
stand in a log of their own, whose root is journalled (`ViewsSealed`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from auditor.model.events.codecs import Sha256
from auditor.model.events.records import JournalEvent, absent


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSignedIn(JournalEvent):
    """Somebody proved who they are; a session begins."""

    kind, action = "access", "signed_in"
    person: str
    """Id of the account."""
    name: str
    """The person's name at that time."""
    means: Literal["password", "password_totp", "passkey", "oidc", "link"]
    """How."""
    session: str
    """Public name of the session; opens nothing."""
    network: str
    """The /24 or /56 that the request came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(JournalEvent):
    """A session ended by somebody's act; one that merely ran out has no line."""

    kind, action = "access", "signed_out"
    person: str
    """Id of the account."""
    session: str
    """Public name of the session; `all` for every one of the account."""
    by: str
    """Id of the account that ended it; `command line` where no account did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRefused(JournalEvent):
    """Something was asked for and not given."""

    kind, action = "access", "refused"
    person: str
    """Id of the account; empty where nobody was signed in."""
    why: Literal["sign_in", "second_factor", "permission", "scope", "step_up", "four_eyes"]
    """The rule that refused it. A form for another customer's records and one for records that do not exist are both
    refused by `scope`."""
    what: str
    """The name of the route, or the account that was tried; never what was typed as a secret."""
    network: str
    """The /24 or /56 that the request came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessGranted(JournalEvent):
    """An account was made, or its roles and scope were changed: what stands here is all it has from now on."""

    kind, action = "access", "granted"
    person: str
    """Id of the account."""
    name: str
    """The person's name."""
    roles: tuple[Literal["administrator", "manager", "analyst", "counsel"], ...]
    """Its roles."""
    everybody: bool
    """Whether it sees every customer."""
    contracts: tuple[str, ...]
    """Contracts it sees."""
    deployments: tuple[str, ...]
    """Deployments it sees beside those of the contracts."""
    case: str
    """Name of the case; empty where the scope is none."""
    by: str
    """Id of the account that granted it; `command line` where no account did."""
    since: datetime | None = absent("where captures before a moment are not shown")
    """Captures before this moment are not shown."""
    until: datetime | None = absent("where captures from a moment on are not shown")
    """Captures from this moment on are not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRevoked(JournalEvent):
    """An account opens nothing from now on; its id is not used again."""

    kind, action = "access", "revoked"
    person: str
    """Id of the account."""
    by: str
    """Id of the account that revoked it; `command line` where no account did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialChanged(JournalEvent):
    """A means of signing in was made or taken away. The secret itself stands nowhere in the journal."""

    kind, action = "access", "credential"
    person: str
    """Id of the account."""
    what: Literal["password", "passkey", "totp", "token", "oidc", "recovery_link"]
    """Which means."""
    change: Literal["made", "removed"]
    """What happened to it."""
    credential: str
    """Public name of a passkey or token; empty for the others."""
    by: str
    """Id of the account that did it; `command line` where no account did."""
    permissions: tuple[str, ...] | None = absent("of a token: what it may do")
    """What a token may do."""
    expires_at: datetime | None = absent("of a token: when it ends")
    """When a token ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceHandedOut(JournalEvent):
    """Stored bytes, a bundle or a list left the pages as a file."""

    kind, action = "access", "handed_out"
    person: str
    """Id of the account; public name of the link where a bundle was taken by one."""
    what: Literal["artefact", "package", "bundle", "list", "report", "worksheet"]
    """What it is."""
    name: str
    """Capture id and path, name of the bundle, or the question that the list answers."""
    form: str
    """Media type, or csv, xlsx, json."""
    sha256: Sha256 | None
    """Digest of the bytes; null for what is made while it is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRequested(JournalEvent):
    """A run, a bundle, a verification or a report was asked for on the pages; its own lines follow where it began."""

    kind, action = "access", "requested"
    person: str
    """Id of the account."""
    what: Literal["run", "bundle", "verify", "report", "notice_draft", "profile", "claim"]
    """What was asked for."""
    about: tuple[str, ...]
    """Ids of what it is about; empty for all in the person's scope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentMade(JournalEvent):
    """What a person remarks on a deployment, a capture or a finding; it decides nothing."""

    kind, action = "access", "comment"
    person: str
    """Id of the account."""
    name: str
    """The person's name at that time."""
    subject: str
    """Id of the deployment or capture, or a finding's fingerprint."""
    text: str
    """The remark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DismissalProposed(JournalEvent):
    """One of two people would dismiss or suppress a high finding; it stands until another decides the same."""

    kind, action = "access", "proposed"
    person: str
    """Id of the account."""
    name: str
    """The person's name at that time."""
    subject: str
    """The finding's fingerprint."""
    state: Literal["dismissed", "suppress"]
    """What is proposed."""
    reason: str
    """Why."""
    finding_sha256: Sha256 | None = absent("before what was looked at was recorded: then it is agreed to by nobody")
    """SHA-256 over what the finding said to the person who proposes: another agrees to that alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleShared(JournalEvent):
    """A link was made by which whoever holds it takes one bundle, until a moment. Its secret stands nowhere here."""

    kind, action = "access", "shared"
    share: str
    """Public name of the link; opens nothing."""
    bundle: str
    """Name of the bundle."""
    zip_sha256: Sha256
    """Digest of the zip that is given."""
    recipient: str
    """For whom the link is, as its maker writes it."""
    by: str
    """Id of the account that made it."""
    expires_at: datetime
    """When it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingEnded(JournalEvent):
    """A link to a bundle was taken back before it ended; one that merely ran out has no line."""

    kind, action = "access", "share_ended"
    share: str
    """Public name of the link."""
    by: str
    """Id of the account that took it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewsSealed(JournalEvent):
    """The log of pages looked at, up to here: a changed or missing line of it shows from now on."""

    kind, action = "access", "views"
    lines: int
    """How many lines the log has."""
    root: Sha256
    """Merkle root (RFC 6962) over its lines."""
