"""A practice world, a workspace that points at it, and the command line as a user runs it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from auditor.demo import ANY_PORT, CREDENTIALS, PORTS, DemoEnvironment
from tests.prepared_process import run_auditor

TOP = Path(__file__).parents[2]
SANDBOX = ["--no-sandbox"] if os.geteuid() == 0 else []


@dataclass(frozen=True)
class Workspace:
    """A folder with its own targets.yaml, and `auditor` run on it in a process of its own."""

    root: Path

    def auditor(self, *arguments: str, expect: int = 0, streams: str = "", **environment: str) -> str:
        """What one command says (`streams="out"`: on standard output alone; so where it is to succeed).

        Fails where it exits otherwise than expected or shows a traceback.
        """
        variables = {**os.environ, **CREDENTIALS, **environment}
        done = run_auditor("--workspace", str(self.root), *arguments, env=variables, cwd=self.root)
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr if expect and streams != "out" else done.stdout

    def run(self, *arguments: str, expect: int = 0) -> str:
        return self.auditor("run", *SANDBOX, *arguments, expect=expect)

    def report(self) -> dict[str, Any]:
        found = json.loads(self.auditor("report", "--format", "json", "-o", "-"))
        assert isinstance(found, dict)
        return found

    def position(self, deployment: str, metric: str = "branch") -> dict[str, Any]:
        (found,) = [
            one for one in self.report()["positions"] if (one["deployment"], one["metric"]) == (deployment, metric)
        ]
        assert isinstance(found, dict)
        return found


def readdressed(text: str, world: DemoEnvironment) -> str:
    """The practice world's targets.yaml with the ports that this world has."""
    for name, url in {**world.addresses, **world.authorities}.items():
        text = text.replace(f"http://127.0.0.1:{PORTS[name]}/", url)
    return text


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of the practice authorities, made once."""
    return tmp_path_factory.mktemp("practice")


@pytest.fixture
def world(practice: Path) -> Iterator[DemoEnvironment]:
    with DemoEnvironment(ports=ANY_PORT, state_dir=practice) as started:
        yield started


@pytest.fixture
def make_workspace(tmp_path: Path, world: DemoEnvironment, practice: Path) -> Callable[..., Workspace]:
    """Makes a workspace on the practice world; `change` edits the text of its targets.yaml first."""

    def make(change: Callable[[str], str] = lambda text: text) -> Workspace:
        root = tmp_path / "workspace"
        root.mkdir()
        text = readdressed((TOP / "targets.yaml").read_text(encoding="utf-8"), world)
        text = text.replace(".practice/", f"{practice}/")
        (root / "targets.yaml").write_text(change(text), encoding="utf-8")
        made = Workspace(root)
        made.auditor("init")
        return made

    return make
