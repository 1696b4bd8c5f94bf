"""`auditor doctor` on this machine, with what is wrong put there."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.cli import main
from auditor.clock import now
from auditor.wording import note_text
from auditor.workflow.doctor.checkup import check_machine
from auditor.workflow.doctor.diagnosis import DoctorLine
from auditor.workflow.doctor.looking import DoctorRequest
from auditor.workspace import Workspace
from tests.cli.small_workspace import TARGETS, Small, small
from tests.custody.practice_authorities import Authorities, authorities

__all__ = ["small"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authorities]:
    with authorities(tmp_path_factory.mktemp("authorities")) as started:
        yield started


def stamped(root: Path, running: Authorities, browser: str) -> Workspace:
    """A workspace with both authorities, one of them with a secret in its address."""
    entries = ""
    for one, server, name in zip((running.one, running.two), running.servers, ("alpha", "beta"), strict=True):
        (root / f"{name}.pem").write_bytes(one.ring.root.read_bytes())
        url = f"{server.url}?key=hunter2-secret" if name == "beta" else server.url
        entries += f"    {name}: {{url: '{url}', owner: '{one.ring.owner}', roots: {name}.pem, practice: true}}\n"
    text = f"{TARGETS}timestamping:\n  quorum: 2\n  authorities:\n{entries}browser: {browser}\n"
    (root / "targets.yaml").write_text(text, encoding="utf-8")
    return Workspace(root)


def by_name(lines: tuple[DoctorLine, ...]) -> dict[str, DoctorLine]:
    return {one.name: one for one in lines}


def test_a_real_browser_real_tokens_and_open_keys(small: Small, running: Authorities) -> None:
    workspace = stamped(small.root, running, "{sandbox: true}")
    small.capture("covered", 3)
    (small.root / "keys" / "log.pem").chmod(0o644)
    found = by_name(check_machine(workspace, DoctorRequest()))
    assert found["browser"].state == "ok"
    assert found["sandbox"].state == ("failed" if os.geteuid() == 0 else found["sandbox"].state)
    assert found["fonts"].seen.code == "several"
    assert found["authorities"].state == "ok", note_text(found["authorities"].seen, "en")
    offsets = note_text(found["clock"].seen, "en")
    assert "token of alpha:" in offsets
    assert "date of the answer of beta:" in offsets
    assert found["clock"].state in {"ok", "warning"}, "the authorities share this clock"
    assert "log.pem has mode 0644, expected 0600" in note_text(found["permissions"].seen, "en")
    taken = sum(one.stat().st_size for one in (small.root / "evidence/covered").rglob("*") if one.is_file())
    assert f"took {taken:,} bytes" in note_text(found["disk"].seen, "en")
    everything = " ".join(note_text(note, "en") for one in found.values() for note in (one.seen, one.todo) if note)
    assert "hunter2" not in everything
    assert stat.S_IMODE((small.root / "keys/log.pem").stat().st_mode) == 0o644, "nothing is changed"


def test_what_is_not_there_is_told_on_the_command_line(
    small: Small, running: Authorities, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = small.root / "no-browser"
    broken.write_text("#!/bin/sh\necho broken beyond repair >&2\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    stamped(small.root, running, f"{{executable: {broken}, sandbox: false}}")
    (small.root / "beta.pem").unlink()
    monkeypatch.setenv("PATH", str(small.root))
    small.monkeypatch.setattr("sys.argv", ["auditor", "--workspace", str(small.root), "doctor", "--json"])
    said = json.loads(run_for_output(small, 1))
    states = {one["name"]: one["state"] for one in said["lines"]}
    assert said["exit_code"] == 1
    assert states["browser"] == states["openssl"] == states["authorities"] == "failed"
    assert states["fonts"] == states["sandbox"] == "not_checked"
    todo = {one["name"]: one["todo"] for one in said["lines"]}
    assert todo["openssl"] == "run: apt-get install openssl"
    assert str(broken) in todo["browser"]


def run_for_output(small: Small, expect: int, *arguments: str) -> str:
    """Standard output of a doctor that ends with this code."""
    small.capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main()
    said = small.capsys.readouterr()
    assert (ended.value.code or 0) == expect, said.out + said.err
    return said.out


def test_a_browser_without_chinese_fonts_draws_boxes(small: Small, running: Authorities) -> None:
    fonts = small.root / "fonts.conf"
    fonts.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>'
        f"<dir>/usr/share/fonts/truetype/dejavu</dir><cachedir>{small.root}/cache</cachedir></fontconfig>",
        encoding="utf-8",
    )
    small.monkeypatch.setenv("FONTCONFIG_FILE", str(fonts))
    workspace = stamped(small.root, running, "{sandbox: false}")
    found = by_name(check_machine(workspace, DoctorRequest(offline=True)))
    assert found["fonts"].state == "failed", note_text(found["fonts"].seen, "en")
    assert found["clock"].state == found["authorities"].state == "not_checked"


def test_a_clock_that_is_ahead_is_told_by_token_and_by_date(small: Small, running: Authorities) -> None:
    workspace = stamped(small.root, running, "{executable: /bin/false, sandbox: false}")
    found = by_name(check_machine(workspace, DoctorRequest(), clock=lambda: now() + timedelta(seconds=40)))
    said = note_text(found["clock"].seen, "en")
    assert "token of alpha: -39" in said or "token of alpha: -40" in said, said
    # A time server, where one answers, is measured against the machine's own clock, which is right.
    assert found["clock"].state in {"failed", "warning"}
