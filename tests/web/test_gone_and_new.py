"""The inbox tells every role what is there no more, and what came after that person's last visit."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
import requests

from auditor.workflow import read_targets, rebuild_index
from tests.cli.small_workspace import commit_capture
from tests.web.served_workspace import Served

OVER = "Q101/AG-7/covered/branch"
PEOPLE = ("manager", "analyst", "counsel")
Looked = dict[str, tuple[requests.Session, set[str], set[str]]]
"""By person: a session, what was gone in it, and what stood when the person had looked before."""


def observe(site: Served, used: int) -> None:
    commit_capture(site.workspace.root, "covered", used, 20)
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
