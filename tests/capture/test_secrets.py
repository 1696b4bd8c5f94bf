"""No secret in any disclosable byte, however it is written; what was altered is kept whole, sealed."""

from __future__ import annotations

import asyncio
import base64
import email
import email.header
import gzip
import html
import io
import itertools
import json
import quopri
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from email.message import Message
from pathlib import Path
from urllib.parse import quote, quote_plus

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from auditor.capture import Browser
from auditor.capture.artefacts.mask import CLOSED, UNKNOWN, Mask
from auditor.capture.artefacts.masking import mask_mhtml
from auditor.capture.artefacts.picture_bars import BAR
from auditor.capture.artefacts.secrets import MAX_SECRETS, Secrets, mask_header
from auditor.capture.artefacts.warc import WarcWriter
from auditor.capture.base.exchange import Exchange
from auditor.clock import now
from auditor.model.captures import Capture
from auditor.model.targets.deployments import Condition
from auditor.model.targets.ways_in import Proxy, SecretHeader, WaysIn
from tests.capture.folder_stage import FolderStage
from tests.capture.misbehaving_site import CSRF, HEAD, JSON_TOKEN, SESSION, Handler, Site, registration
from tests.capture.proxies import PASSWORD as PROXY_PASSWORD
from tests.capture.proxies import USER as PROXY_USER
from tests.capture.proxies import relaying
from tests.capture.visit_helpers import LOGIN, REGISTRATION, SETTINGS, deployment, page, visit
from tests.story.unpacking import unpacked

WRITTEN: dict[str, Callable[[str], str]] = {
    "raw": lambda text: text,
    "percent": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "json": lambda text: json.dumps(text)[1:-1],
    "json utf-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "json slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "html": html.escape,
    "html text": lambda text: html.escape(text, quote=False),
    "every letter in percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "character references": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "in hexadecimal": lambda text: "".join(f"&#x{ord(letter):x};" for letter in text),
    "bytes of a script": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "code units of a script": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    "units of a script": lambda text: "".join(f"\\u{{{ord(letter):x}}}" for letter in text),
    "of a style sheet": lambda text: "".join(f"\\{ord(letter):x} " for letter in text),
    "of a style sheet, padded": lambda text: "".join(f"\\{ord(letter):06x}" for letter in text),
    "base64 twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16-le")).decode(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
}


def mask_of(*values: str) -> Mask:
    secrets = Secrets()
    for value in values:
        secrets.password(value, "password")
    return Mask(secrets)


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=8, max_size=40), st.binary(max_size=9))
def test_every_way_of_writing_is_masked(secret: str, around: bytes) -> None:
    mask = mask_of(secret)
    for name, written in WRITTEN.items():
        form = written(secret).encode()
        data, counts = mask(b"<" + form + b">")
        assert form not in data and len(data) == len(form) + 2 and counts["password"], name
    encoded = base64.b64encode(around + secret.encode() + around)
    assert secret.encode() not in base64.b64decode(mask(encoded)[0])


def test_mhtml_parts_are_masked_behind_their_encoding() -> None:
    secret = "pa55 wörd=with/long tail " + "z" * 80
    text = "<p>" + "x" * 50 + secret + "</p>"
    parts = (
        'Content-Type: multipart/related; boundary="----b0"\r\n\r\n------b0\r\nContent-Type: text/html\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        + quopri.encodestring(text.encode()).decode().replace("\n", "\r\n")
        + "\r\n------b0\r\nContent-Type: text/css\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(text.encode()).decode().replace("\n", "\r\n")
        + "\r\n------b0--\r\n"
    ).encode()
    masked, counts = mask_mhtml(parts, mask_of(secret))
    message: Message = email.message_from_bytes(masked)
    for part in message.walk():
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            assert secret.encode() not in content and b"x" * 50 in content
    assert counts["password"] == 2


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("Cookie", "sid=abc; lang=zh", "sid=withheld; lang=withheld"),
        ("Set-Cookie", "sid=abc; Path=/; HttpOnly", "sid=withheld; Path=/; HttpOnly"),
        ("Authorization", "Bearer abc", "withheld"),
        ("X-CSRF-Token", "abc", "withheld"),
        ("X-Session", "abc", "withheld"),
        ("x-access-key", "abc", "withheld"),
        ("WWW-Authenticate", 'Basic realm="x"', 'Basic realm="x"'),
        ("Access-Control-Allow-Credentials", "true", "true"),
        ("Content-Type", "text/html", "text/html"),
    ],
)
def test_headers_are_kept_by_name(name: str, value: str, kept: str) -> None:
    assert mask_header(name, value) == kept


