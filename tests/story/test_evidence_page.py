"""The commands of docs/evidence.md do what the page says, on a real run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from auditor.demo import DemoEnvironment
from tests.prepared_process import shell_command
from tests.story.conftest import TOP, Workspace


def test_the_commands_of_the_page_verify_a_package(
    world: DemoEnvironment, make_workspace: Callable[..., Workspace], tmp_path: Path
) -> None:
    workspace = make_workspace()
    workspace.run("--only", "libmsc-cn")
    blocks = re.findall(r"```sh\n(.*?)```", (TOP / "docs" / "evidence.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 5
    script = "".join(blocks).replace("/tmp/sums", str(tmp_path / "sums"))
    path = f"{shell_command(tmp_path).parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"

    def run() -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PATH": path}
        return subprocess.run(
            ["sh", "-ec", script], cwd=workspace.root, env=environment, capture_output=True, text=True
        )

    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    said = (done.stdout + done.stderr).splitlines()
    assert said.count("verdict: passed") == 2
    assert sum(line.startswith("VERIFIED: ") for line in said) == 1
    assert said.count("Verification: OK") == 4
    assert sum(line.startswith("Time stamp: ") for line in said) == 2
    assert done.stdout.splitlines()[-1] == "2"
    (shot,) = (workspace.root / "evidence/libmsc-cn").glob("*/registration/screenshot.png")
    shot.chmod(0o644)
    shot.write_bytes(shot.read_bytes()[:-1] + b"\0")
    script = "".join(blocks[2:]).replace("/tmp/sums", str(tmp_path / "sums"))
    done = run()
    assert done.returncode != 0 and "screenshot.png" in done.stdout + done.stderr
