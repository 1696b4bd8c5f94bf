"""Rules about what runs: edition, modules, version against maintenance."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.model.findings import Finding
from auditor.reconciliation.days import iso
from auditor.reconciliation.facts import Facts, bases
from auditor.reconciliation.making import make
from auditor.reconciliation.prices import authorised_edition, edition_named, normal
from auditor.reconciliation.words import listing, observation_words


def edition_differs(facts: Facts) -> Iterator[Finding]:
    """E601: the page shows another edition than the one ordered."""
    for deployment, latest in facts.observed():
        contract = facts.compared_with(deployment.id)
        product = facts.product(deployment.id)
        shown = edition_named(product, latest.identity.get("edition", ""))
        if contract is None or shown is None:
            continue
        ordered = authorised_edition(contract, product, deployment.id, facts.day(latest.captured_at, contract))
        if ordered is not None and ordered.id != shown.id:
            yield make(
                "E601",
                deployment=deployment.id,
                contract=contract.id,
                words=observation_words(facts, latest)
                | {"text": latest.identity["edition"], "ordered": ordered.names[0] if ordered.names else ordered.id},
                basis=bases(latest, "edition"),
            )


def module_not_licensed(facts: Facts) -> Iterator[Finding]:
    """E602: a module that the page shows as on and the contract does not name."""
    for deployment, latest in facts.observed():
        contract = facts.compared_with(deployment.id)
        text = latest.identity.get("modules", "")
        if contract is None or contract.modules is None or not text:
            continue
        licensed = {normal(name) for name in contract.modules}
        extra = [
            name for name in re.split(r"\s*[,，、;；\n]\s*", text) if name.strip() and normal(name) not in licensed
        ]
        if extra:
            yield make(
                "E602",
                deployment=deployment.id,
                contract=contract.id,
                words=observation_words(facts, latest) | {"modules": listing(extra)},
                basis=bases(latest, "modules"),
            )


def edition_unknown(facts: Facts) -> Iterator[Finding]:
    """E603: the text of the edition is none of the product's names."""
    for deployment, latest in facts.observed():
        text = latest.identity.get("edition", "")
        if text and edition_named(facts.product(deployment.id), text) is None:
            yield make(
                "E603",
                deployment=deployment.id,
                words=observation_words(facts, latest) | {"text": text},
                certainty="needs_review",
                basis=bases(latest, "edition"),
                favours="neither",
            )


def newer_than_maintenance(facts: Facts) -> Iterator[Finding]:
    """E604: built after the last day of maintenance."""
    for deployment, latest in facts.observed():
        contract = facts.compared_with(deployment.id)
        built = iso(latest.identity.get("built_on", ""))
        if contract is None or contract.maintenance_through is None or built is None:
            continue
        if built > contract.maintenance_through:
            yield make(
                "E604",
                deployment=deployment.id,
                contract=contract.id,
                words=observation_words(facts, latest) | {"built": built, "through": contract.maintenance_through},
                basis=bases(latest, "built_on", "version"),
            )
