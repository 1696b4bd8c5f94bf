"""What is decided is what was looked at: where a finding says something else by then, nothing is recorded."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import requests

from auditor.index import finding_body, finding_digest, packed
from auditor.model.people import EVERYBODY
from auditor.workflow import COMMAND_LINE, Accounts, DecisionBasis, NewPerson, confirm_count
from tests.web.served_workspace import TWO_CUSTOMERS, Served, make_two_customers, served

LONE = """  - id: LONE-1
    kind: end_user
    title: Lists nobody
    licensor: vendor
    counterparty: zqxparty
    product: libsys
    term: {from: "2016-02-10"}
    price: {net: {percent_of_list: "30"}}
    overage: {permitted: false, priced_at: net}
deployments:
  zqxlib:"""
DATE = """key_dates:
  - {id: undertaking-1, contract: LONE-1, kind: undertaking, candidates: ["2021-01-12", "2021-11-02"], raw: "2021112日",
     what: undertaking}
"""
ALONE = ("R902/LONE-1//-", "R902/-//-")
"""Of a contract that lists no deployment, and of no contract."""
CHANGING = "Q101/AG-7/covered/branch"


def make(root: Path) -> dict[str, str]:
    targets = TWO_CUSTOMERS.replace("deployments:\n  zqxlib:", LONE).replace("key_dates:\n", DATE)
    return make_two_customers(root, targets)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("site"), make=make, four_eyes=True) as found:
        accounts = Accounts(found.office.store, found.office.sessions, found.office.journal)
        found.people["second"] = accounts.add(NewPerson("Sue", "sue", ("analyst",), EVERYBODY), COMMAND_LINE)
        yield found


def shown(site: Served, fingerprint: str, person: str = "manager") -> dict[str, Any]:
    """By what was added last: on a busy machine a list may say that this is not judged yet."""
    until = monotonic() + 60
    while True:
        told = site.browser(person).get(f"{site.origin}/api/v1/findings?limit=200", timeout=60).json()
        if not (told["behind"] or told["outstanding"]) or monotonic() > until:
            return next(one for one in told["rows"] if one["fingerprint"] == fingerprint)


def decide(site: Served, seen: dict[str, Any], state: str = "explained", person: str = "manager") -> requests.Response:
    said = {"fingerprint": seen["fingerprint"], "seen": seen["digest"], "state": state, "reason": "told by letter"}
    return site.browser(person).post(f"{site.origin}/api/v1/findings/decisions", json=said, timeout=60)


def count(site: Served, number: int) -> None:
    """From now on, the number of `covered` is another one."""
    confirm_count(site.workspace, "covered", number, DecisionBasis("Kim", "counted", ()))


def decisions(site: Served) -> list[dict[str, Any]]:
    lines = site.journalled()
    return [body["decision"] for kind, body in lines if kind == "decision" and "finding" in str(body)]  # type: ignore[misc]


def test_a_program_is_told_what_a_finding_says_by_now(site: Served) -> None:
    seen = shown(site, CHANGING)
    count(site, 21)
    before = len(decisions(site))
    answer = decide(site, seen)
    told = answer.json()["finding"]
    assert (answer.status_code, len(decisions(site))) == (409, before)
    assert told["digest"] != seen["digest"] and told == shown(site, CHANGING)
    assert decide(site, told).status_code == 201
    assert decisions(site)[-1]["value"] == told["units"]
    assert decide(site, told).status_code == 409, "somebody has decided it since"


def fields(page: str) -> dict[str, str]:
    """The fields of the form of a decision, as a browser sends them."""
    form = page.partition('action="/findings/decide"')[2].partition("</form>")[0]
    named = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {name: unescape(value).replace("\n", "\r\n") for name, value in named}


@pytest.mark.parametrize("person", ["second", "analyst"])
def test_a_person_is_shown_what_a_finding_says_by_now(site: Served, person: str) -> None:
    """Of everybody, and of one contract."""
    who = site.browser(person)
    sent = fields(who.get(f"{site.origin}/findings?queue=all&f={CHANGING}", timeout=60).text)
    count(site, 20 if person == "second" else 19)
    before = len(decisions(site))
    typed = {"state": "acknowledged", "reason": "looked <at>"}
    again = who.post(f"{site.origin}/findings/decide", {**sent, **typed}, timeout=60)
    assert (again.status_code, len(decisions(site))) == (409, before)
    assert "says something else than what you looked at" in again.text and "looked &lt;at&gt;</textarea>" in again.text
    assert 'value="acknowledged" required checked' in again.text
    sent = fields(again.text)
    done = who.post(f"{site.origin}/findings/decide", {**sent, **typed}, timeout=60, allow_redirects=False)
    assert (done.status_code, len(decisions(site))) == (303, before + 1)


def test_of_many_none_is_decided_where_one_has_changed(site: Served) -> None:
    who, alike = site.browser("manager"), ("P701/AG-7//-", "P701/ZQX-9//-")
    page = who.get(f"{site.origin}/findings?queue=all&f={alike[0]}", timeout=60).text
    sent, typed = fields(page), {"state": "acknowledged", "reason": "looked at", "bulk": "yes"}
    lines = sent["alike"].splitlines()
    assert {one.partition(" ")[2] for one in lines} >= {*alike}
    before = len(decisions(site))
    other = "\n".join(f"{'0' * 64} {alike[1]}" if one.endswith(alike[1]) else one for one in lines)
    answer = who.post(f"{site.origin}/findings/decide", {**sent, **typed, "alike": other}, timeout=60)
    assert (answer.status_code, len(decisions(site))) == (409, before)
    assert f">{alike[1]}</a>" in answer.text, "which one"
    answer = who.post(f"{site.origin}/findings/decide", {**sent, **typed}, timeout=60, allow_redirects=False)
    assert (answer.status_code, len(decisions(site))) == (303, before + len(lines))


@pytest.mark.parametrize("fingerprint", ALONE)
def test_what_is_said_of_no_deployment_is_remarked_on_and_decided(site: Served, fingerprint: str) -> None:
    remark = {"subject": fingerprint, "text": "asked for the file"}
    assert site.browser("second").post(f"{site.origin}/api/v1/remarks", json=remark, timeout=60).status_code == 201
    assert site.browser("analyst").post(f"{site.origin}/api/v1/remarks", json=remark, timeout=60).status_code == 404
    seen = shown(site, fingerprint)
    assert decide(site, seen, person="analyst").status_code == 404
    assert decide(site, seen).status_code == 201


def test_what_is_said_of_a_contract_alone_is_judged_when_it_is_opened(site: Served) -> None:
    """Its row says what it does not say any more: whoever opens it is told what it says now."""
    name = "R903/AG-7//-"
    whole = site.office.standings.of(EVERYBODY).finding(name)
    assert whole is not None and whole.severity == "low"
    other = replace(whole, severity="high")
    row = {"body": packed(finding_body(other)), "sha256": finding_digest(other)}
    held = sqlite3.connect(site.workspace.db, isolation_level=None)
    try:
        held.execute("update listed_finding set body = :body, sha256 = :sha256 where fingerprint = :name",
                     {**row, "name": name})  # fmt: skip
        standing = site.office.standings.of(EVERYBODY)
        assert [one.severity for one in standing.queue({"queue": "all", "rule": "R903", "contract": "AG-7"}).rows] == [
            "high"
        ]
        assert standing.finding(name) == whole
    finally:
        held.close()


def test_another_agrees_to_what_was_proposed_alone(site: Served) -> None:
    name = CHANGING
    assert decide(site, shown(site, name), "dismissed").status_code == 202
    count(site, 17)
    assert decide(site, shown(site, name), "dismissed", "second").status_code == 202, "it says something else by now"
    assert decide(site, shown(site, name), "dismissed").status_code == 201
    proposed = [body for _, body in site.journalled() if body.get("action") == "proposed"]
    assert len({one["finding_sha256"] for one in proposed}) == 2
    assert json.dumps(decisions(site)[-1]).count("dismissed") == 1
