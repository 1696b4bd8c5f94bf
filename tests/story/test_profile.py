"""A page nobody described: `auditor profile` alone writes its entry, then a run reads it; and `auditor read`."""

from __future__ import annotations

import http.server
import json
import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.cli.confirm import page_
from auditor.cli.profile import profile_command
from auditor.cli.read import read_command
from auditor.targets import load_estate
from tests.story.conftest import SANDBOX, TOP, Workspace

TARGETS = """\
# a vendor's file; every comment stays
format: 1
timezone: UTC
currency: EUR
products:
  app:   # the product
    name: Some application
    metric: {id: user, label: users}
    editions:
      standard: {list_prices: [{from: "2020-01-01", base: "1.00", includes: 10, per_extra: "1.00", source: list}]}
browser: {settle_seconds: 6, locale: en-US}   # keep
"""
LOGIN = b"""<!doctype html><title>Sign in</title><form id=f method=post action="/login">
<label>Name <input name=u></label>
<label>Password <input type=password name=p></label><button>Sign in</button></form>"""
SEATS = """<!doctype html><meta charset=utf-8><title>Licence</title><h1>Licence</h1><div id=app></div><script>
setTimeout(() => { document.getElementById("app").innerHTML = `<dl><dt>Plan</dt><dd>Team</dd>
<dt>Seats used</dt><dd>34</dd>
<dt>Seats purchased</dt><dd>20</dd></dl><table><thead><tr><th>Username</th><th>Added on</th></tr></thead><tbody>`
 + %s.map(n => `<tr><td>user${n}</td><td>2021-03-${10 + n %% 10}</td></tr>`).join("") +
 `</tbody></table><p>%s of 34</p><a href="%s">Next</a>`; }, 300);</script>"""
TURNED = b"""<!doctype html><title>Turned</title><style>td { font: 24px sans-serif; padding: 12px }</style><table>
<tr><th>Seats used</th><td><span style="display: inline-block; transform: rotate(180deg)">66</span></td></tr>
<tr><th>Seats purchased</th><td>120</td></tr></table>"""
JSON = {
    "licence": {"plan": "Team", "seats": {"used": 34, "limit": None}},
    "users": [{"id": 1, "username": "ann"}, {"id": 2, "username": "bob"}],
}
PLAIN = b"<!doctype html><title>Status</title><table><tr><th>Seats used</th><td>34</td></tr></table>"
PLAN = (
    b"<!doctype html><title>Plan</title><table><tr><th>Seats used</th><td>34</td></tr>"
    b"<tr><th>Seats purchased</th><td>20</td></tr><tr><th>Plan</th><td>Team</td></tr></table>"
)
TEAM = (
    b"<table><tr><th>Login</th><th>Name</th></tr>"
    b"<tr><td>ann</td><td>Ann</td></tr><tr><td>bob</td><td>Bob</td></tr></table>"
)


class Application(http.server.BaseHTTPRequestHandler):
    """A small application behind a login, with a page made by script, a plain page and a JSON endpoint."""

    def do_GET(self) -> None:
        if self.path == "/api/licence.json":
            self._send(json.dumps(JSON).encode(), "application/json")
        elif self.path == "/status":
            self._send(PLAIN)
        elif self.path == "/plan":
            self._send(PLAN)
        elif self.path == "/turned":
            self._send(TURNED)
        elif self.path == "/team":
            self._send(PLAIN + TEAM)
        elif "session=in" not in self.headers.get("Cookie", ""):
            self._send(LOGIN)
        elif self.path.startswith("/seats?page=2"):
            self._send((SEATS % ([*range(21, 35)], "21-34", "#")).replace('<a href="#">Next</a>', "").encode())
        else:
            self._send((SEATS % ([*range(1, 21)], "1-20", "/seats?page=2")).encode())

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(302)
        if b"p=a-long-password" in sent:
            self.send_header("Set-Cookie", "session=in; Path=/")
        self.send_header("Location", "/seats")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, body: bytes, media_type: str = "text/html; charset=utf-8") -> None:
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

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


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "targets.yaml").write_text(TARGETS, encoding="utf-8")
    made = Workspace(tmp_path)
    made.auditor("init")
    return made


ENVIRONMENT: dict[str, Any] = {"APP_USER": "admin", "APP_PASSWORD": "a-long-password"}
ACCESS = ("--access", "own_account", "--reference", "account of the test")


