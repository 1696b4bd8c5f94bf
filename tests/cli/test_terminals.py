"""What a page says cannot move the cursor, break the markup or end a command, in any encoding a terminal may have."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from auditor import cli
from auditor.cli import COMMANDS, main
from auditor.cli.output import EscapingConsole, print_json
from auditor.cli.streams import degrade_streams, echo
from auditor.demo.http_server import Application, HttpRequest, HttpResponse, LoopbackServer
from auditor.formats.foreign_text import visible_json
from auditor.workflow.wiring import initialise_workspace
from auditor.workspace import Workspace
from tests.cli.small_workspace import Small
from tests.workflow.http_estate import targets

HOSTILE = "\x1b[2J\x1b]0;owned\x07 [/x] \\[/x] [bold] :smile: 3\u202e4 \x9b31m\r\x08 合肥 \x00\u2028⟦"
TYPED = HOSTILE.replace("\x00", "")
"""As an argument of a command, which holds no NUL."""
ENCODINGS = ("utf-8", "gbk", "iso-8859-1")
STYLE = re.compile(r"\x1b\[[0-9;]*m")


def printable(text: str) -> bool:
    """Spaces of any width move nothing."""
    return all(char == "\n" or char.isprintable() or unicodedata.category(char) == "Zs" for char in text)


@contextmanager
def streams(encoding: str) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Standard output and error of a terminal with that encoding, strict as Python opens them."""
    written, before = (io.BytesIO(), io.BytesIO()), (sys.stdout, sys.stderr)
    out, err = (io.TextIOWrapper(one, encoding=encoding, errors="strict") for one in written)
    sys.stdout, sys.stderr = out, err
    try:
        yield written
    finally:
        sys.stdout, sys.stderr = before
        for one in (out, err):
            one.flush()
            one.detach()


def auditor(root: Path, encoding: str, *arguments: str) -> tuple[int, str]:
    """The exit code, and what both streams got."""
    before, code = sys.argv, 0
    sys.argv = ["auditor", "--workspace", str(root), *arguments]
    try:
        with streams(encoding) as written:
            try:
                main()
            except SystemExit as ended:
                code = int(ended.code or 0)
        return code, b"".join(one.getvalue() for one in written).decode(encoding)
    finally:
        sys.argv = before


class HostilePages(Application):
    """A page of JSON, and one of HTML, whose every text is hostile."""

    def answer(self, request: HttpRequest) -> HttpResponse:
        if request.path.endswith(".json"):
            return HttpResponse(json.dumps({"used": HOSTILE, "cap": "20"}).encode(), media_type="application/json")
        said = HOSTILE.replace("\x00", "").replace("\r", "")
        rows = "".join(f"<tr><th>{said}{n}</th><td>{said}</td></tr>" for n in range(3))
        page = f"<title>{said}</title><table>{rows}<tr><th>Used</th><td>7</td></tr></table>"
        return HttpResponse(page.encode(), media_type="text/html; charset=utf-8")


