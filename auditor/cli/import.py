"""`auditor import`: contracts or deployments from a table of another system."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Literal

import click

from auditor.cli.options import json_option, lang_option, workspace_of
from auditor.cli.output import print_json
from auditor.cli.streams import echo
from auditor.wording import note_text
from auditor.workflow import ImportResult, Lang, import_records

MOST_SHOWN = 50
"""Lines of one kind on a terminal; `--json` has them all."""


@click.command()
@click.argument("records", type=click.Choice(["contracts", "deployments"]))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--mapping",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Which column is which field, and how days and amounts are written (default: columns called as fields).",
)
@click.option("--dry-run", is_flag=True, help="Show what would be added, changed, gone and refused; write nothing.")
@click.option("--skip-refused", is_flag=True, help="Take the other rows though some are refused.")
@lang_option
@json_option
@click.pass_context
def import_command(
    ctx: click.Context,
    records: str,
    file: Path,
    mapping: Path | None,
    dry_run: bool,
    skip_refused: bool,
    lang: Lang,
    as_json: bool,
) -> None:
    """Take contracts or deployments from FILE (CSV, XLSX or JSON) into targets.yaml, a file for each customer.

    Fields of the table are set; what else stands in an entry stays. The same table again changes no byte. While a row
    is refused nothing is written.
    """
    kind: Literal["contracts", "deployments"] = "contracts" if records == "contracts" else "deployments"
    done = import_records(workspace_of(ctx), kind, file, mapping, dry_run=dry_run, skip_refused=skip_refused)
    if as_json:
        print_json(_as_json(done, lang))
    else:
        _print(done, lang, dry_run)
    if done.plan.refused and not (dry_run or done.written):
        ctx.exit(2)


def _as_json(done: ImportResult, lang: Lang) -> dict[str, object]:
    refused = [
        {
            "id": one.id,
            "sheet": one.sheet,
            "row": one.row,
            "column": one.column,
            "header": one.header,
            "text": one.text,
            "code": one.why.code,
            "why": note_text(one.why, lang),
        }
        for one in done.plan.refused
    ]
    return {
        "format": "auditor.import/1",
        "source_sha256": done.source_sha256,
        "written": done.written,
        "files": list(done.files),
        "added": done.plan.added,
        "changed": [asdict(one) for one in done.plan.changed],
        "unchanged": done.plan.unchanged,
        "gone": [{"id": id_, "file": file} for id_, file in done.plan.gone],
        "refused": refused,
        "left_out": [asdict(one) for one in done.left_out],
    }


def _print(done: ImportResult, lang: Lang, dry_run: bool) -> None:
    plan = done.plan
    _lines([f"added {one}" for one in plan.added])
    _lines([f"changed {one.id} {one.field}: {one.before or '–'} → {one.now or '–'}" for one in plan.changed])
    _lines([f"gone {id_} ({file}); it stays" for id_, file in plan.gone])
    for one in done.left_out[:MOST_SHOWN]:
        echo(f"left out, {_place(one.sheet, one.row)}: {one.text}: {one.why}")
    for refusal in plan.refused[:MOST_SHOWN]:
        named = f" ({refusal.header})" if refusal.header else ""
        column = f", column {refusal.column}{named}" if refusal.column else f", {refusal.header}"
        told = f": {refusal.text}" if refusal.text else ""
        echo(f"refused, {_place(refusal.sheet, refusal.row)}{column}{told}: {note_text(refusal.why, lang)}", err=True)
    if len(plan.refused) > MOST_SHOWN:
        echo(f"refused: {len(plan.refused) - MOST_SHOWN} cells more", err=True)
    counts = (
        f"{len(plan.added)} added, {len(plan.changed_ids)} changed, {plan.unchanged} unchanged, {len(plan.gone)} gone, "
        f"{len({(one.sheet, one.row) for one in plan.refused})} refused, {len(done.left_out)} left out"
    )
    if dry_run:
        echo(f"{counts}; nothing is written (--dry-run)")
    elif not done.written:
        echo(f"{counts}; nothing is written: correct the table or its mapping, or give --skip-refused", err=True)
    else:
        echo(f"{counts}; {len(done.files)} files written")


def _lines(lines: list[str]) -> None:
    for line in lines[:MOST_SHOWN]:
        echo(line)
    if len(lines) > MOST_SHOWN:
        echo(f"… and {len(lines) - MOST_SHOWN} more")


def _place(sheet: str, row: int) -> str:
    return f"sheet {sheet}, row {row}" if sheet else f"row {row}"
