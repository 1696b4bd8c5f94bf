"""`auditor demo`: a practice world on this machine, audited twice."""

from __future__ import annotations

import os
from datetime import date
from importlib.resources import files
from urllib.parse import urlsplit

import click

from auditor.cli.options import sandbox_option, workspace_of
from auditor.cli.output import remark_console
from auditor.cli.run import audit_with_progress, print_run_summary
from auditor.errors import ConfigError
from auditor.workflow import (
    AuditRequest,
    DecisionBasis,
    RowExclusions,
    confirm_count,
    confirm_date,
    confirm_page,
    displayed_counts,
    initialise_workspace,
    look_at_page,
    print_summary,
    read_targets,
    with_claims,
    write_report,
)
from auditor.workspace import Workspace


@click.command()
@sandbox_option
@click.option("--free-ports", is_flag=True, help="Use free ports instead of those in targets.yaml (rewrites it here).")
@click.pass_context
def demo_command(ctx: click.Context, no_sandbox: bool, free_ports: bool) -> None:
    """Start a practice world, audit it, let one site grow, audit again, and write the report.

    Everything is real but the world: real servers, a real browser, real RFC 3161 tokens of practice authorities.
    """
    from auditor.demo import ANY_PORT, CREDENTIALS, DemoEnvironment

    workspace, say = workspace_of(ctx), remark_console(ctx)
    _practice_targets(workspace)
    os.environ.update(CREDENTIALS)
    request = AuditRequest(sandbox=False if no_sandbox else None)
    ports = _ports(workspace)
    with DemoEnvironment(ports=ANY_PORT if free_ports else ports, state_dir=workspace.root / ".practice") as world:
        if free_ports:
            _readdress(workspace, {ports[name]: url for name, url in {**world.addresses, **world.authorities}.items()})
        initialise_workspace(workspace, origin="practice.example/demo")
        if _grown_before(workspace):
            world.register_branches("libmsc-com", 4, date(2022, 3, 1))
        say.print("1. First audit of the practice world (five sites on this machine, two practice authorities)")
        summary, _ = audit_with_progress(ctx, workspace, request, warn=False)
        print_run_summary(ctx, summary)
        if world.branches("libmsc-com") == 18:
            say.print("2. An analyst confirms counts on these captures, row by row, and resolves one date")
            _practice_decisions(workspace)
            say.print("3. libmsc.com registers four more branches (18 to 22), then a second audit")
            world.register_branches("libmsc-com", 4, date(2022, 3, 1))
        else:
            say.print("2. Another audit (decisions and libmsc.com's 22 branches stand from an earlier demo)")
        summary, report = audit_with_progress(ctx, workspace, request, warn=False)
        print_run_summary(ctx, summary)
    print_summary(report, say)
    report = with_claims(report, read_targets(workspace)[0], charts=True)
    outputs = [
        *write_report(report, workspace, "html", "en", workspace.root / "report.html"),
        *write_report(report, workspace, "html", "zh", workspace.root / "report.zh.html"),
        *write_report(report, workspace, "json", "en", workspace.root / "report.json"),
    ]
    say.print("\nWhere to look")
    for path in outputs:
        say.print(f"  {path}", soft_wrap=True)
    say.print(
        f"  {workspace.evidence}: packages, journal and trust; check them with: auditor verify {workspace.evidence}"
    )


def _practice_targets(workspace: Workspace) -> None:
    """The practice world's own targets.yaml; another one here is never overwritten."""
    workspace.root.mkdir(parents=True, exist_ok=True)
    practice = files("auditor.demo") / "targets.yaml"
    if not workspace.targets.exists():
        workspace.targets.write_bytes(practice.read_bytes())
    elif "libmsc-com" not in workspace.targets.read_text(encoding="utf-8"):
        raise ConfigError(f"{workspace.targets}: not the practice world's. Elsewhere: auditor --workspace DIR demo")


def _practice_decisions(workspace: Workspace) -> None:
    """What the plaintiff confirmed in the case: 34 to 30, 18 to 15, 25 of 25. The reasons are an illustration."""
    by = "practice analyst"
    reasons = {"总馆": "headquarters: no branch", "测试": "test row", "停用": "closed before the capture"}
    for deployment, value, kinds in (
        ("site-90", 30, ("总馆", "测试", "停用")),
        ("libmsc-com", 15, ("总馆", "测试", "停用")),
        ("yjzhjy-cn", 25, ()),
    ):
        why = "rows left out by kind, an illustration: the judgment gives no reasons" if kinds else "every row counts"
        confirm_count(
            workspace,
            deployment,
            value,
            DecisionBasis(by, why),
            exclusions=RowExclusions(by_kind={kind: reasons[kind] for kind in kinds}),
        )
    confirm_page(
        workspace, look_at_page(workspace, "registration"), DecisionBasis(by, "both counts stand where marked")
    )
    why = "the case was accepted on 2021-10-15, so the judgment cannot be of January"
    confirm_date(workspace, "first-judgment", date(2021, 12, 7), DecisionBasis(by, why))


def _ports(workspace: Workspace) -> dict[str, int]:
    """The ports that targets.yaml gives to the practice world, by deployment and authority."""
    estate, _ = read_targets(workspace)
    addresses = {one.id: one.address for one in estate.deployments.values()}
    addresses |= {one.id: one.url for one in estate.timestamping.authorities}
    return {name: urlsplit(address).port or 80 for name, address in addresses.items()}


def _readdress(workspace: Workspace, addresses: dict[int, str]) -> None:
    text = workspace.targets.read_text(encoding="utf-8")
    for port, url in addresses.items():
        text = text.replace(f"http://127.0.0.1:{port}/", url)
    workspace.targets.write_text(text, encoding="utf-8")


def _grown_before(workspace: Workspace) -> bool:
    """Whether an earlier demo here saw libmsc.com after it grew: the practice world remembers."""
    return 22 in displayed_counts(workspace, "libmsc-com")
