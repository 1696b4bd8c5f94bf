"""One exchange with a mail server (RFC 5321): the exact bytes, STARTTLS, a transcript, and what became of it.

Nothing is tried twice. Once the last byte has gone, an answer that does not come leaves it *unknown*.
"""

from __future__ import annotations

import smtplib
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from auditor.clock import Clock, timestamp
from auditor.formats.canonical_json import sha256
from auditor.model.notes import Note, make_note
from auditor.model.notices import DeliveryOutcome
from auditor.model.targets.notices import NoticeMail

CONNECT_SECONDS = 30.0
MAX_LINES = 1_000
MAX_LINE = 2_000


@dataclass(frozen=True, slots=True)
class MailEnvelope:
    """Who sends to whom, and the exact bytes."""

    sender: str
    to: str
    content: bytes


@dataclass(frozen=True, slots=True)
class SmtpExchange:
    """What became of one exchange."""

    outcome: DeliveryOutcome
    says: Note
    answer: str
    """The server's last words."""
    transcript: bytes
    began: datetime
    ended: datetime
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """`tls`, `cipher`, `certificate_sha256`, `peer`."""


class RecordingSmtp(smtplib.SMTP):
    """A client that keeps every line; what would tell a secret is withheld."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(timeout=CONNECT_SECONDS)
        self.lines: list[str] = []
        self.answer = ""
        self.leaving = False
        self.dotted = False
        """Whether the last byte has gone."""
        self.step = "connect"
        self._clock, self._withhold = clock, False

    def note(self, line: str) -> None:
        if len(self.lines) < MAX_LINES:
            self.lines.append(f"{timestamp(self._clock())} {_plain(line)}")

    def putcmd(self, cmd: str, args: str = "") -> None:
        said = f"{cmd} {args}".strip()
        self.note("C: (withheld: account)" if self._withhold else f"C: {said}")
        super().putcmd(cmd, args)

    def getreply(self) -> tuple[int, bytes]:
        code, words = super().getreply()
        for line in words.decode("utf-8", "replace").split("\n"):
            self.note(f"S: {code} {line}")
        if not self.leaving:
            self.answer = _plain(f"{code} {words.decode('utf-8', 'replace')}")
        return code, words

    def account(self, user: str, password: str) -> None:
        """Log in by PLAIN or LOGIN, once; nothing of it stands in the transcript but the server's answers."""
        offered = str(self.esmtp_features.get("auth", "")).upper().split()
        name, word = (b64encode(one.encode()).decode() for one in (user, password))
        self._withhold = True
        try:
            if "PLAIN" in offered:
                code, words = self.docmd("AUTH PLAIN", b64encode(f"\0{user}\0{password}".encode()).decode())
            elif "LOGIN" in offered:
                self.docmd("AUTH LOGIN", name)
                code, words = self.docmd(word)
            else:
                raise smtplib.SMTPNotSupportedError
        finally:
            self._withhold = False
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, words)

    def hand_over(self, content: bytes, patience: float) -> int:
        """DATA, every byte of the message, the last dot; the code of the answer."""
        self.step = "DATA"
        self.putcmd("DATA")
        code, _ = self.getreply()
        if code != 354:
            return code
        stuffed = content.replace(b"\r\n.", b"\r\n..")
        body = (b"." if stuffed.startswith(b".") else b"") + stuffed
        self.step = "content"
        self.send(body if body.endswith(b"\r\n") else body + b"\r\n")
        self.note(f"C: ({len(content)} bytes, sha256 {sha256(content)})")
        self.step, self.dotted = "end", True
        self.note("C: .")
        self.send(b".\r\n")
        assert self.sock is not None  # noqa: S101 (sent just now)
        self.sock.settimeout(patience)
        code, _ = self.getreply()
        return code


class _Ended(Exception):  # noqa: N818 (never leaves this module)
    def __init__(self, outcome: DeliveryOutcome, says: Note) -> None:
        super().__init__(outcome)
        self.outcome, self.says = outcome, says


def hand_over_mail(
    mail: NoticeMail, envelope: MailEnvelope, account: tuple[str, str], folder: Path, clock: Clock
) -> SmtpExchange:
    """Hand the bytes to the server, once. `account`: user and password, empty for none; `folder`: that of targets.yaml.

    Never raises for what a server or network does.
    """
    began, client = clock(), RecordingSmtp(clock)
    facts: dict[str, str] = {}
    try:
        outcome, says = _exchange(client, mail, envelope, account, folder, facts)
    except _Ended as ended:
        outcome, says = ended.outcome, ended.says
    except (smtplib.SMTPException, OSError, ValueError) as error:
        client.note(f"- {type(error).__name__}")
        outcome, says = _broken(client, error)
    finally:
        _leave(client)
    transcript = "".join(f"{line}\n" for line in client.lines).encode("utf-8", "replace")
    return SmtpExchange(outcome, says, client.answer, transcript, began, clock(), MappingProxyType(facts))


