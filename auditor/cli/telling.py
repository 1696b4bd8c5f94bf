"""`auditor report` and `auditor status`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from auditor.cli.options import console, emit, json_option, lang_option, workspace_of
from auditor.clock import timestamp
from auditor.reporting import Lang
from auditor.workflow.telling import Status, rendered, report_of, status_of, written

ENDINGS = {"html": "html", "json": "json", "csv": "", "xlsx": "xlsx"}


@click.command()
@click.option("--format", "format_", type=click.Choice(list(ENDINGS)), default="html", help="Form of the report.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="File (or folder, for csv); - for standard output."
)
@lang_option
@click.pass_context
def report(ctx: click.Context, format_: str, output: Path | None, lang: Lang) -> None:
    """Write the report of everything captured so far."""
    workspace = workspace_of(ctx)
    found = report_of(workspace)
    if str(output) == "-":
        for data in rendered(found, workspace, format_, lang).values():
            sys.stdout.buffer.write(data)
        return
    name = "report" + (f".{lang}" if lang != "en" else "") + (f".{ENDINGS[format_]}" if ENDINGS[format_] else "")
    for path in written(found, workspace, format_, lang, output or workspace.root / name):
        click.echo(path)


@click.command()
@json_option
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Say how things stand: last captures, what waits for its seal, what was interrupted."""
    found = status_of(workspace_of(ctx))
    if as_json:
        emit(_plain(found))
        return
    say = console(ctx)
    last = timestamp(found.last_capture) if found.last_capture else "never"
    say.print(f"{found.deployments} deployments, {found.captures} captures, last {last}")
    for title, names in (
        ("never captured", found.never_captured),
        ("waiting for timestamps, not sealed", found.unsealed),
        ("interrupted, to be recovered at the next run", found.open_intents),
    ):
        if names:
            say.print(f"{title}: {len(names)} ({', '.join(names[:6])}{' …' if len(names) > 6 else ''})")
    for name, health in sorted(found.authorities.items()):
        state = "answers" if not health.failures else f"failed {health.failures} times in a row"
        say.print(f"authority {name}: {state}")
    for warning in found.warnings:
        click.echo(warning, err=True)


def _plain(found: Status) -> dict[str, object]:
    return {
        "format": "auditor.status/1",
        "deployments": found.deployments,
        "captures": found.captures,
        "last_capture": timestamp(found.last_capture) if found.last_capture else None,
        "never_captured": list(found.never_captured),
        "unsealed": list(found.unsealed),
        "open_intents": list(found.open_intents),
        "authorities": {name: {"failures": health.failures} for name, health in found.authorities.items()},
        "warnings": list(found.warnings),
    }
