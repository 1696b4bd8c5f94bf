"""The rules in their order. A rule is a small pure function from facts to findings; every finding cites."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from auditor.model.findings import Finding
from auditor.reconciliation.rules import (
    cap,
    contract_record,
    edition,
    evidence,
    identity,
    money,
    permitted_overage,
    quantity,
    term,
    territory,
)
from auditor.reconciliation.rules.context import RuleContext
from auditor.reconciliation.rules.texts.catalogue import CATALOGUE
from auditor.reconciliation.rules.texts.entries import CatalogueEntry

RuleCheck = Callable[[RuleContext], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what the catalogue says about it, and how it looks at the facts."""

    entry: CatalogueEntry
    check: RuleCheck

    @property
    def id(self) -> str:
        return self.entry.id

    @property
    def whole(self) -> bool:
        """True where it compares deployments or goes through contracts, so that it must see the estate at once."""
        return self.id in WHOLE_ESTATE_RULES


CHECKS: tuple[tuple[str, RuleCheck], ...] = (
    ("Q101", quantity.over_entitlement),
    ("Q102", quantity.peak_over_now_within),
    ("Q103", quantity.over_before_amendment),
    ("Q104", quantity.overage_growing),
    ("Q105", quantity.near_the_limit),
    ("Q106", quantity.entitlement_unused),
    ("Q107", quantity.over_own_cap),
    ("Q108", quantity.headline_against_list),
    ("Q109", quantity.sudden_drop),
    ("Q110", permitted_overage.inside_tolerance),
    ("Q111", quantity.shared_pool),
    ("C201", cap.cap_above_entitlement),
    ("C202", cap.cap_unlimited),
    ("C203", cap.cap_unreadable),
    ("C204", cap.cap_changed),
    ("C205", cap.registration_expired),
    ("C206", cap.trial_in_production),
    ("C207", cap.cap_below_entitlement),
    ("D301", identity.not_authorised),
    ("D302", identity.authorised_not_found),
    ("D303", identity.one_registration),
    ("D304", identity.licensee_differs),
    ("D305", identity.identity_changed),
    ("D306", identity.copy_of_another),
    ("D307", identity.environment_unclear),
    ("D308", identity.owner_unproven),
    ("G401", territory.outside_territory),
    ("G402", territory.branch_outside),
    ("G403", territory.place_unknown),
    ("T501", term.before_start),
    ("T502", term.new_after_end),
    ("T503", term.units_added_after),
    ("T504", term.use_after_stop),
    ("T505", term.term_unclear),
    ("T506", term.date_coming),
    ("E601", edition.edition_differs),
    ("E602", edition.module_not_licensed),
    ("E603", edition.edition_unknown),
    ("E604", edition.newer_than_maintenance),
    ("P701", money.granted_not_paid),
    ("P702", money.price_off_rule),
    ("P703", money.payment_without_order),
    ("P704", money.rebate_over),
    ("P705", money.rebate_owed),
    ("P706", money.sale_not_reported),
    ("P707", money.value_not_computable),
    ("V801", evidence.not_observed),
    ("V802", evidence.field_missing),
    ("V803", evidence.reading_ambiguous),
    ("V804", evidence.single_observation),
    ("V805", evidence.gap_in_series),
    ("V806", evidence.clock_doubtful),
    ("V807", evidence.record_altered),
    ("V808", evidence.page_stale),
    ("R901", contract_record.contract_incomplete),
    ("R902", contract_record.documents_disagree),
    ("R903", contract_record.fact_without_document),
    ("R904", contract_record.exemption_out_of_date),
)

RULES_BY_DEPLOYMENT = frozenset({"D302", "P706"})
"""Rules that go through contracts for what concerns one deployment: its own counts and the contracts that list it."""
RULES_BY_CONTRACT = frozenset({"T505", "T506", "P701", "P702", "P703", "P704", "P705", "R902", "R903"})
"""Rules about the record of one contract: no count is looked at."""
RULES_BY_POOL = frozenset({"Q111"})
"""Rules about the deployments that share a quantity of one contract."""
RULES_BY_IDENTITY = frozenset({"D303", "D306"})
"""Rules about deployments that show the same registration, instance or list."""
RULES_BY_CHECK = frozenset({"V807"})
"""Rules about answers of the verifier: where it was not asked they say nothing."""
WHOLE_ESTATE_RULES = (
    RULES_BY_DEPLOYMENT | RULES_BY_CONTRACT | RULES_BY_POOL | RULES_BY_IDENTITY | RULES_BY_CHECK
)  # fmt: skip
"""Rules that look at several deployments, at contracts or at no deployment. Of a series they look at the last
observation and the last that holds a number, and at no points; the others look at one deployment at a time."""

RULES: tuple[Rule, ...] = tuple(Rule(CATALOGUE[name], check) for name, check in CHECKS)
