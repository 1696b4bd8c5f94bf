"""`auditor init`: a first `targets.yaml` after a few questions, and the workspace's keys."""

from __future__ import annotations

import click

from auditor.cli.options import workspace_of
from auditor.cli.streams import echo
from auditor.clock import now
from auditor.workflow import QUESTIONS, Question, initialise_workspace, require_no_errors, write_starter_file


def _ask(question: Question) -> str:
    """Ask until the answer is one that the file can hold."""
    while True:
        default = question.default or (f"{now():%Y-%m-%d}" if question.id == "starts" else None)
        answer = str(click.prompt(question.text, default=default))
        if not (why := question.refusal(answer)):
            return answer
        echo(why, err=True)


@click.command()
@click.option("--origin", default="", help="Name of this log, e.g. auditor.example/seats (default: host and folder).")
@click.pass_context
def init_command(ctx: click.Context, origin: str) -> None:
    """Write a commented targets.yaml, after a few questions, and make the workspace's keys."""
    workspace = workspace_of(ctx)
    if not workspace.targets.exists():
        answers = {question.id: _ask(question) for question in QUESTIONS}
        write_starter_file(workspace, answers)
        echo(f"wrote {workspace.targets}")
    require_no_errors(workspace)
    initialise_workspace(workspace, origin=origin)
    echo(f"keys in {workspace.keys}, journal in {workspace.journal}. Next: auditor run")
