"""What holds for every route, walked from the table: nothing answers beside it, and each one keeps the rules."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
import requests

from auditor.web.app import TABLE
from auditor.web.routing import DoorRoute, WebRoute
from auditor.web.security import CSP
from tests.web.served_workspace import Served

ROLES = ("administrator", "manager", "own_manager", "analyst", "counsel")
PAGES = [one for one in TABLE if isinstance(one, WebRoute)]
DOORS = [one for one in TABLE if isinstance(one, DoorRoute)]
STARTS_WORK = {"start_run", "make_bundle"}
"""What really visits and writes, in a process of its own: asked here only by those who may not."""
OF_EVERYBODY = {"verify_everything"}
"""Its answers are about every customer: only who sees them all may ask."""
UNSAFE = [one for one in TABLE if one.method == "POST"]
API_READS = ("/api/v1/me", "/api/v1/positions", "/api/v1/findings", "/api/v1/deployments/covered", "/api/v1/captures/x")
API_ACTS = ("/api/v1/findings/decisions", "/api/v1/deployments/covered/counts", "/api/v1/remarks")
FOREIGN: tuple[dict[str, str], ...] = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "null"},
    {"Origin": "https://evil.example"},
    {},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
)


def name(route: WebRoute | DoorRoute | dict[str, str] | str) -> str:
    return route.name if isinstance(route, WebRoute | DoorRoute) else str(route)


def address(site: Served, route: WebRoute | DoorRoute, *, own: bool) -> str:
    """The address of a route for something of the scope of all, or of the other customer."""
    deployment, contract = ("covered", "AG-7") if own else ("zqxlib", "ZQX-9")
    known = {
        "deployment": deployment,
        "contract": contract,
        "capture": site.captures[deployment],
        "finding": f"Q101/{contract}/{deployment}/branch",
    }

    def part(found: re.Match[str]) -> str:
        said = route.sample.get(found[1], found[1])
        return known.get(said, said)

    return site.origin + re.sub(r"\{([a-z_]+)(?::path)?\}", part, route.path)


def ask(site: Served, who: requests.Session, route: WebRoute | DoorRoute, *, own: bool = True) -> requests.Response:
    return who.request(route.method, address(site, route, own=own), allow_redirects=False, timeout=30, data=b"")


def test_names_and_addresses_are_unique() -> None:
    assert len({one.name for one in TABLE}) == len(TABLE)
    assert len({(one.method, one.path) for one in TABLE}) == len(TABLE)


@pytest.mark.parametrize("route", PAGES, ids=name)
def test_nobody_sees_a_page_without_signing_in(site: Served, route: WebRoute) -> None:
    answer = ask(site, site.browser(), route)
    if route.method == "GET":
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/sign-in")
    else:
        assert answer.status_code == 401
    assert site.browser("manager").get(f"{site.origin}/account", timeout=30).status_code == 200


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_what_it_may_and_nothing_else(site: Served, role: str) -> None:
    who = site.browser(role)
    permissions = site.people[role].permissions
    for route in PAGES:
        site.office.refusals.forget(_session(site, role))
        if route.name in STARTS_WORK and route.needs in permissions:
            continue
        answer = ask(site, who, route)
        if route.needs not in permissions:
            assert answer.status_code in (403, 429), route.name
        elif route.name in OF_EVERYBODY and not site.people[role].scope.everybody:
            assert answer.status_code == 403, route.name
        else:
            assert answer.status_code not in (401, 403, 500), (route.name, answer.text[:300])


@pytest.mark.parametrize("role", ("own_manager", "analyst", "counsel"))
def test_another_customer_is_not_found(site: Served, role: str) -> None:
    who = site.browser(role)
    for route in PAGES:
        if not {"deployment", "contract", "capture", "finding"} & set(route.sample.values()):
            continue
        site.office.refusals.forget(_session(site, role))
        answer = ask(site, who, route, own=False)
        expected = (404,) if route.needs in site.people[role].permissions else (403,)
        assert answer.status_code in expected, (route.name, answer.status_code)
        typed = urlsplit(answer.url.lower()).path  # stands in the form of the language
        assert "zqx" not in answer.text.lower().replace(typed, "")


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_form_of_another_site_is_refused(site: Served, headers: dict[str, str]) -> None:
    who = site.browser("manager")
    del who.headers["Sec-Fetch-Site"]
    lines = len(site.journalled())
    for path in (*(address(site, one, own=True) for one in UNSAFE), *(site.origin + one for one in API_ACTS)):
        assert who.post(path, headers=headers, timeout=30, allow_redirects=False).status_code == 403, path
    assert len(site.journalled()) == lines


def test_a_form_of_our_own_is_taken(site: Served) -> None:
    who = site.browser("analyst")
    del who.headers["Sec-Fetch-Site"]
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": site.origin}):
        answer = who.post(f"{site.origin}/language", {"lang": "zh"}, headers=headers, timeout=30, allow_redirects=False)
        assert (answer.status_code, "auditor_lang=zh" in answer.headers["Set-Cookie"]) == (303, True)


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost", "localhost:1", "127.0.0.1", "[::1]", "localhost:{port}.", "LOCALHOST:{port}",
             "localhost:{port}@evil.example", "", "xn--localhost"]
)  # fmt: skip
def test_another_host_gets_nothing(site: Served, host: str) -> None:
    port = site.origin.rpartition(":")[2]
    who = site.browser("manager")
    for path in ("/", "/sign-in", "/healthz", "/static/0/desk.css", "/api/v1/me", "/nowhere"):
        answer = who.get(
            site.origin + path, headers={"Host": host.format(port=port)}, timeout=30, allow_redirects=False
        )
        assert answer.status_code in (400, 421), path
        assert "Set-Cookie" not in answer.headers


def test_the_number_of_this_machine_is_sent_on_to_its_name(site: Served) -> None:
    port = site.origin.rpartition(":")[2]
    answer = requests.get(f"http://127.0.0.1:{port}/sign-in?next=%2F", timeout=30, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (307, f"{site.origin}/sign-in?next=%2F")
    assert requests.post(f"http://127.0.0.1:{port}/sign-in", timeout=30, allow_redirects=False).status_code == 421


def test_a_stranger_says_nothing_by_forwarding_headers(site: Served) -> None:
    who = site.browser("manager")
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    answer = who.get(f"{site.origin}/account", headers=headers, timeout=30)
    assert answer.status_code == 200
    assert "203.0.113" not in answer.text
    assert "evil.example" not in answer.text


def test_every_answer_carries_the_headers(site: Served) -> None:
    manager, nobody = site.browser("manager"), site.browser()
    asked = [(manager, one) for one in TABLE if one.name not in {*STARTS_WORK, *OF_EVERYBODY}]
    asked += [(nobody, one) for one in TABLE]
    answers = [ask(site, who, one) for who, one in asked]
    answers += [
        manager.get(site.origin + path, timeout=30) for path in (*API_READS, "/healthz", "/nowhere", "/static/x/y")
    ]
    assert len(answers) > 60
    for answer in answers:
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff", answer.url
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["X-Frame-Options"] == "DENY"
        assert "no-store" in headers["Cache-Control"] or answer.url.startswith(f"{site.origin}/static/")
        assert headers["Content-Security-Policy"] == CSP or "sandbox" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "server" not in headers
        assert answer.status_code != 500


def test_what_sends_stored_bytes_is_sandboxed(site: Served) -> None:
    manager = site.browser("manager")
    for route in PAGES:
        if route.name in {*STARTS_WORK, *OF_EVERYBODY}:
            continue
        answer = ask(site, manager, route)
        if route.stored_bytes and answer.status_code == 200:
            assert "sandbox" in answer.headers["Content-Security-Policy"], route.name
            kind = answer.headers["Content-Type"].partition(";")[0]
            assert kind in ("image/png", "text/plain", "application/octet-stream", "application/zip"), route.name
        elif answer.status_code == 200 and route.method == "GET":
            assert answer.headers["Content-Type"].partition(";")[0] != "image/svg+xml", route.name


def test_no_page_names_another_host(site: Served) -> None:
    manager = site.browser("manager")
    for route in TABLE:
        if route.method == "GET" and ask(site, manager, route).headers.get("Content-Type", "").startswith("text/html"):
            text = ask(site, manager, route).text
            named = re.findall(r"(?:src|href|action)=\"(?:https?:)?//[^\"]*", text)
            assert [one for one in named if "example/" not in one] == [], route.name
            assert re.findall(r"<script(?![^>]*src=)|\son[a-z]+=|<style|javascript:|style=", text) == [], route.name


@pytest.mark.parametrize("path", [
    "/static/0/../app.py", "/static/%2e%2e/app.py", "/static/x/%2e%2e%2fapp.py", "/static//etc/passwd", "/%00",
    "/static/x/..%5capp.py", "/captures/..%2f..%2fkeys", "//evil.example/", "/sign-in/..;/people",
    "/static/x/" + "a" * 300, "/static/x/" + "a/" * 1_500, "/static/x/vendor/../desk.css", "/static/x//desk.css",
    "/static/x/%ff",
])  # fmt: skip
def test_no_path_leads_out(site: Served, path: str) -> None:
    request = requests.Request("GET", site.origin, headers=dict(site.browser("manager").headers)).prepare()
    request.url = site.origin + path
    with requests.Session() as session:
        answer = session.send(request, timeout=30, allow_redirects=False)
    assert answer.status_code in (303, 400, 404)
    assert not answer.headers.get("Location", "/").startswith("//")


def test_sizes_are_bounded(site: Served) -> None:
    who = site.browser("manager")
    assert who.post(f"{site.origin}/language", data=b"x" * 1_000_001, timeout=30).status_code == 413
    assert who.get(f"{site.origin}/?{'a' * 5_000}", timeout=30).status_code == 400
    fields = {f"f{number}": "x" for number in range(101)}
    for path, status in (("/", 400), ("/findings", 400), ("/sign-in", 400), ("/nowhere", 404)):
        assert who.get(site.origin + path, params=fields, timeout=30).status_code == status, path
    assert who.post(f"{site.origin}/people/add", fields, timeout=30).status_code == 400
    assert who.get(f"{site.origin}/", headers={"X-Long": "x" * 20_000}, timeout=30).status_code in (400, 431)
    assert who.put(f"{site.origin}/", timeout=30).status_code == 405
    assert who.post(f"{site.origin}/language", json=[[[[]]]], timeout=30).status_code in (200, 303)


def test_a_view_is_logged_and_a_refusal_journalled(site: Served) -> None:
    who = site.browser("analyst")
    assert ask(site, who, next(one for one in PAGES if one.path == "/")).status_code == 200
    assert '"route":"overview"' in site.workspace.views.read_text("utf-8")
    before = len(site.journalled())
    assert who.get(f"{site.origin}/people", timeout=30).status_code == 403
    kind, body = site.journalled()[before]
    assert (kind, body["action"], body["why"], body["what"]) == ("access", "refused", "permission", "people")


def _session(site: Served, role: str) -> str:
    """The name of the newest session of a role's account."""
    return site.office.sessions.list(site.office.clock(), site.people[role].id)[0].name