def test_a_page_made_by_script_behind_a_login(workspace: Workspace, address: str) -> None:
    login = ("--login-path", "/login", "--username-env", "APP_USER", "--password-env", "APP_PASSWORD")
    chosen = ("--used", "Seats used", "--cap", "Seats purchased", "--field", "edition=Plan", "--list", "1")
    said = workspace.auditor(
        "profile", f"{address}/seats", "--deployment", "site", *ACCESS, *login, *chosen, *SANDBOX, **ENVIRONMENT
    )
    assert "reads used: used 34 from '34'" in said
    text = workspace.root.joinpath("targets.yaml").read_text(encoding="utf-8")
    assert text.startswith(TARGETS), "what was there stays as it was"
    assert ENVIRONMENT["APP_PASSWORD"] not in text
    assert not list((workspace.root / "evidence").glob("site/*")), "a profile leaves no evidence"
    assert (workspace.root / "profiles" / "seats.png").read_bytes().startswith(b"\x89PNG")

    workspace.auditor("run", *SANDBOX, **ENVIRONMENT)
    position = workspace.position("site", "user")
    assert (position["displayed"], position["cap"], position["listed"]) == (34, 20, 34)

    capture = json.loads(workspace.auditor("report", "--format", "json", "-o", "-"))["evidence"][0]["capture"]
    same = json.loads(workspace.auditor("read", capture, "--json"))
    assert same["same"] is True
    path = workspace.root / "targets.yaml"
    path.write_text(text.replace('labels: ["Seats used"]', 'labels: ["Seats purchased"]'), encoding="utf-8")
    changed = path.read_text("utf-8").replace('      cap: {labels: ["Seats purchased"]}\n', "")
    path.write_text(changed, encoding="utf-8")
    differs = {row["what"]: row for row in json.loads(workspace.auditor("read", capture, "--json"))["rows"]}
    assert (differs["used"]["recorded"], differs["used"]["read_now"]) == ("used 34 from '34'", "used 20 from '20'")
    assert differs["list listing"]["same"] is True


def test_json_and_plain_pages_need_no_browser(workspace: Workspace, address: str) -> None:
    plain = ("--method", "http", *SANDBOX)
    workspace.auditor("profile", f"{address}/status", "--deployment", "site", *ACCESS, "--used", "Seats used", *plain)
    chosen = ("--field", "plan=/licence/plan", "--used", "/licence/seats/used", "--list", "/users")
    workspace.auditor("profile", f"{address}/api/licence.json", "--page", "api", *chosen, *plain)
    workspace.auditor("run", *SANDBOX)
    (capture,) = json.loads(workspace.auditor("report", "--format", "json", "-o", "-"))["evidence"]
    assert capture["state"] == "complete"
    read = {
        row["what"]: row["read_now"]
        for row in json.loads(workspace.auditor("read", capture["capture"], "--json"))["rows"]
    }
    # A page that nobody drew rests on one reading alone (decision 0151); a JSON document is what it says.
    alone = "no picture of this page was kept; one reading alone: the page was fetched without a browser, so its"
    assert read == {
        "used": f"used 34 (needs review) from '34' ({alone} layout is not known)",
        "used on api-1": "used 34 from '34'",
        "plan": "Team",
        "list listing": "2 rows on 1 page, complete",
    }


def _terminal() -> tuple[int, int]:
    """Both ends of a pseudo-terminal; a bare chroot has none."""
    try:
        return pty.openpty()
    except OSError as error:
        pytest.skip(f"this machine gives no pseudo-terminal: {error}")


def test_it_asks_on_a_terminal_and_asks_again_where_an_answer_fits_nothing(workspace: Workspace, address: str) -> None:
    command = [sys.executable, "-m", "auditor", "--workspace", str(workspace.root), "profile", f"{address}/team"]
    ours, theirs = _terminal()
    asked = subprocess.Popen(
        [*command, "--deployment", "site", *ACCESS, "--method", "http", *SANDBOX],
        stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "dumb"}, cwd=workspace.root,
    )  # fmt: skip
    os.close(theirs)
    said = answered(ours, {"used:": ["Seats", "1"], "cap:": [""], "list to count": ["Login"]})
    os.close(ours)
    assert asked.wait(60) == 0, said
    assert "no such label beside a value" in said
    page = load_estate(workspace.root / "targets.yaml").pages["team"]
    assert [(field.id, field.labels) for field in page.fields] == [("used", ("Seats used",))]
    assert page.listing is not None
    assert dict(page.listing.columns) == {"login": ("Login",), "name": ("Name",)}


def answered(terminal: int, answers: dict[str, list[str]]) -> str:
    """Everything said on a terminal; a question gets its next answer, any other an empty one."""
    said, at = b"", 0
    while True:
        try:
            said += os.read(terminal, 4096)
        except OSError:  # Linux says so where the other end is closed
            return said.decode(errors="replace")
        tail = said[at:].decode(errors="replace").rpartition("\n")[2]
        if tail.endswith(": ") and "(empty:" in tail:
            mine = next((left for question, left in answers.items() if tail.startswith(question)), [])
            os.write(terminal, (mine.pop(0) if mine else "").encode() + b"\n")
            at = len(said)


