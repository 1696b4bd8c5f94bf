"""`auditor demo`: a practice world on this machine, audited twice."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from auditor.cli.options import sandbox_option, workspace_of
from auditor.cli.output import progress_bar, remark_console
from auditor.cli.run import audit_with_progress, print_run_summary
from auditor.clock import now
from auditor.errors import ConfigError
from auditor.optional_parts import install_part, is_installed
from auditor.wording import note_text
from auditor.workflow import (
    AuditRequest,
    BundleRequest,
    DecisionBasis,
    RowExclusions,
    approve_notice,
    check_notice,
    checkup_lines,
    confirm_count,
    confirm_date,
    confirm_page,
    displayed_counts,
    draft_notice,
    export_bundle,
    hosting_lines,
    hosting_records,
    initialise_workspace,
    look_at_page,
    look_up_subject,
    notice_records_of,
    open_instruments,
    pdf_printer,
    print_summary,
    read_targets,
    receive_reply,
    record_lines,
    send_notice,
    with_claims,
    workspace_report,
    write_report,
)
from auditor.workspace import Workspace

PRACTICE_NOTICE = "N-2026-001"

if TYPE_CHECKING:
    from auditor.demo import DemoEnvironment, PracticeRegisters


@click.command()
@sandbox_option
@click.option("--free-ports", is_flag=True, help="Use free ports instead of those in targets.yaml (rewrites it here).")
@click.option("--comparison/--no-comparison", default=True, help="Compare systems and look at candidates too.")
@click.pass_context
def demo_command(ctx: click.Context, no_sandbox: bool, free_ports: bool, comparison: bool) -> None:
    """Start a practice world, audit it, let one site grow, audit again, and write the report.

    Everything is real but the world: real servers, a real browser, real RFC 3161 tokens of practice authorities.
    """
    from auditor.demo import ANY_PORT, CREDENTIALS, REGISTER_PORTS, DemoEnvironment, PracticeRegisters

    workspace = workspace_of(ctx)
    _practice_targets(workspace)
    os.environ.update(CREDENTIALS)
    request = AuditRequest(sandbox=False if no_sandbox else None)
    ports = practice_ports(workspace)
    state = workspace.root / ".practice"
    fixed = {f"{name}_port": 0 if free_ports else port for name, port in REGISTER_PORTS.items()}
    with (
        DemoEnvironment(ports=ANY_PORT if free_ports else ports, state_dir=state) as world,
        PracticeRegisters(state, **fixed) as registers,
    ):
        if free_ports:
            _readdress(workspace, {ports[name]: url for name, url in {**world.addresses, **world.authorities}.items()})
            _reregister(workspace, {REGISTER_PORTS[name]: port for name, port in registers.ports.items()})
        initialise_workspace(workspace, origin="practice.example/demo")
        audit_practice_world(ctx, workspace, world, registers, request)
        _tell_host_and_notice(ctx, workspace)
        compared = _compare_where_installed(ctx, workspace, world, request) if comparison else []
        bags = hand_over_practice(ctx, workspace, request)
    _report_and_say_where(ctx, workspace, [*bags, *compared])


def audit_practice_world(
    ctx: click.Context,
    workspace: Workspace,
    world: DemoEnvironment,
    registers: PracticeRegisters,
    request: AuditRequest,
) -> None:
    """An audit; decisions, a notice and four more branches where no earlier demo left them; another audit."""
    say = remark_console(ctx)
    if _grown_before(workspace):
        world.register_branches("libmsc-com", 4, date(2022, 3, 1))
    say.print("1. First audit of the practice world (five sites on this machine, two practice authorities)")
    summary, _ = audit_with_progress(ctx, workspace, request, warn=False)
    print_run_summary(ctx, summary)
    if world.branches("libmsc-com") == 18:
        say.print("2. An analyst confirms counts on these captures, row by row, and resolves one date")
        _practice_decisions(workspace)
        say.print("3. A notice to the host: drafted, checked, approved, sent, answered by a machine")
        _send_practice_notice(ctx, workspace, registers, request)
        say.print("4. libmsc.com registers four more branches (18 to 22), then a second audit")
        world.register_branches("libmsc-com", 4, date(2022, 3, 1))
    else:
        say.print("2. Another audit (decisions and libmsc.com's 22 branches stand from an earlier demo)")
    summary, _ = audit_with_progress(ctx, workspace, request, warn=False)
    print_run_summary(ctx, summary)


def _tell_host_and_notice(ctx: click.Context, workspace: Workspace) -> None:
    say = remark_console(ctx)
    say.print("5. Who holds the address of libmsc.com: practice registers answer, and no one is named host")
    _look_up_host(ctx, workspace)
    say.print("6. What became of the notice")
    for record in notice_records_of(workspace, "", None):
        for line in record_lines(record, "en"):
            say.print(line, soft_wrap=True)


def _compare_where_installed(
    ctx: click.Context, workspace: Workspace, world: DemoEnvironment, request: AuditRequest
) -> list[Path]:
    """What `compare_practice_systems` wrote; without the optional part, nothing, and how to have it."""
    if is_installed("comparison"):
        return compare_practice_systems(ctx, workspace, world, request)
    left_out = f"7. Comparing systems is left out: that part is not installed. Run: {install_part('comparison')}"
    remark_console(ctx).print(left_out, soft_wrap=True)
    return []


def _report_and_say_where(ctx: click.Context, workspace: Workspace, made: list[Path]) -> None:
    """The report on the terminal and in files; then every file there is to look at."""
    say = remark_console(ctx)
    report = workspace_report(workspace)
    print_summary(report, say)
    report = with_claims(report, read_targets(workspace)[0], charts=True)
    outputs = [
        *write_report(report, workspace, "html", "en", workspace.root / "report.html"),
        *write_report(report, workspace, "html", "zh", workspace.root / "report.zh.html"),
        *write_report(report, workspace, "json", "en", workspace.root / "report.json"),
    ]
    say.print("\nWhere to look")
    for path in (*outputs, *made):
        say.print(f"  {path}", soft_wrap=True)
    say.print(
        f"  {workspace.evidence}: packages, journal and trust; check them with: auditor verify {workspace.evidence}"
    )
    say.print(f"  the same as pages to work with: auditor --workspace {workspace.root} serve", soft_wrap=True)


def _send_practice_notice(
    ctx: click.Context, workspace: Workspace, registers: PracticeRegisters, request: AuditRequest
) -> None:
    """One notice about libmsc.com to the practice host, and the automatic reply that comes back.

    Elsewhere the id is typed by a person at a terminal; here the reader watches.
    """
    say = remark_console(ctx)
    with open_instruments(workspace, sandbox=request.sandbox) as instruments:
        with pdf_printer(instruments.estate.browser, now) as printer:
            draft_notice(instruments, PRACTICE_NOTICE, print_paper=printer)
        for line in checkup_lines(check_notice(instruments, PRACTICE_NOTICE), "en"):
            say.print(f"  {line}", soft_wrap=True)
        approve_notice(instruments, PRACTICE_NOTICE, by="practice counsel", why="the places are those of the captures")
        sent = send_notice(instruments, PRACTICE_NOTICE, PRACTICE_NOTICE, os.environ.get)
        say.print(f"  {sent.outcome}: {sent.answer}", soft_wrap=True)
        for reply in registers.mail.replies:
            kept = receive_reply(instruments, reply)
            say.print(f"  {kept.recognised}: {kept.file}", soft_wrap=True)


def hand_over_practice(ctx: click.Context, workspace: Workspace, request: AuditRequest) -> list[Path]:
    """A bundle about libmsc.com, with the look-up and the notice in it; made once, without pictures of pages."""
    output, say = workspace.root / "bundle", remark_console(ctx)
    if output.exists():
        say.print("9. A bundle was made by an earlier demo")
        return sorted(output.glob("EB-*.zip"))
    say.print("9. A bundle about libmsc.com: captures, look-up, notice, and how to check them without this software")
    wanted = BundleRequest(deployments=("libmsc-com",), case="practice", proceeding="CN")
    with open_instruments(workspace, sandbox=request.sandbox) as instruments:
        done = export_bundle(instruments, wanted, output, lambda made, all_, what: None)
    return [done.bag]


def _look_up_host(ctx: click.Context, workspace: Workspace) -> None:
    """One look-up of the address that libmsc.com is at, and of a name that the practice zone signs."""
    from auditor.demo import PRACTICE_NAME

    with open_instruments(workspace) as instruments:
        look_up_subject(instruments, "libmsc-com", names=(PRACTICE_NAME,))
    say = remark_console(ctx)
    for line in hosting_lines(hosting_records(workspace, "libmsc-com"), "en"):
        say.print(line, soft_wrap=True)


def compare_practice_systems(
    ctx: click.Context, workspace: Workspace, world: DemoEnvironment, request: AuditRequest
) -> list[Path]:
    """One suspect compared with the licensed system and two controls on four screens, and ten candidates looked at, in
    a workspace of their own below this one; what was written. Done once: the systems never change."""
    from auditor.demo import DEMO_SCREENS, ComparedWorld, FrontWorld, compared_targets, timestamping
    from auditor.workflow import (
        ComparisonRequest,
        confirm_screen,
        import_candidates,
        look_at_candidates,
        make_comparison,
        make_product_fingerprint,
        write_exhibit,
    )

    inner, say = Workspace(workspace.root / "comparison"), remark_console(ctx)
    fingerprint = inner.root / "libnet.fingerprint.json"
    if fingerprint.exists():
        say.print("7. Systems were compared by an earlier demo")
        return sorted(inner.root.glob("comparison-*"))
    roots = {name: os.path.relpath(path, inner.root) for name, path in world.roots.items()}
    with ComparedWorld() as systems, FrontWorld() as fronts:
        inner.root.mkdir(parents=True, exist_ok=True)
        stamped = timestamping(world.authorities, roots)
        inner.targets.write_text(compared_targets(systems.addresses, stamped, DEMO_SCREENS), encoding="utf-8")
        initialise_workspace(inner, origin="practice.example/comparison")
        say.print("7. A suspect is compared with the licensed system and two controls on four screens")
        known = [name for name in systems.addresses if name != "copy"]
        for names in (known, ["copy"]):  # the reference is sealed before the suspect is seen
            audit_with_progress(ctx, inner, replace(request, only=tuple(names)), warn=False)
        made = make_comparison(inner, ComparisonRequest("copy"))
        for finding in made.result.findings:
            say.print(f"  {finding.rule}: {note_text(finding.says, 'en')}", soft_wrap=True)
        reason = "labels, fields and their order are those of the licensed screen, the product's name apart"
        confirm_screen(inner, made.id, "preorder", "substantially_same", DecisionBasis("practice analyst", reason))
        written = write_exhibit(inner, made.id, ("zh", "en"), inner.root, sandbox=request.sandbox is not False)
        say.print("8. Ten candidates are looked at: which of these addresses run the product?")
        listed = inner.root / "reseller-list.csv"
        listed.write_text(fronts.as_csv(), encoding="utf-8")
        make_product_fingerprint(inner, "libnet", ("licensed",), ("other-library", "crm"), fingerprint)
        import_candidates(inner, listed, private=True)
        looked = look_at_candidates(inner, fingerprint, lambda: progress_bar(ctx, "Looking"), sandbox=request.sandbox)
        for one in looked:
            say.print(f"  {one.candidate.address} {one.match.answer} {one.match.version}", soft_wrap=True)
    return written


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


def practice_ports(workspace: Workspace) -> dict[str, int]:
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


def _reregister(workspace: Workspace, ports: dict[int, int]) -> None:
    """The ports of the registers, which are no addresses of their own in the file but for the first."""
    text = workspace.targets.read_text(encoding="utf-8")
    for before, port in ports.items():
        for form in ("http://127.0.0.1:{}/", "whois_port: {}", "port: {}"):
            text = text.replace(form.format(before), form.format(port))
    workspace.targets.write_text(text, encoding="utf-8")


def _grown_before(workspace: Workspace) -> bool:
    """Whether an earlier demo here saw libmsc.com after it grew: the practice world remembers."""
    return 22 in displayed_counts(workspace, "libmsc-com")
