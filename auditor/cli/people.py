"""`auditor people`: the accounts of the pages; for the first account, and where nobody can sign in any more."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import click

from auditor.cli.options import json_option, parse_moment, workspace_of
from auditor.cli.output import print_json
from auditor.cli.streams import echo
from auditor.model.people import ROLES, AccessScope, Person


@click.group()
def people_command() -> None:
    """Add, list and revoke the accounts of the pages. Whoever can run this administers them."""


@people_command.command()
@click.argument("sign_in_name")
@click.option("--name", required=True, help="The person's name, as it stands in decisions.")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="Role (repeatable).")
@click.option("--everybody", is_flag=True, help="The account sees every customer.")
@click.option("--contract", "contracts", multiple=True, metavar="ID", help="A contract it sees (repeatable).")
@click.option("--deployment", "deployments", multiple=True, metavar="ID", help="A deployment it sees (repeatable).")
@click.option("--case", default="", help="Name of the case; counsel sees one.")
@click.option("--since", metavar="DAY", help="Captures from this day on.")
@click.option("--until", metavar="DAY", help="Captures up to the end of this day.")
@click.option("--origin", default="http://localhost:8400", help="Where the pages are, for the link that is printed.")
@click.pass_context
def add(
    ctx: click.Context,
    sign_in_name: str,
    name: str,
    roles: tuple[str, ...],
    everybody: bool,
    contracts: tuple[str, ...],
    deployments: tuple[str, ...],
    case: str,
    since: str | None,
    until: str | None,
    origin: str,
) -> None:
    """Add an account that signs in as SIGN_IN_NAME; print its link for a password, which works once, within a day."""
    from auditor.workflow import COMMAND_LINE, NewPerson, open_accounts

    zone = ZoneInfo("UTC")
    scope = AccessScope(
        everybody,
        frozenset(contracts),
        frozenset(deployments),
        case,
        parse_moment("--since", since, zone, end=False),
        parse_moment("--until", until, zone, end=True),
    )
    accounts = open_accounts(workspace_of(ctx))
    person = accounts.add(NewPerson(name, sign_in_name, roles, scope), COMMAND_LINE)
    echo(f"added {person.id}: {person.name}, {', '.join(sorted(person.roles))}")
    echo(f"{origin.rstrip('/')}/password/{accounts.invite(person.id, COMMAND_LINE)}")


@people_command.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List the accounts, revoked ones included."""
    from auditor.workflow import open_accounts

    accounts = open_accounts(workspace_of(ctx))
    people, differing = accounts.everybody(), accounts.disagreements()
    if as_json:
        print_json({"format": "auditor.people/1", "people": [_plain(one) for one in people], "differing": differing})
    else:
        for one in people:
            state = "revoked" if one.revoked_at else "stands"
            echo(f"{one.id}  {state}  {one.sign_in_name}  {one.name}  {', '.join(sorted(one.roles))}  {_sees(one)}")
        for line in differing:
            echo(line, err=True)
    if differing:
        ctx.exit(4)


@people_command.command()
@click.argument("name")
@click.pass_context
def revoke(ctx: click.Context, name: str) -> None:
    """Revoke the account NAME: its sessions, passkeys, tokens and links end."""
    from auditor.workflow import COMMAND_LINE, open_accounts

    person = open_accounts(workspace_of(ctx)).revoke(name, COMMAND_LINE)
    echo(f"revoked {person.id}: {person.name}")


@people_command.command()
@click.argument("name")
@click.option("--origin", default="http://localhost:8400", help="Where the pages are, for the link that is printed.")
@click.pass_context
def invite(ctx: click.Context, name: str, origin: str) -> None:
    """Print a link by which the account NAME sets a new password, once; its passkeys and codes end then."""
    from auditor.workflow import COMMAND_LINE, open_accounts

    echo(f"{origin.rstrip('/')}/password/{open_accounts(workspace_of(ctx)).invite(name, COMMAND_LINE)}")


def _sees(person: Person) -> str:
    scope = person.scope
    if scope.everybody:
        return "every customer"
    named = [*sorted(scope.contracts), *sorted(scope.deployments)]
    return f"{scope.case + ': ' if scope.case else ''}{', '.join(named)}" if named else "no customer"


def _plain(person: Person) -> dict[str, Any]:
    scope = person.scope
    return {
        "id": person.id,
        "name": person.name,
        "sign_in_name": person.sign_in_name,
        "roles": sorted(person.roles),
        "everybody": scope.everybody,
        "contracts": sorted(scope.contracts),
        "deployments": sorted(scope.deployments),
        "case": scope.case or None,
        "since": scope.since.astimezone(UTC).isoformat() if scope.since else None,
        "until": scope.until.astimezone(UTC).isoformat() if scope.until else None,
        "created_at": person.created_at.isoformat(),
        "revoked_at": person.revoked_at.isoformat() if person.revoked_at else None,
    }
