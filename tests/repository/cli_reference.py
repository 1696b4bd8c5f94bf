"""The reference of the command line, made of click's own declarations. Written by `make docs`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

from auditor.cli import COMMANDS, group

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
INTRODUCTION = """\
# Command line

`auditor [OPTIONS] COMMAND [ARGUMENTS]`. Made of the program's own declarations by `make docs`; a test compares it.
A variable named under *variable* gives the option's value where the option is absent. Every command has `--help`.

## Exit codes

| code | meaning |
| --- | --- |
| 0 | done |
| 1 | anything else: stopped on request, a fault of our own, an overdue slot (`status --watchdog`), a waiting `reseal` |
| 2 | bad usage, configuration or input; one line each |
| 3 | findings at or above `--fail-on` |
| 4 | evidence and record disagree, or a witness refuses the log |
| 5 | something could not be checked, which is never a pass |
| 6 | the process that holds the workspace ended before it answered: whether something was recorded is not known |

## Log

No log is written unless `--log-level` or `--log-file` asks for one. Each event is one line on standard error, or
appended to the file: time in UTC (not where standard error is systemd's journal: there its priority), level, room,
event with `name=value` pairs. Levels: `debug` what was not done yet and why, `info` what happened as it should,
`warning` what a person may have to look at (gap, refused timestamp, silent authority, recovery, failed alert), `error`
what was not done. Control characters are escaped; values of secret variables are `[hidden]`. `auditor schedule` writes
its log in place of its lines on standard output. A log is no evidence: the journal is.

"""


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")


def _default(option: click.Option) -> str:
    if option.is_flag or option.multiple or option.default is None or str(option.default) in {"", "Sentinel.UNSET"}:
        return ""
    return f"`{option.default}`"


def _value(option: click.Parameter, context: click.Context) -> str:
    if isinstance(option, click.Option) and (option.is_flag or option.count):
        return ""
    if isinstance(option.type, click.Choice):
        return " or ".join(f"`{one}`" for one in option.type.choices)
    if isinstance(option.type, click.IntRange):
        low, high = option.type.min, option.type.max
        return f"{'…' if low is None else low} to {high}" if high is not None else f"{low} or more"
    return f"`{option.make_metavar(context)}`"


def _option_row(option: click.Option, context: click.Context) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    must = "yes" if option.required else ""
    variable = f"`{option.envvar}`" if isinstance(option.envvar, str) else ""
    cells = (names, _value(option, context), must, _default(option), variable, _cell(option.help or ""))
    return "| " + " | ".join(cells) + " |\n"


def _section(path: str, command: click.Command, context: click.Context, depth: int) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"{'#' * depth} {path}\n\n`{path} {usage}`\n\n"
    for paragraph in (command.help or "").split("\n\n"):
        yield textwrap.fill(re.sub(r"\s+", " ", paragraph).strip(), 120) + "\n\n"
    options = [one for one in command.get_params(context) if isinstance(one, click.Option)]
    options = [one for one in options if "--help" not in one.opts]
    if options:
        yield "| option | value | required | default | variable | meaning |\n| --- | --- | --- | --- | --- | --- |\n"
        yield from (_option_row(option, context) for option in options)
        yield "\n"


def walk_commands() -> Iterator[tuple[str, click.Command, click.Context]]:
    """The program, its commands in their order, and their subcommands: full name, command, context."""
    context = click.Context(group, info_name="auditor")
    yield "auditor", group, context
    for name in COMMANDS:
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        yield f"auditor {name}", command, inner
        if isinstance(command, click.Group):
            for sub in command.list_commands(inner):
                found = command.get_command(inner, sub)
                assert found is not None
                yield f"auditor {name} {sub}", found, click.Context(found, info_name=sub, parent=inner)


def make_reference() -> str:
    """The text of `docs/cli.md`."""
    parts = [INTRODUCTION]
    for path, command, context in walk_commands():
        parts += _section(path, command, context, 3 if path.count(" ") > 1 else 2)
    return "".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(make_reference(), encoding="utf-8")
