"""`auditor serve`: the pages that people work with, on this machine or behind a proxy."""

from __future__ import annotations

import click

from auditor.cli.options import workspace_of
from auditor.cli.streams import echo


@click.command()
@click.option("--host", default="localhost", help="Address to listen on (default: this machine alone).")
@click.option("--port", type=click.IntRange(0, 65_535), default=8400, help="Port to listen on (default: 8400; 0: any).")
@click.option(
    "--behind-proxy",
    default="",
    metavar="https://NAME",
    help="The address that browsers use, where a proxy ends TLS and passes Host on.",
)
@click.option(
    "--proxy", multiple=True, metavar="ADDRESS", help="Address of that proxy, if not on this machine (repeatable)."
)
@click.option(
    "--also-host", multiple=True, metavar="NAME:PORT", help="Another Host that is sent on to the address (repeatable)."
)
@click.option("--sign-in-as", default="", metavar="NAME", help="Print a one-time sign-in link for this account.")
@click.option("--four-eyes", is_flag=True, help="Dismissing a high finding takes two people.")
@click.option("--oidc-issuer", default="", metavar="https://…", help="Let people sign in at this provider too.")
@click.option(
    "--oidc-client", default="", metavar="ID", help="Our id there; its secret in AUDITOR_OIDC_SECRET (default: none)."
)
@click.pass_context
def serve_command(
    ctx: click.Context,
    host: str,
    port: int,
    behind_proxy: str,
    proxy: tuple[str, ...],
    also_host: tuple[str, ...],
    sign_in_as: str,
    four_eyes: bool,
    oidc_issuer: str,
    oidc_client: str,
) -> None:
    """Answer with the pages until SIGTERM or Ctrl-C. Without options: on this machine, with a one-time sign-in link."""
    from auditor.web import bind_address, door_settings

    door_settings(host, port, behind_proxy, frozenset(proxy), frozenset(also_host))  # before anything slow
    listening = bind_address(host, port)
    settings = door_settings(host, listening.getsockname()[1], behind_proxy, frozenset(proxy), frozenset(also_host))
    from auditor.web import serve_pages
    from auditor.workflow import Office, OfficeRules, local_sign_in, oidc_settings

    rules = OfficeRules(settings.origin, four_eyes, oidc_settings(oidc_issuer, oidc_client))
    office = Office(workspace_of(ctx), rules)
    try:
        if not office.journal.hold():
            echo("another process holds the workspace: what is done here works through it", err=True)
        local = not behind_proxy
        found = local_sign_in(office, sign_in_as, make=local) if local or sign_in_as else None

        def ready() -> None:
            echo(f"{settings.origin}/ is open; Ctrl-C ends it", err=True)
            if found is not None:
                person, secret = found
                echo(f"sign in as {person.name}, once: {settings.origin}/sign-in/link/{secret}")
            elif local:
                echo("no link is made: accounts are kept here; sign in, or name one by --sign-in-as NAME", err=True)

        serve_pages(office, settings, listening, ready)
    finally:
        office.close()
        listening.close()
