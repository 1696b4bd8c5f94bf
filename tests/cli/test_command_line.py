"""The door: every command answers --help, and what goes wrong is one line and an exit code, never a traceback."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from auditor import cli as auditor_cli
from auditor.cli import COMMANDS, group
from tests.cli.small_workspace import Small
from tests.prepared_process import run_auditor


def auditor(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = run_auditor(*arguments, cwd=cwd)
    assert "Traceback" not in done.stdout + done.stderr
    return done


def test_help_names_every_command_and_loads_none(tmp_path: Path) -> None:
    script = (
        "import sys; sys.argv = ['auditor', '--help']\n"
        "from auditor.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: code = end.code\n"
        "heavy = {'playwright', 'sqlite_utils', 'cryptography', 'lxml', 'bs4', 'rich', 'ruamel'} & set(sys.modules)\n"
        "assert not code and not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for name, text in COMMANDS.items():
        assert name in done.stdout
        assert text.split()[0] in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_the_file_of_its_name(name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert command.callback is not None
    assert command.callback.__module__ == f"auditor.cli.{name.replace('-', '_')}"


def test_each_file_of_the_door_is_a_command_or_shared_by_several() -> None:
    files = {path.stem for path in Path(auditor_cli.__file__).parent.glob("*.py")}
    assert files == {
        *(name.replace("-", "_") for name in COMMANDS),
        "__init__",
        "options",
        "output",
        "page_options",
        "streams",
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(name: str) -> None:
    done = CliRunner().invoke(group, [name, "--help"])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("Usage:")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("audit",), "No such command"),
        (("run", "--concurrency", "0"), "concurrency"),
        (("run",), "targets.yaml"),
        (("status",), "targets.yaml"),
        (("report",), "targets.yaml"),
        (("check",), "targets.yaml"),
        (("claim", "--list"), "targets.yaml"),
        (("verify",), "evidence"),
        (("verify", "nowhere"), "not found"),
        (("confirm", "count", "a", "-1", "--by", "x", "--reason", "y"), "-1"),
        (("confirm", "date", "a", "2021-13-01", "--by", "x", "--reason", "y"), "2021-13-01"),
    ],
)
def test_bad_use_exits_with_2_and_says_what_is_wrong(arguments: tuple[str, ...], says: str, tmp_path: Path) -> None:
    done = auditor(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert says in done.stdout + done.stderr


def test_a_workspace_without_keys_is_told_to_begin(tmp_path: Path) -> None:
    (tmp_path / "targets.yaml").write_text(
        "format: 1\ntimezone: UTC\ncurrency: CNY\nparties: {v: {name: V, role: licensor}}\n"
        "products: {p: {name: P, metrics: [{id: seat, label: seat}], editions: {}}}\ncontracts: []\ndeployments: {}\n"
        "pages: {}\n",
        encoding="utf-8",
    )
    for command in ("run", "status", "report", "rebuild"):
        done = auditor(command, cwd=tmp_path)
        assert done.returncode == 2, done.stdout + done.stderr
        assert "auditor init" in done.stderr


def test_an_index_that_cannot_be_replaced_is_one_line(small: Small) -> None:
    small.capture("covered", 3)
    (small.root / "db" / "auditor.db").unlink()
    (small.root / "db" / "auditor.db").mkdir()
    said = small.run("rebuild", expect=1)
    assert "the index cannot be replaced" in said and len(said.splitlines()) == 1


@pytest.mark.parametrize("command", ["status", "rebuild"])
def test_an_index_whose_folder_is_a_file_says_what_to_take_away(small: Small, command: str) -> None:
    small.capture("covered", 3)
    shutil.rmtree(small.root / "db")
    (small.root / "db").write_text("a file", encoding="utf-8")
    said = small.run(command, expect=1)
    assert "db: is no folder. Take it away" in said and len(said.splitlines()) == 1
    (small.root / "db").unlink()
    small.run("rebuild")
