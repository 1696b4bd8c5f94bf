"""`auditor serve` as a process: one command, others beside it, a kill, a slow client, an address that others reach."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from auditor import custody
from auditor.errors import ConfigError
from auditor.web import door_settings
from tests.cli.small_workspace import Small
from tests.docs_commands import page_commands
from tests.prepared_process import run_auditor
from tests.scheduler.test_deploy import command_of
from tests.web.served_workspace import make_two_customers


@contextmanager
def serving(root: Path) -> Iterator[tuple[subprocess.Popen[str], str, requests.Session]]:
    """The process, its origin, and a browser that used the printed link."""
    command = [sys.executable, "-m", "auditor", "--workspace", str(root), "serve", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"(http://localhost:[0-9]+)(/sign-in/link/[\w-]{43})", line)
        assert found is not None, line
        browser = requests.Session()
        browser.headers["Origin"] = found[1]
        assert browser.post(found[1] + found[2], timeout=30).status_code == 200
        yield process, found[1], browser
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=60)


def auditor(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_auditor("--workspace", str(root), *arguments)


def journalled(root: Path) -> list[dict[str, object]]:
    journal = custody.Journal.open(root)
    try:
        return [{"kind": entry.kind, **entry.body} for entry in journal.entries()]
    finally:
        journal.close()


@pytest.fixture
def here(root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Small:
    """The command line, called in this process."""
    return Small(root, capsys, monkeypatch)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("served")
    make_two_customers(found)
    return found


def test_commands_work_while_it_serves_and_show_at_once(root: Path) -> None:
    with serving(root) as (process, origin, browser):
        assert browser.get(f"{origin}/", timeout=60).status_code == 200
        confirmed = auditor(root, "confirm", "count", "covered", "21", "--by", "Kim", "--reason", "one is a test")
        assert confirmed.returncode == 0, confirmed.stderr
        assert auditor(root, "status").returncode == 0
        rows = browser.get(f"{origin}/api/v1/positions", timeout=60).json()["rows"]
        assert [row["confirmed"] for row in rows if row["deployment"] == "covered"] == [21]
        said = {"value": 20, "reason": "two are tests"}
        decided = browser.post(f"{origin}/api/v1/deployments/covered/counts", json=said, timeout=60)
        assert decided.status_code == 201, decided.text
        ours, theirs = journalled(root)[-1], next(one for one in journalled(root) if one["kind"] == "decision")
        assert set(ours) - set(theirs) == {"account"}
        assert set(ours["decision"]) == set(theirs["decision"])  # type: ignore[call-overload]
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    last = journalled(root)[-1]
    assert (last["action"], last["lines"]) == ("views", 3)
    assert auditor(root, "verify").returncode in (0, 5)


def test_a_kill_loses_nothing_that_was_answered(root: Path) -> None:
    with serving(root) as (process, origin, browser):
        answered: list[str] = []

        def remark() -> None:
            for number in range(400):
                said = {"subject": "covered", "text": f"remark {os.getpid()} {number}"}
                try:
                    answer = browser.post(f"{origin}/api/v1/remarks", json=said, timeout=30)
                except requests.ConnectionError:
                    return
                if answer.status_code == 201:
                    answered.append(said["text"])

        thread = threading.Thread(target=remark)
        thread.start()
        until = time.monotonic() + 30
        while len(answered) < 12 and time.monotonic() < until:
            thread.join(0.02)
        process.kill()
        process.wait(30)
        thread.join()
    assert len(answered) >= 12
    kept = {one["text"] for one in journalled(root) if one.get("action") == "comment"}
    assert set(answered) <= kept
    with serving(root) as (_, origin, browser):
        assert browser.get(f"{origin}/", timeout=60).status_code == 200
        # A client that sends its headers drop by drop holds nothing up, and is sent away.
        host, port = "127.0.0.1", int(origin.rpartition(":")[2])
        with socket.create_connection((host, port), timeout=30) as slow:
            slow.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
            began = time.monotonic()
            assert browser.get(f"{origin}/healthz", timeout=30).text == "alive\n"
            assert slow.recv(100) == b""
            assert 5 < time.monotonic() - began < 25


@pytest.mark.parametrize(
    "options, said",
    [
        (("--host", "0.0.0.0"), "leave this machine"),
        (("--behind-proxy", "http://audit.example"), "expected https"),
        (("--behind-proxy", "https://audit.example/path"), "expected https"),
        (("--host", "192.0.2.1", "--behind-proxy", "https://audit.example"), "choose another"),
        (("--sign-in-as", "nobody", "--port", "0"), "no such account"),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(here: Small, options: tuple[str, ...], said: str) -> None:
    assert said in here.refused("serve", *options)


def test_the_unit_s_command_line_serves_behind_a_proxy(root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [one.replace("8400", str(port)) for one in command_of("auditor-web.service", root)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        assert any("https://audit.example.com/ is open" in line for line in process.stderr)
        headers = {"Host": "audit.example.com", "X-Forwarded-For": "203.0.113.9"}
        alive = requests.get(f"http://127.0.0.1:{port}/healthz", headers=headers, timeout=30)
        assert (alive.text, "Strict-Transport-Security" in alive.headers) == ("alive\n", True)
        form = {"name": "x", "password": "y"}
        headers |= {"Origin": "https://audit.example.com"}
        refused = requests.post(f"http://127.0.0.1:{port}/sign-in", form, headers=headers, timeout=60)
        assert refused.status_code == 403
        assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=30).status_code == 421
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert "203.0.113.0/24" in [one.get("network") for one in journalled(root)[-2:]]
    assert process.returncode == 0


def test_who_is_believed_behind_a_proxy() -> None:
    settings = door_settings("0.0.0.0", 8400, "https://audit.example", frozenset({"10.0.0.2"}), frozenset())
    assert (settings.secure, settings.host) == (True, "audit.example")
    assert settings.client_address("10.0.0.2", ["203.0.113.9, 198.51.100.7"]) == "198.51.100.7"
    assert settings.client_address("10.0.0.3", ["203.0.113.9"]) == "10.0.0.3"
    assert settings.client_address("10.0.0.2", []) == "10.0.0.2"
    with pytest.raises(ConfigError):
        door_settings("192.0.2.1", 80, "", frozenset(), frozenset())


def test_people_on_the_command_line(here: Small) -> None:
    lee = ("people", "add", "lee", "--name", "Lee", "--role", "counsel", "--deployment", "covered", "--case", "Hefei")
    assert "/password/" in here.run(*lee)
    assert "one case" in here.refused("people", "add", "kim", "--name", "Kim", "--role", "counsel", "--everybody")
    assert "Hefei: covered" in here.run("people", "list")
    assert json.loads(here.run("people", "list", "--json"))["differing"] == []
    here.run("people", "invite", "lee")
    here.run("people", "revoke", "lee")
    here.refused("people", "invite", "lee")
    assert [one["action"] for one in journalled(here.root)[-4:]] == ["granted", "credential", "credential", "revoked"]


def test_the_commands_of_the_page(root: Path, here: Small) -> None:
    """Those of docs/web.md, on a port that is free; without a proxy each opening prints its link."""
    for command in page_commands("docs/web.md"):
        name, *arguments = shlex.split(command.replace("hefei", "covered").replace("8400", "0"))
        if name != "auditor":
            continue  # curl: tests/web/test_api.py asks what it asks
        if arguments[0] != "serve":
            here.run(*arguments)
            continue
        if "mai" in arguments:
            here.run("people", "add", "mai", "--name", "Mai", "--role", "analyst", "--everybody")
        options = arguments if "--port" in arguments else [*arguments, "--port", "0"]
        process = subprocess.Popen(
            [sys.executable, "-m", "auditor", "--workspace", str(root), *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            awaited = "is open" if "--behind-proxy" in options else "/sign-in/link/"
            assert any(awaited in line for line in process.stdout), command
        finally:
            process.terminate()
            process.communicate(timeout=60)
        assert process.returncode == 0
