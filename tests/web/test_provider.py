"""An identity provider, as a server of its own with a key of its own: who came back is bound by issuer and subject."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from auditor.errors import ConfigError
from auditor.people import OidcSettings
from auditor.web.app import cookie_name
from tests.web.served_workspace import Served, served

CLIENT, SECRET = "auditor", "a client's secret of thirty-two bytes and more"


class Provider:
    """Grants a code to whoever asks, and answers with the token that a test makes of its claims."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one"})
        self.codes: dict[str, dict[str, str]] = {}
        self.subject = "subject-1"
        self.spoil: Callable[[dict[str, Any]], str | None] = lambda claims: None
        self.issuer = ""

    def token(self, claims: dict[str, Any]) -> str:
        return self.spoil(claims) or jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)

    def answer(self, path: str, form: dict[str, str]) -> dict[str, Any] | None:
        if path == "/.well-known/openid-configuration":
            names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            return {"issuer": self.issuer, **{name: f"{self.issuer}/{last}" for name, last in names.items()}}
        if path == "/keys":
            return {"keys": [self.key.as_dict(private=False)]}
        asked = self.codes.pop(form.get("code", ""), None)
        if path != "/token" or asked is None:
            return None
        verifier = hashlib.sha256(form["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(verifier).rstrip(b"=").decode() == asked["code_challenge"]
        assert form["redirect_uri"] == asked["redirect_uri"]
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT, "iat": now, "exp": now + 300}
        return {"id_token": self.token({**claims, "nonce": asked["nonce"]})}

    def grant(self, address: str) -> str:
        """A person signs in at the provider: where the browser is sent back to."""
        asked = {name: found[0] for name, found in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.issuer})}"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            form = {name: found[0] for name, found in parse_qs(self.rfile.read(length).decode()).items()}
            found = made.answer(self.path, form)
            data = json.dumps(found).encode()
            self.send_response(200 if found is not None else 400)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Served]:
    root: Path = tmp_path_factory.mktemp("provider")
    with served(root, oidc=OidcSettings(provider.issuer, CLIENT, SECRET)) as found:
        yield found


@pytest.fixture(autouse=True)
def _honest(site: Served, provider: Provider) -> None:
    provider.spoil, provider.subject = (lambda claims: None), "subject-1"
    site.office.network_tries.forget("127.0.0.0/24")


def begin(site: Served, session: str = "") -> tuple[requests.Session, str]:
    """A browser on its way, and the address it was sent to."""
    who = requests.Session()
    if session:
        who.cookies.set(cookie_name(site.office, site.settings), session)
    sent = who.get(f"{site.origin}/sign-in/provider", timeout=30, allow_redirects=False)
    assert sent.status_code == 303
    assert "HttpOnly" in sent.headers["Set-Cookie"]
    return who, sent.headers["Location"]


def come_back(site: Served, provider: Provider, session: str = "") -> requests.Response:
    who, address = begin(site, session)
    return who.get(provider.grant(address), timeout=30, allow_redirects=False)


def test_an_identity_opens_the_account_it_was_bound_to(site: Served, provider: Provider) -> None:
    assert come_back(site, provider).status_code == 403, "nobody gets an account by signing in elsewhere"
    bound = come_back(site, provider, site.session("manager"))
    assert bound.headers["Location"] == "/account"
    opened = come_back(site, provider)
    assert opened.headers["Location"] == "/"
    who = requests.Session()
    who.headers["Cookie"] = opened.headers["Set-Cookie"].partition(";")[0]
    assert who.get(f"{site.origin}/api/v1/me", timeout=30).json()["name"] == "Mai Manager"
    assert site.journalled()[-1][1]["means"] == "oidc"
    assert come_back(site, provider, site.session("analyst")).status_code == 403, "an identity is bound once"
    provider.subject = "subject-2"
    assert come_back(site, provider).status_code == 403


