"""`auditor check`: every problem of `targets.yaml`, one line each."""

from __future__ import annotations

import click

from auditor.cli.options import json_option, workspace_of
from auditor.cli.output import print_json
from auditor.cli.streams import echo
from auditor.clock import timestamp
from auditor.workflow import USE_WORDS, check_logins, find_problems
from auditor.workspace import Workspace

MAX_NAMED = 4
"""Deployments that a line names; the others are counted."""


@click.command()
@click.option("--logins", is_flag=True, help="Say which secrets of logins can be had, without visiting anything.")
@json_option
@click.pass_context
def check_command(ctx: click.Context, logins: bool, as_json: bool) -> None:
    """Validate targets.yaml; print every problem, one line each, in file order."""
    workspace = workspace_of(ctx)
    if logins:
        _check_logins(ctx, workspace, as_json=as_json)
        return
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


def _check_logins(ctx: click.Context, workspace: Workspace, *, as_json: bool) -> None:
    checks = check_logins(workspace)
    missing = [one for one in checks if one.problem]
    if as_json:
        print_json(
            [
                {
                    "reference": one.reference,
                    "uses": list(one.uses),
                    "deployments": list(one.deployments),
                    "found": not one.problem,
                    "problem": one.problem,
                    "ends": timestamp(one.ends) if one.ends else None,
                }
                for one in checks
            ]
        )
    else:
        for one in checks:
            more = f" and {len(one.deployments) - MAX_NAMED} more" if len(one.deployments) > MAX_NAMED else ""
            users = ", ".join(one.deployments[:MAX_NAMED]) + more
            state = (
                f"missing: {one.problem}"
                if one.problem
                else "found" + (f", ends on {one.ends:%Y-%m-%d %H:%M} UTC" if one.ends else "")
            )
            echo(
                f"{', '.join(USE_WORDS[use] for use in one.uses)} from {one.reference} ({users}): {state}",
                err=bool(one.problem),
            )
        echo(f"{workspace.targets}: {len(checks)} secrets, {len(missing)} missing; nothing was visited")
    if missing:
        ctx.exit(2)
