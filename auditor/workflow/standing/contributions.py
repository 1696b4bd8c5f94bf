"""What a deployment, or the record of a contract, adds to the sums of each scope, and how each scope sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from auditor.index import FindingPlace, FindingSums, Sums, TalliedFinding, add_money, place_of, position_of, tallied_of
from auditor.model.severity import SET_ASIDE_STATES, SEVERITIES
from auditor.model.standing import StandingDeployment, StandingPosition
from auditor.model.targets.deployments import Deployment
from auditor.reporting import STATUSES, findings_by_subject, summed_over

EVERYTHING_SCOPE = "*"
Rows = Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Contribution:
    """Of one scope."""

    sums: Sums
    subject: StandingDeployment | None
    """How the scope sees the deployment; None where it has no position of it."""


def contributed_by(place: Deployment | None, positions: Rows, findings: Rows) -> dict[str, Contribution]:
    """By scope, what these rows of one deployment add to its sums. `place`: the deployment, where they are of one."""
    mine = [(one, _scopes_of(one)) for one in map(position_of, positions)]
    told = [(tallied_of(row), _seen_by(place_of(row))) for row in findings]
    if not mine and not told:
        return {}
    whole = _contribution(place, [one for one, _ in mine], [one for one, _ in told])
    found = {EVERYTHING_SCOPE: whole}
    for scope in dict.fromkeys(scope for _, scopes in (*mine, *told) for scope in scopes):
        seen = [one for one, scopes in mine if scope in scopes]
        about = [one for one, scopes in told if scope in scopes]
        same = len(seen) == len(mine) and len(about) == len(told)
        found[scope] = whole if same else _contribution(place, seen, about)
    return found


def _contribution(
    place: Deployment | None, positions: Sequence[StandingPosition], findings: Sequence[TalliedFinding]
) -> Contribution:
    return Contribution(_sums(positions, findings), _subject(place, positions, findings))


def _scopes_of(one: StandingPosition) -> list[str]:
    named = (("contract", one.contract), ("customer", one.customer))
    return [f"{kind}/{name}" for kind, name in named if name]


def _seen_by(place: FindingPlace) -> list[str]:
    named = (("contract", place.reader, place.in_contract), ("customer", place.customer, place.in_customer))
    return [f"{kind}/{name}" for kind, name, within in named if name and within]


def _sums(positions: Sequence[StandingPosition], findings: Sequence[TalliedFinding]) -> Sums:
    sums = Sums()
    if positions:
        sums.count("deployments")
        sums.count(f"status/{_status(positions)}")
    counted, left_out = summed_over(positions, findings_by_subject(findings))
    sums.count("review_only", left_out)
    for one in counted:
        sums.count(f"units/{one.metric}", one.over_by or 0)
        sums.count("unvalued", one.list_value is None)
        add_money(sums.list_value, one.list_value)
        add_money(sums.net_value, one.net_value)
    for finding in findings:
        key = (finding.rule, finding.severity, finding.certainty, finding.life)
        tally = sums.findings.setdefault(key, FindingSums())
        tally.findings += 1
        tally.units += finding.units or 0
        add_money(tally.list_value, finding.list_value)
        add_money(tally.net_value, finding.net_value)
    return sums


def _status(positions: Iterable[StandingPosition]) -> str:
    return min((one.status for one in positions), key=STATUSES.index)


def _subject(
    place: Deployment | None, positions: Sequence[StandingPosition], findings: Sequence[TalliedFinding]
) -> StandingDeployment | None:
    if place is None or not positions:
        return None
    most = max(positions, key=lambda one: -1 if one.over_by is None else one.over_by)
    open_ = [one for one in findings if one.life not in SET_ASIDE_STATES]
    return StandingDeployment(
        deployment=place.id,
        name=place.name,
        address=place.address,
        product=place.product,
        legal_status=place.legal_status,
        contract=most.contract,
        customer=most.customer,
        metric=most.metric,
        status=min((one.status for one in positions), key=STATUSES.index),
        displayed=most.displayed,
        cap=most.cap,
        entitled=most.entitled,
        confirmed=most.confirmed,
        over_by=most.over_by,
        list_value=most.list_value,
        net_value=most.net_value,
        captured_at=most.captured_at,
        sealed=most.sealed,
        findings=len(open_),
        severity=min((one.severity for one in open_), key=SEVERITIES.index, default=None),
        outstanding=False,
    )


def add_differences(
    changes: dict[str, Sums], before: Mapping[str, Contribution], now: Mapping[str, Contribution]
) -> None:
    """By scope, what is to be added to its sums, added to what is to be added already."""
    nothing = Sums()
    for scope in before.keys() | now.keys():
        stood, stands = (each[scope].sums if scope in each else nothing for each in (before, now))
        if stood != stands:
            change = changes.setdefault(scope, Sums())
            change.add(stands)
            change.add(stood, -1)
