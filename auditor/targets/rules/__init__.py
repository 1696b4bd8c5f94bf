"""What a file must say as a whole, after every part was read: a table of functions over values and their places.

==============  ========================================================================================================
`amendments`    A01–A08: changes of quantity, in the order of their days
`context`       one contract with its product and its places; and the arithmetic of days and units that several rules
                share
`deployments`   D02, D08, D11, D13, D14, K03, K06: what deployments, contracts, authorities and vantages must say
                together
`documents`     D03, K02, K05: files that the estate names: documents of contracts, pinned certificates, the root
                zone's keys
`money`         M01–M07: prices, net amounts, rebates and payments
`names`         S10, Q03, P02–P05 and unknown editions and metrics: names that must be one thing, and known
`overlaps`      T06: two contracts over one deployment at the same time
`portable_ids`  S22: ids that become names of evidence
`references`    S02: ids inside `claims:` and paths of corrections that name nothing
`terms`         T01–T05, T07: the term, its renewal and its end
==============  ========================================================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

from auditor.model.targets.estate import Estate
from auditor.targets.assembly import EstateDraft
from auditor.targets.rules import (
    amendments,
    deployments,
    documents,
    money,
    names,
    overlaps,
    portable_ids,
    references,
    terms,
)
from auditor.targets.rules.context import ContractFacts, contract_facts

CONTRACT_RULES: tuple[Callable[[ContractFacts], None], ...] = (
    terms.check_order,
    terms.check_renewal,
    terms.check_notice,
    terms.check_last_day,
    terms.check_after_end,
    terms.check_renewed_by_rule,
    names.check_editions_known,
    names.check_documents_known,
    references.check_corrections_known,
    amendments.check_start,
    amendments.check_after_end,
    amendments.check_covered,
    amendments.check_backdated,
    amendments.check_occasion,
    amendments.check_removals,
    money.check_list_prices,
    money.check_net_amounts,
    money.check_percent_of_list,
    money.check_rebates,
    money.check_payments,
)
"""Each looks at one contract."""

ESTATE_RULES: tuple[Callable[[EstateDraft, Estate], None], ...] = (
    names.check_edition_names,
    names.check_kinds,
    names.check_field_names,
    names.check_counts_on_several_pages,
    names.check_shared_labels,
    names.check_corroborated,
    references.check_claims_known,
    references.check_notices_known,
    deployments.check_shared_host,
    deployments.check_browser_ports,
    deployments.check_ways_in,
    deployments.check_second_visits,
    deployments.check_contradictions,
    deployments.check_authorities_named,
    deployments.check_party_keys,
    portable_ids.check_portable_ids,
)
"""Each looks at the whole estate."""


def apply_rules(draft: EstateDraft, estate: Estate, folders: dict[str, Path]) -> None:
    """Applies every rule; problems are noted in the draft's context. `folders`: where each file lies."""
    facts = tuple(contract_facts(contract, draft) for contract in draft.sections.get("contracts", ()))
    for each in facts:
        for rule in CONTRACT_RULES:
            rule(each)
        documents.check_document_files(each, folders)
    overlaps.check_overlaps(facts)
    for whole in ESTATE_RULES:
        whole(draft, estate)
    documents.check_pinned_certificates(draft, estate, folders)
    documents.check_root_keys(draft, estate, folders)


def named_files(
    draft: EstateDraft, estate: Estate, folders: dict[str, Path]
) -> tuple[tuple[str, bool, str | None], ...]:
    """Every file that rules look at: its path, whether its digest matters, and what is there now."""
    facts = [contract_facts(contract, draft) for contract in draft.sections.get("contracts", ())]
    named = documents.named_paths(facts, estate, draft.context.file, folders)
    return tuple((str(path), wanted, documents.digest_of(path, wanted)) for path, wanted in named)


RULES = MappingProxyType({"contract": CONTRACT_RULES, "estate": ESTATE_RULES})
