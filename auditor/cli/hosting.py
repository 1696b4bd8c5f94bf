"""`auditor hosting`: who holds the address that a deployment is at, and what may be said about who hosts it."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.options import json_option, lang_option, parse_day, sharing_terms, workspace_of
from auditor.cli.output import print_json, progress_bar, result_console
from auditor.errors import ConfigError
from auditor.workflow import (
    attach_lookup,
    confirm_host,
    hosting_json,
    hosting_lines,
    hosting_records,
    look_up_subject,
    open_instruments,
    unread_registries,
)

NOT_READ = 5
"""Exit code where nothing disagrees and a registry's answer could not be had or read."""


@click.group()
def hosting_command() -> None:
    """Ask who holds an address, keep what was answered, and say no more than it shows.

    Nobody is asked before `look` is given. No program says who hosts a deployment: `confirm` records what a person
    decided.
    """


@hosting_command.command()
@click.argument("subject", metavar="ADDRESS|DEPLOYMENT")
@click.option("--name", "names", multiple=True, metavar="HOST", help="A further host name to resolve (repeatable).")
@click.option("--again", is_flag=True, help="Ask although today's look-up is there.")
@lang_option
@json_option
@click.pass_context
def look(ctx: click.Context, subject: str, names: tuple[str, ...], again: bool, lang: str, as_json: bool) -> None:
    """Ask registries, data sets, lists and name servers about an address, or every address of a deployment.

    Each address and day gives one sealed package. Exits with 5 where a registry was asked and gave nothing readable.
    """
    workspace = workspace_of(ctx)
    with (
        open_instruments(workspace, terms=sharing_terms("hosting look", "hosting")) as instruments,
        progress_bar(ctx, "looking up") as advance,
    ):
        looked = look_up_subject(instruments, subject, again=again, names=names, progress=advance)
    records = hosting_records(workspace, subject, [one.address for one in looked])
    if as_json:
        packages = [
            {"address": one.address, "package": one.package.path, "sealed": one.package.seal.sealed, "new": one.fresh}
            for one in looked
        ]
        print_json({"format": "auditor.hosting/1", "packages": packages, "records": hosting_json(records, lang)})
    else:
        say = result_console()
        for one in looked:
            state = "sealed" if one.package.seal.sealed else "waits for its timestamps"
            told = "" if one.fresh else ", of today and not asked again"
            say.print(f"{one.address}: {one.package.path} ({state}{told})", soft_wrap=True)
        for line in hosting_lines(records, lang):
            say.print(line, soft_wrap=True)
    if unread_registries(records):
        ctx.exit(NOT_READ)


@hosting_command.command()
@click.argument("subject", metavar="ADDRESS|DEPLOYMENT")
@lang_option
@json_option
@click.pass_context
def show(ctx: click.Context, subject: str, lang: str, as_json: bool) -> None:
    """Show the eight sentences about a subject, each with its proof, from what is stored. Nobody is asked."""
    records = hosting_records(workspace_of(ctx), subject)
    if not records:
        raise ConfigError(f"{subject}: nothing is on record. Run: auditor hosting look {subject}")
    if as_json:
        print_json({"format": "auditor.hosting/1", "records": hosting_json(records, lang)})
        return
    say = result_console()
    for line in hosting_lines(records, lang):
        say.print(line, soft_wrap=True)


@hosting_command.command()
@click.argument("subject", metavar="ADDRESS|DEPLOYMENT")
@click.argument("host")
@click.option("--by", required=True, help="Name of the person who decides.")
@click.option("--reason", required=True, help="Why, in one sentence.")
@click.option("--evidence", multiple=True, metavar="ID", help="Look-up, attachment or capture (repeatable).")
@click.pass_context
def confirm(ctx: click.Context, subject: str, host: str, by: str, reason: str, evidence: tuple[str, ...]) -> None:
    """Record that a named person holds HOST for the host of a subject, on what evidence."""
    with open_instruments(workspace_of(ctx), terms=sharing_terms("hosting confirm", "decisions")) as instruments:
        made = confirm_host(instruments, subject, host, by=by, reason=reason, evidence=evidence)
    result_console().print(f"recorded {made.id}: {subject} is hosted by {made.text}, decided by {made.by}")


@hosting_command.command()
@click.argument("subject", metavar="ADDRESS|DEPLOYMENT")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--kind", type=click.Choice(["icp", "registry", "other"]), required=True, help="What was looked up.")
@click.option("--says", required=True, help="What it states: the registrant, the number.")
@click.option("--on", required=True, metavar="DAY", help="The day of the look-up.")
@click.option("--by", required=True, help="Name of the person who looked it up.")
@click.pass_context
def attach(ctx: click.Context, subject: str, file: Path, kind: str, says: str, on: str, by: str) -> None:
    """Keep FILE, byte for byte, as a person's own look-up: an ICP filing, a registry's page."""
    day = parse_day("--on", on)
    assert day is not None  # noqa: S101 (required)
    with open_instruments(workspace_of(ctx), terms=sharing_terms("hosting attach", "hosting")) as instruments:
        package = attach_lookup(instruments, subject, file, kind=kind, says=says, on=day, by=by)
    result_console().print(f"kept {package.filing}: {package.path}", soft_wrap=True)
