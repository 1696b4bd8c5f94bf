"""What commands and other people add is told on a page that is open, soon, and is there when it is shown."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path

import requests
from playwright.sync_api import Page

from auditor.clock import timestamp
from auditor.model.events import AccessRefused
from auditor.workflow import DecisionBasis, confirm_count
from auditor.workflow.desk.office import STREAMS
from tests.prepared_process import run_auditor
from tests.web.pictured_workspace import Enter
from tests.web.served_workspace import Served, served
from tests.web.test_scope_over_time import under_way
from tests.web.test_week import follow_by_key

WHO = ("--by", "Ann", "--reason", "looked at it")
PATIENCE = 20.0
"""Seconds on a machine that does everything else too; on a quiet one it is at most two, which `-s` shows."""


def commanded(site: Served, *words: str) -> str:
    done = run_auditor("--workspace", str(site.workspace.root), *words, cwd=site.workspace.root)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def told_after(page: Page, site: Served) -> float:
    """Seconds from the first line that the page does not show until its head had told that there is something."""
    page.locator(".asof [role=status] a").wait_for()
    since = int((page.locator("[data-newer]").get_attribute("data-newer") or "").rpartition("=")[2])
    entries = site.office.journal.read(lambda one: list(one.entries(since)))
    first = next(entry.at for entry in entries if entry.kind != "access")
    return float(page.evaluate("window.toldAt")) - first.timestamp()


def watched(page: Page, address: str) -> None:
    """Open a page, which notes when its head is told something, and has not loaded anew since."""
    page.goto(address)
    page.evaluate(
        "() => { window.toldAt = 0; new MutationObserver(() => { window.toldAt = window.toldAt || Date.now() / 1000; })"
        ".observe(document.querySelector('.asof [role=status]'), {childList: true, subtree: true}); }"
    )


def shown_by_key(page: Page) -> None:
    with page.expect_navigation():
        follow_by_key(page, page.locator(".asof [role=status] a"))


def test_what_commands_do_is_told_on_an_open_page(enter: Enter, pictured: Served) -> None:
    page, origin = enter("manager"), pictured.origin
    page.set_default_timeout(60_000)
    took = {}
    watched(page, f"{origin}/deployments/covered")
    commanded(pictured, "confirm", "count", "covered", "19", *WHO)
    took["confirm"] = told_after(page, pictured)
    shown_by_key(page)
    assert "19" in page.locator(".tile", has_text="Confirmed").inner_text()
    assert page.locator(".asof [role=status] a").count() == 0, "the page stands for the newest line now"

    watched(page, f"{origin}/")
    sandbox = () if os.geteuid() else ("--no-sandbox",)
    commanded(pictured, "run", "--only", "alive", *sandbox)
    took["run"] = told_after(page, pictured)
    shown_by_key(page)
    row = page.locator("tr", has=page.locator("a[href='/deployments/alive']"))
    assert row.get_by_role("link", name="18", exact=True).count() == 1

    watched(page, f"{origin}/bundles")
    made = json.loads(commanded(pictured, "bundle", "--deployment", "covered", "--case", "Told", "--no-pdf", "--json"))
    took["bundle"] = told_after(page, pictured)
    shown_by_key(page)
    assert Path(made["bundle"]).name in page.locator("tbody").first.inner_text()
    print("seconds until an open page told:", {name: round(seconds, 2) for name, seconds in took.items()})
    assert all(seconds <= PATIENCE for seconds in took.values()), took


@contextmanager
def following(site: Served, person: str = "manager") -> Iterator[Iterator[bytes]]:
    """The parts of a stream, as they come, from the line on that the person's page stands for."""
    who = site.browser(person)
    since = re.search(r'data-newer="([^"]*)"', who.get(f"{site.origin}/findings", timeout=60).text)
    assert since is not None
    with who.get(site.origin + since[1], stream=True, timeout=60) as answer:
        parts = answer.iter_content(None)
        assert next(parts).startswith(b":")
        yield parts


def test_who_comes_and_goes_is_not_told_and_what_is_decided_is(site: Served) -> None:
    with following(site, "counsel") as parts:
        site.office.journal.record(AccessRefused(person="", why="sign_in", what="unknown account", network="n"))
        time.sleep(2.5)
        confirm_count(site.workspace, "covered", 17, DecisionBasis("Kim", "five are closed", ()))
        told = next(parts)
    assert b"New journal lines: 1." in told and b"event: state" in told
    views = site.workspace.views.read_text("utf-8")
    assert '"findings"' in views and "follow_lines" not in views, "nobody looked at anything by it"


