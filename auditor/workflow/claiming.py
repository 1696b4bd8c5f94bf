"""Claims: scenarios of `targets.yaml` computed from what was captured and decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from auditor.claims import compute
from auditor.errors import ConfigError
from auditor.model.claims import ClaimFile, ClaimResult
from auditor.settings import Workspace
from auditor.workflow.opening import read_targets
from auditor.workflow.telling import report_of


def claim_file(workspace: Workspace) -> ClaimFile:
    """The `claims:` section; `ConfigError` where there is none."""
    estate, _ = read_targets(workspace)
    if not isinstance(estate.claims, ClaimFile):
        raise ConfigError(f"{workspace.targets}: no claims section. Add claims: with scenarios (see docs/claims.md)")
    return estate.claims


def computed(
    workspace: Workspace, names: Sequence[str], *, as_of: datetime | None = None
) -> tuple[tuple[ClaimResult, ...], ClaimFile]:
    """The results of these scenarios (all of them where none is named), in the order of the file."""
    estate, _ = read_targets(workspace)
    file = claim_file(workspace)
    unknown = [name for name in names if name not in file.scenarios]
    if unknown:
        raise ConfigError(f"claim {unknown[0]}: no such scenario; there are {', '.join(file.scenarios)}")
    report = report_of(workspace, as_of=as_of)
    chosen = [file.scenarios[name] for name in names] or list(file.scenarios.values())
    results = tuple(
        compute(one, file, report.positions, report.decisions, report.key_dates, estate, report.history)
        for one in chosen
    )
    return results, file