def test_without_a_terminal_nothing_is_asked(workspace: Workspace, address: str) -> None:
    plain = ("--deployment", "site", *ACCESS, "--method", "http", *SANDBOX)
    assert "nothing was chosen" in workspace.auditor("profile", f"{address}/team", *plain, expect=2)


def test_what_cannot_be_done_is_said_in_one_line(workspace: Workspace, address: str) -> None:
    status = f"{address}/status"
    before = (workspace.root / "targets.yaml").read_bytes()
    assert "needs its access basis" in workspace.auditor("profile", status, "--deployment", "site", expect=2)
    assert "name one with --deployment" in workspace.auditor("profile", status, expect=2)
    said = workspace.auditor(
        "profile", status, "--deployment", "site", *ACCESS, "--used", "Seats", "--method", "http", *SANDBOX, expect=2
    )
    assert "'Seats': no such label beside a value on this page; it shows 'Seats used'" in said
    pattern = ("--deployment", "site", *ACCESS, "--method", "http", "--pattern", "used=([0-9]+) Members", *SANDBOX)
    assert "so nothing was written; a pattern tells capitals" in workspace.auditor(
        "profile", status, *pattern, expect=2
    )
    assert (workspace.root / "targets.yaml").read_bytes() == before
    assert "no capture or package" in workspace.auditor("read", "c-nothing", expect=2)


def test_used_and_cap_exchanged_are_questioned_and_forced_alone(workspace: Workspace, address: str) -> None:
    asked = ("profile", f"{address}/plan", "--deployment", "site", *ACCESS, "--method", "http", *SANDBOX)
    before = (workspace.root / "targets.yaml").read_bytes()
    for used, cap in (("Seats purchased", "Seats used"), ("2", "1")):
        said = workspace.auditor(*asked, "--used", used, "--cap", cap, expect=2)
        assert "were used and cap exchanged? If it is so, give --force" in said
    assert (workspace.root / "targets.yaml").read_bytes() == before
    workspace.auditor(*asked, "--used", "2", "--cap", "1", "--force")
    page = load_estate(workspace.root / "targets.yaml").pages["plan"]
    labels = {field.id: field.labels for field in page.fields}
    assert labels == {"used": ("Seats purchased",), "cap": ("Seats used",)}


def test_a_field_without_a_value_is_written_by_force_and_a_missing_one_never(
    workspace: Workspace, address: str
) -> None:
    asked = ("profile", f"{address}/plan", "--deployment", "site", *ACCESS, "--method", "http", *SANDBOX)
    before = (workspace.root / "targets.yaml").read_bytes()
    assert "write it all the same with --force" in workspace.auditor(*asked, "--used", "Plan", expect=2)
    missing = ("--pattern", "used=([0-9]+) Members", "--force")
    assert "on this page, so nothing was written" in workspace.auditor(*asked, *missing, expect=2)
    assert (workspace.root / "targets.yaml").read_bytes() == before
    workspace.auditor(*asked, "--used", "Plan", "--force")
    (field,) = load_estate(workspace.root / "targets.yaml").pages["plan"].fields
    assert (field.id, field.labels) == ("used", ("Plan",))


def test_a_count_that_only_one_eye_sees_is_not_proposed(workspace: Workspace, address: str) -> None:
    """A figure drawn upside down: the document says 66, everybody sees 99, and none is taken."""
    asked = ("profile", f"{address}/turned", *SANDBOX, "--deployment", "d", "--access", "public_page",
             "--reference", "test", "--dry-run")  # fmt: skip
    pairs = json.loads(workspace.auditor(*asked, "--json"))["pairs"]
    assert [(one["label"], one["value"], one["seen"], one["proposed"]) for one in pairs] == [
        ("Seats purchased", "120", "120", True),
        ("Seats used", "66", None, False),
    ]
    shown = workspace.auditor(*asked)
    assert "in the picture" in shown


def test_the_entry_in_the_documentation_is_valid(tmp_path: Path) -> None:
    manual = (TOP / "docs" / "reading.md").read_text(encoding="utf-8")
    path = tmp_path / "targets.yaml"
    path.write_text(TARGETS + manual.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    page = load_estate(path).pages["licence"]
    assert [(field.id, field.role) for field in page.fields] == [("used", "used"), ("cap", "cap"), ("edition", None)]
    assert page.listing is not None


def test_every_option_in_the_documentation_exists() -> None:
    manual = (TOP / "docs" / "reading.md").read_text(encoding="utf-8")
    known = {
        option for command in (profile_command, read_command, page_) for one in command.params for option in one.opts
    }
    assert set(re.findall(r"--[a-z][a-z-]+", manual)) <= known
