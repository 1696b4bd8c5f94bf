"""`auditor confirm`: what a named person decides, on what evidence. Journal events: never edited, only superseded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from auditor.cli.options import workspace_of
from auditor.cli.output import print_json
from auditor.cli.streams import echo
from auditor.errors import ConfigError
from auditor.model.findings import Decision, KeyDate
from auditor.model.reading.readings import StatedPlace
from auditor.workflow import (
    DecisionBasis,
    RowExclusions,
    confirm_count,
    confirm_date,
    confirm_finding,
    confirm_identity_or_price,
    confirm_page,
    look_at_page,
    record_key_date,
    unexplained_units,
    write_picture,
)

F = TypeVar("F", bound=Callable[..., Any])


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 (a calendar day has no zone)
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a day such as 2021-12-07") from None


def decision_options(command: F) -> F:
    """Options of every decision: who, why, on what."""
    command = click.option("--by", required=True, help="Name of the person who decides.")(command)
    command = click.option("--reason", required=True, help="Why, in one sentence.")(command)
    return click.option("--evidence", multiple=True, metavar="ID", help="Capture id or document digest (repeatable).")(
        command
    )


@click.group()
def confirm_command() -> None:
    """Record what a named person decided, on what evidence."""


@confirm_command.command()
@click.argument("deployment")
@click.argument("value", type=click.IntRange(min=0))
@click.option("--metric", default="", help="Metric that was counted (default: the product's first).")
@click.option(
    "--exclude", multiple=True, metavar="CODE=REASON", help="A row that is not counted, and why (repeatable)."
)
@click.option("--exclude-kind", multiple=True, metavar="KIND=REASON", help="All rows of a kind, and why (repeatable).")
@decision_options
@click.pass_context
def count(
    ctx: click.Context,
    deployment: str,
    value: int,
    metric: str,
    exclude: tuple[str, ...],
    exclude_kind: tuple[str, ...],
    by: str,
    reason: str,
    evidence: tuple[str, ...],
) -> None:
    """Confirm VALUE units at DEPLOYMENT; rows left out are named one by one or by kind, each with its reason."""
    decision = confirm_count(
        workspace_of(ctx),
        deployment,
        value,
        DecisionBasis(by, reason, evidence),
        metric=metric,
        exclusions=RowExclusions(
            dict(_pair(text, "--exclude") for text in exclude),
            dict(_pair(text, "--exclude-kind") for text in exclude_kind),
        ),
    )
    _say(decision)
    shown, rest = unexplained_units(workspace_of(ctx), decision)
    if rest:
        echo(
            f"{deployment}: unexplained difference: {shown} shown, {value} confirmed, {rest} not accounted for by "
            "named rows. Name them with --exclude CODE=REASON or --exclude-kind KIND=REASON; reports say so until then"
        )


@confirm_command.command("date")
@click.argument("key_date")
@click.argument("day", callback=_day)
@decision_options
@click.pass_context
def date_(ctx: click.Context, key_date: str, day: date, by: str, reason: str, evidence: tuple[str, ...]) -> None:
    """Resolve an ambiguous KEY_DATE of targets.yaml to one DAY among its candidates."""
    _say(confirm_date(workspace_of(ctx), key_date, day, DecisionBasis(by, reason, evidence)))


@confirm_command.command()
@click.argument("subject")
@click.argument("text")
@click.option("--kind", type=click.Choice(["identity", "price_evidence"]), default="identity", help="What is decided.")
@decision_options
@click.pass_context
def other(
    ctx: click.Context, subject: str, text: str, kind: str, by: str, reason: str, evidence: tuple[str, ...]
) -> None:
    """Who a deployment is (identity), or whether a price is (price_evidence: comparable or not_comparable)."""
    _say(confirm_identity_or_price(workspace_of(ctx), kind, subject, text, DecisionBasis(by, reason, evidence)))


@confirm_command.command("page")
@click.argument("page")
@click.argument("fields", nargs=-1)
@click.option("--capture", default="", metavar="ID", help="The capture to look at (default: the newest that has them).")
@click.option(
    "--picture", type=click.Path(path_type=Path), help="Write the marked picture to this file, decide nothing."
)
@click.option("--by", default="", help="Name of the person who looked.")
@click.option("--reason", default="", help="What was seen, in one sentence.")
@click.pass_context
def page_(
    ctx: click.Context, page: str, fields: tuple[str, ...], capture: str, picture: Path | None, by: str, reason: str
) -> None:
    """Confirm where PAGE states its FIELDS (default: all): once, for every deployment that has the page.

    Look first: --picture FILE writes the captured screenshot with a mark at each value. Findings that rest on a page
    that nobody confirmed are likely at best; a page that states a value elsewhere later needs review.
    """
    workspace = workspace_of(ctx)
    look = look_at_page(workspace, page, fields, capture)
    if picture is not None:
        write_picture(look, picture)
        echo(f"{picture}: capture {look.capture}, marked: {', '.join(one.field for one in look.fields)}")
        return
    if not by or not reason:
        raise ConfigError(
            "confirm page: who looked, and what was seen? Add --by NAME --reason TEXT (or --picture FILE)"
        )
    for decision in confirm_page(workspace, look, DecisionBasis(by, reason)):
        _say(decision)
        if decision.place is not None:
            echo(f"  {_told(decision.place)}")


@confirm_command.command()
@click.argument("fingerprint")
@click.argument(
    "state", type=click.Choice(["acknowledged", "confirmed", "explained", "settled", "dismissed", "suppress"])
)
@click.option("--until", callback=_day, help="Last day of a suppression.")
@decision_options
@click.pass_context
def finding(
    ctx: click.Context,
    fingerprint: str,
    state: str,
    until: date | None,
    by: str,
    reason: str,
    evidence: tuple[str, ...],
) -> None:
    """Move a finding through its life; FINGERPRINT is RULE/CONTRACT/DEPLOYMENT/METRIC as the report prints it."""
    _say(confirm_finding(workspace_of(ctx), fingerprint, state, until, DecisionBasis(by, reason, evidence)))


@confirm_command.command()
@click.argument("name")
@click.argument("kind", type=click.Choice(["termination", "notice", "judgment", "undertaking", "other"]))
@click.argument("day", callback=_day)
@click.option("--what", required=True, help="What happened, in one sentence.")
@click.option("--document", default="", help="The document that shows it.")
@click.option("--contract", default="", help="The contract it concerns.")
@click.pass_context
def event(ctx: click.Context, name: str, kind: str, day: date, what: str, document: str, contract: str) -> None:
    """Record a key date: termination, notice, judgment, undertaking."""
    named = KeyDate(name, kind, day, what=what, document=document, contract=contract)  # type: ignore[arg-type]
    recorded = record_key_date(workspace_of(ctx), named)
    echo(f"recorded {recorded.kind} {recorded.id} on {recorded.on}")


@confirm_command.command("list")
@click.pass_context
def list_(ctx: click.Context) -> None:
    """Every decision, superseded ones included, as JSON."""
    from auditor.workflow import list_decisions

    print_json(list_decisions(workspace_of(ctx)))


def _told(place: StatedPlace) -> str:
    shape = f", text {place.shape!r}" if place.shape else ""
    return f"label {place.label!r}, found by {place.relation}, in {place.elements}{shape}"


def _pair(text: str, option: str) -> tuple[str, str]:
    name, sign, reason = text.partition("=")
    if not sign or not name.strip() or not reason.strip():
        raise ConfigError(f"{option} {text!r}: expected NAME=REASON, e.g. T001=test branch, not in use")
    return name.strip(), reason.strip()


def _say(decision: Decision) -> None:
    echo(f"recorded {decision.kind} {decision.id} by {decision.by} on {decision.subject}")
