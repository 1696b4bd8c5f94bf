"""`auditor show`: one capture, with its picture, readings, digests and seal."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from auditor.cli.options import json_option, lang_option, workspace_of
from auditor.cli.output import print_json, result_console
from auditor.cli.streams import echo
from auditor.clock import timestamp
from auditor.wording import Lang, english, outcome_note
from auditor.workflow import ShownCapture, show_capture, shown_values, write_capture_page


@click.command()
@click.argument("capture")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it as one HTML page, with pictures."
)
@click.option("--open", "opened", is_flag=True, help="Open that page (without -o: a temporary one) in the browser.")
@lang_option
@json_option
@click.pass_context
def show_command(
    ctx: click.Context, capture: str, output: Path | None, opened: bool, lang: Lang, as_json: bool
) -> None:
    """Show a capture: what was read and with what doubts, the picture with marks, digests and seal.

    CAPTURE is a capture id, a package folder, or a deployment, whose newest capture is then shown.
    """
    workspace = workspace_of(ctx)
    shown = show_capture(workspace, capture)
    if opened and output is None:
        output = Path(tempfile.mkdtemp(prefix="auditor-show-")) / f"{shown.row.capture}.html"
    if output is not None:
        write_capture_page(workspace, shown, lang, output)
    if as_json:
        print_json(_plain(shown, lang, output))
    else:
        _print(shown, lang)
        if output is not None:
            result_console().print(Text(f"page: {output}"), soft_wrap=True)
    if opened and output is not None and click.launch(output.resolve().as_uri()):
        echo(f"no browser could be opened; open {output} yourself", err=True)


def _print(shown: ShownCapture, lang: Lang) -> None:
    say, row = result_console(), shown.row
    say.print(Text(f"capture {row.capture} of {row.deployment}, {timestamp(row.captured_at)}: {row.state}", "bold"))
    for why in shown.reasons:
        say.print(Text(f"  {english(why)}", "yellow"), soft_wrap=True)
    for view in row.views:
        said = f"page {view.id}: {english(outcome_note(view.outcome))}, {view.final_url or view.url}"
        say.print(Text(said), soft_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("", "field", "value", "as written", "certainty", "why"):
        table.add_column(name, overflow="fold")
    for one in shown_values(shown, lang):
        table.add_row(*map(Text, (one.mark, one.field, one.value, one.raw, one.certainty, one.why)))
    say.print(table)
    seal = row.seal
    say.print(f"{'sealed' if seal.sealed else 'not sealed'}, quorum {seal.quorum}")
    for verdict in seal.verdicts:
        at = "" if verdict.gen_time is None else f" {timestamp(verdict.gen_time)}"
        practice = " (practice)" if verdict.practice else ""
        said = f"  {verdict.authority}{practice}: {verdict.status}{at} {verdict.why}".rstrip()
        say.print(Text(said), soft_wrap=True)
    say.print(Text(f"{row.path}/manifest.json  SHA-256 {row.manifest_sha256}"), soft_wrap=True)
    for artefact in shown.artefacts:
        say.print(Text(f"  {artefact.sha256}  {artefact.path} ({artefact.size:,} bytes)"), soft_wrap=True)


def _plain(shown: ShownCapture, lang: Lang, page: Path | None) -> dict[str, object]:
    row = shown.row
    return {
        "format": "auditor.capture/1",
        "capture": row.capture,
        "deployment": row.deployment,
        "run": shown.run,
        "captured_at": timestamp(row.captured_at),
        "ended_at": timestamp(shown.ended_at),
        "state": row.state,
        "why": [english(note) for note in shown.reasons],
        "path": row.path,
        "manifest_sha256": row.manifest_sha256,
        "sealed": row.seal.sealed,
        "seals": [
            {
                "authority": one.authority,
                "status": one.status,
                "at": None if one.gen_time is None else timestamp(one.gen_time),
                "why": one.why,
                "practice": one.practice,
            }
            for one in row.seal.verdicts
        ],
        "views": [
            {"view": one.id, "outcome": one.outcome, "why": one.why, "url": one.final_url or one.url}
            for one in row.views
        ],
        "values": [
            {"mark": one.mark, "field": one.field, "value": one.value, "raw": one.raw, "certainty": one.certainty,
             "why": one.why}
            for one in shown_values(shown, lang)
        ],
        "artefacts": [{"path": one.path, "sha256": one.sha256, "size": one.size} for one in shown.artefacts],
        "page": None if page is None else str(page),
    }  # fmt: skip
