"""Rules about where: the deployment, its branches, and places nobody recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.model.findings import Finding
from auditor.model.notes import make_note
from auditor.model.targets.contracts import Territory
from auditor.reconciliation.rules.context import RuleContext
from auditor.reconciliation.rules.finding import make_finding
from auditor.reconciliation.rules.texts.position_words import list_text, words_for_observation


def lies_within(place: str, territory: Territory) -> bool:
    """Whether an ISO 3166-2 place lies in the territory: a country holds its subdivisions."""
    return any(place == code or place.startswith(f"{code}-") for code in territory.places)


def outside_territory(facts: RuleContext) -> Iterator[Finding]:
    """G401: a deployment in use whose place lies outside; where the clause measures the sale, it asks for review."""
    for deployment, latest in facts.observed():
        contract = facts.compared_with(deployment.id)
        territory = None if contract is None else contract.territory
        if (
            contract is None
            or territory is None
            or deployment.place is None
            or lies_within(deployment.place, territory)
        ):
            continue
        if territory.measured_by == "branch" or deployment.legal_status == "reference":
            continue
        sale = territory.measured_by == "sale"
        yield make_finding(
            "G401",
            deployment=deployment.id,
            contract=contract.id,
            words=words_for_observation(facts, latest)
            | {
                "place": deployment.place,
                "places": ", ".join(territory.places),
                "clause": territory.source.clause or "–",
            },
            variant="sale" if sale else "",
            kind="review" if sale else None,
            certainty="needs_review" if sale else "likely",
            basis=facts.bases(latest, "displayed", "licensee"),
            assumptions=(
                make_note("assumption.place_of_licensee"),
                make_note("assumption.valued_elsewhere"),
            ),
        )


def branch_outside(facts: RuleContext) -> Iterator[Finding]:
    """G402: listed branches outside, where the clause measures branches."""
    for deployment, latest in facts.observed():
        contract = facts.compared_with(deployment.id)
        territory = None if contract is None else contract.territory
        if contract is None or territory is None or territory.measured_by != "branch":
            continue
        found = [
            f"{row.get('name') or row.get('code', '')} ({row['place']})"
            for row in facts.rows(latest)
            if re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", row.get("place", ""))
            and not lies_within(row["place"], territory)
        ]
        if found:
            yield make_finding(
                "G402",
                deployment=deployment.id,
                contract=contract.id,
                metric=latest.metric,
                words=words_for_observation(facts, latest)
                | {"count": len(found), "names": list_text(found), "places": ", ".join(territory.places)},
                basis=facts.bases(latest, "listed"),
                units=len(found),
            )


def place_unknown(facts: RuleContext) -> Iterator[Finding]:
    """G403: a contract with a territory, a deployment in use, and no place on record."""
    for deployment, latest in facts.observed():
        contract = facts.compared_with(deployment.id)
        if contract is not None and contract.territory is not None and deployment.place is None:
            words = words_for_observation(facts, latest) | {"places": ", ".join(contract.territory.places)}
            yield make_finding(
                "G403",
                deployment=deployment.id,
                contract=contract.id,
                words=words,
                certainty="needs_review",
                basis=facts.bases(latest, "displayed"),
            )