@dataclass
class Place:
    small: Small
    capture: str
    audited: Path
    address: str

    def invocations(self) -> dict[str, list[tuple[Path, tuple[str, ...]]]]:
        """Each verb, with what captured text it can be made to print."""
        root, audited, page = self.small.root, self.audited, f"{self.address}d0/page.html"
        out, table = str(root / "out.json"), root / "table.csv"
        table.write_text(f'id,name\n"{TYPED}","{TYPED}"\n', encoding="utf-8")
        here: dict[str, list[tuple[str, ...]]] = {
            "check": [("check",), ("check", "--json")],
            "status": [("status",), ("status", "--json"), ("status", "--watchdog")],
            "report": [("report", "--format", "json", "-o", out)],
            "read": [("read", self.capture), ("read", self.capture, "--json"), ("read", TYPED)],
            "verify": [("verify", "--json"), ("verify",), ("verify", TYPED)],
            "claim": [("claim", "--list"), ("claim",), ("claim", TYPED)],
            "confirm": [
                ("confirm", "list"),
                ("confirm", "count", TYPED, "3", "--by", "a", "--reason", "r"),
            ],
            "bundle": [
                ("bundle", "--no-pdf", "--deployment", "covered"),
                ("bundle", "--no-pdf", "--deployment", TYPED),
            ],
            "keys": [("keys", "show"), ("keys", "revoke", TYPED, "--why", "x")],
            "prune": [("prune",), ("prune", "--json")],
            "reseal": [("reseal",)],
            "rebuild": [("rebuild",)],
            "upgrade": [("upgrade",), ("upgrade", "--json")],
            "init": [("init",)],
            "add": [("add", "deployment", TYPED)],
            "captures": [("captures",), ("captures", "--json"), ("captures", TYPED)],
            "show": [("show", self.capture), ("show", TYPED)],
            "changes": [("changes", "--since", "2020-01-01"), ("changes", "--since", TYPED)],
            "statement": [("statement", TYPED)],
            "compare": [("compare", "list"), ("compare", "show", TYPED)],
            "candidates": [("candidates", "list"), ("candidates", "import", TYPED)],
            "fingerprint": [("fingerprint", "library", TYPED)],
            "hosting": [("hosting", "show", TYPED), ("hosting", "look", TYPED)],
            "sign-in": [("sign-in", TYPED, "--no-window")],
            "import": [("import", "contracts", TYPED), ("import", "deployments", str(table), "--dry-run")],
            "export": [("export", "contracts", "-o", TYPED + ".csv"), ("export", "contracts", "-o", TYPED)],
            "people": [("people", "list"), ("people", "invite", TYPED)],
            "serve": [("serve", "--port", "0", "--sign-in-as", TYPED)],
            "doctor": [("doctor", "--offline")],
            "fleet": [
                ("fleet", "status"),
                ("fleet", "vantage", TYPED, "--egress", TYPED),
                ("fleet", "run", "--only", TYPED),
            ],
            "move": [("move", "--to", TYPED, "--store", TYPED), ("move", "--back")],
            "worker": [("worker", "--vantage", TYPED)],
            "notice": [("notice", "status", TYPED), ("notice", "check", TYPED), ("notice", "receive", TYPED)],
        }
        found = {verb: [(root, arguments) for arguments in some] for verb, some in here.items()}
        found["run"] = [(audited, ("run",)), (audited, ("run", "--only", TYPED))]
        found["schedule"] = [(audited, ("schedule", "--once"))]
        found["profile"] = [
            (audited, ("profile", page, "--method", "http", "--dry-run", "--deployment", "d0")),
            (audited, ("profile", page, "--method", "http", "--deployment", "d0", "--used", TYPED)),
        ]
        return found


