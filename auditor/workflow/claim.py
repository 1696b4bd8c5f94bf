"""Claims: scenarios of `targets.yaml` computed from what was captured and decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from auditor.claims import (
    award_chart,
    compare,
    compute,
    damages_workbook,
    derivation_json,
    derivation_lines,
    explain,
    possible_deployments,
    result_json,
    with_overrides,
)
from auditor.errors import ClaimError, ConfigError
from auditor.model.claims import ClaimFile, ClaimResult, Scenario
from auditor.model.reports import Report, ReportedClaim
from auditor.model.targets.estate import Estate
from auditor.workflow.report.customer import deployments_of_contract
from auditor.workflow.report.render import WorkspaceReportRequest, workspace_report
from auditor.workflow.wiring import read_targets
from auditor.workspace import Workspace

__all__ = [
    "claims_section",
    "claims_within",
    "compare",
    "compute_claims",
    "explain_figure",
    "export_claims",
    "reported_claim",
    "result_json",
    "with_claims",
]


def claims_section(workspace: Workspace) -> ClaimFile:
    """The `claims:` section; `ConfigError` where there is none."""
    estate, _ = read_targets(workspace)
    if not isinstance(estate.claims, ClaimFile):
        raise ConfigError(f"{workspace.targets}: no claims section. Add claims: with scenarios (see docs/claims.md)")
    return estate.claims


def compute_claims(
    workspace: Workspace, names: Sequence[str], *, settings: Sequence[str] = (), as_of: datetime | None = None
) -> tuple[tuple[ClaimResult, ...], ClaimFile]:
    """The results of these scenarios (all of them where none is named), in the order of the file.

    `settings`: `KEY=VALUE` assumptions that replace the one named scenario's own; its result follows the original's.
    """
    estate, _ = read_targets(workspace)
    file = claims_section(workspace)
    unknown = [name for name in names if name not in file.scenarios]
    if unknown:
        raise ConfigError(f"claim {unknown[0]}: no such scenario; there are {', '.join(file.scenarios)}")
    if settings and len(names) != 1:
        raise ConfigError(
            "--set: name exactly one scenario to change, e.g. auditor claim supreme-court --set multiplier=5"
        )
    chosen = [file.scenarios[name] for name in names] or list(file.scenarios.values())
    if settings:
        chosen = [with_overrides(chosen[0], settings)]
    report = workspace_report(workspace, WorkspaceReportRequest(as_of=as_of))
    return tuple(_result(one, file, report, estate) for one in chosen), file


def with_claims(report: Report, estate: Estate, *, charts: bool) -> Report:
    """The report with every scenario of the file; one that cannot be computed says why. Without a section, as it is."""
    file = estate.claims
    if not isinstance(file, ClaimFile):
        return report
    return replace(
        report,
        claims=tuple(reported_claim(one, file, report, estate, charts=charts) for one in file.scenarios.values()),
    )


def claims_within(whole: Estate, own: Estate) -> ClaimFile | None:
    """The claims that somebody may see who sees `own` alone: about a contract that lies in it with all its
    deployments, counting nothing that lies outside: without deployments of its own a claim counts every suspect one.
    None where there is none.

    What is claimed, spent and offered as proof belongs to the file's own contract, and is told with that alone.
    """
    file = whole.claims
    if not isinstance(file, ClaimFile):
        return None
    contracts = {name for name in own.contracts if deployments_of_contract(whole, name) <= own.deployments.keys()}
    scenarios = {
        name: one
        for name, one in file.scenarios.items()
        if (one.contract or file.contract) in contracts
        and own.deployments.keys() >= possible_deployments(one, whole)
        and (one.cap_from == "edition" or one.cap_from in own.deployments)
    }
    if not scenarios:
        return None
    if file.contract not in contracts:
        kept = ClaimFile(file.currency, MappingProxyType(scenarios), None, file.rounding, file.legal_model)
        return replace(kept, product=file.product, edition=file.edition)
    splits = (replace(one, dates=tuple(day for day in one.dates if day.deployment in own.deployments))
              for one in file.splits)  # fmt: skip
    return replace(file, scenarios=MappingProxyType(scenarios), splits=tuple(splits))


def explain_figure(result: ClaimResult, figure: str) -> tuple[str, ...]:
    """One figure walked back to captures, documents and decisions, one line each. `ClaimError` for another name."""
    return tuple(derivation_lines(explain(result, figure)))


def export_claims(results: Sequence[ClaimResult], file: ClaimFile, folder: Path) -> list[Path]:
    """Write the worksheet, and for each result its derivation and (where a multiplier applies) its chart; the paths."""
    files = {"worksheet.xlsx": damages_workbook(results, file)}
    for result in results:
        files[f"{result.scenario.id}.derivation.json"] = derivation_json(result)
        if result.legal_model.multiplier_max is not None:
            files[f"{result.scenario.id}.svg"] = award_chart(result)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in files]


def reported_claim(
    scenario: Scenario, file: ClaimFile, report: Report, estate: Estate, *, charts: bool = False
) -> ReportedClaim:
    """One scenario as a report tells it: computed, or why it cannot be."""
    try:
        result = _result(scenario, file, report, estate)
    except ClaimError as error:
        return ReportedClaim(scenario.id, scenario.title, None, str(error))
    drawn = charts and scenario.multiplier is not None and result.legal_model.multiplier_max is not None
    return ReportedClaim(
        scenario.id, scenario.title, result, "", derivation_json(result), award_chart(result) if drawn else b""
    )


def _result(scenario: Scenario, file: ClaimFile, report: Report, estate: Estate) -> ClaimResult:
    return compute(scenario, file, report.positions, report.decisions, report.key_dates, estate, report.history)
