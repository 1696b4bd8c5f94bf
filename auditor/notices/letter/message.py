"""The mail as the exact bytes that are approved and sent (RFC 5322): the same letter gives the same bytes. Pure."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from auditor.errors import ConfigError
from auditor.formats.canonical_json import sha256

_MAILBOX = re.compile(r"[^\s@<>\x00-\x1f\x7f]{1,64}@[^\s@<>\x00-\x1f\x7f]{1,255}")
MAX_MESSAGE = 40 << 20
"""Bytes of one message; what is larger goes by another channel."""


def mail_message(
    sender: tuple[str, str],
    to: str,
    subject: str,
    text: str,
    attached: Mapping[str, bytes],
    *,
    dated: datetime,
    message_id: str,
) -> bytes:
    """The message in its final form: lines end in CRLF, none is longer than 998 bytes. `sender`: name and address.

    Raises `ConfigError` for an address or name that no header can hold, or a message that is too large.
    """
    if (size := sum(map(len, attached.values()))) > MAX_MESSAGE:
        raise ConfigError(f"the annexes have {size} bytes; at most {MAX_MESSAGE} go by mail: choose fewer annexes")
    message = EmailMessage(policy=SMTP if (sender[1] + to).isascii() else SMTPUTF8)
    try:
        message["From"] = _address(*sender)
        message["To"] = _address("", to)
        message["Subject"] = " ".join(subject.split())
    except (ValueError, IndexError, HeaderParseError) as error:
        raise ConfigError(
            f"{sender[1]!r:.80} to {to!r:.80}: not a mail address that a header can hold: {error}"
        ) from None
    message["Date"] = format_datetime(dated)
    message["Message-ID"] = message_id
    message.set_content(text, cte="base64")
    for name, data in attached.items():
        kind, _, sub = (mimetypes.guess_type(name)[0] or "application/octet-stream").partition("/")
        message.add_attachment(data, maintype=kind, subtype=sub, filename=name, cte="base64")
    if message.is_multipart():
        digest = sha256("\0".join((message_id, *attached)).encode())
        message.set_boundary(f"=_{digest[:40]}")
    made = message.as_bytes()
    if len(made) > MAX_MESSAGE:
        raise ConfigError(f"the message has {len(made)} bytes; at most {MAX_MESSAGE} go by mail: choose fewer annexes")
    return made


def _address(name: str, address: str) -> Address:
    if not _MAILBOX.fullmatch(address):
        raise ValueError("name@host is expected")
    user, _, domain = address.partition("@")
    return Address(display_name=" ".join(name.split()), username=user, domain=domain)


def message_name(notice: str, filing: str, address: str) -> str:
    """The `Message-ID`, by which what comes back is told to belong to it."""
    domain = address.rpartition("@")[2]
    safe = domain if domain.isascii() and domain else "localhost.invalid"
    return f"<{notice}.{filing}@{safe}>" if notice.isascii() else f"<{filing}@{safe}>"


def enclosed_list(files: Sequence[tuple[str, str]]) -> bytes:
    """Every file that goes out, as `sha256sum` writes them: what is approved where no mail is sent."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(files)).encode()
