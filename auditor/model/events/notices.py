"""Events of notices: held against the law, about to be sent, refused. What went out and came back is filed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from auditor.model.events.codecs import Sha256
from auditor.model.events.records import JournalEvent, JournalRecord


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
