"""What a file must say as a whole, after every part was read: a table of functions over values and their places."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

from auditor.model.estate import Estate
from auditor.targets.assembly import Draft
from auditor.targets.rules import amendments, deployments, documents, money, names, overlaps, references, terms
from auditor.targets.rules.facts import Facts, facts_of

CONTRACT_RULES: tuple[Callable[[Facts], None], ...] = (
    terms.order,
    terms.renewal,
    terms.notice,
    terms.last_day,
    terms.after_end,
    terms.by_rule,
    names.editions_known,
    names.documents_known,
    references.corrections_known,
    amendments.start,
    amendments.after_end,
    amendments.covered,
    amendments.backdated,
    amendments.upon,
    amendments.removals,
    money.list_prices,
    money.net_amounts,
    money.percent_over,
    money.rebates,
    money.payments,
)
"""Each looks at one contract."""

ESTATE_RULES: tuple[Callable[[Draft, Estate], None], ...] = (
    names.edition_names,
    names.kinds,
    names.shared_labels,
    names.corroborated,
    references.claims_known,
    deployments.one_host,
    deployments.contradictions,
    deployments.stamped,
)
"""Each looks at the whole estate."""


def apply_rules(draft: Draft, estate: Estate, folders: dict[str, Path]) -> None:
    """Applies every rule; problems are noted in the draft's context. `folders`: where each file lies."""
    facts = tuple(facts_of(contract, draft) for contract in draft.sections.get("contracts", ()))
    for each in facts:
        for rule in CONTRACT_RULES:
            rule(each)
        documents.files(each, folders)
    overlaps.contracts(facts)
    for whole in ESTATE_RULES:
        whole(draft, estate)
    documents.roots(draft, estate, folders)


def named_files(draft: Draft, estate: Estate, folders: dict[str, Path]) -> tuple[tuple[str, bool, str | None], ...]:
    """Every file that rules look at: its path, whether its digest matters, and what is there now."""
    facts = [facts_of(contract, draft) for contract in draft.sections.get("contracts", ())]
    named = documents.named(facts, estate, draft.context.file, folders)
    return tuple((str(path), wanted, documents.digest_of(path, wanted)) for path, wanted in named)


RULES = MappingProxyType({"contract": CONTRACT_RULES, "estate": ESTATE_RULES})
