"""Who may write during a login: the document that was typed into, and the page's own way on; nobody beside or behind
it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from auditor.capture import Browser
from auditor.capture.base.scope import scope_of
from auditor.capture.browser.page import CdpPage
from auditor.clock import monotonic
from auditor.model.captures import Capture
from tests.capture.misbehaving_site import HEAD, SESSION, Handler, Site
from tests.capture.visit_helpers import LOGIN, REGISTRATION, deployment, visit

WRITES = (
    "<form id=f method=post action=/w/frame target=i></form><iframe name=i></iframe><script>"
    "const write = (how, more) => fetch('/w/' + how, {method: 'POST', body: 'x', ...more}).catch(() => 0);"
    "write('at-once'); navigator.sendBeacon('/w/beacon', 'x'); write('keepalive', {keepalive: true}); f.submit();"
    "const made = URL.createObjectURL(new Blob([`fetch('${location.origin}/w/worker', {method: 'POST', body: 'x'})`]));"
    "new Worker(made); setInterval(() => write('later'), 50);"
    "setTimeout(() => document.body.append('退出登录'), 800)</script>"
)
SECONDS_LATER = "<script>setTimeout(() => document.forms[0].submit(), 100)</script>"
EXCHANGE = (
    "<script>fetch('/token', {method: 'POST', body: 'code=1'}).then(r => r.ok && (location = '/desk'))"
    ".catch(() => document.body.append('no token'))</script>"
)
FIELDS = "用户名 <input name=user>密码 <input type=password name=password>"
SHOWN = "setTimeout(() => document.body.append('退出登录'), 800);"
IN_A_BLOB = (
    "URL.createObjectURL(new Blob([`<body><script>const w = n => fetch('${location.origin}/w/blob', {method: 'POST'})"
    ".catch(() => 0); w(); setInterval(w, 50); setTimeout(() => document.body.append('退出登录'), 800)</`+`script>`],"
    "{type: 'text/html'}))"
)
WORKER = "fetch('${location.origin}/w/worker', {method: 'POST'})"


def framed(source: str) -> str:
    """Empties the login's page and shows a frame in it."""
    return (
        f"document.body.innerHTML = ''; const i = document.createElement('iframe'); {source};document.body.append(i);"
    )


LEADS = {
    "/w/blob": f"location = {IN_A_BLOB}",
    "/w/blob of a frame": framed(f"i.src = {IN_A_BLOB}") + SHOWN,
    "/w/at-once": framed("i.src = '/shown'") + SHOWN,
    "/w/form": framed("i.src = '/sends'") + SHOWN,
    "/w/srcdoc": framed("i.srcdoc = `<script>fetch('/w/srcdoc', {method: 'POST'})</`+`script>`") + SHOWN,
    "/w/srcdoc-form": framed("i.srcdoc = `<form method=post action=/w/srcdoc-form></form>${sends}`") + SHOWN,
    "/w/worker": f"document.body.innerHTML = '';new Worker(URL.createObjectURL(new Blob([`{WORKER}`])));{SHOWN}",
    "/w/ping": framed("i.srcdoc = '<a href=# ping=/w/ping id=a></a>' + pings") + SHOWN,
    "/w/later": framed("i.srcdoc = `<script>fetchLater('/w/later', {method: 'POST', activateAfter: 0})</`+`script>`")
    + SHOWN,
}
"""What a page does once its login by a script succeeded, by what must not be written by it."""


def entered(
    runner: asyncio.Runner, browser: Browser, site: Site, folder: Path, *reading: str, origins: tuple[str, ...] = ()
) -> Capture:
    where = deployment(site.url, login=LOGIN, read_posts=reading, origins=origins)
    environment = {"SITE_USER": "auditor", "SITE_PASSWORD": site.password}
    return runner.run(visit(browser, where, [REGISTRATION], folder, environment=environment))[0]


def written(site: Site) -> list[str]:
    return [path for method, path, _ in site.seen if method == "POST"]


def refused(capture: Capture) -> set[str]:
    return {path for told in capture.warnings for path in re.findall(r"POST (\S+): only reading", told)}


