"""The first hour of a newcomer, on a pseudo-terminal: questions, a login, a dialog over the page, two metrics, a list
over two pages, a run. The file is never edited by hand."""

from __future__ import annotations

import http.server
import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.targets import EXAMPLE_ANSWERS, QUESTIONS, load_estate
from tests.docs_commands import run_commands, shortest_path
from tests.story.conftest import SANDBOX, Workspace
from tests.story.in_process import Inside

PASSWORD = "a-long-password"
SHELL = "<!doctype html><meta charset=utf-8><title>Licence</title><p>Signed in as admin <a href='/out'>Sign out</a></p>"
LICENCE = (
    SHELL
    + """<h1>Licence</h1><dl><dt><i class="material-icons">group</i> Seats used</dt><dd>34</dd>
<dt>Seats purchased</dt><dd>20</dd></dl><p>7 of your 5 devices are active today.</p>
<div role=dialog aria-modal=true id=d style="position:fixed;inset:0;background:#fff"><p>Our news of the week</p>
<button onclick="d.remove()">Later</button></div>"""
)
LOGIN = """<!doctype html><title>Sign in</title><form method=post action="/login"><label>Name <input name=u></label>
<label>Password <input type=password name=p></label><button>Sign in</button></form>"""


def users(page: int) -> str:
    rows = "".join(f"<tr><td>user{n}</td><td>Name {n}</td></tr>" for n in range(20 * page - 19, min(20 * page, 34) + 1))
    onward = '<a href="/users?page=2">Next</a>' if page == 1 else ""
    table = f"<table><tr><th>Login</th><th>Name</th></tr>{rows}</table><p>34 in total</p>"
    return SHELL + table + onward


class Application(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        inside = "session=in" in self.headers.get("Cookie", "")
        if not inside and self.path != "/login":
            self.send_response(302)
            self.send_header("Location", "/login")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        pages = {"/licence": LICENCE, "/users": users(1), "/users?page=2": users(2), "/login": LOGIN}
        body = pages.get(self.path, SHELL).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(302)
        if f"p={PASSWORD}".encode() in sent:
            self.send_header("Set-Cookie", "session=in; Path=/")
        self.send_header("Location", "/licence")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Application)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def typed(folder: Path, command: list[str], answers: list[tuple[str, str]]) -> str:
    """A command on a pseudo-terminal: each question is waited for and answered; everything that was said."""
    try:
        ours, theirs = pty.openpty()
    except OSError as error:
        pytest.skip(f"this machine gives no pseudo-terminal: {error}")
    variables = {**os.environ, "TERM": "dumb", "AUDITOR_USER": "admin", "AUDITOR_PASSWORD": PASSWORD}
    asked = subprocess.Popen(
        [sys.executable, "-m", "auditor", "--workspace", str(folder), *command],
        stdin=theirs, stdout=theirs, stderr=theirs, env=variables, cwd=folder,
    )  # fmt: skip
    os.close(theirs)
    said, at, left = "", 0, list(answers)
    while True:
        try:
            said += os.read(ours, 4096).decode(errors="replace")
        except OSError:  # Linux says so where the other end is closed
            break
        if left and left[0][0] in said[at:] and said.endswith(": "):
            at = len(said)
            os.write(ours, left.pop(0)[1].encode() + b"\n")
    os.close(ours)
    assert asked.wait(60) == 0, said
    assert left == [], said
    return said


def test_from_nothing_to_positions_without_an_edit_by_hand(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Workspace(tmp_path)
    variables: dict[str, Any] = {"AUDITOR_USER": "admin", "AUDITOR_PASSWORD": PASSWORD}
    answers = {**EXAMPLE_ANSWERS, "address": f"{address}/", "metric": "seats", "access": "own_account"}
    asked = [(one.text.split("?")[0], answers.get(one.id, "")) for one in QUESTIONS]
    first = [
        ("Which page states the count", "/licence"),
        ("Path of the login page", "/login"),
        ("only a logged-in page shows", "Sign out"),
        ("dialog: button to press, Later", "Later"),
        ("used: number or label", "Seats used"),
        ("cap: number or label", "Seats purchased"),
        *((f"{field}: number or label", "") for field in ("remaining", "edition", "version", "licensee")),
    ]
    said = typed(tmp_path, ["init", "--lang", "en", *SANDBOX], asked + first)
    assert "Our news of the week" in said
    assert "reads used: used 34 from '34'" in said

    # A redirect to the login is said, and nothing is written, where no login is given.
    path = tmp_path / "targets.yaml"
    before = path.read_text(encoding="utf-8")
    elsewhere = ("--deployment", "other", "--access", "own_account", "--reference", "r")
    refused = place.auditor("profile", f"{address.replace('127.0.0.1', 'localhost')}/licence", *elsewhere, *SANDBOX,
                            expect=2)  # fmt: skip
    assert "/login, a login page, so nothing was described" in refused
    assert path.read_text(encoding="utf-8") == before

    place.auditor("add", "metric", "device", "--label", "devices")
    sentence = ("--field", "device.used=S1", "--field", "device.cap=S2", "--page", "devices")
    said = place.auditor("profile", f"{address}/licence", *sentence, "--step", "dismiss?=Later", *SANDBOX, **variables)
    assert "reads device_used: used 7" in said
    place.auditor("profile", f"{address}/users", "--list", "L1", *SANDBOX, **variables)

    estate = load_estate(path)
    assert estate.deployments["main"].pages == ("licence", "devices", "users")
    assert estate.pages["licence"].fields[0].labels == ("Seats used",), "an icon's name is no part of a label"
    gone = [line for line in before.splitlines() if line not in path.read_text("utf-8").splitlines()]
    assert all("pages: [" in line for line in gone), "comments and all other lines are as they were"
    place.auditor("run", *SANDBOX, **variables)
    seats = place.position("main", "unit")
    assert (seats["displayed"], seats["cap"], seats["listed"], seats["over_by"]) == (34, 20, 34, 14)
    (capture,) = json.loads(place.auditor("captures", "main", "--json"))["captures"]
    counted = {one["metric"]: (one["displayed"], one["cap"]) for one in capture["counts"]}
    assert counted == {"unit": (34, 20), "device": (7, 5)}
    page = tmp_path / "shown.html"
    place.auditor("show", capture["capture"], "-o", str(page))
    assert page.read_bytes().count(b"data:image/png;base64,") >= 3

    # The guides begin so: init and run as above, and then what they show.
    monkeypatch.chdir(tmp_path)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    inside = Inside(tmp_path)
    ran = run_commands("README.md", inside.auditor, text=shortest_path("compliance manager"))
    assert len(ran) == 3
    assert len(run_commands("docs/how-to/first-audit.md", inside.auditor, before=ran)) == 7
    assert load_estate(path).contracts["AG-8"].counterparty == "wuhu"
