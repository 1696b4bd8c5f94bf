"""What is shipped in deploy/ starts: the units are valid, and their command lines run as they stand."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scheduler.loopback_estate import Place, targets

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = ("auditor.service", "auditor-web.service", "auditor-watchdog.service", "auditor-watchdog.timer")


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
        text = (DEPLOY / unit).read_text(encoding="utf-8").replace("/opt/auditor/.venv/bin/auditor", str(program))
        (tmp_path / unit).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / unit) for unit in UNITS)], capture_output=True, text=True
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
