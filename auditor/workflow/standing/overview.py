"""`auditor report --from-standing`: everything at a glance, from the rows that are kept."""

from __future__ import annotations

from datetime import timedelta

from auditor import __version__
from auditor.clock import Clock, now
from auditor.model.standing import EVERYTHING, DeploymentQuery, FindingQuery, StandingOverview
from auditor.model.targets.estate import Estate
from auditor.reconciliation import CATALOGUE
from auditor.reporting import standing_json
from auditor.workflow.standing.standing import StandingWorkspace, open_standing
from auditor.workspace import Workspace

JUDGED_SECONDS = 10.0
"""How long an overview waits for what is outstanding; what is left then is said to be."""
SHOWN = 100
"""Deployments and findings that an overview names."""
TREND_DAYS = 366


def standing_overview(
    workspace: Workspace, *, clock: Clock = now, estate: Estate | None = None, seconds: float | None = JUDGED_SECONDS
) -> StandingOverview:
    """How everything stands now; what could not be judged within `seconds` is said to be outstanding."""
    with open_standing(workspace, clock=clock, estate=estate) as standing:
        standing.refresh(seconds)
        return overview_of(workspace, standing)


def overview_of(workspace: Workspace, standing: StandingWorkspace) -> StandingOverview:
    """The overview of what stands, all of one moment, whatever others judge meanwhile."""
    with standing.snapshot():
        reader, moment, state = standing.reader, standing.moment, standing.state()
        if state.as_of is not None and state.as_of > moment:  # another one has judged since
            moment = state.as_of
            state = reader.state(moment)
        return StandingOverview(
            workspace=workspace.home.resolve().name,
            software=f"auditor {__version__}",
            notice=standing.notice(),
            moment=moment,
            size=max(standing.size, state.line),
            state=state,
            tallies=reader.tallies(EVERYTHING),
            deployments=reader.deployments(DeploymentQuery(EVERYTHING, limit=SHOWN), moment).rows,
            findings=reader.findings(FindingQuery(EVERYTHING, limit=SHOWN), moment).rows,
            trend=tuple(reader.trend(EVERYTHING, (moment - timedelta(days=TREND_DAYS)).date())),
        )


def render_overview(overview: StandingOverview) -> bytes:
    """An overview as JSON."""
    return standing_json(overview)


def rule_titles() -> dict[str, tuple[str, str]]:
    """The names of the rules, English and Chinese, by their ids."""
    return {name: (entry.name, entry.name_zh) for name, entry in CATALOGUE.items()}