@pytest.fixture
def place(small: Small, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    name = small.capture("covered", 3, text=HOSTILE)
    (small.root / "evidence" / "loose\x1b[2J[x]").write_bytes(b"x")
    audited = tmp_path_factory.mktemp("audited")
    monkeypatch.chdir(audited)  # what a command writes under a hostile name stays there
    server = LoopbackServer(HostilePages(), name="hostile", port=0)
    server.start()
    address = f"http://127.0.0.1:{server.port}/"
    (audited / "targets.yaml").write_text(targets(address, 1), encoding="utf-8")
    initialise_workspace(Workspace(audited), origin="test.example/terminal")
    yield Place(small, name, audited, address)
    server.stop()


def test_no_command_lets_captured_text_through_and_exit_codes_stand_in_every_encoding(place: Place) -> None:
    invocations = place.invocations()
    assert {*invocations, "demo"} == {*COMMANDS}, "a new command is tried here too; demo shows its own world"
    told = ""
    for verb, some in invocations.items():
        for root, arguments in some:
            codes = set()
            for encoding in ENCODINGS if verb not in ("run", "profile", "doctor") else ENCODINGS[:2]:
                code, said = auditor(root, encoding, *arguments)
                codes.add(code)
                assert printable(said), (arguments, encoding, said)
                assert "internal fault" not in said and "Traceback" not in said, (arguments, encoding, said)
                told += said
            assert len(codes) == 1, (arguments, codes)
    assert "⟦U+001B⟧" in told and "\\u001b" in told, "hostile text was printed, and named"
    assert "[/x]" in told


def test_colours_are_the_only_control_sequences_on_a_terminal(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    for arguments in (("read", place.capture), ("--quiet", "verify"), ("status",)):
        _, said = auditor(place.small.root, "utf-8", *arguments)
        assert printable(STYLE.sub("", said)), said
    assert STYLE.search(auditor(place.small.root, "utf-8", "--quiet", "verify")[1])


@pytest.mark.parametrize("locale", ["C", "POSIX", "zh_CN.GBK"])
def test_a_process_in_another_locale_ends_as_ever(place: Place, locale: str, tmp_path: Path) -> None:
    settings = {"PATH": os.environ["PATH"], "LC_ALL": locale, "PYTHONPATH": os.pathsep.join(sys.path)}
    if locale == "zh_CN.GBK":
        made = subprocess.run(
            ["localedef", "-i", "zh_CN", "-f", "GBK", str(tmp_path / locale)], capture_output=True, check=False
        )
        if made.returncode > 1 or not (tmp_path / locale / "LC_CTYPE").exists():
            pytest.skip("localedef has no GBK here")
        settings |= {"LOCPATH": str(tmp_path)}
    command = [sys.executable, "-m", "auditor", "--workspace", str(place.small.root), "read", place.capture]
    done = subprocess.run(command, capture_output=True, env=settings, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    said = done.stdout.decode("gbk" if locale == "zh_CN.GBK" else "utf-8")
    assert printable(said) and "合肥" in said


def test_the_printed_steps_are_ascii_and_run_in_any_locale(place: Place) -> None:
    (place.small.root / "evidence" / "loose\x1b[2J[x]").unlink()
    printed = {encoding: auditor(place.small.root, encoding, "verify", "--explain") for encoding in ENCODINGS}
    assert len(set(printed.values())) == 1 and printed["gbk"][1].isascii()


@settings(deadline=None)
@given(st.text(st.characters() | st.sampled_from(HOSTILE)))
def test_the_door_lets_through_what_is_printable_and_the_text_itself(text: str) -> None:
    with streams("utf-8") as (written, _):
        degrade_streams()
        console = EscapingConsole()
        console.print(text)
        console.print(Text(text, style="bold"))
        table = Table("what", text, title=text, caption=text)
        table.add_row(text, Text(text))
        console.print(table)
        echo(text)
        print_json({text: [text]})
    said = written.getvalue().decode("utf-8")
    assert printable(said)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(HOSTILE)))
def test_a_json_result_is_the_same_value_however_it_is_shown(text: str) -> None:
    for encoding in ENCODINGS:
        with streams(encoding) as (written, _):
            print_json({"text": text})
        assert json.loads(written.getvalue().decode(encoding)) == {"text": text}
    assert visible_json('"\U000e0001"') == '"\\udb40\\udc01"'


ALLOWED = {"output.py", "streams.py"}


@pytest.mark.parametrize("path", sorted(Path(str(cli.__file__)).parent.glob("*.py")), ids=lambda path: path.name)
def test_commands_print_through_the_one_door(path: Path) -> None:
    if path.name in ALLOWED:
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            assert name not in {"print", "click.echo", "click.secho", "Console", "sys.stdout.write"}, name
            assert not any(word.arg == "markup" for word in node.keywords), "markup is never on"
        assert not (isinstance(node, ast.ImportFrom) and node.module == "rich.markup")


def test_click_s_own_refusals_name_what_they_repeat(place: Place) -> None:
    code, said = auditor(place.small.root, "gbk", "report", "--format", TYPED)
    assert code == 2 and printable(said)


@pytest.mark.parametrize(
    ("opened", "code", "said"),
    [
        (">&-", 0, ""),
        (">&- 2>&-", 0, ""),
        (">/dev/full", 1, "output cannot be written: No space left on device"),
    ],
)
def test_an_output_that_is_closed_or_full_is_no_fault_of_ours(
    place: Place, tmp_path: Path, opened: str, code: int, said: str
) -> None:
    command = f'exec "$0" -m auditor --workspace "$1" status {opened}'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable, str(place.small.root)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert said in done.stderr and "fault" not in done.stderr and "Exception" not in done.stderr
    assert not (tmp_path / "auditor-fault.txt").exists()