def test_tokens_that_headers_carry_are_known() -> None:
    token, secrets = "TOK-5b4a39281706f5e4d3c2", Secrets()
    secrets.header("Authorization", "Basic " + base64.b64encode(f"admin:{token}".encode()).decode())
    assert token.encode() not in Mask(secrets)(f"<p>{token}</p>".encode())[0]
    secrets = Secrets()
    secrets.header("X-Session", token)
    secrets.header("X-Auth-Type", "password")
    assert [value for value, _ in secrets] == [token]


def test_a_head_that_repeats_the_password_is_masked_wherever_it_does() -> None:
    """In the reason phrase, a cookie's or header's name, and in UTF-8 that Chromium hands over letter by letter."""
    secret, foreign = "Zk9-hunter.Secret", "密码很长很长"
    headers = (
        ("Set-Cookie", f"{secret}=1; Path=/"),
        (f"X-{secret}", "1"),
        ("X-Said", "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in foreign.encode())),
        ("X-Raw", foreign.encode().decode("latin-1")),
    )
    item = Exchange("r1", "", "", "Document", "http://site.example/", "GET", 1.8e9, login=False)
    item.status, item.reason, item.response_headers, item.body = 403, f"Not {secret}", headers, b""
    warc = WarcWriter("c-1", mask_of(secret, foreign))
    warc.exchange(item)
    written = gzip.decompress(warc.to_bytes())
    assert secret.encode() not in written and foreign.encode() not in written
    assert b"HTTP/1.1 403 Not " in written and b"X-Said: xxx" in written
    assert warc.withheld["password"] >= 4


def test_short_words_stay() -> None:
    assert mask_of("admin")(b"<a href=/admin>admin</a>") == (b"<a href=/admin>admin</a>", {})


API_KEY = "k3y+of/an=interface"


def _echo(handler: Handler) -> None:
    said = {"access_token": JSON_TOKEN, "you sent": handler.headers.get("X-Seat", "")}
    handler.answer(json.dumps(said), kind="application/json")


def test_no_secret_in_any_disclosable_byte_of_a_visit(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    environment = {"SITE_USER": "auditor", "SITE_PASSWORD": site.password, "KEY": API_KEY, "VIA": PROXY_PASSWORD}
    site.acts["/api/me"] = _echo
    with relaying("socks5") as relay:
        ways = WaysIn(headers=(SecretHeader("X-Seat", "KEY"),), proxy=Proxy(relay.address, "VIA_USER", "VIA"))
        where = deployment(site.url, login=LOGIN, ways=ways)
        environment["VIA_USER"] = PROXY_USER
        capture, stage = runner.run(visit(browser, where, [REGISTRATION], tmp_path, environment=environment))
    assert capture.state == "complete"
    assert any(head.get("X-Seat") == API_KEY for head in site.heads), "the header was sent, and the page says it back"
    files = stage.disclosable()
    decoded = {**files}
    for part in email.message_from_bytes(files["registration/page.mhtml"]).walk():
        content = part.get_payload(decode=True)
        decoded[f"part {len(decoded)}"] = content if isinstance(content, bytes) else b""
    for number, (_, _, content, _) in enumerate(stage.records()):
        decoded[f"record {number}"] = content
    for secret in (site.password, SESSION, CSRF, JSON_TOKEN, API_KEY, PROXY_PASSWORD):
        for path, data in decoded.items():
            for name, written in WRITTEN.items():
                assert written(secret).encode() not in data, (secret, path, name)
    sealed = {file.relative_to(tmp_path / "sealed").as_posix() for file in (tmp_path / "sealed").rglob("*.sealed")}
    assert sealed == {f"{path}.sealed" for path in {item.artefact for item in capture.withheld}}
    assert CSRF.encode() in (tmp_path / "sealed/registration/dom.html.sealed").read_bytes()
    assert ("traffic.warc.gz", "request body of POST /login") in {
        (item.artefact, item.what) for item in capture.withheld
    }
    heads = [headers for kind, _, _, headers in stage.records() if kind == "request"]
    assert any(headers.get("cookie") == "sid=withheld" for headers in heads)
    assert all("xxxx" not in view.final_url for view in capture.views)


@pytest.mark.parametrize(
    ("markup", "value"),
    [
        ("<input type=hidden name='csrf_token' value='abc&amp;defgh'>", "abc&defgh"),
        ('<META content="abcdefgh" NAME="_token">', "abcdefgh"),
        ('<input name=__RequestVerificationToken value="CfDJ8-x_y">', "CfDJ8-x_y"),
        ('{"access_token": "abcdefgh12345678"}', "abcdefgh12345678"),
        ("window.csrfToken = 'abcdefgh12345678';", "abcdefgh12345678"),
        ('{\\"jwt\\":\\"abcdefgh12345678\\"}', "abcdefgh12345678"),
    ],
)
def test_tokens_in_markup_are_known(markup: str, value: str) -> None:
    secrets = Secrets()
    secrets.markup(markup)
    assert value in dict(secrets)


def test_words_of_a_page_are_no_tokens() -> None:
    secrets = Secrets()
    secrets.markup(
        "<input name=branch value='分馆授权数量'><p>token: 'notasecretvaluehere'</p><meta name=author content=somebody>"
    )
    secrets.url("http://host/path?page=12345678&name=abcdefgh")
    assert len(secrets) == 0


def test_hostile_markup_is_searched_in_linear_time() -> None:
    secrets = Secrets()
    secrets.markup("<input " * 300_000 + "token" * 300_000)
    assert len(secrets) == 0


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["<b>", "</b>", "<i a='>'>", '<i a = "<">', "<i don't>", "<i a=b'>", "<!-- > -->", "<"]))
)
def test_a_password_in_parts_is_masked_as_a_browser_reads_them(tags: list[str]) -> None:
    """Whatever stands between its letters; a `<` that begins no tag is text."""
    letters = "pa55word-and-more"
    text = "".join(
        letter + tag for letter, tag in itertools.zip_longest(letters, tags[: len(letters) - 1], fillvalue="")
    )
    masked, counts = mask_of(letters)(text.encode())
    whole = "<" not in tags[: len(letters) - 1]
    assert counts == ({"password": 1} if whole else {})
    assert not whole or masked.decode() == "".join(
        "x" + tag for _, tag in itertools.zip_longest(letters, tags[: len(letters) - 1], fillvalue="")
    )