def _exchange(
    client: RecordingSmtp,
    mail: NoticeMail,
    envelope: MailEnvelope,
    account: tuple[str, str],
    folder: Path,
    facts: dict[str, str],
) -> tuple[DeliveryOutcome, Note]:
    """1. connect, 2. encrypt, 3. log in, 4. what the server takes, 5. envelope, 6. content."""
    client.note(f"- connect {mail.server} port {mail.port}")
    client._host = mail.server  # type: ignore[attr-defined]  # the name that the certificate must hold
    _judge(client, client.connect(mail.server, mail.port)[0], good=(220,))
    _greet(client)
    if mail.security == "starttls":
        _encrypt(client, mail, folder, facts)
    if account[0]:
        client.step = "AUTH"
        try:
            client.account(*account)
        except smtplib.SMTPException as error:
            client.note(f"- {type(error).__name__}")
            raise _Ended("not_reached", make_note("noticedelivery.no_login")) from None
    options = _options(client, envelope)
    client.step = "MAIL FROM"
    _judge(client, client.mail(envelope.sender, options)[0], good=(250,))
    client.step = "RCPT TO"
    _judge(client, client.rcpt(envelope.to)[0], good=(250, 251))
    _judge(client, client.hand_over(envelope.content, mail.answer_seconds), good=(250,))
    code = "noticedelivery.accepted_mx" if mail.via == "mx" else "noticedelivery.accepted_relay"
    return "accepted", Note(code)


def _greet(client: RecordingSmtp) -> None:
    client.step = "EHLO"
    code, _ = client.ehlo()
    if not 200 <= code < 300:
        code, _ = client.helo()
    _judge(client, code, good=(250,))


def _encrypt(client: RecordingSmtp, mail: NoticeMail, folder: Path, facts: dict[str, str]) -> None:
    client.step = "STARTTLS"
    try:
        if not client.has_extn("starttls"):
            raise _Ended("not_reached", make_note("noticedelivery.no_tls"))
        context = ssl.create_default_context(cafile=str(folder / mail.authority) if mail.authority else None)
        client.starttls(context=context)
    except (ssl.SSLError, OSError, smtplib.SMTPException) as error:
        client.note(f"- {type(error).__name__}")
        raise _Ended("not_reached", make_note("noticedelivery.no_tls")) from None
    sock: Any = client.sock
    facts |= {
        "tls": str(sock.version()), "cipher": str(sock.cipher()[0]), "peer": str(sock.getpeername()[0]),
        "certificate_sha256": sha256(sock.getpeercert(binary_form=True)),
    }  # fmt: skip
    client.note(f"- {facts['tls']} {facts['cipher']} certificate sha256 {facts['certificate_sha256']}")
    _greet(client)


def _options(client: RecordingSmtp, envelope: MailEnvelope) -> list[str]:
    """What is said beside the sender; a message that the server says it does not take is not begun."""
    size, limit = len(envelope.content), str(client.esmtp_features.get("size", "")).strip()
    if limit.isdigit() and 0 < int(limit) < size:
        raise _Ended("not_reached", make_note("noticedelivery.too_large", bytes=size, most=int(limit)))
    options = [f"SIZE={size}"] if client.has_extn("size") else []
    head = envelope.content.partition(b"\r\n\r\n")[0]
    if not (head.isascii() and (envelope.sender + envelope.to).isascii()):
        if not client.has_extn("smtputf8"):
            raise _Ended("not_reached", make_note("noticedelivery.no_utf"))
        options += ["SMTPUTF8", "BODY=8BITMIME"]
    return options


def _judge(client: RecordingSmtp, code: int, *, good: tuple[int, ...]) -> None:
    if code in good:
        return
    if 400 <= code < 500:
        raise _Ended("deferred", make_note("noticedelivery.deferred", step=client.step, code=code))
    if 500 <= code < 600:
        raise _Ended("refused", make_note("noticedelivery.refused", step=client.step, code=code))
    raise _broken_as(client)


def _broken_as(client: RecordingSmtp) -> _Ended:
    if client.dotted:
        return _Ended("unknown", make_note("noticedelivery.lost_after_dot"))
    return _Ended("not_reached", make_note("noticedelivery.not_reached", step=client.step))


def _broken(client: RecordingSmtp, error: Exception) -> tuple[DeliveryOutcome, Note]:
    """A connection that ended: before the last byte it is certain that nothing was handed over, after it nothing is."""
    if isinstance(error, smtplib.SMTPResponseException) and not client.dotted:
        try:
            _judge(client, error.smtp_code, good=())
        except _Ended as told:
            return told.outcome, told.says
    broken = _broken_as(client)
    return broken.outcome, broken.says


def _leave(client: RecordingSmtp) -> None:
    try:
        if client.sock is not None:
            client.sock.settimeout(5.0)
            client.leaving = True
            client.quit()
    except (smtplib.SMTPException, OSError):
        pass
    finally:
        client.close()


def _plain(line: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in line[:MAX_LINE])