def test_what_a_page_asks_by_itself_is_no_use_of_its_session(site: Served) -> None:
    """However often a stream is cut and asked for again: the session runs out, the visit is when somebody looked."""
    who, person = site.browser("own_manager"), site.people["own_manager"].id
    work = f"{site.origin}/works/{under_way(site, 'own_manager', ('covered',)).id}"
    asked = re.findall(r'(?:data-live|hx-get)="([^"]*)"', who.get(work, timeout=60).text)
    assert len(asked) == 2
    views = site.workspace.views.read_text("utf-8")
    (session,) = site.office.sessions.list(site.office.clock(), person)
    earlier = session.used_at - timedelta(minutes=7)
    with closing(sqlite3.connect(site.workspace.db.with_name("sessions.db"))) as database, database:
        database.execute("update session set used_at = ? where name = ?", (timestamp(earlier), session.name))
        database.execute("update visit set used_at = ? where person = ?", (timestamp(earlier), person))
    for address in (*asked, *["/newer?since=0"] * 3):
        with who.get(site.origin + address, stream=True, timeout=60) as answer:
            assert answer.status_code == 200 and next(answer.iter_content(None))
    assert site.workspace.views.read_text("utf-8") == views
    (now,) = site.office.sessions.list(site.office.clock(), person)
    assert (now.used_at, site.office.sessions.last_used(person)) == (earlier, earlier)
    assert who.get(f"{site.origin}/findings", timeout=60).status_code == 200
    (now,) = site.office.sessions.list(site.office.clock(), person)
    last = site.office.sessions.last_used(person)
    assert last is not None and now.used_at > earlier < last


def test_a_session_follows_a_few_streams_at_once(site: Served) -> None:
    """Beyond them 204, by which a page asks no more. What nobody follows any more frees its place."""
    who, other = site.browser("own_manager"), site.browser("own_manager")
    work = f"/works/{under_way(site, 'own_manager', ('covered',)).id}/live"
    parts: list[Iterator[bytes]] = []

    def asked(by: requests.Session, address: str = "/newer?since=0") -> requests.Response:
        answer = requests.get(site.origin + address, headers=dict(by.headers), stream=True, timeout=60)
        parts.append(answer.iter_content(None))  # one that is thrown away closes the connection
        assert answer.status_code == 204 or next(parts[-1])
        return answer

    with ExitStack() as open_:
        held = [open_.enter_context(asked(who, work if one % 2 else "/newer?since=0")) for one in range(STREAMS)]
        assert [one.status_code for one in held] == [200] * STREAMS
        for address in ("/newer?since=0", work):
            refused = open_.enter_context(asked(who, address))
            assert refused.status_code == 204 and not refused.content
        assert open_.enter_context(asked(other)).status_code == 200, "another session has places of its own"
        held[3].close()
        until = time.monotonic() + 20
        while (again := open_.enter_context(asked(who))).status_code == 204:
            assert time.monotonic() < until, "a closed stream frees its place"
            time.sleep(0.1)
        assert again.status_code == 200
        assert open_.enter_context(asked(who)).status_code == 204, "one place was freed, not more"
    until = time.monotonic() + 20
    while site.office.streams._taken:
        assert time.monotonic() < until, "nothing is held by whoever is gone"
        time.sleep(0.1)


def test_what_is_followed_ends_with_its_session(site: Served) -> None:
    with following(site, "analyst") as parts:
        site.office.sessions.end(site.people["analyst"].id)
        assert b"state" not in b"".join(parts), "ended by the server, not by a time-out"
    who = site.browser("manager")
    assert {who.get(f"{site.origin}/newer?since={one}", timeout=30).status_code for one in ("", "-1", "x", "٣")} == {
        204
    }
    assert site.browser("administrator").get(f"{site.origin}/newer?since=0", timeout=30).status_code == 403


def test_what_cannot_be_told_rests_and_does_not_come_again(tmp_path: Path) -> None:
    """The stream ends with a word by which the page asks no more; what is wrong is told by the next page."""
    with served(tmp_path) as site, following(site) as parts:
        journal = site.workspace.journal
        journal.rename(journal.with_name("elsewhere"))
        try:
            until = time.monotonic() + 30
            assert any(b"event: rest" in part for part in iter(lambda: next(parts), b"") if time.monotonic() < until)
        finally:
            journal.with_name("elsewhere").rename(journal)


def test_pages_that_lie_open_keep_nobody_from_ending_serve(tmp_path: Path) -> None:
    with ExitStack() as open_:
        with served(tmp_path) as site:
            open_.enter_context(following(site))
            began = time.monotonic()
        assert time.monotonic() - began < 10
