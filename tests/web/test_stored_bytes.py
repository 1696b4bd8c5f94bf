"""Stored bytes leave as a picture, as plain text or as a file; a hostile page stays inert in a real browser."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from auditor.errors import NotShownError
from auditor.model.people import EVERYBODY
from auditor.web.app import cookie_name
from auditor.web.evidence import Shown, stored_file
from auditor.web.routing import WebRequest
from auditor.web.security import SANDBOX
from auditor.workflow import COMMAND_LINE, Accounts, NewPerson, read_targets, rebuild_index
from auditor.workflow.access.outgoing import open_outgoing, pack_outgoing
from tests.cli.small_workspace import commit_capture
from tests.web.served_workspace import Served, served

AT = datetime(2026, 1, 5, 3, tzinfo=UTC)
DATA = bytes(range(100))
PICTURE = b"\x89PNG\r\n\x1a\n" + DATA


def asked(**headers: str) -> WebRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return WebRequest("GET", "/", "", AT, "en", headers=named)


@pytest.mark.parametrize("wanted, status, part", [
    ("", 200, DATA), ("bytes=0-9", 206, DATA[:10]), ("bytes=90-", 206, DATA[90:]), ("bytes=-5", 206, DATA[-5:]),
    ("bytes=0-1000", 206, DATA), ("bytes=-1000", 206, DATA), ("bytes=99-99", 206, DATA[99:]),
    ("bytes=100-", 416, b""), ("bytes=9-3", 416, b""), ("bytes=-0", 416, b""), ("bytes=-", 200, DATA),
    ("bytes=0-1,5-6", 200, DATA), ("bytes=0-0,-1", 200, DATA), ("bytes=0-" + "9" * 30, 200, DATA),
    ("lines=0-1", 200, DATA), ("bytes= 0-1", 200, DATA), ("bytes=0-1" * 1000, 200, DATA),
])  # fmt: skip
def test_one_range_is_answered_and_several_are_not(wanted: str, status: int, part: bytes) -> None:
    answer = stored_file(asked(range=wanted), DATA, "ab" * 32, "body")
    assert (answer.status_code, answer.body) == (status, part)
    assert answer.headers["etag"] == '"' + "ab" * 32 + '"'
    if status == 206:
        first = DATA.index(part)
        assert answer.headers["content-range"] == f"bytes {first}-{first + len(part) - 1}/100"


def test_a_range_of_other_bytes_is_not_given() -> None:
    other = stored_file(asked(range="bytes=0-9", if_range='"cd"'), DATA, "ab" * 32, "body")
    same = stored_file(asked(range="bytes=0-9", if_range='"' + "ab" * 32 + '"'), DATA, "ab" * 32, "body")
    assert (other.status_code, same.status_code) == (200, 206)


@pytest.mark.parametrize("data, shown, kind", [
    (PICTURE, "picture", "image/png"), (b"<svg onload=alert(1)>", "picture", "application/octet-stream"),
    (b"GIF89a<script>", "picture", "application/octet-stream"), (b"<html>", "text", "text/plain"),
    (b"<html>", "file", "application/octet-stream"), (PICTURE, "file", "application/octet-stream"),
])  # fmt: skip
def test_nothing_is_sent_as_a_document(data: bytes, shown: Shown, kind: str) -> None:
    answer = stored_file(asked(), data, "ab" * 32, "a/b/dom.html", shown)
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert answer.headers["content-security-policy"] == SANDBOX
    assert answer.headers["x-content-type-options"] == "nosniff"
    attached = answer.headers.get("content-disposition", "").startswith('attachment; filename="dom.html"')
    assert attached is (kind == "application/octet-stream")


def test_a_name_writes_no_header() -> None:
    answer = stored_file(asked(), b"x", "ab" * 32, 'x"\r\nSet-Cookie: a=b\r\n\r\n合肥.html')
    said = answer.headers["content-disposition"]
    assert "\r" not in said
    assert "\n" not in said
    assert said.count('"') == 2


@pytest.fixture(scope="module")
def beacons() -> Iterator[tuple[str, list[str]]]:
    """A server that a hostile page would call, and what it was called with."""
    calls: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", calls
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, beacons: tuple[str, list[str]]) -> Iterator[Served]:
    """A workspace whose newest capture, and whose people, are hostile."""
    root: Path = tmp_path_factory.mktemp("hostile")
    call = f"fetch('{beacons[0]}/script')"
    with served(root) as site:
        text = f'"><img src=\'{beacons[0]}/img\' onerror="{call}"><script>{call}</script>{{{{7*7}}}}'
        site.captures["covered"] = commit_capture(root, "covered", 22, 20, text=text)
        rebuild_index(site.workspace, read_targets(site.workspace)[0], lambda *_: None)
        accounts = Accounts(site.office.store, site.office.sessions, site.office.journal)
        name = f"<script>{call}</script><b onmouseover={call}>"
        site.people["hostile"] = accounts.add(NewPerson(name, "<i>x</i>", ("manager",), EVERYBODY), COMMAND_LINE)
        yield site


def test_a_hostile_page_runs_no_script_and_makes_no_request(
    hostile: Served, beacons: tuple[str, list[str]], browser: Browser
) -> None:
    capture = hostile.captures["covered"]
    shown = hostile.browser("manager").get(f"{hostile.origin}/api/v1/captures/{capture}", timeout=30)
    assert shown.json()["capture"] == capture
    with closing(browser.new_page()) as page:
        reports: list[str] = []
        page.on("dialog", lambda dialog: reports.append(dialog.message))
        page.on("console", lambda line: reports.append(line.text) if "Security Policy" in line.text else None)
        addresses = [
            "/", "/findings", "/deployments/covered", f"/captures/{capture}", "/account", "/contracts/AG-7",
            f"/captures/{capture}/files/status/body", "/search?q=%3Cscript%3E", "/search?q=%7B%7B7*7%7D%7D",
        ]  # fmt: skip
        for person in ("hostile", "administrator"):
            name, secret = cookie_name(hostile.office, hostile.settings), hostile.session(person)
            page.context.clear_cookies()
            page.context.add_cookies([{"name": name, "value": secret, "url": hostile.origin, "httpOnly": True}])
            for address in [*addresses, "/people"] if person == "hostile" else ["/people", "/account"]:
                try:
                    answer = page.goto(hostile.origin + address, wait_until="load")
                except Exception as error:  # noqa: BLE001 (a download is no page)
                    assert "Download is starting" in str(error), address
                    continue
                assert answer is not None
                assert answer.status < 500, address
                assert page.evaluate("document.querySelectorAll('script:not([src])').length") == 0, address
                assert "49" not in page.title()
        assert page.evaluate("document.cookie") == ""
    assert reports == []
    assert beacons[1] == []


def test_a_package_leaves_piece_by_piece_and_in_parts(hostile: Served) -> None:
    address = f"{hostile.origin}/captures/{hostile.captures['covered']}/package"
    who = hostile.browser("manager")
    whole = who.post(address, timeout=60)
    assert (whole.status_code, int(whole.headers["Content-Length"])) == (200, len(whole.content))
    with zipfile.ZipFile(io.BytesIO(whole.content)) as packed:
        assert packed.testzip() is None
        assert "manifest.json" in packed.namelist()
    digest = hashlib.sha256(whole.content).hexdigest()
    handed = [body for _, body in hostile.journalled() if body.get("what") == "package"][-1]
    assert (handed["sha256"], whole.headers["ETag"]) == (digest, f'"{digest}"')
    part = who.post(address, headers={"Range": "bytes=5-14"}, timeout=60)
    assert (part.status_code, part.content) == (206, whole.content[5:15]), "the same package gives the same bytes"
    none = who.post(address, headers={"Range": f"bytes={len(whole.content)}-"}, timeout=60)
    assert (none.status_code, none.content) == (416, b"")
    assert none.headers["Content-Range"] == f"bytes */{len(whole.content)}"


def test_a_file_that_leaves_is_never_whole_in_memory(tmp_path: Path) -> None:
    path, size = tmp_path / "bundle.zip", 64 << 20
    with path.open("wb") as stream:
        stream.truncate(size)
    tracemalloc.start()
    try:
        stored = open_outgoing(path)
        assert sum(map(len, stored.pieces(0, size - 1))) == stored.size == size
        packed = pack_outgoing(tmp_path, ((f"{number}", b"x" * (1 << 20)) for number in range(16)))
        assert packed.size > 16 << 20
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
    for one in (stored, packed):
        one.stream.close()
    (tmp_path / "link.zip").symlink_to(path)
    for missing in ("none.zip", "link.zip"):
        with pytest.raises(NotShownError):
            open_outgoing(tmp_path / missing)


def test_four_eyes(tmp_path: Path) -> None:
    """A high finding is dismissed once a second named person agrees; the first one's word is a proposal."""
    with served(tmp_path, four_eyes=True) as site:
        found = site.browser("manager").get(f"{site.origin}/api/v1/findings?severity=high", timeout=60).json()["rows"]
        found = [one for one in found if one["deployment"] == "covered"]
        said = {"fingerprint": found[0]["fingerprint"], "state": "dismissed", "reason": "a test system"}

        def decide(person: str) -> int:
            shown = site.browser(person).get(f"{site.origin}/api/v1/findings?severity=high", timeout=60).json()["rows"]
            said["seen"] = next(one["digest"] for one in shown if one["fingerprint"] == said["fingerprint"])
            answer = site.browser(person).post(
                f"{site.origin}/api/v1/findings/decisions", data=json.dumps(said), timeout=60,
                headers={"Content-Type": "application/json"},
            )  # fmt: skip
            return answer.status_code

        def actions() -> list[object]:
            lines = site.journalled()
            return [
                body.get("action", kind)
                for kind, body in lines
                if kind == "decision" or body.get("action") == "proposed"
            ]

        assert (decide("manager"), actions()) == (202, ["proposed"])
        assert (decide("manager"), actions()) == (202, ["proposed"] * 2), "nobody is their own second"
        assert (decide("own_manager"), actions()) == (201, ["proposed", "proposed", "decision"])
        assert (decide("own_manager"), actions()[-1]) == (202, "proposed"), "each dismissal asks for two"