def test_the_page_that_a_login_leads_to_writes_nothing_before_it_is_recognised(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    site.acts["/desk"] = lambda handler: handler.answer(HEAD + "<body>" + WRITES)
    capture = entered(runner, browser, site, tmp_path)
    assert capture.state == "complete", capture.views
    assert written(site) == ["/login"]
    assert refused(capture) >= {f"/w/{how}" for how in ("at-once", "beacon", "keepalive", "frame", "worker", "later")}


def test_single_sign_on_by_form_post_leads_in(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    """A document in which nothing was typed sends itself on by POST, as SAML and `form_post` do."""
    login = site.acts["/login"]

    def provider(handler: Handler) -> None:
        if handler.command == "POST":
            handler.answer(f"{HEAD}<body><form method=post action=/back><input name=t value=1></form>{SECONDS_LATER}")
        else:
            login(handler)

    site.acts["/login"] = provider
    site.acts["/back"] = lambda handler: handler.redirect("/desk", Set_Cookie=f"sid={SESSION}; Path=/")
    assert entered(runner, browser, site, tmp_path).state == "complete"
    assert written(site) == ["/login", "/back"]


def test_a_page_that_exchanges_a_code_for_a_token_does_so_where_that_is_declared(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    """Whether its POST is a login's or a deed, nobody can see: the deployment has to say it."""
    login = site.acts["/login"]

    def provider(handler: Handler) -> None:
        if handler.command == "POST":
            handler.redirect("/callback")
        else:
            login(handler)

    site.acts["/login"] = provider
    site.acts["/callback"] = lambda handler: handler.answer(f"{HEAD}<body>{EXCHANGE}")
    site.acts["/token"] = lambda handler: handler.answer("{}", Set_Cookie=f"sid={SESSION}; Path=/")
    kept_out = entered(runner, browser, site, tmp_path / "undeclared")
    assert (kept_out.views[0].outcome, written(site)) == ("not_logged_in", ["/login"])
    assert refused(kept_out) == {"/token"}
    assert entered(runner, browser, site, tmp_path / "declared", "/token").state == "complete"
    assert written(site)[1:] == ["/login", "/token"]


def by_script(site: Site, then: str, *, form: str = FIELDS) -> None:
    """A login page that sends what was typed by `fetch`, and goes on as told."""
    more = "const sends = '<script>document.forms[0].submit()</'+'script>', pings = '<script>a.click()</'+'script>';"
    go = f"function go() {{ fetch('/token', {{method: 'POST', body: 'x'}}).then(() => {{ {more}{then} }}) }}"
    site.acts["/login"] = lambda handler: handler.answer(
        f"{HEAD}<body>{form}<button onclick='go()'>登录</button><script>{go}</script>"
    )
    site.acts["/token"] = lambda handler: handler.answer("{}", Set_Cookie=f"sid={SESSION}; Path=/")
    site.acts["/shown"] = lambda handler: handler.answer(HEAD + "<body>" + WRITES)
    site.acts["/sends"] = lambda handler: handler.answer(
        f"{HEAD}<body><form method=post action=/w/form></form><script>document.forms[0].submit()</script>"
    )


@pytest.mark.parametrize("written_by", LEADS)
def test_what_a_login_shows_in_its_own_page_writes_nothing(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path, written_by: str
) -> None:
    """No request of the page tells that another document came: of a blob, of a frame, of an attribute."""
    by_script(site, LEADS[written_by])
    capture = entered(runner, browser, site, tmp_path)
    assert written(site) == ["/token"]
    assert written_by.split()[0] in refused(capture), capture.warnings


def frame_login(site: Site, inner: str) -> None:
    site.acts["/login"] = lambda handler: handler.answer(f"{HEAD}<body><iframe src=/inner width=600></iframe>")
    site.acts["/inner"] = lambda handler: handler.answer(HEAD + "<body>" + inner)
    site.acts["/token"] = lambda handler: handler.answer(
        f"{HEAD}<body><script>parent.location = '/desk'</script>", Set_Cookie=f"sid={SESSION}; Path=/"
    )


def by_hidden_frame(site: Site) -> None:
    frame_login(site, "")
    sends = "<form method=post action=/token target=hidden>" + FIELDS + "<button>登录</button></form>"
    site.acts["/login"] = lambda handler: handler.answer(f"{HEAD}<body>{sends}<iframe name=hidden></iframe>")


def in_two_steps(site: Site) -> None:
    first = "<form method=post action=/name>用户名 <input name=user><button>下一步</button></form>"
    second = "<form method=post action=/token>密码 <input type=password name=password><button>登录</button></form>"
    frame_login(site, "")
    site.acts["/login"] = lambda handler: handler.answer(f"{HEAD}<body>{first}")
    site.acts["/name"] = lambda handler: handler.answer(f"{HEAD}<body>{second}")


def in_a_frame(site: Site) -> None:
    frame_login(site, f"<form method=post action=/token>{FIELDS}<button>登录</button></form>")


def by_script_in_a_frame(site: Site) -> None:
    sends = "fetch('/token', {method: 'POST'}).then(() => parent.location = '/desk')"
    frame_login(site, f'{FIELDS}<button onclick="{sends}">登录</button>')


def by_script_after_a_question(site: Site) -> None:
    """The page asks by POST what it needs before anybody typed."""
    by_script(site, "location = '/desk'", form=FIELDS + "<script>fetch('/name', {method: 'POST'})</script>")
    site.acts["/name"] = lambda handler: handler.answer("{}")


LOGINS: dict[Callable[[Site], None], list[str]] = {
    by_hidden_frame: ["/token"],
    in_a_frame: ["/token"],
    by_script_in_a_frame: ["/token"],
    in_two_steps: ["/name", "/token"],
    by_script_after_a_question: ["/name", "/token"],
}


@pytest.mark.parametrize("made", LOGINS, ids=lambda made: made.__name__)
def test_the_logins_of_ordinary_systems_lead_in(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path, made: Callable[[Site], None]
) -> None:
    made(site)
    capture = entered(runner, browser, site, tmp_path)
    assert capture.state == "complete", (capture.views, capture.warnings)
    assert written(site) == LOGINS[made]


def test_a_login_in_a_frame_of_another_process_leads_in(
    runner: asyncio.Runner, mapped: Browser, site: Site, tmp_path: Path
) -> None:
    other = f"http://inside.example:{site.server_port}"
    sends = f"fetch('/token', {{method: 'POST'}}).then(() => parent.location = '{site.url}back')"
    by_script(site, "")
    site.acts["/login"] = lambda handler: handler.answer(f"{HEAD}<body><iframe src={other}/inner width=600></iframe>")
    site.acts["/inner"] = lambda handler: handler.answer(f'{HEAD}<body>{FIELDS}<button onclick="{sends}">登录</button>')
    site.acts["/back"] = lambda handler: handler.redirect("/desk", Set_Cookie=f"sid={SESSION}; Path=/")
    capture = entered(runner, mapped, site, tmp_path, origins=(other,))
    assert capture.state == "complete", (capture.views, capture.warnings)
    assert written(site) == ["/token"]


async def held_write(browser: Browser, site: Site, then: Callable[[CdpPage, asyncio.Event], Awaitable[None]]) -> float:
    """A write of the document that was acted in, which the record does not tell of before the event; then something.

    Returns how long that took."""
    site.acts["/page"] = lambda handler: handler.answer(
        f"{HEAD}<body><script>setTimeout(() => fetch('/w/held', {{method: 'POST'}}), 300)</script>"
    )
    asked, told = asyncio.Event(), asyncio.Event()
    async with browser.blank(ignore_https_errors=False) as blank:
        page = await CdpPage.open(blank, scope_of(deployment(site.url)))

        async def late(request: str) -> str:
            asked.set()
            await told.wait()
            return await page.traffic.loader_of(request)

        page.guard.loader_of = late
        await page.guard.enter("login", (b"typed",))
        await page.navigate(site.url + "page", 5)
        await page.act()
        async with asyncio.timeout(10):
            await asked.wait()
        began = monotonic()
        await then(page, told)
        return monotonic() - began


def test_a_write_that_is_decided_after_the_login_is_refused(
    runner: asyncio.Runner, browser: Browser, site: Site
) -> None:
    async def read(page: CdpPage, told: asyncio.Event) -> None:
        await page.guard.enter("read")
        told.set()
        async with asyncio.timeout(10):
            while not page.guard.refused:
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)

    runner.run(held_write(browser, site, read))
    assert written(site) == []


def test_a_write_that_is_held_as_the_page_is_closed_is_refused_at_once(
    runner: asyncio.Runner, browser: Browser, site: Site
) -> None:
    async def end(page: CdpPage, _: asyncio.Event) -> None:
        await page.end()
        assert page.guard.refused
        await asyncio.sleep(0.5)

    assert runner.run(held_write(browser, site, end)) < 2.4
    assert written(site) == []
