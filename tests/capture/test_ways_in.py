"""Ways in beside the login form, against real servers: right, wrong, expired and missing end as what they are."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import os
import re
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from auditor.capture import Browser, negotiate_switches
from auditor.clock import now
from auditor.model.captures import Capture, View
from auditor.model.targets.deployments import MethodName
from auditor.model.targets.ways_in import ClientCertificate, HttpLogin, Proxy, SecretHeader, WaysIn
from tests.capture.folder_stage import FolderStage
from tests.capture.misbehaving_site import Handler, Site, registration, serving
from tests.capture.proxies import PASSWORD, USER, relaying
from tests.capture.visit_helpers import REGISTRATION, deployment, page, visit
from tests.certificates import self_signed
from tests.story.unpacking import forms, unpacked

WORD, TOKEN = "pa55-of-the-realm", "tok3n-0f-an-interface"
METHODS: tuple[MethodName, ...] = ("browser", "http")
LOGIN = WaysIn(http_login=HttpLogin("WAY_USER", "WAY_WORD"))
BEARER = WaysIn(headers=(SecretHeader("Authorization", "WAY_TOKEN", "Bearer "), SecretHeader("X-Seat", "WAY_KEY")))


@dataclass
class Visitor:
    """Visits one deployment by one method."""

    runner: asyncio.Runner
    browser: Browser
    folder: Path
    method: MethodName = "browser"
    visits: int = 0

    def capture(self, address: str, ways: WaysIn, **environment: str) -> tuple[Capture, FolderStage]:
        spec = replace(REGISTRATION, method=self.method)
        where = deployment(address, ways=ways)
        self.visits += 1
        folder = self.folder / f"visit-{self.visits}"
        return self.runner.run(visit(self.browser, where, [spec], folder, environment=environment))

    def view(self, address: str, ways: WaysIn, **environment: str) -> View:
        (view,) = self.capture(address, ways, **environment)[0].views
        return view


@pytest.fixture
def visitor(runner: asyncio.Runner, browser: Browser, tmp_path: Path) -> Visitor:
    return Visitor(runner, browser, tmp_path)


def shows_none(stage: FolderStage, *secrets: str) -> None:
    for path, data in stage.disclosable().items():
        for inner in unpacked(data):
            assert not [one for secret in secrets for one in forms(secret) if one in inner], path


def basic(handler: Handler, page_: str = "") -> None:
    expected = base64.b64encode(f"auditor:{WORD}".encode()).decode()
    if handler.headers.get("Authorization") == f"Basic {expected}":
        handler.answer(page_ or registration())
    else:
        handler.answer("who?", status=401, WWW_Authenticate='Basic realm="seats", charset="UTF-8"')


def digest(handler: Handler) -> None:
    given = dict(re.findall(r'(\w+)="?([^",]+)"?', handler.headers.get("Authorization", "")))
    first = hashlib.md5(f"auditor:seats:{WORD}".encode()).hexdigest()
    second = hashlib.md5(f"GET:{given.get('uri', '')}".encode()).hexdigest()
    counted = ":".join(given.get(name, "") for name in ("nonce", "nc", "cnonce", "qop"))
    wanted = hashlib.md5(f"{first}:{counted}:{second}".encode()).hexdigest()
    if given.get("response") == wanted:
        handler.answer(registration())
    else:
        challenge = 'Digest realm="seats", nonce="1f8b2c", qop="auth", algorithm=MD5'
        handler.answer("who?", status=401, WWW_Authenticate=challenge)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("scheme", [basic, digest])
def test_http_authentication_right_wrong_and_missing(visitor: Visitor, site: Site, method: str, scheme: object) -> None:
    visitor.method = method  # type: ignore[assignment]
    site.acts["/reg"] = scheme  # type: ignore[assignment]
    capture, stage = visitor.capture(site.url, LOGIN, WAY_USER="auditor", WAY_WORD=WORD)
    assert [(view.outcome, view.why) for view in capture.views] == [("observed", "")]
    shows_none(stage, WORD)
    asked = len(site.seen)
    wrong = visitor.view(site.url, LOGIN, WAY_USER="auditor", WAY_WORD="another one")
    assert (wrong.outcome, wrong.why) == ("login_refused", "The server did not accept the HTTP login (status 401).")
    assert len([one for one in site.seen[asked:] if one[1] == "/reg"]) == 2, "asked, and answered once"
    asked = len(site.seen)
    missing = visitor.view(site.url, LOGIN, WAY_USER="auditor")
    assert (missing.outcome, missing.why) == ("no_credentials", "Not visited: WAY_WORD is not set in the environment.")
    assert len(site.seen) == asked


@dataclass
class StrictDigest:
    """Holds an answer to its address and its count, as RFC 7616 §3.4 asks, and lets a nonce be used so often."""

    uses: int
    counts: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def __call__(self, handler: Handler) -> None:
        sent = handler.headers.get("Authorization", "")
        given = dict(re.findall(r'(\w+)="?([^",]+)"?', sent))
        nonce, stale = given.get("nonce", ""), ""
        if nonce in self.counts:
            self.counts[nonce] += 1
            right = given["uri"] == handler.path and int(given["nc"], 16) == self.counts[nonce]
            self.wrong += [] if right else [f"{given['uri']} nc={given['nc']} for {handler.path}"]
            if right and self.counts[nonce] <= self.uses:
                handler.answer(registration()) if handler.path != "/old" else handler.redirect("/reg")
                return
            stale = ", stale=true" if right else ""
        fresh = f"n{len(self.counts)}"
        self.counts[fresh] = 0
        challenge = f'Digest realm="seats", nonce="{fresh}", qop="auth", algorithm=MD5{stale}'
        handler.answer("who?", status=401, WWW_Authenticate=challenge)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("uses", [1, 100])
def test_each_request_has_a_digest_of_its_own(visitor: Visitor, site: Site, method: MethodName, uses: int) -> None:
    door = StrictDigest(uses)
    site.acts |= dict.fromkeys(("/reg", "/more", "/old"), door)
    pages = [replace(page(path, path.strip("/")), method=method) for path in ("/reg", "/more", "/old")]
    where = deployment(site.url, ways=LOGIN)
    given = {"WAY_USER": "auditor", "WAY_WORD": WORD}
    capture, _ = visitor.runner.run(visit(visitor.browser, where, pages, visitor.folder / "v", environment=given))
    assert [(view.page, view.outcome, view.why) for view in capture.views] == [
        (one.id, "observed", "") for one in pages
    ]
    assert door.wrong == []


def test_negotiate_is_chromium_s_own_for_the_hosts_that_ask_for_it(visitor: Visitor, site: Site) -> None:
    ways = WaysIn(http_login=HttpLogin(negotiate=True))
    asked = [deployment("http://a.example:8080/x", ways=ways), deployment("https://b.example/", ways=ways)]
    assert negotiate_switches([*asked, deployment("https://c.example/")]) == (
        "--auth-server-allowlist=a.example,b.example",
    )
    assert negotiate_switches([deployment("https://c.example/", ways=LOGIN)]) == ()
    site.acts["/reg"] = lambda handler: handler.answer("who?", status=401, WWW_Authenticate="Negotiate")
    none = visitor.view(site.url, ways)
    assert none.outcome == "login_refused" and "the Kerberos ticket, or there is none" in none.why


def token(handler: Handler) -> None:
    if handler.headers.get("Authorization") == f"Bearer {TOKEN}" and handler.headers.get("X-Seat") == "k3y-of-seats":
        handler.answer(handler.server.pages["page"])
        return
    said = 'Bearer error="invalid_token", error_description="The access token expired"'
    handler.answer("no", status=401, WWW_Authenticate=said)


def jwt(seconds: float) -> str:
    parts = ({"alg": "HS256"}, {"exp": now().timestamp() + seconds})
    return ".".join(
        [*(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts), "c2ln"]
    )


@pytest.mark.parametrize("method", METHODS)
def test_a_token_goes_to_declared_origins_alone(visitor: Visitor, site: Site, method: str) -> None:
    visitor.method = method  # type: ignore[assignment]
    with serving() as stranger:
        stranger.pages["/seen.gif"] = stranger.pages["/led.gif"] = "GIF89a"
        beside = f"<img src='{stranger.url}seen.gif'><img src='/leads'>"
        site.pages["page"] = registration(extra=beside)
        site.acts |= {"/reg": token, "/leads": lambda handler: handler.redirect(f"{stranger.url}led.gif")}
        capture, stage = visitor.capture(site.url, BEARER, WAY_TOKEN=TOKEN, WAY_KEY="k3y-of-seats")
        assert [(view.outcome, view.why) for view in capture.views] == [("observed", "")]
        shows_none(stage, TOKEN, "k3y-of-seats")
        sent = json.dumps(stranger.heads)
        assert TOKEN not in sent and "k3y" not in sent and "Authorization" not in sent
    asked = len(site.seen)
    wrong = visitor.view(site.url, BEARER, WAY_TOKEN="another-token", WAY_KEY="k3y-of-seats")
    told = "The server did not accept the token (status 401: invalid_token; The access token expired)."
    assert (wrong.outcome, wrong.why) == ("login_refused", told)
    asked = len(site.seen)
    ended = visitor.view(site.url, BEARER, WAY_TOKEN=jwt(-60), WAY_KEY="k3y-of-seats")
    assert ended.outcome == "login_expired" and "the token of WAY_TOKEN expired at" in ended.why
    missing = visitor.view(site.url, BEARER, WAY_TOKEN=TOKEN)
    assert (missing.outcome, missing.why) == ("no_credentials", "Not visited: WAY_KEY is not set in the environment.")
    broken = visitor.view(site.url, BEARER, WAY_TOKEN="a\r\nX: y", WAY_KEY="k3y-of-seats")
    assert broken.outcome == "no_credentials" and "one line" in broken.why
    assert len(site.seen) == asked


WORKER = "<script>new Worker(URL.createObjectURL(new Blob([`fetch('{}', {{mode: 'no-cors'}})`])))</script>"
ELSEWHERE = {
    "a picture": "<img src='{there}'>",
    "a redirect": "<img src='/leads'>",
    "a script": "<script>fetch('{there}', {{mode: 'no-cors', credentials: 'include'}})</script>",
    "a worker": WORKER.format("{there}").replace("{mode: 'no-cors'}", "{{mode: 'no-cors'}}"),
    "a worker that is led": WORKER.format("{site}leads").replace("{mode: 'no-cors'}", "{{mode: 'no-cors'}}"),
}


@pytest.mark.parametrize("by", ELSEWHERE)
@pytest.mark.parametrize("ways", [BEARER, LOGIN])
def test_a_public_host_that_is_asked_for_something_gets_no_secret(
    runner: asyncio.Runner, mapped: Browser, site: Site, tmp_path: Path, by: str, ways: WaysIn
) -> None:
    """Its name leads to this machine, so the visit ends at its answer: what it was asked with is what counts here."""
    given = {"WAY_TOKEN": TOKEN, "WAY_KEY": "k3y-of-seats", "WAY_USER": "auditor", "WAY_WORD": WORD}
    with serving() as stranger:
        there = f"http://inside.example:{stranger.server_port}/seen.gif"
        challenge = 'Basic realm="seats"'
        stranger.acts["/seen.gif"] = lambda handler: handler.answer("who?", status=401, WWW_Authenticate=challenge)
        site.acts["/leads"] = lambda handler: handler.redirect(there, Access_Control_Allow_Origin="*")
        page_ = registration(extra=ELSEWHERE[by].format(there=there, site=site.url))
        site.pages["page"] = page_
        site.acts["/reg"] = lambda handler: token(handler) if ways is BEARER else basic(handler, page_)
        runner.run(visit(mapped, deployment(site.url, ways=ways), [REGISTRATION], tmp_path, environment=given))
        assert stranger.seen, "it was asked"
        sent = json.dumps(stranger.heads)
        assert "Authorization" not in sent and not [one for one in (TOKEN, "k3y", WORD) if one in sent]


def issued(name: str, ca: Path, days: int = 30) -> tuple[str, str]:
    """A client certificate and its key, as PEM, by a CA of `self_signed`."""
    issuer = x509.load_pem_x509_certificate(Path(f"{ca}.crt").read_bytes())
    issuer_key = serialization.load_pem_private_key(ca.read_bytes(), None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=90))
        .not_valid_after(now() + timedelta(days=days))
        .sign(issuer_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(pem).decode(), private.decode()


class PoliteSite(Site):
    """Reads what was sent before it closes, so that its alert is not lost by a reset."""

    def shutdown_request(self, request: object) -> None:
        assert isinstance(request, socket.socket)
        with contextlib.suppress(OSError):
            while select.select([request], [], [], 1.0)[0] and os.read(request.fileno(), 65536):
                pass
        super().shutdown_request(request)


@contextmanager
def asking_for_certificates(server: Path, clients: Path) -> Iterator[Site]:
    site = PoliteSite()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server)
    context.load_verify_locations(f"{clients}.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    site.socket = context.wrap_socket(site.socket, server_side=True, do_handshake_on_connect=False)
    site.scheme = "https"
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()
        thread.join(5)


def test_a_client_certificate_right_wrong_expired_and_missing(
    visitor: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.method = "http"
    server, clients = self_signed(tmp_path / "server.pem", "server"), self_signed(tmp_path / "clients.pem", "clients")
    others = self_signed(tmp_path / "others.pem", "others")
    monkeypatch.setenv("SSL_CERT_FILE", f"{server}.crt")
    right, key = issued("right", clients)
    foreign, foreign_key = issued("foreign", others)
    old, old_key = issued("old", clients, days=-30)
    ways = WaysIn(certificate=ClientCertificate("WAY_CERT", "WAY_KEY"))
    with asking_for_certificates(server, clients) as site:
        site.pages["/reg"] = registration()
        capture, stage = visitor.capture(site.url, ways, WAY_CERT=right, WAY_KEY=key)
        assert [(view.outcome, view.why) for view in capture.views] == [("observed", "")]
        shows_none(stage, key.splitlines()[1])
        asked = len(site.seen)
        wrong = visitor.view(site.url, ways, WAY_CERT=foreign, WAY_KEY=foreign_key)
        assert wrong.outcome == "login_refused" and "did not accept the client certificate" in wrong.why
        none = visitor.view(site.url, WaysIn())
        assert none.outcome == "login_refused" and "asks for a client certificate" in none.why
        ended = visitor.view(site.url, ways, WAY_CERT=old, WAY_KEY=old_key)
        assert ended.outcome == "login_expired" and "expired at" in ended.why
        mixed = visitor.view(site.url, ways, WAY_CERT=right, WAY_KEY=foreign_key)
        assert mixed.outcome == "no_credentials" and "do not fit together" in mixed.why
        missing = visitor.view(site.url, ways, WAY_CERT=right)
        assert (missing.outcome, missing.why) == (
            "no_credentials",
            "Not visited: WAY_KEY is not set in the environment.",
        )
        assert len(site.seen) == asked


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_everything_goes_through_the_declared_proxy(visitor: Visitor, site: Site, method: str, kind: str) -> None:
    visitor.method = method  # type: ignore[assignment]
    with relaying(kind) as relay:
        site.pages["/reg"] = registration(extra="<img src='http://stranger.example/pixel'>")
        ways = WaysIn(proxy=Proxy(relay.address, "WAY_USER", "WAY_WORD"))
        given = {"WAY_USER": USER, "WAY_WORD": PASSWORD}
        capture, stage = visitor.capture(site.url, ways, **given)
        assert [(view.outcome, view.why) for view in capture.views] == [("observed", "")]
        assert set(relay.asked) == {("127.0.0.1", site.server_port)}
        assert capture.facts["proxy"] == relay.address and "address" not in capture.facts
        shows_none(stage, PASSWORD)
        if method == "browser":
            assert any("its proxy is used for declared origins alone" in one for one in capture.warnings)
        if (method, kind) == ("browser", "http"):
            return  # how this proxy refuses is told by the other method, through the same code
        asked = len(site.seen)
        wrong = visitor.view(site.url, ways, WAY_USER=USER, WAY_WORD="another word")
        assert wrong.outcome == "proxy_failed" and "did not accept user name and password" in wrong.why
        none = visitor.view(site.url, WaysIn(proxy=Proxy(relay.address)))
        assert none.outcome == "proxy_failed" and "asks for a user name and password" in none.why
        missing = visitor.view(site.url, ways, WAY_USER=USER)
        assert missing.outcome == "no_credentials"
        with socket.create_server(("127.0.0.1", 0)) as held:
            closed = held.getsockname()[1]
        away = visitor.view(f"http://127.0.0.1:{closed}/", ways, **given)
        assert away.outcome == "unreachable" and relay.address in away.why
        down = visitor.view(site.url, WaysIn(proxy=Proxy(f"{kind}://127.0.0.1:{closed}")))
        assert down.outcome == "proxy_failed" and "could not be reached" in down.why
        assert len(site.seen) == asked
