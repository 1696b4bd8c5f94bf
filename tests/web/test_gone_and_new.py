"""The inbox tells every role what is there no more, and what came after that person's last visit."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from auditor import custody
from auditor.clock import timestamp
from auditor.index import KEPT_GONE, Index
from auditor.workflow import open_instruments, read_targets, rebuild_index
from auditor.workflow.index.record import index_missing_captures
from tests.cli.small_workspace import commit_capture
from tests.web.served_workspace import PASSWORD, TWO_CUSTOMERS, Served, served

OVER = "Q101/AG-7/covered/branch"
PEOPLE = ("manager", "analyst", "counsel")
Looked = dict[str, tuple[requests.Session, set[str], set[str]]]
"""By person: a session, what was gone in it, and what stood when the person had looked before."""


def observe(site: Served, used: int, deployment: str = "covered") -> None:
    commit_capture(site.workspace.root, deployment, used, 20)
    rebuild_index(site.workspace, read_targets(site.workspace)[0], lambda _done, _total, _name: None)


def shown(site: Served, who: requests.Session, query: str) -> set[str]:
    """The findings of the queue of a page."""
    answer = who.get(f"{site.origin}/findings?{query}", timeout=60)
    assert answer.status_code == 200, answer.text[-500:]
    return set(re.findall(r'<li><a [^>]*data-finding="([^"]*)"', answer.text))


@pytest.fixture(scope="module")
def seen(site: Served) -> Looked:
    """Everybody looks; the over-use of `covered` ends; everybody comes again."""
    first = {person: shown(site, site.browser(person), "queue=all") for person in PEOPLE}
    assert all(OVER in found for found in first.values())
    observe(site, 3)
    again = {person: site.browser(person) for person in PEOPLE}
    return {person: (who, shown(site, who, "queue=gone"), first[person]) for person, who in again.items()}


@pytest.mark.parametrize("person", PEOPLE)
def test_what_is_there_no_more_is_told_and_cannot_be_decided(site: Served, seen: Looked, person: str) -> None:
    who, gone, first = seen[person]
    assert OVER in gone <= first
    assert OVER not in shown(site, who, "queue=open")
    page = who.get(f"{site.origin}/findings", params={"queue": "gone", "f": OVER}, timeout=60).text
    assert f'id="finding" tabindex="-1" data-finding="{OVER}"' in page
    assert 'action="/findings/decide"' not in page
    told = who.get(f"{site.origin}/api/v1/findings?queue=gone&limit=200", timeout=60).json()
    assert OVER in {row["fingerprint"] for row in told["rows"]}
    if person != "counsel":  # who decides nothing and takes no list out
        body = {"fingerprint": OVER, "seen": "0" * 64, "state": "dismissed", "reason": "no"}
        assert who.post(f"{site.origin}/api/v1/findings/decisions", json=body, timeout=60).status_code == 404
        text = who.get(f"{site.origin}/lists/findings.csv?queue=gone", timeout=60).text
        assert len(list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))) == len(gone)
        listed = json.loads(who.get(f"{site.origin}/lists/findings.json?queue=gone", timeout=60).text)
        assert OVER in {one["fingerprint"] for one in listed["findings"]}


@pytest.mark.parametrize("person", PEOPLE)
def test_new_is_what_came_after_that_persons_last_visit(site: Served, seen: Looked, person: str) -> None:
    if person == PEOPLE[0]:
        observe(site, 41)
    who = site.browser(person)
    every, new = shown(site, who, "queue=all"), shown(site, who, "queue=all&new=yes")
    assert OVER in every and OVER not in shown(site, who, "queue=gone"), "it is back"
    assert new and new < every
    page = who.get(f"{site.origin}/findings", params={"queue": "all", "f": min(new)}, timeout=60).text
    assert page.count('<span class="chip">new</span>') == len(new) + 1, "in the queue, and at the one looked at"
    assert shown(site, site.browser(person), "queue=all&new=yes") == set(), "they were there at the visit before"


def test_new_to_a_scope_is_what_it_did_not_have_though_nobody_who_sees_everything_asks(
    tmp_path: Path,
) -> None:
    with served(tmp_path) as site:
        first = {person: shown(site, site.browser(person), "queue=all") for person in ("analyst", "counsel")}
        commit_capture(site.workspace.root, "covered", 44, 20)
        commit_capture(site.workspace.root, "suspect", 45, 20)
        with open_instruments(site.workspace) as instruments:
            index_missing_captures(instruments)
        with closing(sqlite3.connect(site.workspace.db, isolation_level=None)) as database:
            database.execute("begin immediate")  # nobody makes a row meanwhile
            people = {person: site.browser(person) for person in first}
            for person, who in people.items():
                came = shown(site, who, "queue=all") - first[person]
                assert came and shown(site, who, "queue=all&new=yes") == came, person
        until = time.monotonic() + 30
        while not fully_judged(site):
            assert time.monotonic() < until, "the rows are followed though nobody asks for them"
            time.sleep(0.1)
        for person, who in people.items():
            came = shown(site, who, "queue=all") - first[person]
            assert came and shown(site, who, "queue=all&new=yes") == came, person


def fully_judged(site: Served) -> bool:
    with Index.open_to_read(site.workspace.db) as index:
        return index.standing.outstanding() == (0, 0)


def test_half_a_sign_in_takes_no_mark_away(site: Served) -> None:
    """Whoever knows the manager's password alone sees nothing, and changes nothing of what the manager sees as new."""
    shown(site, site.browser("manager"), "queue=all")
    observe(site, 3)
    shown(site, site.browser("manager"), "queue=all")
    observe(site, 43)
    site.office.store.set_password(site.people["manager"].id, site.office.passwords.make(PASSWORD))
    form = {"name": "mai", "password": PASSWORD, "next": "/findings"}
    answer = site.browser().post(f"{site.origin}/sign-in", form, timeout=30, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account"), "the second factor is asked for"
    assert OVER in shown(site, site.browser("manager"), "queue=all&new=yes")


def tally(site: Served, who: requests.Session) -> str:
    """How many the page says are found no longer."""
    page = who.get(f"{site.origin}/findings?queue=gone", timeout=60).text
    found = re.search(r'>No longer found <span class="tally">([^<]*)</span>', page)
    assert found is not None
    return found[1]


def test_what_stood_long_ago_is_told_no_more_though_nothing_else_is_gone(site: Served) -> None:
    observe(site, 3)
    who = site.browser("manager")
    before = shown(site, who, "queue=gone")
    assert OVER in before and tally(site, who) == str(len(before))
    with closing(sqlite3.connect(site.workspace.db)) as database, database:
        moment = timestamp(site.office.clock() - KEPT_GONE - timedelta(days=1))
        database.execute("update listed_gone set gone_at = ? where fingerprint = ?", (moment, OVER))
    observe(site, 9, "suspect")  # as it said before
    assert shown(site, who, "queue=gone") == before - {OVER} and tally(site, who) == str(len(before) - 1)
    named = who.get(f"{site.origin}/findings", params={"queue": "gone", "f": OVER}, timeout=60).text
    assert f'data-finding="{OVER}"' not in named


def test_what_is_off_the_record_is_not_said_to_be_found_no_longer(site: Served) -> None:
    """A deployment that leaves the file is looked for no more: neither what stood of it nor what was gone is told."""
    who, text = site.browser("manager"), site.workspace.targets.read_text("utf-8")
    over = "Q101/ZQX-9/zqxlib/branch"
    assert over in shown(site, who, "queue=all")
    observe(site, 2, "zqxlib")
    assert over in shown(site, who, "queue=gone")
    assert any("zqxlib" in one for one in shown(site, who, "queue=all"))
    head, _, rest = text.partition("  zqxlib:\n")
    removed = head + rest[rest.index("  covered:") :]
    removed = removed.replace('      - {deployment: zqxlib, edition: flagship, from: "2016-02-10"}\n', "")
    site.workspace.targets.write_text(removed.replace("    authorised:\ndeployments:", "deployments:"), "utf-8")
    until = time.monotonic() + 30
    while any("zqxlib" in one for one in shown(site, who, "queue=all")):
        assert time.monotonic() < until
        time.sleep(0.2)
    assert not [one for one in shown(site, who, "queue=gone") if "zqxlib" in one]
    rebuild_index(site.workspace, read_targets(site.workspace)[0], lambda _done, _total, _name: None)
    assert not [one for one in shown(site, who, "queue=gone") if "zqxlib" in one]


@pytest.mark.parametrize("person", ["manager", "analyst"])
def test_nothing_is_counted_as_gone_where_no_run_was_before(once: Served, person: str) -> None:
    who = once.browser(person)
    assert shown(once, who, "queue=all") and tally(once, who) == "–"
    assert "no earlier run to compare with" in who.get(f"{once.origin}/findings?queue=gone", timeout=60).text


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Pages over a workspace of one run."""

    def make(root: Path) -> dict[str, str]:
        (root / "targets.yaml").write_text(TWO_CUSTOMERS, encoding="utf-8")
        custody.create_workspace(root, origin="tests.example/once", software="auditor tests")
        return {"covered": commit_capture(root, "covered", 22, 20)}

    with served(tmp_path_factory.mktemp("once"), make=make) as found:
        yield found
