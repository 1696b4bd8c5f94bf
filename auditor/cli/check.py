"""`auditor check`: every problem of `targets.yaml`, one line each."""

from __future__ import annotations

import click

from auditor.cli.options import json_option, workspace_of
from auditor.cli.output import print_json
from auditor.cli.streams import echo
from auditor.workflow import find_problems


@click.command()
@json_option
@click.pass_context
def check_command(ctx: click.Context, as_json: bool) -> None:
    """Validate targets.yaml; print every problem, one line each, in file order."""
    workspace = workspace_of(ctx)
    problems = find_problems(workspace)
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
            echo(str(problem), err=problem.severity == "error")
    if errors:
        ctx.exit(2)
    if not as_json:
        echo(f"{workspace.targets}: no errors, {len(problems)} warnings")
