"""`auditor bundle`."""

from __future__ import annotations

import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from auditor.cli.options import json_option, parse_moment, sandbox_option, sharing_terms, workspace_of
from auditor.cli.output import print_json, progress_bar, result_console
from auditor.clock import timestamp
from auditor.workflow import BundleRequest, ExportResult, open_instruments, pdf_printer, record_redaction
from auditor.workflow import export_bundle as export


@click.command()
@click.option("--contract", "contracts", multiple=True, metavar="ID", help="Everything compared with this contract.")
@click.option("--deployment", "deployments", multiple=True, metavar="ID", help="This deployment (repeatable).")
@click.option("--finding", "findings", multiple=True, metavar="ID", help="The deployments of a finding or rule.")
@click.option("--since", metavar="DAY", help="First day of the period, in your zone; or an RFC 3339 time.")
@click.option("--until", metavar="DAY", help="Last day of the period, included; or an RFC 3339 time, not included.")
@click.option("--as-of", metavar="TIME", help="RFC 3339 (default: the last event). Same moment, same bytes.")
@click.option("--case", default="", metavar="NAME", help="Name of the matter, for the bundle's name.")
@click.option("--proceeding", default="", metavar="CC", help="Country of the court it is for: CN, US …")
@click.option("--legal-basis", default="", metavar="TEXT", help="On what basis data of China goes abroad.")
@click.option("--answered-by", default="", metavar="NAME", help="Who answers for the legal basis; journalled.")
@click.option(
    "--stored-in",
    default="",
    metavar="CC",
    help="Country where the evidence is stored.",
)
@click.option("--redact", "removals", multiple=True, metavar="SUBJECT=KIND:WHAT", help="Journal a redaction first.")
@click.option("--redact-why", default="", metavar="TEXT", help="Its reason.")
@click.option("--redact-by", default="", metavar="NAME", help="Who decided it.")
@click.option("--no-pdf", is_flag=True, help="No exhibits as PDF: needs no browser.")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Folder (default: bundles/).")
@sandbox_option
@json_option
@click.pass_context
def bundle_command(
    ctx: click.Context, contracts: tuple[str, ...], deployments: tuple[str, ...], findings: tuple[str, ...],
    since: str | None, until: str | None, as_of: str | None, case: str, proceeding: str, legal_basis: str,
    answered_by: str, stored_in: str, removals: tuple[str, ...], redact_why: str, redact_by: str, no_pdf: bool,
    output: Path | None, no_sandbox: bool, as_json: bool,
) -> None:  # fmt: skip
    """Export evidence that stands alone: a BagIt bag with proofs, exhibits, papers, and a sheet to check it without us.

    Everything cited is verified first; what does not verify is not exported. The export is journalled.
    """
    workspace = workspace_of(ctx)
    with open_instruments(
        workspace, sandbox=False if no_sandbox else None, terms=sharing_terms("bundle", "packages")
    ) as instruments:
        zone = ZoneInfo(instruments.estate.timezone)
        wanted = BundleRequest(
            contracts=contracts, deployments=deployments, findings=findings,
            since=parse_moment("--since", since, zone, end=False), until=parse_moment("--until", until, zone, end=True),
            as_of=parse_moment("--as-of", as_of, zone, end=True), case=case,
            proceeding=proceeding, stored_in=stored_in,
            legal_basis=legal_basis or _ask(proceeding, "Legal basis for taking data of China to that proceeding"),
            answered_by=answered_by or _ask(proceeding, "Name of who answers for it"),
        )  # fmt: skip
        for removal in removals:
            record_redaction(instruments, removal, why=redact_why, by=redact_by)
        folder = output or workspace.bundles
        with (
            pdf_printer(instruments.estate.browser, instruments.clock) as press,
            progress_bar(ctx, "bundling") as advance,
        ):
            done = export(instruments, wanted, folder, advance, None if no_pdf else press)
    if as_json:
        print_json(_plain(done))
    else:
        _print(ctx, done)


def _ask(proceeding: str, question: str) -> str:
    """Ask at a terminal where a bundle goes abroad; elsewhere the workflow refuses what is not answered."""
    if proceeding.upper() in {"", "CN"} or not sys.stdin.isatty():
        return ""
    answer: str = click.prompt(question, default="", show_default=False)
    return answer


def _print(ctx: click.Context, done: ExportResult) -> None:
    say = result_console()
    say.print(f"{done.bag}: {done.captures} captures, {done.files} files, as of {timestamp(done.as_of)}")
    say.print(f"{done.zip}: SHA-256 {done.zip_sha256}")
    stamped = "timestamped by the quorum" if done.stamped else "NOT timestamped yet: no quorum of authorities answered"
    say.print(f"{done.seal}: the bundle's signature, {stamped}")
    say.print(f"Check it with: auditor verify {done.bag} --trust DIR, or without us by VERIFY.md in it")


def _plain(done: ExportResult) -> dict[str, object]:
    return {
        "format": "auditor.export/1", "bundle": str(done.bag), "zip": str(done.zip), "seal": str(done.seal),
        "tags_sha256": done.tags_sha256, "zip_sha256": done.zip_sha256, "captures": done.captures,
        "files": done.files, "as_of": timestamp(done.as_of), "stamped": done.stamped,
    }  # fmt: skip
