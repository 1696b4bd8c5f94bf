"""Alerts reach a real HTTP receiver and a real mail server; a receiver that is down is said and stops nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from auditor.alerting import AlertCause, compose_alert, deliver
from auditor.model.targets.estate import Alerts, Mail, Webhook
from tests.alerting.receivers import hooked, posting
from tests.certificates import self_signed

Security = Literal["starttls", "tls"]
AT = datetime(2026, 1, 5, 3, tzinfo=UTC)
CONCERNS = [
    AlertCause("overdue/weekly/20260105T030000Z", "overdue", "schedule weekly: neither begun nor recorded"),
    AlertCause("finding/Q101/C1/图书馆/branch", "finding", "Q101 图书馆: 34 units against 20", "high"),
]
MESSAGE = compose_alert("图书馆", AT, CONCERNS, ["authority/practice-b"])


def none(_: str) -> str | None:
    return None


def test_a_webhook_gets_json_that_it_can_check() -> None:
    with hooked() as hook:
        alerts = Alerts((Webhook("ops", url_env="HOOK", secret_env="KEY"),))
        (sent,) = deliver(alerts, MESSAGE, {"HOOK": hook.url, "KEY": "k"}.get)
        assert sent.ok, sent.why
        (told,) = hook.received
        assert told["format"] == "auditor.alert/1"
        assert told["counts"] == {"finding": 1, "overdue": 1}
        assert told["over"] == ["authority/practice-b"]
        signature = hmac.new(b"k", hook.bodies[0], hashlib.sha256).hexdigest()
        assert hook.headers[0]["X-Auditor-Signature"] == f"sha256={signature}"
        assert hook.headers[0]["X-Auditor-Digest"] == hashlib.sha256(hook.bodies[0]).hexdigest()


def test_a_mail_server_gets_text_and_json() -> None:
    with posting() as post:
        mail = Mail("127.0.0.1", "auditor@vendor.example", ("a@vendor.example", "b@vendor.example"), post.port, "none")
        (sent,) = deliver(Alerts(mail=mail), MESSAGE, none)
        assert sent.ok, sent.why
        (letter,) = post.letters
        assert post.recipients == [["a@vendor.example", "b@vendor.example"]]
        assert letter["Subject"] == "[auditor 图书馆] 1 finding, 1 overdue"
        text = letter.get_body(("plain",))
        assert text is not None
        assert "- high: Q101 图书馆: 34 units against 20" in text.get_content()
        assert "- authority/practice-b" in text.get_content()
        (attached,) = letter.iter_attachments()
        assert json.loads(attached.get_content()) == json.loads(MESSAGE.body)


def test_a_channel_that_fails_says_why_and_the_others_go_on() -> None:
    with hooked(status=500) as broken, hooked() as good, posting() as post:
        hooks = (
            Webhook("broken", broken.url),
            Webhook("gone", "http://127.0.0.1:9/T0KEN"),
            Webhook("unset", url_env="NOT_SET"),
            Webhook("good", good.url),
        )
        mail = Mail("127.0.0.1", "a@b.example", ("c@d.example",), post.port, "none")
        sent = {one.channel: one for one in deliver(Alerts(hooks, mail), MESSAGE, none)}
        assert [name for name, one in sent.items() if one.ok] == ["webhook good", f"mail 127.0.0.1:{post.port}"]
        assert "status 500" in sent["webhook broken"].why
        assert "NOT_SET" in sent["webhook unset"].why
        assert not any("T0KEN" in one.why for one in sent.values()), "an address may be a secret"


def test_mail_without_the_wanted_tls_is_not_handed_over() -> None:
    with posting() as post:
        starttls = Mail("127.0.0.1", "a@b.example", ("c@d.example",), post.port, "starttls")
        (sent,) = deliver(Alerts(mail=starttls), MESSAGE, none)
        assert not sent.ok
        account = Mail("127.0.0.1", "a@b.example", ("c@d.example",), post.port, "none", "USER", "PASSWORD")
        (sent,) = deliver(Alerts(mail=account), MESSAGE, {"USER": "u", "PASSWORD": "p"}.get)
        assert "without TLS" in sent.why
        assert post.letters == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of 127.0.0.1 with its key, in one PEM file."""
    return self_signed(tmp_path_factory.mktemp("tls") / "mail.pem", "mail.example")


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("trusted", [True, False])
def test_a_password_goes_over_tls_and_only_to_a_server_whose_certificate_is_trusted(
    certificate: Path, security: Security, trusted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
    with posting(tls, implicit=security == "tls") as post:
        mail = Mail("127.0.0.1", "a@b.example", ("c@d.example",), post.port, security, "USER", "PASSWORD")
        (sent,) = deliver(Alerts(mail=mail), MESSAGE, {"USER": "u", "PASSWORD": "p"}.get)
        assert sent.ok is trusted, sent.why
        assert [(each.login, each.password) for each in post.accounts] == ([(b"u", b"p")] if trusted else [])
        assert len(post.letters) == trusted
        assert trusted or "SSLCertVerificationError" in sent.why


def test_a_subject_cannot_carry_further_headers() -> None:
    with posting() as post:
        mail = Mail("127.0.0.1", "a@b.example", ("c@d.example",), post.port, "none")
        deliver(Alerts(mail=mail), compose_alert("w\r\nBcc: x@y.example", AT, CONCERNS, ()), none)
        assert post.recipients == [["c@d.example"]]
        assert post.letters[0]["Bcc"] is None


def test_a_flood_is_counted_and_not_spelt_out() -> None:
    flood = [AlertCause(f"missed/{number}", "missed", f"slot {number}") for number in range(5000)]
    message = compose_alert("w", AT, flood, ())
    assert "and 4950 more" in message.text
    assert json.loads(message.body)["counts"] == {"missed": 5000}
    assert len(message.body) < 50_000
