"""S02: ids inside `claims:` and paths of corrections that name nothing. Key dates are not checked here: one may be an
event that the journal holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.formats import evidence_paths
from auditor.model.claims import ClaimFile, Scenario
from auditor.model.targets.estate import Estate
from auditor.targets.assembly import EstateDraft
from auditor.targets.rules.context import ContractFacts
from auditor.targets.spelling import hint, nearest
from auditor.targets.yaml.nodes import position_of

NamedReference = tuple[tuple[str | int, ...], str, str, Sequence[str]]
"""Path inside the section, the id written, what it names, the ids there are."""


def check_corrections_known(facts: ContractFacts) -> None:
    """A correction of an amendment or order that the contract does not have."""
    contract = facts.contract
    known = {
        "amendments": [amendment.id for amendment in contract.amendments],
        "authorised": list(facts.authorised),
    }
    for correction in contract.corrections:
        section, _, rest = correction.of.removesuffix(f".{correction.field}").partition(".")
        if section not in (*known, "term"):
            choice = hint(nearest(section, [*known, "term"]), [*known, "term"])
            message = f'corrections.of: "{correction.of[:80]}" begins with no part that can be corrected. {choice}'
            facts.note_at("S02", correction, message, "of")
        elif section in known and rest not in known[section]:
            advice = hint(nearest(rest, known[section]), known[section])
            message = f'corrections.of: "{rest[:80]}" is not under {section} of {contract.id}. {advice}'
            facts.note_at("S02", correction, message, "of")


def check_notices_known(draft: EstateDraft, estate: Estate) -> None:
    """The channel of a notice is one of its host."""
    for name, item in estate.notices.items.items():
        found, host = draft.context.place_of(item), estate.hosts.get(item.host)
        if found is None:
            continue
        file, node = found
        if fault := evidence_paths.why_invalid(name):
            draft.context.notes.add("S22", (file, node.at), f"notices.items.{name}", f"{fault}. Choose another id.")
        if host is None or item.channel in host.channels:
            continue
        known = list(host.channels)
        message = (
            f'channel: "{item.channel[:80]}" is no channel of {item.host}. {hint(nearest(item.channel, known), known)}'
        )
        draft.context.notes.add("S02", (file, position_of(node, "channel")), f"notices.items.{name}", message)


def check_claims_known(draft: EstateDraft, estate: Estate) -> None:
    """Price evidence, splits, editions and metrics that a scenario names."""
    file = estate.claims
    found = None if not isinstance(file, ClaimFile) else draft.context.place_of(file)
    if not isinstance(file, ClaimFile) or found is None:
        return
    path, node = found
    editions = _editions(estate, file.product)
    named: list[NamedReference] = [(("edition",), file.edition, "an edition", editions)]
    for name, scenario in file.scenarios.items():
        named += [(("scenarios", name, *at), *rest) for at, *rest in _named(scenario, file, estate)]  # type: ignore[misc]
    for at, written, what, known in named:
        if written and written not in known:
            message = f'"{written[:80]}" is not {what} here. {hint(nearest(written, list(known)), list(known))}'
            where = ".".join(("claims", *map(str, at)))
            draft.context.notes.add("S02", (path, position_of(node, *at)), where, message)


def _named(scenario: Scenario, file: ClaimFile, estate: Estate) -> Iterator[NamedReference]:
    yield ("evidence",), scenario.evidence, "price evidence", [one.id for one in file.price_evidence]
    yield ("split",), scenario.split, "a split", [one.id for one in file.splits]
    yield ("edition",), scenario.edition, "an edition", _editions(estate, scenario.product or file.product)
    metrics = [metric.id for product in estate.products.values() for metric in product.metrics]
    yield ("metric",), scenario.metric, "a metric", metrics
    caps = ["edition", *(one.id for one in estate.deployments.values() if one.legal_status == "reference")]
    yield ("cap_from",), scenario.cap_from, "`edition` or a reference deployment", caps


def _editions(estate: Estate, product: str) -> list[str]:
    products = [estate.products[product]] if product in estate.products else list(estate.products.values())
    return [edition.id for one in products for edition in one.editions]
