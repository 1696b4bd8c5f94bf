"""`auditor verify`: packages, journal, seals, trust and index checked against each other."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from auditor.cli.options import json_option, workspace_of
from auditor.cli.output import print_json, progress_bar, result_console
from auditor.cli.streams import echo_script
from auditor.formats.foreign_text import visible_text
from auditor.model.evidence import Verification
from auditor.workflow import offline_script, verify_paths

EXIT_CODES = {"passed": 0, "failed": 4, "not checked": 5}
"""Exit code by verdict. `not checked`: nothing disagrees, but something could not be verified; never a pass."""
MAX_ROWS_SHOWN = 200


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--trust", type=click.Path(path_type=Path, file_okay=False), help="Folder with roots had from elsewhere.")
@click.option("--explain", is_flag=True, help="Print steps that verify this with sha256sum, openssl and python3 alone.")
@click.option("--no-index", is_flag=True, help="Leave db/auditor.db out; the evidence is the truth.")
@click.option("--workers", type=click.IntRange(1, 256), help="Threads that hash (default: one for each core).")
@json_option
@click.pass_context
def verify_command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    trust: Path | None,
    explain: bool,
    no_index: bool,
    workers: int | None,
    as_json: bool,
) -> None:
    """Check packages (or a whole evidence/ folder), the journal, seals, trust and index against each other.

    Exits with 4 where anything failed, and with 5 where nothing failed but something could not be checked: a package
    that waits for its timestamps, a bundle without keys from elsewhere.
    """
    if explain:
        echo_script(offline_script(workspace_of(ctx), paths))
        return
    with progress_bar(ctx, "verifying") as advance:
        found = verify_paths(
            workspace_of(ctx), paths, trust=trust, index=not no_index, workers=workers, progress=advance
        )
    if as_json:
        print_json(_plain(found))
    else:
        _print(found, quiet=bool(ctx.obj["quiet"]))
    ctx.exit(EXIT_CODES[found.verdict])


def _print(found: Verification, *, quiet: bool) -> None:
    """What is wrong and the verdict, whatever `--quiet` says; then the notices, loudly."""
    say = result_console()
    wrong = [check for check in found.checks if check.verdict != "passed"]
    if wrong:
        table = Table("verdict", "check", "file or record", "what", show_edge=False)
        for check in sorted(wrong, key=lambda check: check.verdict)[:MAX_ROWS_SHOWN]:
            table.add_row(
                check.verdict, check.name, visible_text(check.subject, 300), visible_text(check.detail, 2_000)
            )
        say.print(table)
        if len(wrong) > MAX_ROWS_SHOWN:
            say.print(f"and {len(wrong) - MAX_ROWS_SHOWN} more: see --json")
    for notice in found.notices:
        say.print(Text(f"! {notice}", style="bold"))
    passed = sum(check.verdict == "passed" for check in found.checks)
    failed = sum(check.verdict == "failed" for check in found.checks)
    if not quiet:
        counts = ", ".join(f"{count} {name}" for name, count in sorted(found.counts.items()))
        say.print(f"{passed} checks passed, {failed} failed, {len(found.checks) - passed - failed} not checked")
        say.print(f"looked at: {counts or 'nothing'}")
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
