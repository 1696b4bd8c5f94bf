"""The printed steps, executed with coreutils, OpenSSL and the standard library alone."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.custody.verification import offline_script


def steps(root: Path, aside: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the printed steps with a bare environment; python3 is the interpreter itself, isolated from packages."""
    shims = aside / "shims"
    shims.mkdir(exist_ok=True)
    shim = shims / "python3"
    if not shim.exists():
        shim.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
        shim.chmod(0o755)
    settings = {"PATH": f"{shims}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", **environment}
    return subprocess.run(
        ["sh", "-s", str(root)],
        input=offline_script.offline_verification_script(root),
        capture_output=True,
        text=True,
        env=settings,
        timeout=120,
        check=False,
    )


def test_the_steps_verify_a_sealed_workspace(sealed: Path, tmp_path: Path) -> None:
    done = steps(sealed, tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert done.stdout.startswith("VERIFIED: ")
    assert "8 timestamps" in done.stdout


@pytest.mark.parametrize("program", [offline_script.SEGMENTS, offline_script.JOURNAL, offline_script.PACKAGES])
def test_the_programs_are_short_and_stand_alone(program: str) -> None:
    assert len(program.splitlines()) <= 30
    modules = {
        alias.name for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Import) for alias in node.names
    }
    assert modules <= set(sys.stdlib_module_names)


def test_roots_from_elsewhere_are_used(sealed: Path, tmp_path: Path) -> None:
    other = tmp_path / "roots"
    other.mkdir()
    for pem in (sealed / "evidence" / "trust").glob("*.pem"):
        (other / pem.name).write_bytes(pem.read_bytes())
    assert steps(sealed, tmp_path, TRUST=str(other)).returncode == 0
    names = sorted(other.glob("*.pem"))
    names[0].write_bytes(names[1].read_bytes())
    done = steps(sealed, tmp_path, TRUST=str(other))
    assert done.returncode != 0 and "NOT VERIFIED: timestamp" in done.stdout


def test_the_steps_notice_every_file(workspace: Path, tmp_path: Path) -> None:
    files = sorted(path for path in (workspace / "evidence").rglob("*") if path.is_file())
    for path in files[::5]:
        kept = path.read_bytes()
        path.chmod(0o644)
        path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
        assert steps(workspace, tmp_path).returncode != 0, path
        path.write_bytes(kept)
    assert steps(workspace, tmp_path).returncode == 0
