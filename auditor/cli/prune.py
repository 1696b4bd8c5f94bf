"""`auditor prune`: what the retention rule removes, and why the rest stays."""

from __future__ import annotations

import click

from auditor.cli.options import json_option, sharing_terms, workspace_of
from auditor.cli.output import print_json, result_console
from auditor.workflow import PruneResult, PruningPlan, apply_retention, open_instruments, preview_retention

MAX_CAPTURES_SHOWN = 200


@click.command()
@click.option("--yes", is_flag=True, help="Remove what is listed; without it, nothing is changed.")
@click.option("--dry-run", is_flag=True, help="Say what would go and why the rest stays (as without --yes).")
@json_option
@click.pass_context
def prune_command(ctx: click.Context, yes: bool, dry_run: bool, as_json: bool) -> None:
    """List the captures whose files the retention rule of targets.yaml would remove; with --yes, remove them.

    Manifests, timestamps and the journal stay, so that `auditor verify` still says what was captured and when. Nothing
    goes that is under hold, unsealed, cited by a decision or an exported bundle, or the latest of its deployment.
    """
    if yes and dry_run:
        raise click.UsageError("--yes and --dry-run: give one of them")
    removed: PruneResult | None = None
    if yes:
        with open_instruments(workspace_of(ctx), terms=sharing_terms("prune", "decisions", "packages")) as instruments:
            plan, removed = apply_retention(instruments)
    else:
        plan = preview_retention(workspace_of(ctx))
    if as_json:
        print_json(_plain(plan, removed))
        return
    say = result_console()
    if not plan.rule:
        say.print("no retention rule in targets.yaml (retention: keep_days:): nothing is ever pruned")
        return
    say.print(f"rule: {plan.rule}")
    word = "pruned" if removed is not None else "would go"
    for package in plan.prunable[:MAX_CAPTURES_SHOWN]:
        say.print(f"{word}: {package.capture} {package.path}", highlight=False)
    for kept in plan.kept[:MAX_CAPTURES_SHOWN]:
        say.print(f"stays: {kept.capture} of {kept.deployment}: {kept.why}", highlight=False)
    more = max(0, len(plan.prunable) - MAX_CAPTURES_SHOWN) + max(0, len(plan.kept) - MAX_CAPTURES_SHOWN)
    if more:
        say.print(f"and {more} more: see --json")
    for held in (removed.kept if removed is not None else ())[:MAX_CAPTURES_SHOWN]:
        say.print(f"not removed: {held}", highlight=False)
    if removed is None:
        say.print(f"{len(plan.prunable)} captures would go, {len(plan.kept)} stay; nothing was changed (--yes does it)")
    else:
        still = f"; {len(removed.kept)} objects are still in the store" if removed.kept else ""
        say.print(
            f"{removed.captures} captures pruned: {removed.files} files, {removed.bytes} bytes; digests kept{still}"
        )


def _plain(plan: PruningPlan, removed: PruneResult | None) -> dict[str, object]:
    return {
        "format": "auditor.pruning/1",
        "rule": plan.rule,
        "done": removed is not None,
        "captures": [{"capture": one.capture, "package": one.path} for one in plan.prunable],
        "kept": [{"capture": one.capture, "deployment": one.deployment, "why": one.why} for one in plan.kept],
        "files": removed.files if removed is not None else None,
        "bytes": removed.bytes if removed is not None else None,
        "not_removed": list(removed.kept) if removed is not None else None,
    }
