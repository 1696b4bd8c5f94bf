"""The wheel, made by the real build backend of a copy of the sources, and environments that it is installed into."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.optional_parts import OPTIONAL_PARTS

TOP = Path(__file__).parents[2]
SOURCES = ("auditor", "pyproject.toml", "README.md", "LICENSE")
SANDBOX = ["--no-sandbox"] if os.geteuid() == 0 else []


def build_wheel(folder: Path) -> Path:
    """Built as a user's installer builds it; the checkout is not touched."""
    copy, out = folder / "sources", folder / "wheel"
    copy.mkdir(parents=True)
    for name in SOURCES:
        if (TOP / name).is_dir():
            shutil.copytree(TOP / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(TOP / name, copy / name)
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check"]
    run(*pip, "--no-deps", "--no-index", "--no-build-isolation", "-w", str(out), str(copy))
    (made,) = out.glob("*.whl")
    return made


def run(
    *command: str,
    expect: int = 0,
    cwd: Path | None = None,
    seconds: float = 200,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Standard output of a program; what it said on both where it ends otherwise than expected."""
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env={**os.environ, **(environment or {})}, timeout=seconds
    )
    assert done.returncode == expect, f"exit {done.returncode}: {' '.join(command)}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout


@dataclass(frozen=True)
class Installed:
    """The program in an environment of its own, run in an empty folder, far from the checkout."""

    program: Path
    home: Path

    def auditor(self, *arguments: str, expect: int = 0, seconds: float = 200) -> str:
        """What a command prints; it sees no variable that leads back to the checkout."""
        return run(
            str(self.program),
            *arguments,
            expect=expect,
            cwd=self.home,
            seconds=seconds,
            environment={"HOME": str(self.home), "PYTHONPATH": "", "PYTHONSAFEPATH": "1"},
        )

    def doctor(self, *arguments: str, expect: int) -> dict[str, Any]:
        """The lines of `auditor doctor --json`, by their names."""
        said = json.loads(self.auditor("doctor", "--json", *SANDBOX, *arguments, expect=expect))
        return {line["name"]: line for line in said["lines"]}


def install_alone(wheel: Path, folder: Path) -> Installed:
    """A fresh environment with the wheel and without its optional parts; its dependencies are those of the environment
    that the tests run in, lent one by one. Nothing is downloaded."""
    venv, lent = folder / "environment", folder / "lent"
    run(sys.executable, "-m", "venv", "--without-pip", str(venv))
    python = venv / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "--python", str(python)]
    run(*pip, "install", "--no-deps", "--no-index", "--no-compile", str(wheel))
    lent.mkdir()
    optional = {module for modules in OPTIONAL_PARTS.values() for module in modules}
    for path in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for one in Path(path).iterdir():
            # Files that lead to the checkout, which stands behind the environment of the tests, are not lent.
            ours = "seat_auditor" in one.name or one.suffix == ".pth" or one.name == "__pycache__"
            if not ours and one.name not in optional and not (lent / one.name).exists():
                (lent / one.name).symlink_to(one)
    (site,) = venv.glob("lib/python*/site-packages")
    (site / "lent.pth").write_text(f"{lent}\n", encoding="utf-8")
    home = folder / "empty"
    home.mkdir()
    where = run(str(python), "-c", "import auditor; print(auditor.__file__)", cwd=home, environment={"PYTHONPATH": ""})
    assert where.startswith(str(venv)), f"the checkout is in the way: {where}"
    return Installed(venv / "bin" / "auditor", home)