def _wrong(provider: Provider, name: str, value: object) -> Callable[[dict[str, Any]], str | None]:
    def spoil(claims: dict[str, Any]) -> str | None:
        changed = {**claims, name: value}
        if value is None:
            del changed[name]
        return jwt.encode({"alg": "RS256", "kid": "one"}, changed, provider.key)

    return spoil


def _unsigned(claims: dict[str, Any]) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


@pytest.mark.parametrize("name, value", [
    ("aud", "another"), ("aud", ["auditor", "another"]), ("iss", "https://evil.example"), ("nonce", "another"),
    ("nonce", None), ("exp", 1_000), ("exp", None), ("sub", ""), ("sub", None), ("sub", 5), ("azp", "another"),
])  # fmt: skip
def test_a_token_that_says_something_else_opens_nothing(
    site: Served, provider: Provider, name: str, value: object
) -> None:
    site.office.keys.bind_identity(provider.issuer, "subject-1", site.people["manager"].id)
    provider.spoil = _wrong(provider, name, value)
    assert come_back(site, provider).status_code == 403


def test_a_token_that_nobody_or_another_signed_opens_nothing(site: Served, provider: Provider) -> None:
    site.office.keys.bind_identity(provider.issuer, "subject-1", site.people["manager"].id)
    other, shared = RSAKey.generate_key(2048, parameters={"kid": "one"}), OctKey.import_key(SECRET)
    for spoil in (
        _unsigned,
        lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, other),
        lambda claims: jwt.encode({"alg": "HS256"}, claims, shared),
        lambda claims: "x" * 600_000,
        lambda claims: "not a token",
    ):
        provider.spoil = spoil
        assert come_back(site, provider).status_code == 403
    provider.spoil = lambda claims: None
    assert come_back(site, provider).status_code == 303


def test_another_browser_s_state_is_refused_and_one_is_used_once(site: Served, provider: Provider) -> None:
    site.office.keys.bind_identity(provider.issuer, "subject-1", site.people["manager"].id)
    _, theirs = begin(site)
    ours, address = begin(site)
    assert ours.get(provider.grant(theirs), timeout=30, allow_redirects=False).status_code == 403, "login CSRF"
    who, address = begin(site)
    back = provider.grant(address)
    kept = dict(who.cookies)
    assert who.get(back, timeout=30, allow_redirects=False).status_code == 303
    again = requests.get(back, cookies=kept, timeout=30, allow_redirects=False)
    assert again.status_code == 403
    none = requests.get(f"{site.origin}/sign-in/provider/back", timeout=30, allow_redirects=False)
    assert none.status_code == 403


def test_a_provider_in_the_clear_elsewhere_is_refused() -> None:
    for issuer in ("http://login.example.com", "ftp://x", "https://", "https://x/?a=b"):
        with pytest.raises(ConfigError):
            OidcSettings(issuer, CLIENT, "")


def test_a_half_session_shows_the_identity_that_is_bound(site: Served, provider: Provider) -> None:
    """The password was shown; the provider's word completes it, and another identity does not."""
    person = site.people["own_manager"].id
    site.office.keys.bind_identity(provider.issuer, "subject-7", person)

    def half() -> str:
        secret, _ = site.office.sessions.begin(
            person, "password", site.office.clock(), full=False, network="127.0.0.0/24", agent="tests"
        )
        return secret

    provider.subject = "subject-8"
    assert come_back(site, provider, half()).status_code == 403
    assert site.office.keys.identity(provider.issuer, "subject-8") is None, "another one is not bound"
    assert site.journalled()[-1][1]["why"] == "step_up"
    provider.subject = "subject-7"
    shown = come_back(site, provider, half())
    assert shown.headers["Location"] == "/account"
    who = requests.Session()
    who.headers["Cookie"] = shown.headers["Set-Cookie"].partition(";")[0]
    assert who.get(f"{site.origin}/", timeout=30, allow_redirects=False).status_code == 200
