"""`auditor check` and `auditor init`."""

from __future__ import annotations

import click

from auditor.cli.options import json_option, print_json, workspace_of
from auditor.clock import now
from auditor.errors import ConfigError
from auditor.targets import QUESTIONS, Question, starter_text
from auditor.targets import find_problems as problems_of
from auditor.workflow.wiring import initialise_workspace


@click.command()
@json_option
@click.pass_context
def check_command(ctx: click.Context, as_json: bool) -> None:
    """Validate targets.yaml; print every problem, one line each, in file order."""
    workspace = workspace_of(ctx)
    problems = problems_of(workspace.targets)
    errors = [problem for problem in problems if problem.severity == "error"]
    if as_json:
        print_json(
            [
                {
                    "path": str(p.path),
                    "line": p.line,
                    "column": p.col,
                    "severity": p.severity,
                    "code": p.code,
                    "where": p.where,
                    "message": p.message,
                }
                for p in problems
            ]
        )
    else:
        for problem in problems:
            click.echo(str(problem), err=problem.severity == "error")
    if errors:
        ctx.exit(2)
    if not as_json:
        click.echo(f"{workspace.targets}: no errors, {len(problems)} warnings")


def _ask(question: Question) -> str:
    """Ask until the answer is one that the file can hold."""
    while True:
        default = question.default or (f"{now():%Y-%m-%d}" if question.id == "starts" else None)
        answer = str(click.prompt(question.text, default=default))
        if not (why := question.refusal(answer)):
            return answer
        click.echo(why, err=True)


@click.command()
@click.option("--origin", default="", help="Name of this log, e.g. auditor.example/seats (default: host and folder).")
@click.pass_context
def init_command(ctx: click.Context, origin: str) -> None:
    """Write a commented targets.yaml, after a few questions, and make the workspace's keys."""
    workspace = workspace_of(ctx)
    workspace.root.mkdir(parents=True, exist_ok=True)
    if not workspace.targets.exists():
        answers = {question.id: _ask(question) for question in QUESTIONS}
        workspace.targets.write_text(starter_text(answers), encoding="utf-8")
        click.echo(f"wrote {workspace.targets}")
    problems = [problem for problem in problems_of(workspace.targets) if problem.severity == "error"]
    if problems:
        raise ConfigError(*map(str, problems))
    initialise_workspace(workspace, origin=origin)
    click.echo(f"keys in {workspace.keys}, journal in {workspace.journal}. Next: auditor run")
