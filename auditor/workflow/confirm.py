"""From what an analyst says to a decision in the journal: checked against what was captured, then recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import cast, get_args

from auditor.clock import now
from auditor.custody import Journal, require_initialised
from auditor.errors import ConfigError
from auditor.index import Index
from auditor.model.comparisons import CONFIRMED_ANSWERS
from auditor.model.findings import Decision, DecisionKind, ExcludedRow, Finding, KeyDate
from auditor.model.reading.observations import Observation
from auditor.model.targets.estate import Estate
from auditor.workflow.compared.results import load_comparison
from auditor.workflow.decisions import decision_to_dict, journal_decision, journal_key_date, read_decisions
from auditor.workflow.report.render import WorkspaceReportRequest, workspace_report
from auditor.workflow.wiring import open_custody, read_targets
from auditor.workspace import Workspace

COMPARABLE = ("comparable", "not_comparable")
"""What a person may decide about price evidence: whether it may feed a formula."""


@dataclass(frozen=True, slots=True)
class DecisionBasis:
    """Who decides, why, and what that rests on."""

    by: str
    reason: str
    evidence: Sequence[str] = ()
    """Ids of captures."""
    account: str = ""
    """Id of the account that decided on a page; empty on the command line."""
    seen_line: int | None = None
    """The journal line that the page was of."""

    def decision(self, kind: DecisionKind, subject: str) -> Decision:
        """The decision it is the basis of, before it is recorded: its id and its moment come then."""
        return Decision("", kind, now(), self.by, self.reason, subject, tuple(self.evidence))


@dataclass(frozen=True, slots=True)
class RowExclusions:
    """Rows of a list that are not counted, each with the reason."""

    by_code: Mapping[str, str] = field(default_factory=dict)
    """`CODE`, or `CODE/NAME` where several bodies share a code."""
    by_kind: Mapping[str, str] = field(default_factory=dict)
    """All rows of a kind."""


NO_EXCLUSIONS = RowExclusions()


def confirm_count(
    workspace: Workspace,
    deployment: str,
    value: int,
    basis: DecisionBasis,
    *,
    metric: str = "",
    exclusions: RowExclusions = NO_EXCLUSIONS,
) -> Decision:
    """Record a confirmed count on the capture named in the basis, or the newest one.

    `metric`: empty for the product's first. Raises `ConfigError` where rows named are not on that capture's list, or
    where displayed less the rows left out is not the count. A count that differs and names no row is recorded; what
    nobody explained is said by `unexplained_units`, and by each report.
    """
    estate, _ = read_targets(workspace)
    metric = metric or _first_metric(estate, deployment)
    seen = _observation(workspace, deployment, metric, basis.evidence)
    left_out = _left_out(seen, exclusions)
    if left_out and seen.counted is not None and seen.counted - len(left_out) != value:
        stated = "displayed" if seen.displayed is not None else "listed"
        raise ConfigError(
            f"{deployment}: {seen.counted} {stated} less {len(left_out)} rows left out is "
            f"{seen.counted - len(left_out)}, not {value}; name every row that is not counted"
        )
    seen_on = replace(basis, evidence=tuple(dict.fromkeys((seen.capture, *basis.evidence))))
    made = seen_on.decision("confirmed_count", deployment)
    return record_decision(workspace, replace(made, value=value, metric=metric, excluded=left_out), basis)


def unexplained_units(workspace: Workspace, decision: Decision) -> tuple[int, int]:
    """What the capture of a confirmed count shows, and by how many units that differs from the count and the rows left
    out by name; 0 where every unit is explained."""
    shown = _observation(workspace, decision.subject, decision.metric, decision.evidence).counted or 0
    return shown, abs(shown - len(decision.excluded) - (decision.value or 0))


def confirm_date(workspace: Workspace, key_date: str, day: date, basis: DecisionBasis) -> Decision:
    """Resolve an ambiguous key date to one of its candidates."""
    estate, _ = read_targets(workspace)
    named = next((one for one in estate.key_dates if one.id == key_date), None)
    if named is None:
        known = ", ".join(one.id for one in estate.key_dates) or "none"
        raise ConfigError(f"{key_date}: no such key date in {workspace.targets}; it has {known}")
    if day not in named.candidates:
        candidates = ", ".join(map(str, named.candidates)) or f"none: it is {named.on} already"
        raise ConfigError(f"{key_date}: {day} is not among its candidates ({candidates})")
    return record_decision(workspace, replace(basis.decision("date", key_date), text=day.isoformat()), basis)


def confirm_identity_or_price(
    workspace: Workspace, kind: str, subject: str, text: str, basis: DecisionBasis
) -> Decision:
    """Record who a deployment is, or whether a price is comparable."""
    estate, _ = read_targets(workspace)
    if kind == "identity" and subject not in estate.deployments:
        raise ConfigError(f"{subject}: no such deployment in {workspace.targets}")
    if kind == "price_evidence" and text not in COMPARABLE:
        raise ConfigError(f"price evidence {subject}: expected {' or '.join(COMPARABLE)}, not {text!r}")
    if kind not in get_args(DecisionKind):
        raise ConfigError(f"{kind}: no such kind of decision")
    return record_decision(workspace, replace(basis.decision(cast("DecisionKind", kind), subject), text=text), basis)


def confirm_finding(
    workspace: Workspace,
    fingerprint: str,
    state: str,
    until: date | None,
    basis: DecisionBasis,
    among: WorkspaceReportRequest | None = None,
) -> Decision:
    """Move a finding that stands now through its life, or suppress it through a day.

    `among`: where the finding is looked for; None: everywhere. `ConfigError` as `decide_found`.
    """
    report = workspace_report(workspace, among or WorkspaceReportRequest(history_limit=0))
    found = {one.fingerprint: one for one in report.findings}
    finding = found.get(fingerprint)
    if finding is None:
        near = ", ".join(sorted(found)[:6]) or "none"
        raise ConfigError(f"{fingerprint}: no such finding now; there are {near}")
    return decide_found(workspace, finding, state, until, basis)


def require_decidable(finding: Finding, state: str, until: date | None) -> None:
    """`ConfigError` for a last day without a suppression, and for one that is over where there is no suppression to be
    ended by it."""
    if until is None:
        return
    if state != "suppress":
        raise ConfigError(f"until {until}: only a suppression has a last day; {state} holds until it is decided anew")
    if until < now().date() and finding.life != "suppressed":
        raise ConfigError(
            f"until {until}: is over, and nothing of {finding.fingerprint} is suppressed that it would end"
        )


def decide_found(
    workspace: Workspace, finding: Finding, state: str, until: date | None, basis: DecisionBasis
) -> Decision:
    """Decide a finding as it was judged: its number is that of the decision. `ConfigError` as `require_decidable`."""
    require_decidable(finding, state, until)
    suppressed = state == "suppress"
    made = basis.decision("suppression" if suppressed else "finding", finding.fingerprint)
    return record_decision(
        workspace, replace(made, value=finding.units, text="" if suppressed else state, expires_on=until), basis
    )


def confirm_screen(workspace: Workspace, comparison: str, screen: str, answer: str, basis: DecisionBasis) -> Decision:
    """Record what a named person says of a screen of a comparison, or of the whole of it (`screen` empty)."""
    stored = load_comparison(workspace, comparison)
    if answer not in CONFIRMED_ANSWERS:
        raise ConfigError(f"{answer}: expected one of {', '.join(CONFIRMED_ANSWERS)}")
    ids = [one.id for one in stored.result.declaration.screens]
    if screen and screen not in ids:
        raise ConfigError(f"{screen}: no screen of this comparison; there are {', '.join(ids)}")
    seen_on = replace(basis, evidence=(stored.result.reference.capture, stored.result.suspect.capture))
    subject = f"{stored.id}/{screen}" if screen else stored.id
    return record_decision(workspace, replace(seen_on.decision("compared_screen", subject), text=answer), basis)


def record_key_date(workspace: Workspace, key_date: KeyDate) -> KeyDate:
    """Journal a key date. `ConfigError` where its contract is not in `targets.yaml`, or its name is there already."""
    estate, _ = read_targets(workspace)
    if key_date.contract and key_date.contract not in estate.contracts:
        raise ConfigError(f"{key_date.contract}: no such contract in {workspace.targets}")
    if any(one.id == key_date.id for one in estate.key_dates):
        raise ConfigError(
            f"{key_date.id}: {workspace.targets} has a key date of that name; resolve it with: confirm date"
        )
    with open_custody(workspace) as custody:
        return journal_key_date(custody.journal, key_date)


def list_decisions(workspace: Workspace) -> list[dict[str, object]]:
    """All decisions as plain values, oldest first."""
    require_initialised(workspace.root)
    return [decision_to_dict(one) for one in read_decisions(Journal.open(workspace.root).entries(kinds=("decision",)))]


def record_decision(workspace: Workspace, decision: Decision, basis: DecisionBasis | None = None) -> Decision:
    """Journal a decision; it supersedes the one before about the same. `basis`: where it was made on a page."""
    with open_custody(workspace) as custody:
        before = [
            one
            for one in read_decisions(custody.journal.entries(kinds=("decision",)))
            if (one.kind, one.subject, one.metric) == (decision.kind, decision.subject, decision.metric)
        ]
        # Decided once the workspace is held: journal lines and the moments in them go the same way.
        made = replace(decision, at=now(), supersedes=before[-1].id if before else "")
        if basis is None:
            return journal_decision(custody.journal, made)
        return journal_decision(custody.journal, made, account=basis.account, seen_line=basis.seen_line)


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


def _left_out(seen: Observation, exclusions: RowExclusions) -> tuple[ExcludedRow, ...]:
    """The rows of the list that are excluded; each that is named must be on it."""
    rows = []
    for name, reason in exclusions.by_code.items():
        found = [
            row for row in seen.rows if name in {row.get("code", ""), f"{row.get('code', '')}/{row.get('name', '')}"}
        ]
        if len(found) != 1:
            say = "is not on the list" if not found else f"stands for {len(found)} rows: write CODE/NAME"
            raise ConfigError(f"{seen.deployment}: row {name!r} {say} of capture {seen.capture}")
        rows.append(ExcludedRow(found[0].get("code", ""), found[0].get("name", ""), reason))
    for kind, reason in exclusions.by_kind.items():
        found = [row for row in seen.rows if row.get("kind") == kind]
        if not found:
            raise ConfigError(f"{seen.deployment}: no row of kind {kind!r} on the list of capture {seen.capture}")
        rows += [ExcludedRow(row.get("code", ""), row.get("name", ""), reason) for row in found]
    return tuple(dict.fromkeys(rows))
