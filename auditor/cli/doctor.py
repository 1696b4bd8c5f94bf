"""`auditor doctor`: what this machine and this folder lack for an audit, and what to do."""

from __future__ import annotations

import click
from rich.table import Table
from rich.text import Text

from auditor import __version__
from auditor.cli.options import json_option, lang_option, sandbox_option, workspace_of
from auditor.cli.output import print_json, result_console
from auditor.wording import Lang, note_text
from auditor.workflow import DoctorLine, DoctorRequest, check_machine, doctor_exit_code, state_words

STYLES = {"ok": "green", "warning": "yellow", "failed": "bold red", "not_checked": "dim"}


@click.command()
@sandbox_option
@click.option("--offline", is_flag=True, help="Ask nobody outside this machine: no time server, no authority.")
@lang_option
@json_option
@click.pass_context
def doctor_command(ctx: click.Context, no_sandbox: bool, offline: bool, lang: Lang, as_json: bool) -> None:
    """Check this machine and this folder: browser, fonts, clock, authorities, disk, permissions; say what to do.

    Nothing is visited and nothing is written. Each authority is asked for one timestamp over random bytes. Exits with
    1 where something failed, and with 5 where something could not be checked.
    """
    request = DoctorRequest(sandbox=False if no_sandbox else None, offline=offline)
    lines = check_machine(workspace_of(ctx), request)
    if as_json:
        print_json(
            {
                "format": "auditor.doctor/1",
                "version": __version__,
                "exit_code": doctor_exit_code(lines),
                "lines": [
                    {
                        "name": line.name,
                        "state": line.state,
                        "due": line.due,
                        "title": note_text(line.title, lang),
                        "seen": note_text(line.seen, lang),
                        "seen_code": line.seen.code,
                        "todo": None if line.todo is None else note_text(line.todo, lang),
                    }
                    for line in lines
                ],
            }
        )
    else:
        _print(lines, lang)
    ctx.exit(doctor_exit_code(lines))


def _print(lines: tuple[DoctorLine, ...], lang: Lang) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for line in lines:
        state = Text(state_words(line.state, lang), STYLES[line.state])
        table.add_row(Text(note_text(line.title, lang)), state, Text(note_text(line.seen, lang)))
        if line.todo is not None:
            table.add_row(Text(""), Text(""), Text(f"→ {note_text(line.todo, lang)}", "bold"))
    result_console().print(table)
