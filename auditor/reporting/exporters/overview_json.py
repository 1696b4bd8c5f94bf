"""The overview of what stands as JSON, format `auditor.standing/1`: for screens and machines, never an exhibit.

Money, moments and nulls are as in the JSON report. Keys are only ever added. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from auditor.clock import timestamp
from auditor.model.standing import (
    FindingTally,
    StandingDeployment,
    StandingFinding,
    StandingMoment,
    StandingOverview,
    StandingTallies,
    TrendPoint,
)
from auditor.model.targets.contracts import Money
from auditor.reporting.exporters.json_writer import Json, json_bytes, moment_member, money_member

FORMAT = "auditor.standing/1"


def standing_json(overview: StandingOverview) -> bytes:
    """The overview as UTF-8 JSON with sorted keys: the same overview gives the same bytes."""
    return json_bytes(
        {
            "format": FORMAT,
            "workspace": overview.workspace,
            "software": overview.software,
            "notice": overview.notice,
            "asked_at": timestamp(overview.moment),
            "journal_lines": overview.size,
            "state": _state(overview.state),
            "summary": _summary(overview.tallies),
            "findings_by": [_tally(one) for one in overview.tallies.findings],
            "deployments": [_deployment(one) for one in overview.deployments],
            "findings": [_finding(one) for one in overview.findings],
            "trend": [_point(one) for one in overview.trend],
            "recomputed_by": "auditor report",
        }
    )


def _state(state: StandingMoment) -> Json:
    return {
        "as_of": moment_member(state.as_of),
        "journal_line": state.line,
        "targets_sha256": state.targets,
        "settled": state.settled,
        "outstanding": state.outstanding,
        "outstanding_by_day_alone": state.passed,
    }


def _summary(tallies: StandingTallies) -> Json:
    return {
        "deployments": tallies.deployments,
        "statuses": dict(tallies.statuses),
        "units_over": dict(tallies.units),
        "list_value": _sums(tallies.list_value),
        "net_value": _sums(tallies.net_value),
        "review_only": tallies.review_only,
        "unvalued": tallies.unvalued,
        "findings_by_severity": tallies.findings_by("severity"),
        "findings_by_state": tallies.findings_by("life"),
    }


def _tally(one: FindingTally) -> Json:
    return {
        "rule": one.rule,
        "severity": one.severity,
        "certainty": one.certainty,
        "life": one.life,
        "findings": one.findings,
        "units": one.units,
        "list_value": _sums(one.list_value),
        "net_value": _sums(one.net_value),
    }


def _deployment(one: StandingDeployment) -> Json:
    return {
        "deployment": one.deployment,
        "name": one.name,
        "address": one.address,
        "product": one.product,
        "legal_status": one.legal_status,
        "contract": one.contract,
        "customer": one.customer or None,
        "metric": one.metric,
        "status": one.status,
        "displayed": one.displayed,
        "cap": one.cap,
        "entitled": one.entitled,
        "confirmed": one.confirmed,
        "over_by": one.over_by,
        "list_value": money_member(one.list_value),
        "net_value": money_member(one.net_value),
        "captured_at": moment_member(one.captured_at),
        "sealed": one.sealed,
        "findings": one.findings,
        "severity": one.severity,
        "outstanding": one.outstanding,
    }


def _finding(one: StandingFinding) -> Json:
    return {
        "fingerprint": one.fingerprint,
        "rule": one.rule,
        "severity": one.severity,
        "certainty": one.certainty,
        "kind": one.kind,
        "favours": one.favours,
        "life": one.life,
        "deployment": one.deployment or None,
        "contract": one.contract,
        "metric": one.metric or None,
        "units": one.units,
        "list_value": money_member(one.list_value),
        "net_value": money_member(one.net_value),
        "since": moment_member(one.since),
        "sha256": one.sha256,
        "outstanding": one.outstanding,
    }


def _point(one: TrendPoint) -> Json:
    return {"day": one.day.isoformat(), "journal_line": one.line, **_summary(one.tallies)}


def _sums(values: Iterable[Money]) -> list[Json | None]:
    return [money_member(value) for value in values]
