"""`auditor verify` and `auditor rebuild`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from auditor.cli.options import console, emit, json_option, progress, workspace_of
from auditor.model.evidence import Verification
from auditor.workflow.checking import verify_paths
from auditor.workflow.opening import read_targets
from auditor.workflow.remembering import rebuild as rebuild_index
from auditor.workflow.telling import require_begun


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--trust", type=click.Path(path_type=Path, file_okay=False), help="Folder with roots had from elsewhere.")
@json_option
@click.pass_context
def verify(ctx: click.Context, paths: tuple[Path, ...], trust: Path | None, as_json: bool) -> None:
    """Check packages (or a whole evidence/ folder), the journal, seals and trust against each other.

    Exits with 4 where anything failed. A check that was not made is said and is never a pass.
    """
    found = verify_paths(workspace_of(ctx), paths, trust=trust)
    if as_json:
        emit(_plain(found))
    else:
        _print(ctx, found)
    if found.verdict != "passed":
        ctx.exit(4)


def _print(ctx: click.Context, found: Verification) -> None:
    say = console(ctx)
    wrong = [check for check in found.checks if check.verdict != "passed"]
    if wrong:
        table = Table("verdict", "check", "file or record", "what", show_edge=False)
        for check in wrong[:200]:
            table.add_row(check.verdict, check.name, check.subject, check.detail)
        say.print(table)
        if len(wrong) > 200:
            say.print(f"and {len(wrong) - 200} more: see --json")
    for notice in found.notices:
        say.print(notice, style="bold")
    passed = sum(check.verdict == "passed" for check in found.checks)
    failed = sum(check.verdict == "failed" for check in found.checks)
    say.print(f"{passed} checks passed, {failed} failed, {len(found.checks) - passed - failed} not checked")
    say.print(f"verdict: {found.verdict}", style="bold")


def _plain(found: Verification) -> dict[str, object]:
    return {
        "format": "auditor.verification/1",
        "verdict": found.verdict,
        "notices": list(found.notices),
        "counts": dict(found.counts),
        "checks": [
            {
                "name": check.name,
                "subject": check.subject,
                "verdict": check.verdict,
                "detail": check.detail,
                "expected": check.expected,
                "found": check.found,
            }
            for check in found.checks
        ],
    }


@click.command()
@click.pass_context
def rebuild(ctx: click.Context) -> None:
    """Recreate the index, db/auditor.db, from the evidence."""
    workspace = workspace_of(ctx)
    estate, _ = read_targets(workspace)
    require_begun(workspace)
    with progress(ctx, "reading") as advance:
        done = rebuild_index(workspace, estate, advance)
    if not ctx.obj["quiet"]:
        click.echo(f"{workspace.db}: {done} captures read again from the evidence")
