"""What is shipped in deploy/ starts: the units are valid, and their command lines run as they stand."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from auditor.cli import group
from tests.scheduler.loopback_estate import Place, targets

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = (
    "auditor.service", "auditor-web.service", "auditor-watchdog.service", "auditor-watchdog.timer",
    "auditor-maintenance.service", "auditor-worker@.service", "auditor-store.service",
)  # fmt: skip


def command_of(unit: str, root: Path) -> list[str]:
    """The ExecStart line with this interpreter and this workspace in place of the installed ones."""
    read = configparser.ConfigParser(interpolation=None, strict=False)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read(DEPLOY / unit, encoding="utf-8")
    program, *arguments = shlex.split(read["Service"]["ExecStart"])
    assert program.endswith("/bin/auditor")
    return [sys.executable, "-m", "auditor", *(str(root) if one == "/var/lib/auditor" else one for one in arguments)]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    program = tmp_path / "auditor"
    program.write_text("#!/bin/sh\n", encoding="ascii")
    program.chmod(0o755)
    for unit in UNITS:
        text = (DEPLOY / unit).read_text(encoding="utf-8")
        text = re.sub("/opt/auditor/.venv/bin/auditor|/usr/local/bin/weed", str(program), text)
        (tmp_path / unit.replace("@.", "@eu.")).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / unit.replace("@.", "@eu.")) for unit in UNITS)],
        capture_output=True,
        text=True,
    )
    said = [line for line in (done.stdout + done.stderr).splitlines() if "auditor" in line]
    assert said == []


def test_the_scheduler_s_command_line_runs_and_ends_on_sigterm(tmp_path: Path) -> None:
    place = Place.make(tmp_path / "w", targets("http://127.0.0.1:9/", 1, "schedules: {daily: {cron: '0 3 1 1 *'}}"))
    command = [one.replace(":9640", ":0") for one in command_of("auditor.service", place.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "/healthz" in process.stderr.readline()
        said = [next(line for line in process.stderr if "kept from now on" in line)]
        process.send_signal(signal.SIGTERM)
        said += process.communicate(timeout=60)[1].splitlines()
        assert process.returncode == 0
    assert any("auditor.scheduler" in line for line in said), said
    assert [entry.body["action"] for entry in place.entries("schedule")] == ["started", "adopted", "stopped"]
    done = subprocess.run(command_of("auditor-watchdog.service", place.root), capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "nothing is overdue\n")


@pytest.mark.parametrize("unit", ["auditor-maintenance.service", "auditor-worker@.service"])
def test_the_units_of_a_fleet_give_commands_that_there_are(unit: str, tmp_path: Path) -> None:
    command = [one.replace("%i", "eu") for one in command_of(unit, tmp_path)]
    done = subprocess.run([*command, "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and "--database" in done.stdout, done.stderr


def test_the_container_file_names_what_there_is() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    copied = [name for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE) for name in line.split()[:-1]]
    assert copied
    assert all((DEPLOY.parent / name).exists() for name in copied)
    lists = {name: json.loads(found) for name, found in re.findall(r"^(ENTRYPOINT|CMD) (\[.*\])$", text, re.MULTILINE)}
    command: list[str] = [*lists["ENTRYPOINT"], *lists["CMD"]]
    program, arguments = command[0], command[1:]
    assert program == "/opt/auditor/.venv/bin/auditor", "where the file installs it"
    help_ = subprocess.run([sys.executable, "-m", "auditor", *arguments, "--help"], capture_output=True, text=True)
    assert help_.returncode == 0, help_.stderr
    assert text.rstrip().splitlines()[-1].startswith("CMD ")
    assert re.search(r"^USER auditor$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("scheduler", "pages", "code"),
    [(200, None, 0), (503, None, 1), (503, 421, 1), (None, 421, 0), (None, 500, 1), (None, None, 1)],
)
def test_the_container_is_as_well_as_what_runs_in_it(scheduler: int | None, pages: int | None, code: int) -> None:
    with ExitStack() as stack:
        ports = [str(stack.enter_context(answering(status))) for status in (scheduler, pages)]
        assert subprocess.run([sys.executable, DEPLOY / "container-health.py", *ports], check=False).returncode == code


@contextmanager
def answering(status: int | None) -> Iterator[int]:
    """The port of a server that answers with this status; of none where it is None."""
    if status is None:
        with socket.socket() as bound:  # bound and not listening: whoever connects is refused
            bound.bind(("127.0.0.1", 0))
            yield bound.getsockname()[1]
        return
    healthy = status

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(healthy if self.path == "/healthz" else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def compose() -> dict[str, Any]:
    found = YAML(typ="safe").load(DEPLOY / "compose.yaml")
    assert isinstance(found, dict)
    return found


def test_the_command_lines_of_the_compose_file_are_ones_that_the_program_reads() -> None:
    """Each against the parser itself, defaults of the environment included; nothing is begun."""
    services = compose()["services"]
    ours = {name: one for name, one in services.items() if one["image"] == "auditor"}
    assert set(ours) == {"prepare", "move", "maintenance", "web", "worker"}
    for name, one in ours.items():
        with pytest.MonkeyPatch.context() as patch:
            for variable, value in one["environment"].items():
                patch.setenv(variable, str(value))
            words = list(one["command"])
            command: click.Command = group
            context = click.Context(command)
            while isinstance(command, click.Group):
                with command.make_context(name, words, parent=context, resilient_parsing=False) as context:
                    found = command.resolve_command(context, [*context._protected_args, *context.args])
                    _, step, words = found
                    assert step is not None
                    command = step
            with command.make_context(name, list(words), parent=context) as context:
                needed = {"database", "store"} & context.params.keys()
                assert all(context.params[one] for one in needed), (name, context.params)


def test_the_compose_file_gives_each_process_what_it_may_see() -> None:
    """No worker has the workspace's keys, or another process's password; every secret and volume is there."""
    found = compose()
    services = found["services"]
    assert services["worker"]["volumes"] == ["./workspace/targets.yaml:/workspace/targets.yaml:ro"]
    for name, one in services.items():
        for secret in one.get("secrets", ()):
            source = secret if isinstance(secret, str) else secret["source"]
            assert source in found["secrets"]
            assert not source.startswith("pgpass-") or source.removeprefix("pgpass-") in str(one), (name, source)
        assert "password" not in str(one.get("environment", {})).lower().replace("postgres_password_file", "")
    users = (DEPLOY / "compose-users.sql").read_text(encoding="utf-8")
    for user in ("maintenance", "worker"):
        assert f"create user {user} in role auditor_{user}" in users
