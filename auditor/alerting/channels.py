"""Handing a message over: by webhook, by mail. A channel that fails says why and stops no other."""

from __future__ import annotations

import hashlib
import hmac
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate

import requests

from auditor.alerting.messages import AlertMessage
from auditor.model.targets.estate import Alerts, Mail, Webhook

TIMEOUT_SECONDS = 10.0
EnvironmentLookup = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message on one channel."""

    channel: str
    """`webhook ops`, `mail mail.example`; never a secret address."""
    ok: bool
    why: str = ""


def deliver(alerts: Alerts, message: AlertMessage, environment: EnvironmentLookup) -> tuple[Delivery, ...]:
    """Hand the message to every channel; one answer each."""
    sent = [_post(hook, message, environment) for hook in alerts.webhooks]
    if alerts.mail is not None:
        sent.append(_mail(alerts.mail, message, environment))
    return tuple(sent)


def _post(hook: Webhook, message: AlertMessage, environment: EnvironmentLookup) -> Delivery:
    channel = f"webhook {hook.id}"
    url = hook.url or environment(hook.url_env)
    if not url:
        return Delivery(channel, False, f"environment variable {hook.url_env} is not set")
    headers = {"Content-Type": "application/json; charset=utf-8", "X-Auditor-Digest": message.digest}
    if hook.secret_env:
        key = environment(hook.secret_env)
        if not key:
            return Delivery(channel, False, f"environment variable {hook.secret_env} is not set")
        headers["X-Auditor-Signature"] = "sha256=" + hmac.new(key.encode(), message.body, hashlib.sha256).hexdigest()
    try:
        with requests.post(
            url,
            data=message.body,
            headers=headers,
            timeout=(TIMEOUT_SECONDS, TIMEOUT_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as answer:
            ok = 200 <= answer.status_code < 300
            return Delivery(channel, ok, "" if ok else f"answered with status {answer.status_code}, expected 2xx")
    except (requests.RequestException, ValueError) as error:
        # The text of the error may hold the address, which may be a secret.
        return Delivery(channel, False, f"not delivered: {type(error).__name__}")


def _mail(mail: Mail, message: AlertMessage, environment: EnvironmentLookup) -> Delivery:
    channel = f"mail {mail.server}:{mail.port}"
    user, password = _account(mail, environment)
    if mail.username_env and not (user and password):
        return Delivery(channel, False, f"environment variables {mail.username_env}, {mail.password_env} are not set")
    if user and mail.security == "none":
        return Delivery(channel, False, "a password is not sent without TLS; set security: starttls or tls")
    try:
        _hand_over(mail, _letter(mail, message), user, password)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return Delivery(channel, False, f"not delivered: {type(error).__name__}")
    return Delivery(channel, True)


def _account(mail: Mail, environment: EnvironmentLookup) -> tuple[str, str]:
    if not mail.username_env:
        return "", ""
    return environment(mail.username_env) or "", environment(mail.password_env) or ""


def _letter(mail: Mail, message: AlertMessage) -> EmailMessage:
    letter = EmailMessage()
    letter["Subject"] = message.subject
    letter["From"] = mail.sender
    letter["To"] = ", ".join(mail.recipients)
    letter["Date"] = formatdate(localtime=False)
    letter["Message-ID"] = f"<{message.digest[:32]}@{mail.sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(message.text)
    letter.add_attachment(message.body, maintype="application", subtype="json", filename="alert.json")
    for one in message.attachments:
        kind, _, subtype = one.media_type.partition("/")
        letter.add_attachment(one.data, maintype=kind, subtype=subtype, filename=one.name)
    return letter


def _hand_over(mail: Mail, letter: EmailMessage, user: str, password: str) -> None:
    context = ssl.create_default_context()
    if mail.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.server, mail.port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        server = smtplib.SMTP(mail.server, mail.port, timeout=TIMEOUT_SECONDS)
    with server:
        if mail.security == "starttls":
            server.starttls(context=context)
        if user:
            server.login(user, password)
        server.send_message(letter)
