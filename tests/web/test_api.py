"""The API: tokens that may part of what their owner may, the shipped description, and values that nobody expects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.clock import timestamp
from auditor.web.api import described, openapi_text
from tests.web.served_workspace import Served

DESCRIPTION = json.loads(openapi_text())
OPERATIONS = [
    (method, path, operation) for path, item in DESCRIPTION["paths"].items() for method, operation in item.items()
]
TEXTS = st.text(max_size=30) | st.sampled_from(["covered", "AG-7", "c-001", "../..", "\x00", "'", "%", "", "A" * 4_001])


@pytest.fixture(scope="module")
def token(site: Served) -> str:
    return make_token(site, "manager", ["read", "decide", "comment"])


def make_token(site: Served, person: str, permissions: list[str], **more: str) -> str:
    form: dict[str, Any] = {"name": "a program", "permission": permissions, "days": "30", **more}
    page = site.browser(person).post(f"{site.origin}/account/tokens", form, timeout=30)
    found = re.search(r"aud_[\w-]{43}", page.text)
    assert found is not None, page.text
    return found[0]


def ask(site: Served, token: str, path: str, **more: Any) -> requests.Response:
    method = "POST" if "json" in more else "GET"
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.request(method, f"{site.origin}/api/v1{path}", headers=headers, timeout=60, **more)


def test_the_shipped_description_is_that_of_the_operations(site: Served) -> None:
    assert openapi_text() == described(), "write it anew: python -m tests.repository.openapi_file"
    assert ask(site, "", "/openapi.json").json() == DESCRIPTION
    assert len(OPERATIONS) == 8


def test_a_token_opens_what_it_may(site: Served, token: str) -> None:
    me = ask(site, token, "/me").json()
    assert (me["name"], me["permissions"], me["everybody"]) == ("Mai Manager", ["comment", "decide", "read"], True)
    page = ask(site, token, "/positions?limit=1").json()
    rows, pages = list(page["rows"]), 1
    while page["next"] is not None:
        page = ask(site, token, f"/positions?limit=1&after={quote(page['next'])}").json()
        rows, pages = rows + page["rows"], pages + 1
    assert (len({(row["deployment"], row["metric"]) for row in rows}), pages) == (len(rows), len(rows))
    covered = next(row for row in rows if row["deployment"] == "covered")
    assert (covered["displayed"], covered["capture"]) == (22, site.captures["covered"])
    assert next(row for row in rows if row["deployment"] == "zqxlib")["cap"] == "unlimited"
    findings = ask(site, token, "/findings").json()["rows"]
    remark = ask(site, token, "/remarks", json={"subject": findings[0]["fingerprint"], "text": "looked at"})
    assert remark.status_code == 201, remark.text
    decided = ask(
        site, token, "/findings/decisions",
        json={"fingerprint": findings[0]["fingerprint"], "seen": findings[0]["digest"], "state": "acknowledged",
              "reason": "seen", "seen_line": 3},
    )  # fmt: skip
    assert decided.status_code == 201, decided.text
    body = site.journalled()[-1][1]
    assert (body["account"], body["seen_line"], body["decision"]["id"]) == (  # type: ignore[index]
        site.people["manager"].id, 3, decided.json()["id"],
    )  # fmt: skip


def test_a_token_ends_and_stays_where_it_may_be_used(site: Served, token: str) -> None:
    assert ask(site, "", "/me").status_code == 401
    assert ask(site, "aud_" + "x" * 43, "/me").headers["WWW-Authenticate"] == "Bearer"
    elsewhere = make_token(site, "manager", ["read"], networks="192.0.2.0/24")
    assert ask(site, elsewhere, "/me").status_code == 401
    refused = [body for _, body in site.journalled() if body.get("why") == "sign_in"]
    (unknown, known) = [(body["person"], body["what"], body["network"]) for body in refused[-2:]]
    assert unknown == ("", "unknown token", "127.0.0.0/24")
    (made,) = [
        one.id for one in site.office.keys.tokens(site.people["manager"].id) if one.networks == ("192.0.2.0/24",)
    ]
    assert known == (site.people["manager"].id, made, "127.0.0.0/24")
    reading = make_token(site, "manager", ["read"], networks="127.0.0.0/8 2001:db8::/56")
    assert ask(site, reading, "/me").status_code == 200
    assert ask(site, reading, "/remarks", json={"subject": "covered", "text": "x"}).status_code == 403
    site.office.store.database.change(
        "UPDATE token SET expires_at = ?", timestamp(site.office.clock() - timedelta(seconds=1))
    )
    assert ask(site, reading, "/me").status_code == 401
    site.office.store.database.change(
        "UPDATE token SET expires_at = ?", timestamp(site.office.clock() + timedelta(days=1))
    )
    pages = requests.get(f"{site.origin}/", headers={"Authorization": f"Bearer {token}"}, timeout=30)
    assert pages.url.endswith("/sign-in"), "a token opens no pages"
    assert "aud_" not in str(site.journalled())


@pytest.mark.parametrize("form", [
    {"permission": ["people"]}, {"permission": ["account"]}, {"permission": ["read", "fly"]}, {"permission": []},
    {"days": "0"}, {"days": "367"}, {"days": "x"}, {"networks": "here"}, {"networks": "192.0.2.1/24"},
])  # fmt: skip
def test_a_token_that_may_more_is_not_made(site: Served, form: dict[str, Any]) -> None:
    whole = {"name": "x", "permission": ["read"], "days": "30", **form}
    assert site.browser("manager").post(f"{site.origin}/account/tokens", whole, timeout=30).status_code == 400


def test_an_analyst_makes_no_token_for_bundles(site: Served) -> None:
    form = {"name": "x", "permission": ["bundles"], "days": "30"}
    assert site.browser("analyst").post(f"{site.origin}/account/tokens", form, timeout=30).status_code == 400
    assert site.browser("administrator").get(f"{site.origin}/api/v1/positions", timeout=30).status_code == 403


def test_a_decision_rests_on_what_may_be_seen_and_ends_on_a_day_that_can_be(site: Served) -> None:
    own = make_token(site, "analyst", ["read", "decide"])
    rows = ask(site, own, "/findings").json()["rows"]
    said = {
        "fingerprint": rows[0]["fingerprint"], "seen": rows[0]["digest"], "state": "acknowledged", "reason": "seen",
    }  # fmt: skip
    lines = len(site.journalled())
    for evidence in ([site.captures["zqxlib"]], ["c-999"], [site.captures["covered"], site.captures["zqxlib"]]):
        answer = ask(site, own, "/findings/decisions", json={**said, "evidence": evidence})
        assert answer.status_code == 404, answer.text
    for state, until in (("suppress", "0001-01-01"), ("acknowledged", "2999-12-31")):
        answer = ask(site, own, "/findings/decisions", json={**said, "state": state, "until": until})
        assert (answer.status_code, f"until {until}" in answer.json()["error"]) == (400, True)
    assert {(kind, body["action"]) for kind, body in site.journalled()[lines:]} == {("access", "refused")}
    taken = ask(site, own, "/findings/decisions", json={**said, "evidence": [site.captures["covered"]]})
    assert taken.status_code == 201, taken.text


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_sent_makes_a_fault(site: Served, token: str, data: st.DataObject) -> None:
    """Every operation of the description, with values of its shape and values of none."""
    method, path, operation = data.draw(st.sampled_from(OPERATIONS))
    query: dict[str, str] = {}
    for parameter in operation.get("parameters", ()):
        value = data.draw(TEXTS | st.integers(-(10**9), 10**9).map(str))
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", quote(value or "x", safe=""))
        elif data.draw(st.booleans()):
            query[parameter["name"]] = value
    more: dict[str, Any] = {"params": query}
    if method == "post":
        named = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        members = DESCRIPTION["components"]["schemas"][named]["properties"]
        values = TEXTS | st.integers(-1, 30) | st.none() | st.booleans() | st.lists(TEXTS, max_size=2)
        sent = {name: data.draw(values) for name in members if data.draw(st.booleans())}
        more["json"] = data.draw(st.just(sent) | st.none() | st.lists(st.integers(), max_size=2))
    site.office.refusals.__init__(100_000)  # type: ignore[misc]
    answer = ask(site, token, path, **more)
    known = {int(code) for code in operation["responses"]}
    assert answer.status_code in known, (method, path, query, more, answer.status_code, answer.text)
    if answer.status_code >= 400:
        assert list(answer.json()) == ["error"]


@pytest.fixture(autouse=True)
def _patient(site: Served) -> Iterator[None]:
    site.office.network_tries.forget("127.0.0.0/24")
    yield
