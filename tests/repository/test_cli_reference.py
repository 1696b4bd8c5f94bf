"""The reference of the command line is up to date, and names every command, option, choice and variable."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from auditor.cli import COMMANDS
from tests.repository.cli_reference import PAGE, make_reference, walk_commands

SECTIONS = dict(
    re.findall(r"^##+ (auditor[a-z -]*)\n(.*?)(?=^##+ |\Z)", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
)


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == make_reference(), "run: make docs"


def test_every_command_file_has_its_section() -> None:
    shared = {"__init__", "options", "output", "page_options", "streams"}
    files = {path.stem for path in (Path(__file__).parents[2] / "auditor" / "cli").glob("*.py")} - shared
    assert {name.split()[1] for name in SECTIONS if " " in name} == set(COMMANDS)
    assert {name.replace("-", "_") for name in COMMANDS} == files


@pytest.mark.parametrize(("path", "command"), [(path, command) for path, command, _ in walk_commands()])
def test_every_option_stands_in_the_section_of_its_command(path: str, command: click.Command) -> None:
    context = click.Context(command)
    section = SECTIONS[path]
    for option in command.params:
        if isinstance(option, click.Option):
            assert all(f"`{name}`" in section for name in option.opts), (path, option.opts)
            assert option.help, f"{path} {option.opts[0]}: says nothing of itself"
            assert not isinstance(option.envvar, str) or option.envvar in section
            if isinstance(option.type, click.Choice):
                assert all(f"`{one}`" in section for one in option.type.choices)
        else:
            assert option.make_metavar(context) in section, (path, option.name)


def test_every_exit_code_that_the_program_has_is_told() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("## Exit codes")[2].partition("##")[0]
    assert re.findall(r"^\| (\d) \|", table, re.MULTILINE) == ["0", "1", "2", "3", "4", "5", "6"]
