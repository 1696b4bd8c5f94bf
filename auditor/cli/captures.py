"""`auditor captures`: what was captured, newest first."""

from __future__ import annotations

import click
from rich.table import Table
from rich.text import Text

from auditor.cli.options import json_option, workspace_of
from auditor.cli.output import print_json, result_console
from auditor.clock import timestamp
from auditor.model.reading.observations import Count
from auditor.wording import count_doubts, doubt_notes, english
from auditor.workflow import ListedCapture, list_captures


@click.command()
@click.argument("deployment", required=False)
@click.option("--limit", type=click.IntRange(1, 10_000), default=40, show_default=True, help="Captures at most.")
@json_option
@click.pass_context
def captures_command(ctx: click.Context, deployment: str | None, limit: int, as_json: bool) -> None:
    """List the newest captures, of one DEPLOYMENT or of all: counts, state, seal, and why one is not complete."""
    found = list_captures(workspace_of(ctx), deployment, limit)
    if as_json:
        print_json({"format": "auditor.captures/1", "captures": [_plain(one) for one in found]})
        return
    if not found:
        result_console().print("no capture yet. Next: auditor run")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("capture", "deployment", "at (UTC)", "state", "sealed", "counts", "why"):
        table.add_column(name, overflow="fold")
    for one in found:
        row = one.row
        cells = (
            row.capture,
            row.deployment,
            f"{row.captured_at:%Y-%m-%d %H:%M:%S}",
            row.state,
            "yes" if row.seal.sealed else "no",
            ", ".join(_count_text(count) for count in one.counts) or "–",
            "; ".join(_reasons(one)),
        )
        table.add_row(*map(Text, cells))
    result_console().print(table)


def _count_text(count: Count) -> str:
    """`34 of 20 branch`, as the page states them."""
    shown = "–" if count.displayed is None else str(count.displayed)
    listed = "" if count.listed is None else f", {count.listed} listed"
    cap = "" if count.cap is None else f" of {count.cap}"
    return f"{shown}{cap} {count.metric}{listed}"


def _reasons(one: ListedCapture) -> list[str]:
    doubts = [note for count in one.counts for note in doubt_notes(count_doubts(count))]
    return [english(note) for note in (*one.reasons, *doubts)]


def _plain(one: ListedCapture) -> dict[str, object]:
    return {
        "capture": one.row.capture,
        "deployment": one.row.deployment,
        "captured_at": timestamp(one.row.captured_at),
        "state": one.row.state,
        "sealed": one.row.seal.sealed,
        "path": one.row.path,
        "manifest_sha256": one.row.manifest_sha256,
        "counts": [
            {
                "metric": count.metric,
                "displayed": count.displayed,
                "cap": count.cap,
                "listed": count.listed,
                "doubts": {name: english(why) for name, why in count_doubts(count).items()},
            }
            for count in one.counts
        ],
        "why": [english(note) for note in one.reasons],
        "why_codes": [note.code for note in one.reasons],
    }
