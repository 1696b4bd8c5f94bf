"""Counsel sees one case: everything that can be reached holds no name, id, host or digest of another customer."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator
from urllib.parse import quote, urljoin, urlsplit

import pytest
import requests

from auditor import custody
from auditor.web.app import TABLE
from tests.web.served_workspace import OTHER, Served

MOST_PAGES = 250
SEARCHES = (OTHER, "ZQX", "乙方", "c-0", "zqxlib.example", "图书馆", "*", '"', "' OR 1=1 --")
PATTERNS = re.compile(r'(?:href|src|action|hx-get|data-[a-z-]+)="([^"]*)"')


@pytest.fixture(scope="module")
def secrets(site: Served) -> tuple[bytes, ...]:
    """Whatever belongs to the other customer alone."""
    journal = custody.Journal.open(site.workspace.root)
    try:
        found = {OTHER.encode(), site.captures["zqxlib"].encode()}
        for entry in journal.entries():
            if b"zqxlib" in entry.line:
                found |= {one.encode() for one in re.findall(r"[0-9a-f]{64}", entry.line.decode())}
                found -= {entry.previous.encode()}
    finally:
        journal.close()
    files = [one for one in (site.workspace.evidence / "zqxlib").rglob("*") if one.is_file()]
    found |= {custody.sha256(one.read_bytes()).encode() for one in files}
    assert len(found) >= 4
    return tuple(found)


def crawl(site: Served, who: requests.Session, starts: list[str]) -> Iterator[requests.Response]:
    """Every page that can be reached from these by links, and what each says of others."""
    left, seen = list(starts), set(starts)
    while left and len(seen) < MOST_PAGES:
        site.office.refusals.__init__(100_000)  # type: ignore[misc]
        answer = who.get(site.origin + left.pop(0), timeout=60, allow_redirects=False, stream=True)
        if answer.headers.get("Content-Type", "").startswith("text/event-stream"):
            answer._content = next(answer.iter_content(None))  # it goes on for minutes
            answer.close()
        yield answer
        found = PATTERNS.findall(answer.text) if "html" in answer.headers.get("Content-Type", "") else []
        for link in [*found, answer.headers.get("Location", "")]:
            target = urlsplit(urljoin(answer.url, html.unescape(link)))
            path = target.path + (f"?{target.query}" if target.query else "")
            if link and f"{target.scheme}://{target.netloc}" == site.origin and path not in seen:
                seen.add(path)
                left.append(path)


def everything(answer: requests.Response) -> bytes:
    """The bytes of an answer, those inside archives and workbooks too, and its headers."""
    data = answer.content
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data += b"".join(archive.read(name) for name in archive.namelist())
    return (data + str(dict(answer.headers)).encode()).lower()


def starts(site: Served) -> list[str]:
    """All that an outsider could guess: pages, lists as files, the other customer's ids, searches."""
    found = [one.path for one in TABLE if one.method == "GET" and "{" not in one.path]
    for capture in site.captures.values():
        found += [f"/captures/{capture}", f"/api/v1/captures/{capture}", f"/captures/{capture}/files/status/body"]
    for name in ("covered", "suspect", "zqxlib", "nowhere"):
        found += [f"/deployments/{name}", f"/api/v1/deployments/{name}"]
    found += [f"/contracts/{name}" for name in ("AG-7", "ZQX-9")]
    found += [f"/search?q={quote(text)}" for text in SEARCHES]
    found += ["/api/v1/me", "/api/v1/positions?limit=200", "/api/v1/findings?limit=200", "/api/v1/openapi.json"]
    found += [f"/api/v1/findings?q={quote(text)}" for text in SEARCHES]
    found += ["/nowhere", "/deployments/%7a%71", "/api/v1/nowhere"]
    return found


def test_counsel_reaches_nothing_of_another_customer(site: Served, secrets: tuple[bytes, ...]) -> None:
    asked, seen = starts(site), 0
    for answer in crawl(site, site.browser("counsel"), asked):
        asked_for, text = urlsplit(answer.url.lower()), everything(answer)
        text = text.replace(asked_for.path.encode(), b"")  # the address stands in the form of the language
        if OTHER in asked_for.query:  # what was typed into a search box stands there again
            text = text.replace(OTHER.encode(), b"")
        assert [one for one in secrets if one in text] == [], answer.url
        assert answer.status_code < 500, answer.url
        seen += answer.status_code == 200
    assert seen > 8


def test_a_manager_of_everybody_reaches_them_so_the_search_can_fail(site: Served, secrets: tuple[bytes, ...]) -> None:
    found = b"".join(everything(one) for one in crawl(site, site.browser("manager"), ["/", "/api/v1/positions"]))
    assert OTHER.encode() in found


def test_an_unknown_id_and_a_forbidden_one_are_answered_alike(site: Served) -> None:
    who = site.browser("counsel")
    for address in ("/api/v1/deployments/{}", "/deployments/{}", "/api/v1/captures/{}", "/captures/{}"):
        names = ("zqxlib", "zqxno", "c-004", "c-999")
        answers = [who.get(site.origin + address.format(name), timeout=30) for name in names]
        assert {one.status_code for one in answers} == {404}, address
        texts = {re.sub("zqxlib|zqxno|c-004|c-999", "", one.text) for one in answers}
        assert len(texts) == 1, address


def test_acts_on_another_customer_are_refused_and_journalled(site: Served) -> None:
    who = site.browser("analyst")
    before = len(site.journalled())
    fingerprint = "Q101/ZQX-9/zqxlib/branch"
    asked = {
        "/api/v1/deployments/zqxlib/counts": {"value": 1, "reason": "no"},
        "/api/v1/findings/decisions": {
            "fingerprint": fingerprint,
            "seen": "0" * 64,
            "state": "dismissed",
            "reason": "no",
        },
        "/api/v1/remarks": {"subject": "zqxlib", "text": "no"},
    }
    for path, body in asked.items():
        assert who.post(site.origin + path, json=body, timeout=30).status_code == 404, path
    kinds = [(body["action"], body["why"]) for _, body in site.journalled()[before:]]
    assert kinds == [("refused", "scope")] * 3


def test_a_case_has_its_window(site: Served) -> None:
    """Captures outside the time of a case are not shown."""
    from dataclasses import replace

    from auditor.model.people import AccessScope
    from auditor.workflow import COMMAND_LINE, Accounts, NewPerson

    journal = custody.Journal.open(site.workspace.root)
    captures = {str(entry.body["capture"]): entry.at for entry in journal.entries(kinds=("capture",))}
    journal.close()
    scope = AccessScope(deployments=frozenset({"covered"}), case="late", since=captures["c-001"])
    accounts = Accounts(site.office.store, site.office.sessions, site.office.journal)
    site.people["late"] = accounts.add(NewPerson("Late", "late", ("counsel",), scope), COMMAND_LINE)
    late = site.browser("late")
    assert late.get(f"{site.origin}/api/v1/captures/c-001", timeout=30).status_code == 404
    assert late.get(f"{site.origin}/api/v1/captures/c-002", timeout=30).status_code == 200
    early = replace(scope, since=None, until=captures["c-001"], case="early")
    site.people["early"] = accounts.add(NewPerson("Early", "early", ("counsel",), early), COMMAND_LINE)
    assert site.browser("early").get(f"{site.origin}/api/v1/captures/c-002", timeout=30).status_code == 404