@pytest.mark.parametrize("around", ["<i title='{}'>", '<i title="{}">', "<script>x = '{}'</script>", "<i don't>{}"])
def test_a_password_that_an_attribute_writes_in_parts_is_masked(around: str) -> None:
    masked, counts = mask_of("pa55word-and-more")(around.format("pa55<b>word-and-more</b>").encode())
    assert counts == {"password": 1} and b"word-and-more" not in masked


HOSTILE = [
    b"<!--",
    b"<!-->",
    b"<a ",
    b"-->",
    b"<!---->",
    b"<b>",
    b'<a x="',
    b"<a x='<a x=\"",
    b'<a " x="',
    b"<a ='\"",
    b"<",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_markup_is_masked_in_linear_time(piece: bytes) -> None:
    """A megabyte; the test's own limit of a minute was hours where every beginning of a comment was gone on from."""
    split = b"<i>pa55<b>word-and-more</b></i>"
    masked, counts = mask_of("pa55word-and-more")(split + piece * (1_200_000 // len(piece)))
    assert counts["password"] == 1 and masked.startswith(b"<i>xxxx<b>xxxxxxxxxxxxx</b></i>")
    assert masked[len(split) :] == piece * (1_200_000 // len(piece))


def test_no_number_of_tokens_crowds_a_secret_out() -> None:
    secrets = Secrets()
    for number in range(3_000):
        secrets.token(f"row-token-{number:08d}", "field csrf")
    secrets.token("bearer-met-at-last", "header Authorization")
    masked, counts = Mask(secrets)(b"<a>row-token-00000007</a> and bearer-met-at-last")
    assert masked == b"<a>" + b"x" * 18 + b"</a> and " + b"x" * 18
    assert counts == {"field csrf": 1, "header Authorization": 1}


def test_a_visit_with_more_secrets_than_can_be_told_apart_discloses_no_text() -> None:
    secrets = Secrets()
    for number in range(MAX_SECRETS):
        secrets.token(f"row-token-{number:05d}", "field csrf")
    assert not secrets.closed
    secrets.token("row-token-met-last", "field csrf")
    mask = Mask(secrets)
    assert mask(b"a page with row-token-00003") == (b"x" * 27, {CLOSED: 1})
    assert mask.text("row-token-met-last") == "x" * 18


@settings(deadline=None)
@given(st.lists(st.text("abc", min_size=8, max_size=10), min_size=1, max_size=6), st.text("abc", max_size=80))
def test_one_walk_finds_what_looking_for_each_finds(values: list[str], text: str) -> None:
    few = mask_of(*values)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("auditor.capture.artefacts.mask.FEW_FORMS", 0)
        many = mask_of(*values)
    assert few(text.encode()) == many(text.encode())
    assert not any(value in few.text(text) for value in values)


@pytest.mark.parametrize(
    "written",
    [
        lambda text: quote(quote(text, safe=""), safe=""),
        lambda text: json.dumps(json.dumps({"t": text}))[1:-1],
        lambda text: json.dumps(quote_plus(text)),
        lambda text: html.escape(json.dumps({"t": text})),
        lambda text: text.encode().hex(),
        lambda text: text.encode().hex().upper(),
        lambda text: quote(base64.b64encode(text.encode()).decode(), safe=""),
    ],
)
def test_a_form_within_a_form_is_masked(written: Callable[[str], str]) -> None:
    secret = 'ab+cd/ef==12"345>678'
    assert mask_of(secret)(f"<{written(secret)}>".encode())[1]["password"] == 1


def test_mail_headers_of_an_mhtml_are_masked_behind_their_encoding() -> None:
    secret = "token=with/odd+signs 12345678901234567890"
    subject = email.header.Header(f"题 {secret} end", "utf-8", maxlinelen=40).encode().replace("\n", "\r\n")
    document = (
        f'From: <Saved>\r\nSubject: {subject}\r\nContent-Type: multipart/related;\r\n\tboundary="----b0"\r\n\r\n'
        "------b0\r\nContent-Type: text/html\r\n\r\n<p></p>\r\n------b0--\r\n"
    )
    masked, counts = mask_mhtml(document.encode(), mask_of(secret))
    read = email.message_from_bytes(masked)
    shown = str(email.header.make_header(email.header.decode_header(read["Subject"])))
    assert secret not in shown and "题" in shown and "end" in shown and counts == {"password": 1}
    assert read.is_multipart() and read["From"] == "<Saved>"


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?Q?=E9=A2=98=20tok_ab=3Dcd?ef_gh_2233?=\r\n =?utf-8?Q?=20end?=",  # as Chromium writes it
        "=?utf-8?Q?=E9=A2=98=20_tok_ab=3Dcd?ef_?=\r\n =?utf-8?Q?gh_2233=20end?=",  # cut within it
        "=?no-such-charset?Q?tok_ab=3Dcd?ef_gh_2233?= end",
        "=?utf-8?Q?tok_ab=3Dcd?ef_gh_2233 end",  # never closed
    ],
)
def test_a_header_that_chromium_writes_its_own_way_is_masked_too(subject: str) -> None:
    document = (
        f'Subject: {subject}\r\nContent-Type: multipart/related;\r\n\tboundary="----b0"\r\n\r\n'
        "------b0\r\nContent-Type: text/html\r\n\r\n<p></p>\r\n------b0--\r\n"
    )
    masked, counts = mask_mhtml(document.encode(), mask_of("tok_ab=cd?ef_gh_2233"))
    read = email.message_from_bytes(masked)
    shown = str(email.header.make_header(email.header.decode_header(read["Subject"])))
    assert counts == {"password": 1} and "end" in shown
    assert b"2233" not in masked and read.is_multipart()


@pytest.mark.parametrize(
    "address",
    [
        "/reg?PHPSESSID={}",
        "/reg?a=1&ASPSESSIONIDQADBTRCS={}",
        "/reg?sid={}",
        "/cgi?CGISESSID={}#top",
        "/cas?ticket={}",
        "/reg;jsessionid={}?page=2",
        "/reg;sid={};v=1",
        "/app/(S({}))/reg.aspx",
        "/reg#session_id={}",
        "/reg?zentaosid={}",
        "/dl?X-Amz-Signature={}",
    ],
)
def test_a_session_carried_in_an_address_is_known(address: str) -> None:
    secrets = Secrets()
    secrets.url("http://host" + address.format("9f8e7d6c5b4a3928"))
    assert "9f8e7d6c5b4a3928" in dict(secrets)


def test_a_session_in_a_link_of_the_page_is_known_and_a_count_is_not() -> None:
    secrets = Secrets()
    secrets.markup(
        '<a href="/next?page=2&amp;PHPSESSID=9f8e7d6c5b4a3928">下一页</a><a href="/x?code=20261126&sid=">x</a>'
    )
    secrets.url("http://host/reg?code=20261126&inside=12345678&sort=branches-9&basid=abcdefgh1")
    assert dict(secrets) == {"9f8e7d6c5b4a3928": "parameter PHPSESSID"}


def test_a_page_that_repeats_the_password_is_barred_in_its_picture(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    environment = {"SITE_USER": "auditor", "SITE_PASSWORD": site.password}
    site.acts["/reg"] = lambda handler: handler.answer(
        f"<body style='margin:20px'><h1>当前分馆数量：7</h1><p>{site.password[:4]}<b>{site.password[4:]}</b></p>"
    )
    where = deployment(site.url, login=LOGIN)
    capture, stage = runner.run(visit(browser, where, [REGISTRATION], tmp_path, environment=environment))
    path = capture.views[0].artefacts["screenshot"]
    disclosed = Image.open(io.BytesIO(stage.disclosable()[path])).convert("RGB")
    whole = Image.open(tmp_path / f"sealed/{path}.sealed").convert("RGB")
    box = ImageChops.difference(disclosed, whole).getbbox()
    assert box is not None and disclosed.size == whole.size
    colours = disclosed.crop((20, (box[1] + box[3]) // 2, 60, (box[1] + box[3]) // 2 + 1)).getcolors()
    assert colours == [(40, BAR)], "nothing of the password is legible"
    assert box[3] - box[1] < 80, "the count above it stays"
    assert path in {item.artefact for item in capture.withheld}
    assert any("showed a secret" in warning for warning in capture.warnings)


KEPT: dict[str, Callable[[str], str]] = {
    "bare": str,
    "stringified": json.dumps,
    "in a state": lambda token: json.dumps({"state": {"user": {"k": token}}, "version": 0}),
    "in a state of texts": lambda token: json.dumps({"user": json.dumps({"k": token}), "_persist": "{}"}),
    "in a list": lambda token: json.dumps([token]),
    "numbered": lambda token: f"12|{token}",
    "with its scheme": lambda token: f"Bearer {token}",
    "with its end": lambda token: f"{token}:1764288000",
    "with a name": lambda token: f"k={token}",
    "as an address writes it": quote,
}


@settings(deadline=None)
@given(
    st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{8,40}[0-9][A-Za-z]{8}", fullmatch=True), st.lists(st.sampled_from([*KEPT]))
)
def test_a_token_is_known_however_a_page_keeps_it(token: str, ways: list[str]) -> None:
    value = token
    for way in ways[:3]:
        value = KEPT[way](value)
    known = Secrets()
    known.stored("k", value)
    assert token in dict(known), value
    known = Secrets()
    known.session({"origins": [{"origin": "https://a.example", "localStorage": [{"name": "k", "value": value}]}]})
    assert token in dict(known), value


def test_a_name_tells_that_a_stored_value_is_a_token() -> None:
    known, words = Secrets(), "correct-horse"
    known.stored("theme", words)
    known.stored("tokenExpires", "1764288000")
    known.stored("home", "https://site.example/start/page-2026-11-28/index")
    assert dict(known) == {}
    for name, value in (("jwt", words), ("k", json.dumps({"auth": {"accessToken": words}}))):
        known = Secrets()
        known.stored(name, value)
        assert words in dict(known)
        known = Secrets()
        known.session({"origins": [{"origin": "https://a.example", "localStorage": [{"name": name, "value": value}]}]})
        assert words in dict(known)


@pytest.mark.parametrize("way", [str, json.dumps, KEPT["in a state"], KEPT["with its scheme"]])
def test_a_token_that_a_script_only_keeps_is_withheld(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path, way: Callable[[str], str]
) -> None:
    """The answer that gave it is gone with its page, and no header sends it: the page's own storage tells of it."""
    token, kept = "Zx81" + secrets.token_hex(12), "thirteenth-of-may-and-no-digit"
    site.acts["/do"] = lambda handler: handler.answer(json.dumps({"code": 0, "t": way(token)}), kind="application/json")
    site.acts["/login"] = lambda handler: handler.answer(
        f"{HEAD}<body><form>用户名 <input name=user>密码 <input type=password name=password>"
        "<button>登录</button></form><script>document.forms[0].onsubmit = e => { e.preventDefault();"
        " fetch('/do', {method: 'POST'})"
        f".then(r => r.json()).then(j => {{ localStorage.t = j.t; localStorage.day = '{kept}';"
        " location = '/desk' }) }"
        "</script>"
    )
    site.pages["/desk"] = f"{HEAD}<body><p>退出登录"
    show = "<p id=t></p><script>t.textContent = localStorage.t.match(/Zx81\\w+/) + ' ' + localStorage.day</script>"
    site.acts["/reg"] = lambda handler: handler.answer(registration("34", extra=show))
    environment = {"SITE_USER": "auditor", "SITE_PASSWORD": site.password}
    where = deployment(site.url, login=replace(LOGIN, logged_in=Condition(text="退出登录")))
    capture, stage = runner.run(visit(browser, where, [REGISTRATION], tmp_path, environment=environment))
    assert capture.state == "complete", capture.views
    files = stage.disclosable()
    assert not [path for path, data in files.items() if any(token.encode() in inner for inner in unpacked(data))]
    assert kept.encode() in files["registration/dom.html"], "what is no token stays"


class TwoOrigins:
    """A login whose script takes a token from an answer and keeps it, by no header, with the origin it is of."""

    def __init__(self, site: Site, *, login: str, path: str) -> None:
        """`login`: the origin of the login page; `path`: where it leads on to."""
        self.token = "Zx81" + secrets.token_hex(12)
        self.here, self.beside = site.url, f"http://localhost:{site.server_port}/"
        said = json.dumps({"code": 0, "t": self.token})
        site.acts["/do"] = lambda handler: handler.answer(said, kind="application/json")
        site.acts["/login"] = lambda handler: handler.answer(
            f"{HEAD}<body><form>用户名 <input name=user>密码 <input type=password name=password>"
            "<button>登录</button></form><script>document.forms[0].onsubmit = e => { e.preventDefault();"
            " fetch('/do', {method: 'POST'}).then(r => r.json())"
            f".then(j => {{ sessionStorage.t = j.t; setTimeout(() => location = '{path}', 400) }}) }}</script>"
        )
        site.pages["/desk"] = f"{HEAD}<body><p>退出登录"
        site.acts["/reg"] = lambda handler: handler.answer(registration("34"))
        entry = replace(LOGIN, path=f"{getattr(self, login)}login", logged_in=Condition(text="退出登录"))
        self.deployment = deployment(site.url, login=entry, origins=(self.beside,))
        self.environment = {"SITE_USER": "auditor", "SITE_PASSWORD": site.password}

    def told_by(self, stage: FolderStage) -> list[str]:
        files = stage.disclosable().items()
        return [path for path, data in files if any(self.token.encode() in inner for inner in unpacked(data))]


@pytest.mark.parametrize("login", ["here", "beside"])
def test_a_token_of_an_origin_that_the_visit_has_left_is_withheld(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path, login: str
) -> None:
    """Left by the page after the login, or by the login itself: its storage is looked at with an empty document of it,
    which nobody is asked for and no record holds."""
    goes_on = {"here": "/desk", "beside": f"{site.url}desk"}[login]
    two = TwoOrigins(site, login=login, path=goes_on)
    site.acts["/reg"] = lambda handler: (
        handler.answer(registration("34"))
        if (handler.headers["Host"] or "").startswith("localhost") or login == "beside"
        else handler.redirect(f"{two.beside}reg")
    )
    capture, stage = runner.run(visit(browser, two.deployment, [REGISTRATION], tmp_path, environment=two.environment))
    assert capture.state == "complete", capture.views
    assert two.told_by(stage) == []
    assert not [one for one in capture.withheld if one.what == UNKNOWN], capture.warnings
    assert ("GET", "/", "") not in site.seen
    assert not {uri for _, uri, _, _ in stage.records()} & {two.here, two.beside}


def test_a_token_of_a_frame_is_withheld(runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path) -> None:
    two = TwoOrigins(site, login="here", path="/desk")
    keeps = "<script>fetch('/do').then(r => r.json()).then(j => { localStorage.t = j.t })</script>"
    site.pages["/frame"] = f"<body>{keeps}"
    site.acts["/reg"] = lambda handler: handler.answer(registration(extra=f"<iframe src={two.beside}frame></iframe>"))
    site.acts["/do"] = lambda handler: handler.answer(
        json.dumps({"t": two.token if "localhost" in (handler.headers["Host"] or "") else ""}), kind="application/json"
    )
    capture, stage = runner.run(visit(browser, two.deployment, [REGISTRATION], tmp_path, environment=two.environment))
    assert capture.state == "complete", capture.views
    assert two.told_by(stage) == []


def test_a_page_that_keeps_nothing_is_disclosed(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    """A sandboxed document has no storage: that none can be had of it is no reason to withhold anything."""
    two = TwoOrigins(site, login="here", path="/desk")
    site.acts["/reg"] = lambda handler: handler.answer(registration("34"), Content_Security_Policy="sandbox")
    capture, stage = runner.run(visit(browser, two.deployment, [REGISTRATION], tmp_path, environment=two.environment))
    assert capture.state == "complete", capture.views
    assert two.told_by(stage) == []
    assert not [one for one in capture.withheld if one.what == UNKNOWN], capture.warnings


@pytest.mark.parametrize(("login", "outcome"), [("here", "observed"), ("beside", "error")])
def test_a_page_is_disclosed_without_text_where_what_was_stored_before_it_cannot_be_had(
    runner: asyncio.Runner, site: Site, tmp_path: Path, login: str, outcome: str
) -> None:
    """Its process ends before the storage of the login's origin was looked at. A page that was read first is known."""
    two = TwoOrigins(site, login=login, path=f"{site.url}desk")

    async def act() -> tuple[Capture, FolderStage]:
        async with Browser.open(SETTINGS, now) as own:

            def kill(_: Handler) -> None:
                for process in psutil.Process(own.process.pid).children(recursive=True):
                    if "--type=renderer" in process.cmdline():
                        process.kill()

            site.acts["/kill"] = kill
            site.acts["/second"] = lambda handler: handler.answer(registration(extra="<img src=/kill>"))
            pages = [REGISTRATION, page("/second", "second")]
            return await visit(own, two.deployment, pages, tmp_path, environment=two.environment)

    capture, stage = runner.run(act())
    assert [view.outcome for view in capture.views] == [outcome, "crashed"]
    assert two.told_by(stage) == []
    told = {one.artefact for one in capture.withheld if one.what == UNKNOWN}
    assert ("registration/dom.html" in told) == (outcome == "error")
    assert "traffic.warc.gz" in told and "traffic.warc.gz" not in stage.disclosable()
    assert any("storage could not be looked at" in warning for warning in capture.warnings)


def test_a_password_that_tags_part_is_spelled_by_no_file(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    """What the picture bars, whoever takes the tags out of a file, or puts texts one after the other, must not get."""
    environment = {"SITE_USER": "auditor", "SITE_PASSWORD": site.password}
    head, tail = site.password[:4], site.password[4:]
    letters = "".join(f"<span>{letter}</span>" for letter in site.password)
    long, quoted = f"<i data-x='{'a' * 5000}'></i>", "<b title='>' lang = \"<\">"
    site.acts["/reg"] = lambda handler: handler.answer(
        f"<body><h1>当前分馆数量：7</h1><p>{head}<b>{tail}</b></p><p>{head}<!-- ! -->{tail}</p><p>{letters}</p>"
        f"<p>{head}{long}{tail}</p><p>{head}{quoted}{tail}</b></p>"
    )
    where = deployment(site.url, login=LOGIN)
    capture, stage = runner.run(visit(browser, where, [REGISTRATION], tmp_path, environment=environment))
    files = stage.disclosable()
    for path, data in files.items():
        for inner in unpacked(data):
            for tag in (rb"<[^>]*>", rb"""<(?:[^<>"']|"[^"]*"|'[^']*')*>"""):
                assert site.password.encode() not in re.sub(tag, b"", inner), path
    layout = json.loads(files[capture.views[0].artefacts["snapshot"]])["captured"]
    texts = [layout["strings"][text] for text in layout["documents"][0]["layout"]["text"] if text >= 0]
    values = [layout["strings"][text] for text in layout["documents"][0]["nodes"]["nodeValue"] if text >= 0]
    assert site.password not in "".join(texts) and site.password not in "".join(values)
    assert "当前分馆数量：7" in texts, "what the page states stays"
    told = {item.artefact.rpartition("/")[2] for item in capture.withheld}
    assert told >= {"dom.html", "domsnapshot.json.gz", "page.mhtml", "screenshot.png", "traffic.warc.gz"}


def test_a_refused_login_shows_the_password_in_none_of_its_forms(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    """Mirrored as text, by the style sheet, as a placeholder, in fields of all kinds, in a drawing, on a canvas."""
    site.password, typed = "not this one", "hunter22secret"
    paint = (
        "const c = document.querySelector('canvas').getContext('2d'); c.font = '20px monospace'; c.fillText({}, 5, 25)"
    )
    blocks = [
        f"<p>{typed}</p>",
        f"<p class=after data-said='{typed}'></p>",
        f"<input placeholder='{typed}' size=40>",
        f"<input value='{typed}' size=40>",
        f"<textarea cols=40>{typed}</textarea>",
        f"<svg width=400 height=40><text x=5 y=25>{typed}</text></svg>",
        "<canvas width=400 height=40></canvas>",
    ]
    boxes = "".join(f"<div style='height:60px;overflow:hidden'>{block}</div>" for block in blocks)
    style = "<style>body{margin:0} p{margin:0;font:20px monospace} .after::after{content:attr(data-said)}</style>"
    script = f"<script>{paint.format(json.dumps(typed))}</script>"

    def login(handler: Handler) -> None:
        fields = "用户名 <input name=user>密码 <input type=password name=password>"
        form = f"<form method=post>{fields}<button>登录</button></form>"
        handler.answer(HEAD + f"<body>{style}{boxes}{form}{script}" if handler.command == "POST" else HEAD + form)

    site.acts["/login"] = login
    environment = {"SITE_USER": "auditor", "SITE_PASSWORD": typed}
    where = deployment(site.url, login=LOGIN)
    capture, stage = runner.run(visit(browser, where, [REGISTRATION], tmp_path, environment=environment))
    assert capture.views[0].outcome == "login_refused", capture.views[0].why
    path = capture.views[0].artefacts["screenshot"]
    disclosed = Image.open(io.BytesIO(stage.disclosable()[path])).convert("RGB")
    whole = Image.open(tmp_path / f"sealed/{path}.sealed").convert("RGB")
    for number, block in enumerate(blocks):
        place = (5, 60 * number, 405, 60 * number + 60)
        assert ImageChops.difference(disclosed.crop(place), whole.crop(place)).getbbox(), block


def test_a_session_in_the_address_of_a_socket_or_a_worker_is_withheld(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    ticket = "9f8e7d6c5b4a3928"
    site.acts["/worker.js"] = lambda handler: handler.answer("1", kind="text/javascript")
    script = f"const t = '{ticket[:8]}' + '{ticket[8:]}'; new WebSocket('ws://' + location.host + '/ws?ticket=' + t);"
    worker = f"const u = '{ticket[8:]}' + '{ticket[:8]}'; new Worker('/worker.js?ticket=' + u)"
    site.pages["/reg"] = registration("34", extra=f"<script>{script}{worker}</script>")
    capture, stage = runner.run(visit(browser, deployment(site.url), [REGISTRATION], tmp_path))
    started = [warning for warning in capture.warnings if "worker started" in warning]
    sockets = [address for _, address, _, _ in stage.records() if "/ws?" in address]
    assert started and sockets
    told = " ".join((*capture.warnings, *(f"{record}" for record in stage.records())))
    assert ticket not in told and ticket[8:] + ticket[:8] not in told


def test_a_password_that_a_page_spells_is_spelled_by_no_text_of_its_snapshot(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    """The strings of the file are looked at, not its JSON, which writes a backslash and a NUL in letters of its own."""
    site.password = "Tr0ub4dor-and-three"
    spelled = [written(site.password) for written in WRITTEN.values()]
    spelled += [site.password.encode(wide).decode() for wide in ("utf-16-le", "utf-16-be")]
    spelled = [text for text in spelled if json.dumps(text) != f'"{text}"']
    assert len(spelled) == 7
    environment = {"SITE_USER": "auditor", "SITE_PASSWORD": site.password}
    show = "".join(
        f"<script>document.body.append({json.dumps(text)}, document.createElement('hr'))</script>" for text in spelled
    )
    site.acts["/reg"] = lambda handler: handler.answer(registration(extra=f"<div>{show}</div>"))
    where = deployment(site.url, login=LOGIN)
    capture, stage = runner.run(visit(browser, where, [REGISTRATION], tmp_path, environment=environment))
    view = capture.views[0]
    assert view.outcome == "observed"
    whole = (tmp_path / f"sealed/{view.artefacts['snapshot']}.sealed").read_bytes()
    for data, there in ((whole, True), (stage.disclosable()[view.artefacts["snapshot"]], False)):
        strings = json.loads(next(inner for inner in unpacked(data) if inner[:1] == b"{"))["captured"]["strings"]
        assert [any(text in string for string in strings) for text in spelled] == [there] * len(spelled)
