"""From what an analyst says to a decision in the journal: checked against what was captured, then recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast, get_args

from auditor.clock import now
from auditor.custody import Journal, open_workspace
from auditor.errors import ConfigError
from auditor.index import Index
from auditor.model.estate import Estate
from auditor.model.findings import Decision, DecisionKind, ExcludedRow, KeyDate, Observation
from auditor.workflow.decisions import decision_to_dict, journal_decision, journal_key_date, read_decisions
from auditor.workflow.report.render import require_initialised, workspace_report
from auditor.workflow.wiring import key_passphrase, read_targets
from auditor.workspace import Workspace

COMPARABLE = ("comparable", "not_comparable")
"""What a person may decide about price evidence: whether it may feed a formula."""


def confirm_count(
    workspace: Workspace,
    deployment: str,
    value: int,
    *,
    metric: str,
    exclude: Mapping[str, str],
    exclude_kind: Mapping[str, str],
    by: str,
    reason: str,
    evidence: Sequence[str],
) -> Decision:
    """Record a confirmed count on the capture named in `evidence`, or the newest one.

    Raises `ConfigError` where rows named are not on that capture's list, or where displayed less the rows left out is
    not the count: a difference nobody explains is refused.
    """
    estate, _ = read_targets(workspace)
    metric = metric or _first_metric(estate, deployment)
    seen = _observation(workspace, deployment, metric, evidence)
    left_out = _left_out(seen, exclude, exclude_kind)
    if left_out and seen.counted is not None and seen.counted - len(left_out) != value:
        stated = "displayed" if seen.displayed is not None else "listed"
        raise ConfigError(
            f"{deployment}: {seen.counted} {stated} less {len(left_out)} rows left out is "
            f"{seen.counted - len(left_out)}, not {value}; name every row that is not counted"
        )
    return _record(
        workspace,
        "confirmed_count",
        deployment,
        by=by,
        reason=reason,
        evidence=tuple(dict.fromkeys((seen.capture, *evidence))),
        value=value,
        metric=metric,
        excluded=left_out,
    )


def confirm_date(
    workspace: Workspace, key_date: str, day: date, *, by: str, reason: str, evidence: Sequence[str]
) -> Decision:
    """Resolve an ambiguous key date to one of its candidates."""
    estate, _ = read_targets(workspace)
    named = next((one for one in estate.key_dates if one.id == key_date), None)
    if named is None:
        known = ", ".join(one.id for one in estate.key_dates) or "none"
        raise ConfigError(f"{key_date}: no such key date in {workspace.targets}; it has {known}")
    if day not in named.candidates:
        candidates = ", ".join(map(str, named.candidates)) or f"none: it is {named.on} already"
        raise ConfigError(f"{key_date}: {day} is not among its candidates ({candidates})")
    return _record(workspace, "date", key_date, by=by, reason=reason, evidence=evidence, text=day.isoformat())


def confirm_identity_or_price(
    workspace: Workspace, kind: str, subject: str, text: str, *, by: str, reason: str, evidence: Sequence[str]
) -> Decision:
    """Record who a deployment is, or whether a price is comparable."""
    estate, _ = read_targets(workspace)
    if kind == "identity" and subject not in estate.deployments:
        raise ConfigError(f"{subject}: no such deployment in {workspace.targets}")
    if kind == "price_evidence" and text not in COMPARABLE:
        raise ConfigError(f"price evidence {subject}: expected {' or '.join(COMPARABLE)}, not {text!r}")
    if kind not in get_args(DecisionKind):
        raise ConfigError(f"{kind}: no such kind of decision")
    return _record(workspace, cast("DecisionKind", kind), subject, by=by, reason=reason, evidence=evidence, text=text)


def confirm_finding(
    workspace: Workspace,
    fingerprint: str,
    state: str,
    until: date | None,
    *,
    by: str,
    reason: str,
    evidence: Sequence[str],
) -> Decision:
    """Move a finding that stands now through its life, or suppress it until a day."""
    found = {one.fingerprint: one for one in workspace_report(workspace, told=0).findings}
    finding = found.get(fingerprint)
    if finding is None:
        near = ", ".join(sorted(found)[:6]) or "none"
        raise ConfigError(f"{fingerprint}: no such finding now; there are {near}")
    suppressed = state == "suppress"
    return _record(
        workspace,
        "suppression" if suppressed else "finding",
        fingerprint,
        by=by,
        reason=reason,
        evidence=evidence,
        value=finding.units,
        text="" if suppressed else state,
        expires_on=until,
    )


def record_key_date(
    workspace: Workspace, name: str, kind: str, day: date, *, what: str, document: str, contract: str
) -> KeyDate:
    """Journal a key date."""
    estate, _ = read_targets(workspace)
    if contract and contract not in estate.contracts:
        raise ConfigError(f"{contract}: no such contract in {workspace.targets}")
    if any(one.id == name for one in estate.key_dates):
        raise ConfigError(f"{name}: {workspace.targets} has a key date of that name; resolve it with: confirm date")
    made = KeyDate(name, kind, day, what=what, document=document, contract=contract)  # type: ignore[arg-type]
    with open_workspace(workspace.root, passphrase=key_passphrase()) as custody:
        return journal_key_date(custody.journal, made)


def list_decisions(workspace: Workspace) -> list[dict[str, object]]:
    """All decisions as plain values, oldest first."""
    require_initialised(workspace)
    return [decision_to_dict(one) for one in read_decisions(Journal.open(workspace.root).entries())]


def _record(
    workspace: Workspace,
    kind: DecisionKind,
    subject: str,
    *,
    by: str,
    reason: str,
    evidence: Sequence[str],
    value: int | None = None,
    metric: str = "",
    excluded: tuple[ExcludedRow, ...] = (),
    text: str = "",
    expires_on: date | None = None,
) -> Decision:
    with open_workspace(workspace.root, passphrase=key_passphrase()) as custody:
        before = [
            one
            for one in read_decisions(custody.journal.entries())
            if (one.kind, one.subject, one.metric) == (kind, subject, metric)
        ]
        made = Decision(
            "", kind, now(), by, reason, subject, tuple(evidence), value, metric, excluded, text, expires_on,
            before[-1].id if before else "",
        )  # fmt: skip
        return journal_decision(custody.journal, made)


def _first_metric(estate: Estate, deployment: str) -> str:
    if deployment not in estate.deployments:
        known = ", ".join(list(estate.deployments)[:8])
        raise ConfigError(f"{deployment}: no such deployment; there are {known}")
    return estate.products[estate.deployments[deployment].product].metrics[0].id


def _observation(workspace: Workspace, deployment: str, metric: str, evidence: Sequence[str]) -> Observation:
    with Index.open(workspace.db) as index:
        seen = [one for one in index.observations(deployment) if one.metric == metric and one.counted is not None]
    named = [one for one in seen if one.capture in evidence] if evidence else seen
    if not named:
        what = f"captures {', '.join(evidence)}" if evidence else "no capture"
        raise ConfigError(f"{deployment}: {what} with a number of {metric} to decide on. Run: auditor run")
    return named[-1]


def _left_out(seen: Observation, exclude: Mapping[str, str], kinds: Mapping[str, str]) -> tuple[ExcludedRow, ...]:
    """Rows by code (or `code/name` where several bodies share a code), or by kind; each must be on the list."""
    rows = []
    for name, reason in exclude.items():
        found = [
            row for row in seen.rows if name in {row.get("code", ""), f"{row.get('code', '')}/{row.get('name', '')}"}
        ]
        if len(found) != 1:
            say = "is not on the list" if not found else f"stands for {len(found)} rows: write CODE/NAME"
            raise ConfigError(f"{seen.deployment}: row {name!r} {say} of capture {seen.capture}")
        rows.append(ExcludedRow(found[0].get("code", ""), found[0].get("name", ""), reason))
    for kind, reason in kinds.items():
        found = [row for row in seen.rows if row.get("kind") == kind]
        if not found:
            raise ConfigError(f"{seen.deployment}: no row of kind {kind!r} on the list of capture {seen.capture}")
        rows += [ExcludedRow(row.get("code", ""), row.get("name", ""), reason) for row in found]
    return tuple(dict.fromkeys(rows))
