"""The room that judges: entitlement in force that day against what was read, in arithmetic both sides can redo.

Purpose: from readings to observations, from contract facts to a timeline of entitlement, from both to positions, and
from positions to findings that cite. Pure: values in, values out, every time passed in. Words are neutral: *over
entitlement by record* states two records and a subtraction, not that a contract was broken.

Protocol, in the order of the main flow::

    observations, missed = observe(reading, capture, sealed=…, estate=…)      # once per capture
    found = positions(estate, observations, decisions, key_dates, as_of, unobserved=missed)
    told = findings(estate, found, observations, missed, decisions, key_dates, history, as_of)
    told = baseline(previous, told)                                            # new, unchanged, updated, absent
    stand = standing_since(estate, series, now, before, mapped=…)              # all of it, by portions
    sums = totals(found, told)                                                 # once per deployment and unit

Counting rules, named in each position:

=====================================================  =========================================================
`every unit of a deployment that no contract covers`   suspects, and deployments on no contract's list: entitled 0
`excess over entitlement`                              covered deployments: counted less entitled on that day
`every unit where nothing is entitled on the day`      before the order starts, or after existing units must stop
`counted against a quantity shared …`                  contracts with a pool: Q111 adds the deployments up
=====================================================  =========================================================

Counted units are the displayed ones, or the rows of the complete list where the pages state no number (then `likely`
at best); for a suspect, the confirmed ones where a person decided. `lists` is rows as displayed, of every kind. For
covered deployments, rows whose kind the metric excludes or an exemption names are left out where the list is complete
and agrees with the headline, and exempt units always; each is shown with its reason.

Plugs: `RULES`, an ordered tuple of small pure functions `check(facts) -> findings`, each with an entry in `CATALOGUE`
(name, severity, kind, false-positive risks, what would disprove it, an example) and its sentences in `sentences`.

Files:

===============  =====================================================================================================
`batches`        positions and findings of a whole estate, a few deployments at a time: memory follows the estate, not
                 its history
`finding_state`  the life of a finding: what is new since the last time, and what named persons decided about it
`entitlement/`   what was licensed on a day: the contract's facts as a timeline, its coverage, prices and rebates
`observations/`  from what stored bytes say to what is reconciled: one observation for each metric of a capture
`position/`      entitled against used: one position for each contract, deployment and metric, its measures and its
                 value
`rules/`         the rules: small pure functions `check(facts) -> findings`, in the order of `registry`; every finding
                 cites
===============  =====================================================================================================
"""

from auditor.reconciliation.batches import (
    BATCH_SIZE,
    Batch,
    BatchResult,
    BatchResults,
    MapFn,
    ReconciliationInput,
    ReconciliationResult,
    findings,
    reconcile,
    triage_key,
)
from auditor.reconciliation.entitlement.calendar import (
    NoticeCheck,
    Span,
    check_notice,
    contract_years,
    day_of,
    last_day,
    term_spans,
)
from auditor.reconciliation.entitlement.corrections import apply_corrections, estate_as_known
from auditor.reconciliation.entitlement.coverage import merge_timelines
from auditor.reconciliation.entitlement.rebates import rebate_on, rebate_years
from auditor.reconciliation.entitlement.timeline import entitled_on, entitlement_timeline
from auditor.reconciliation.finding_state import mark_baseline, with_decisions
from auditor.reconciliation.observations.extraction import observe
from auditor.reconciliation.position.measures import (
    Peak,
    TrueUp,
    WeightedAverage,
    annual_true_up,
    peak_per_span,
    prorated_true_up,
    split_span,
    weighted_average,
)
from auditor.reconciliation.position.position import compute_positions
from auditor.reconciliation.position.totals import (
    CurrencySum,
    TermSplit,
    UncoveredCounts,
    split_by_first_date,
    sum_by_currency,
    uncovered_counts,
)
from auditor.reconciliation.rules.registry import RULES, Rule
from auditor.reconciliation.rules.texts.catalogue import CATALOGUE
from auditor.reconciliation.rules.texts.entries import CatalogueEntry

__all__ = [
    "BATCH_SIZE",
    "CATALOGUE",
    "RULES",
    "Batch",
    "BatchResult",
    "BatchResults",
    "CatalogueEntry",
    "CurrencySum",
    "MapFn",
    "NoticeCheck",
    "Peak",
    "ReconciliationInput",
    "ReconciliationResult",
    "Rule",
    "Span",
    "TermSplit",
    "TrueUp",
    "UncoveredCounts",
    "WeightedAverage",
    "annual_true_up",
    "apply_corrections",
    "check_notice",
    "compute_positions",
    "contract_years",
    "day_of",
    "entitled_on",
    "entitlement_timeline",
    "estate_as_known",
    "findings",
    "last_day",
    "mark_baseline",
    "merge_timelines",
    "observe",
    "peak_per_span",
    "prorated_true_up",
    "rebate_on",
    "rebate_years",
    "reconcile",
    "split_by_first_date",
    "split_span",
    "sum_by_currency",
    "term_spans",
    "triage_key",
    "uncovered_counts",
    "weighted_average",
    "with_decisions",
]
