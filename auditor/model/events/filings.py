"""Events of what is filed beside the visits, and of notices. Pure.

A filing is announced, committed or given up, and stamped. A notice is held against the law, about to be sent, refused;
what went out and came back is filed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from auditor.model.events.codecs import Sha256
from auditor.model.events.parts import StampedEvent
from auditor.model.events.records import JournalEvent, JournalRecord
from auditor.model.filings import Cabinet


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingIntended(JournalEvent):
    """Something is about to be asked or filed about a subject; journalled before the first question."""

    kind, action = "filing", "intended"
    intent: str
    """Id of the filing."""
    cabinet: Cabinet
    """What it is about."""
    subject: str
    """An address as a folder name, the id of a deployment, or the id of a notice."""
    about: str
    """What is about to be done, in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingCommitted(JournalEvent):
    """A filing is evidence: its folder is flushed and gets its name after this line."""

    kind, action = "filing", "committed"
    intent: str
    """Id of the filing, as it was announced."""
    cabinet: Cabinet
    """What it is about."""
    subject: str
    """An address as a folder name, the id of a deployment, or the id of a notice."""
    package: str
    """Folder of the package below `evidence/`."""
    manifest_sha256: Sha256
    """Digest of the package's `manifest.json`."""
    manifest_bytes: int
    """Size of the manifest in bytes."""
    artefacts: int
    """Number of artefacts that the manifest lists."""
    quorum: int
    """Different owners whose tokens must verify before the package counts as sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingAbandoned(JournalEvent):
    """What was announced ended without a package, and why."""

    kind, action = "filing", "gap"
    intent: str
    """Id of the filing."""
    cabinet: Cabinet
    """What it is about."""
    subject: str
    """An address as a folder name, the id of a deployment, or the id of a notice."""
    why: str
    """The reason, in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingStamped(StampedEvent):
    """Authorities were asked to timestamp a filing's manifest."""

    kind, action = "seal", "filing"
    filing: str
    """Id of the filing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedProfile(JournalRecord):
    """One answer of a check."""

    regime: str
    """The law."""
    profile: Literal["lenient", "strict"]
    """How strictly it was read."""
    qualified: bool
    """Whether nothing that it requires is missing."""
    missing: tuple[str, ...]
    """What is missing, by element."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeChecked(JournalEvent):
    """A draft was held against the laws it is sent under."""

    kind, action = "notice", "checked"
    notice: str
    """Id of the notice."""
    draft: str
    """Id of the filing of the draft."""
    sha256: Sha256
    """Digest of the bytes that would go out."""
    answers: tuple[CheckedProfile, ...]
    """By law and reading."""
    failed: tuple[str, ...]
    """Names of the other points that failed: freshness, address …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSendBegun(JournalEvent):
    """A notice is about to be handed to a mail server. Where no filing of this id follows, its end is unknown."""

    kind, action = "notice", "sending"
    notice: str
    """Id of the notice."""
    sending: str
    """Id of the filing that will hold the transcript."""
    draft: str
    """Id of the filing of the draft."""
    sha256: Sha256
    """Digest of the bytes that are sent."""
    to: str
    """Mail address of the recipient."""
    server: str
    """Name and port of the mail server."""
    via: Literal["mx", "relay"]
    """Whose server it is: the recipient's own, or one of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSendRefused(JournalEvent):
    """Sending was asked for and not begun."""

    kind, action = "notice", "refused"
    notice: str
    """Id of the notice."""
    why: Literal[
        "no_terminal", "id_not_typed", "not_drafted", "not_approved", "withdrawn", "other_channel", "no_server",
        "bytes_differ", "sent_before", "unknown_before",
    ]  # fmt: skip
    """The rule that refused it."""
