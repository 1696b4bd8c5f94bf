"""`auditor doctor` on this machine, with what is wrong put there."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from auditor.cli import main
from auditor.clock import now
from auditor.custody import workspace_exists
from auditor.wording import note_text
from auditor.workflow.doctor.checkup import check_machine
from auditor.workflow.doctor.diagnosis import DoctorLine
from auditor.workflow.doctor.folder_facts import bytes_a_day, free_bytes, path_faults
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
    said = json.loads(output_of(small, 1, "doctor", "--json"))
    states = {one["name"]: one["state"] for one in said["lines"]}
    assert said["exit_code"] == 1
    assert states["browser"] == states["openssl"] == states["authorities"] == "failed"
    assert states["fonts"] == states["sandbox"] == "not_checked"
    todo = {one["name"]: one["todo"] for one in said["lines"]}
    assert todo["openssl"] == "run: apt-get install openssl"
    assert str(broken) in todo["browser"]


def output_of(small: Small, expect: int, *arguments: str) -> str:
    """Standard output of a command that ends with this code."""
    small.capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["--workspace", str(small.root), *arguments])
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


def looks(root: Path) -> list[list[str]]:
    """What doctor's looks say of a folder."""
    workspace = Workspace(root)
    workspace_exists(root), bytes_a_day(workspace), free_bytes(root)
    return [[one.path.name, one.fault] for one in path_faults(workspace)]


def seen_by_another(root: Path) -> list[list[str]]:
    """The same for a user whom the folder does not belong to; as root alone there is another one."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            os.write(writing, json.dumps(looks(root)).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as told:
        said = told.read()
    assert os.waitpid(child, 0)[1] == 0, "a look ended with an error"
    found: list[list[str]] = json.loads(said)
    return found


def test_somebody_elses_workspace_is_told_as_such_and_breaks_nothing(small: Small) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder) / "w"
        if os.geteuid() == 0 and not all(above.stat().st_mode & stat.S_IXOTH for above in root.parents[1:]):
            pytest.skip("another user may not pass through the folders above the temporary ones here")
        shutil.copytree(small.root, root)
        looks(root)  # whatever is imported late is there: another user may not read this Python's files
        Path(folder).chmod(0o755)
        root.chmod(0o755)
        closed = {root / "keys": 0o000, root / "evidence": 0o000, root: 0o000, Path(folder): 0o000}
        try:
            for path, mode in closed.items():
                path.chmod(mode)
                found = seen_by_another(root)
                assert found, path
                if path == root / "keys":
                    assert ["keys", "unseen"] in found
        finally:
            for path in reversed(closed):
                path.chmod(0o755)


def test_keys_that_are_gone_while_the_journal_is_there_are_missed(small: Small) -> None:
    shutil.rmtree(small.root / "keys")
    workspace = Workspace(small.root)
    assert [(one.path, one.fault) for one in path_faults(workspace)] == [(workspace.keys, "keys_gone")]
    workspace.keys.mkdir(mode=0o700)
    assert [(one.path, one.fault) for one in path_faults(workspace)] == [(workspace.keys, "keys_gone")]
    assert not path_faults(Workspace(small.root / "keys")), "nothing was begun there"


def test_a_clock_that_is_ahead_is_told_by_token_and_by_date(small: Small, running: Authorities) -> None:
    workspace = stamped(small.root, running, "{executable: /bin/false, sandbox: false}")
    found = by_name(check_machine(workspace, DoctorRequest(), clock=lambda: now() + timedelta(seconds=40)))
    said = note_text(found["clock"].seen, "en")
    assert "token of alpha: -39" in said or "token of alpha: -40" in said, said
    # A time server, where one answers, is measured against the machine's own clock, which is right.
    assert found["clock"].state in {"failed", "warning"}
