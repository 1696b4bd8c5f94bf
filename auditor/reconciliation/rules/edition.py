"""Rules about what runs: edition, modules, version against maintenance."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.model.findings import Finding
from auditor.reconciliation.entitlement.calendar import parse_iso_date
from auditor.reconciliation.entitlement.prices import authorised_edition, find_edition, normalise_name
from auditor.reconciliation.rules.context import RuleContext
from auditor.reconciliation.rules.finding import make_finding
from auditor.reconciliation.rules.texts.position_words import list_text, words_for_observation


def edition_differs(facts: RuleContext) -> Iterator[Finding]:
    """E601: the page shows another edition than the one ordered."""
    for deployment, latest in facts.observed():
        contract = facts.compared_with(deployment.id)
        product = facts.product(deployment.id)
        shown = find_edition(product, latest.fields.get("edition", ""))
        if contract is None or shown is None:
            continue
        ordered = authorised_edition(contract, product, deployment.id, facts.day(latest.captured_at, contract))
        if ordered is not None and ordered.id != shown.id:
            yield make_finding(
                "E601",
                deployment=deployment.id,
                contract=contract.id,
                words=words_for_observation(facts, latest)
                | {"text": latest.fields["edition"], "ordered": ordered.names[0] if ordered.names else ordered.id},
                basis=facts.bases(latest, "edition"),
            )


def module_not_licensed(facts: RuleContext) -> Iterator[Finding]:
    """E602: a module that the page shows as on and the contract does not name."""
    for deployment, latest in facts.observed():
        contract = facts.compared_with(deployment.id)
        text = latest.fields.get("modules", "")
        if contract is None or contract.modules is None or not text:
            continue
        licensed = {normalise_name(name) for name in contract.modules}
        extra = [
            name
            for name in re.split(r"\s*[,，、;；\n]\s*", text)
            if name.strip() and normalise_name(name) not in licensed
        ]
        if extra:
            yield make_finding(
                "E602",
                deployment=deployment.id,
                contract=contract.id,
                words=words_for_observation(facts, latest) | {"modules": list_text(extra)},
                basis=facts.bases(latest, "modules"),
            )


def edition_unknown(facts: RuleContext) -> Iterator[Finding]:
    """E603: the text of the edition is none of the product's names."""
    for deployment, latest in facts.observed():
        text = latest.fields.get("edition", "")
        if text and find_edition(facts.product(deployment.id), text) is None:
            yield make_finding(
                "E603",
                deployment=deployment.id,
                words=words_for_observation(facts, latest) | {"text": text},
                certainty="needs_review",
                basis=facts.bases(latest, "edition"),
                favours="neither",
            )


def newer_than_maintenance(facts: RuleContext) -> Iterator[Finding]:
    """E604: built after the last day of maintenance."""
    for deployment, latest in facts.observed():
        contract = facts.compared_with(deployment.id)
        built = parse_iso_date(latest.fields.get("built_on", ""))
        if contract is None or contract.maintenance_through is None or built is None:
            continue
        if built > contract.maintenance_through:
            yield make_finding(
                "E604",
                deployment=deployment.id,
                contract=contract.id,
                words=words_for_observation(facts, latest) | {"built": built, "through": contract.maintenance_through},
                basis=facts.bases(latest, "built_on", "version"),
            )