def test_four_eyes_over_many(tmp_path: Path) -> None:
    """Each of many is proposed by the first, and decided by the second."""
    with served(tmp_path, four_eyes=True) as site:
        rows = site.browser("manager").get(f"{site.origin}/api/v1/findings?severity=high", timeout=60).json()["rows"]
        rules = [one["rule"] for one in rows]
        rule = max(rules, key=rules.count)
        named = [one["fingerprint"] for one in rows if one["rule"] == rule]
        assert len(named) > 1
        form = {"fingerprint": named[0], "state": "dismissed", "reason": "test systems", "bulk": "yes"}
        form["seen"] = rows[[one["fingerprint"] for one in rows].index(named[0])]["digest"]
        form["alike"] = "\n".join(f"{one['digest']} {one['fingerprint']}" for one in rows if one["rule"] == rule)

        def decide(person: str) -> tuple[int, list[object]]:
            lines = len(site.journalled())
            answer = site.browser(person).post(
                f"{site.origin}/findings/decide", form, timeout=60, allow_redirects=False
            )
            return answer.status_code, [body.get("action", kind) for kind, body in site.journalled()[lines:]]

        assert decide("manager") == (202, ["proposed"] * len(named))
        assert decide("manager") == (202, ["proposed"] * len(named)), "nobody is their own second"
        accounts = Accounts(site.office.store, site.office.sessions, site.office.journal)
        site.people["second"] = accounts.add(NewPerson("Sue", "sue", ("analyst",), EVERYBODY), COMMAND_LINE)
        assert decide("second") == (303, ["decision"] * len(named))
