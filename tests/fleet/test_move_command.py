"""`auditor move` and `auditor verify` as people run them: killed between two steps, run again, refused in one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from auditor.fleet import DatabaseAddress, prepare_database
from tests.cli.small_workspace import TARGETS
from tests.custody.practice_authorities import Authorities


def with_targets(root: Path, stamps: Authorities) -> None:
    """A `targets.yaml` that names the practice authorities."""
    entries = ""
    for one, server, name in zip((stamps.one, stamps.two), stamps.servers, ("alpha", "beta"), strict=True):
        (root / f"{name}.pem").write_bytes(one.ring.root.read_bytes())
        entries += (
            f"    {name}: {{url: '{server.url}', owner: '{one.ring.owner}', roots: {name}.pem, practice: true}}\n"
        )
    text = f"{TARGETS}timestamping:\n  quorum: 2\n  authorities:\n{entries}"
    (root / "targets.yaml").write_text(text, encoding="utf-8")


ORDINARY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
"""Before a command: the rights of files bind it as they bind anybody."""


def auditor(root: Path, *words: str, kill_after: int = 0) -> tuple[int, str, str]:
    """The command's exit code and what it said; killed when it has said so many lines of progress."""
    command = [*ORDINARY, sys.executable, "-m", "auditor", "--workspace", str(root), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None and running.stderr is not None
        said = ""
        for count, line in enumerate(running.stderr, 1):
            said += line
            if count == kill_after:
                running.kill()
        out = running.stdout.read()
    return running.returncode, out, said


def verified(root: Path) -> dict[str, Any]:
    code, out, said = auditor(root, "verify", "--json", "--no-index")
    found: dict[str, Any] = json.loads(out)
    assert code == 0, (said, [one for one in found["checks"] if one["verdict"] != "passed"])
    return found


@pytest.mark.long
def test_killed_and_run_again_there_and_back(
    workspace: Path, stamps: Authorities, empty_database: str, empty_store: str
) -> None:
    with_targets(workspace, stamps)
    prepare_database(DatabaseAddress(empty_database))
    there = ("move", "--to", empty_database, "--store", empty_store)
    code, _, said = auditor(workspace, *there, kill_after=3)
    assert code == -9 and "lines copied" in said and not (workspace / "MOVED").exists()
    code, out, said = auditor(workspace, *there, "--json")
    assert code == 0, said
    assert json.loads(out)["format"] == "auditor.move/1"
    assert "password" not in (workspace / "MOVED").read_text() and (workspace / "MOVED").exists()
    assert any(empty_store in notice for notice in verified(workspace)["notices"])
    code, said, _ = auditor(workspace, "run", "--no-wait")
    assert code == 0 and "asked for" in said, "visits are the fleet's"
    assert auditor(workspace, "check")[0] == 0
    code, _, said = auditor(workspace, "move", "--back", kill_after=1)
    assert code == -9 and (workspace / "MOVED").exists()
    assert auditor(workspace, "move", "--back")[0] == 0
    assert not (workspace / "MOVED").exists()
    verified(workspace)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "give --to postgresql://… and --store s3://…, or --back"),
        (("--to", "postgresql://x@127.0.0.1:9/none"), "give --to"),
        (("--back", "--store", "s3://x"), "leave --to and --store out"),
        (("--back",), "nothing to bring back"),
        (("--to", "postgresql://x@127.0.0.1:9/none", "--store", "s3://evidence/x"), "the database cannot be opened"),
        (("--to", "DATABASE", "--store", "s3://evidence/x"), "auditor fleet prepare"),
        (("--to", "DATABASE", "--store", "http://x"), "no address of a store"),
    ],
)
def test_what_cannot_be_moved_is_one_line_and_nothing_is_begun(
    workspace: Path,
    stamps: Authorities,
    empty_database: str,
    empty_store: str,
    capfd: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    expected: str,
) -> None:
    from auditor.cli import main

    with_targets(workspace, stamps)
    before = sorted(os.walk(workspace / "evidence"))
    given = [empty_database if one == "DATABASE" else one for one in words]
    with pytest.raises(SystemExit) as ended:
        main(["--workspace", str(workspace), "move", *given])
    said = capfd.readouterr().err
    assert ended.value.code in {1, 2} and said.count("\n") == 1 and expected in said, said
    assert sorted(os.walk(workspace / "evidence")) == before and not (workspace / "MOVED").exists()
