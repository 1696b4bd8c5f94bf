"""What came back, recognised by its form alone: reports (RFC 3464, RFC 8098), automatic replies (RFC 3834). Pure.

A person confirms the kind; whether a text is an answer or a counter-statement is proposed and never decided.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.policy import default

from auditor.formats.foreign_text import visible_text
from auditor.model.notices import ReplyKind

READER = "auditor.replies/2"
MAX_REPLY = 40 << 20
_ACTIONS: dict[str, ReplyKind] = {
    "failed": "bounce", "delayed": "delay", "delivered": "delivered", "expanded": "delivered", "relayed": "unread",
}  # fmt: skip
"""`relayed`: handed on to where no report comes from (RFC 3464 §2.3.3), which shows nobody's receipt."""
_COUNTER = re.compile(
    r"不侵权声明|不存在侵权行为的声明|反通知|counter[- ]?(?:notice|notification|statement)", re.IGNORECASE
)
_RETURNED = re.compile(
    r"^\W*(?:undeliver|returned mail|failure notice|(?:mail )?delivery (?:has )?fail|mail delivery failed"
    r"|delivery status notification \(failure|系统退信|退信|邮件投递失败|投递失败)",
    re.IGNORECASE,
)
"""How mail systems head what they send back without a report (RFC 3464 is younger than some of them)."""
_DAEMON = re.compile(r"\bmailer-daemon@", re.IGNORECASE)
_NAMES = re.compile(r"<[^<>\s]{3,250}>")
MAX_TEXT = 200_000


@dataclass(frozen=True, slots=True)
class RecognisedReply:
    """What the bytes say of themselves."""

    kind: ReplyKind
    subject: str = ""
    sender: str = ""
    dated: str = ""
    """As the message writes it: the other side's own clock."""
    answers: tuple[str, ...] = ()
    """Message-IDs that it names: of what it answers or reports on."""
    status: str = ""
    """Status of a report: `5.1.1`."""


def recognise_reply(data: bytes) -> RecognisedReply:
    """The kind of a reply, from its bytes; `unread` where they are no mail."""
    try:
        message = message_from_bytes(data, policy=default)
        if not isinstance(message, EmailMessage) or not (message.get("From") or message.get("Date")):
            return RecognisedReply("unread")
        kind, status = _kind(message)
        return RecognisedReply(
            kind, _header(message, "Subject"), _header(message, "From"), _header(message, "Date"),
            tuple(dict.fromkeys(_named(message))), status,
        )  # fmt: skip
    except (MessageError, ValueError, LookupError, AttributeError, TypeError, RecursionError):
        return RecognisedReply("unread")


def _kind(message: EmailMessage) -> tuple[ReplyKind, str]:
    report = str(message.get_param("report-type", "") or "").lower()
    if message.get_content_type() == "multipart/report" and report == "delivery-status":
        return _delivery_status(message)
    if message.get_content_type() == "multipart/report" and report == "disposition-notification":
        return "displayed" if _disposition(message) else "automatic", ""
    if message.get_content_type() == "multipart/report":
        return "unread", ""
    if _header(message, "X-Failed-Recipients") or _RETURNED.search(_header(message, "Subject")):
        return "bounce", ""
    if _DAEMON.search(_header(message, "From")):
        return "unread", ""
    if _header(message, "Auto-Submitted").partition(";")[0].strip().lower() not in ("", "no"):
        return "automatic", ""
    if _COUNTER.search(_header(message, "Subject")) or _COUNTER.search(_text(message)):
        return "counter_statement", ""
    return "answer", ""


def _delivery_status(message: EmailMessage) -> tuple[ReplyKind, str]:
    """The worst action of any recipient: a failure goes before a delay, what shows nothing before a delivery."""
    found: list[tuple[ReplyKind, str]] = []
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in part.get_payload() if part.is_multipart() else ():
            action = str(block.get("Action", "")).strip().lower()  # type: ignore[union-attr]
            if action in _ACTIONS:
                found.append((_ACTIONS[action], str(block.get("Status", "")).strip()[:20]))  # type: ignore[union-attr]
    order = ("bounce", "delay", "unread", "delivered")
    return min(found, key=lambda one: order.index(one[0]), default=("unread", ""))


def _disposition(message: EmailMessage) -> bool:
    """Whether a disposition report says `displayed` (RFC 8098 §3.2.6)."""
    for part in message.walk():
        if part.get_content_type() == "message/disposition-notification":
            payload = part.get_payload()
            said = _as_text(payload)
            if re.search(r"^Disposition:[^\n]*;\s*displayed", said, re.IGNORECASE | re.MULTILINE):
                return True
    return False


def _named(message: EmailMessage) -> Iterator[str]:
    for name in ("In-Reply-To", "References"):
        yield from _NAMES.findall(_header(message, name))
    for part in message.walk():
        if part.get_content_type() in ("message/rfc822", "text/rfc822-headers", "message/disposition-notification"):
            payload = part.get_payload()
            said = _as_text(payload)
            for line in re.findall(
                r"^(?:Original-)?Message-ID:\s*(<[^<>\s]{3,250}>)", said, re.IGNORECASE | re.MULTILINE
            ):
                yield str(line)


def _as_text(payload: object) -> str:
    """The part of a report as text, whether it was taken apart or not."""
    first = payload[0] if isinstance(payload, list) and payload else payload
    return (first.as_string() if isinstance(first, Message) else str(first))[:MAX_TEXT]


def _header(message: EmailMessage, name: str) -> str:
    return visible_text(str(message.get(name, "") or ""), 500)


def _text(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        return str(part.get_content())[:MAX_TEXT]
    except (LookupError, ValueError, KeyError):
        return ""
