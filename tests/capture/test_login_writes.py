"""Who may write during a login: the document that was typed into, and the page's own way on; nobody behind it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from auditor.capture import Browser
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


def entered(runner: asyncio.Runner, browser: Browser, site: Site, folder: Path, *reading: str) -> Capture:
    where = deployment(site.url, login=LOGIN, read_posts=reading)
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
