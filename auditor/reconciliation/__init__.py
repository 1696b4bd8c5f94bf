"""The room that judges: entitlement in force that day against what was read, in arithmetic both sides can redo.

Purpose: from readings to observations, from contract facts to a timeline of entitlement, from both to positions, and
from positions to findings that cite. Pure: values in, values out, every time passed in. Words are neutral: *over
entitlement by record* states two records and a subtraction, not that a contract was broken.

Protocol, in the order of the main flow::

    observations, missed = observe(reading, capture, sealed=…, estate=…)        # once per capture; kept in the index
    estate = estate_as_known(estate, day)                                       # where the knowledge of a day is asked
    result = reconcile(estate, counts, texts, now, before, map_batches=…)       # positions, and findings against before
    sums = sum_by_currency(result.positions, result.findings)                   # once per deployment and unit
    both = uncovered_counts(result.positions)                                   # both counting rules side by side

`counts` gives the numbers of each deployment (`model.observations.Count`), `texts` what they rest on (`Texts`): the
index, or `TextsInMemory` for whoever holds whole observations.

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
`batches`        `reconcile`: positions and findings of a whole estate, a batch of deployments at a time
`changes`        what positions say otherwise than at an earlier moment
`confirmed_places`  what named persons confirmed of page descriptions, held against where each number was read
`finding_state`  the life of a finding: what is new since the last time, and what named persons decided about it
`judge`          one moment judged: batch by batch, then what remains over all deployments and contracts
`portions`       a part of an estate judged as the whole would be: for whoever keeps results
`texts`          texts of counts held in memory: those of a batch, fetched beforehand, and those of a caller who holds
                 all of them
`entitlement/`   what was licensed on a day: the contract's facts as a timeline, its coverage, prices and rebates
`observations/`  from what stored bytes say to what is reconciled: one observation for each metric of a capture
`position/`      entitled against used: one position for each contract, deployment and metric, its measures and its
                 value
`rules/`         the rules: small pure functions `check(facts) -> findings`, in the order of `registry`; every finding
                 cites
===============  =====================================================================================================
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.reconciliation.batches import (
        BATCH_SIZE,
        Batch,
        BatchResults,
        MapFn,
        ReconciliationInput,
        ReconciliationResult,
        reconcile,
    )
    from auditor.reconciliation.confirmed_places import ConfirmedPlaces
    from auditor.reconciliation.entitlement.contract_index import ContractIndex, decisions_in_force, index_contracts
    from auditor.reconciliation.entitlement.corrections import estate_as_known
    from auditor.reconciliation.entitlement.expiries import coming_expiries
    from auditor.reconciliation.observations.extraction import observe
    from auditor.reconciliation.portions import (
        JudgedDeployments,
        LikenessMark,
        PortionJudge,
        contracts_of_record,
        unit_kind,
    )
    from auditor.reconciliation.position.position import reference_names
    from auditor.reconciliation.position.totals import sum_by_currency, uncovered_counts
    from auditor.reconciliation.rules.registry import RULES
    from auditor.reconciliation.rules.texts.catalogue import CATALOGUE
    from auditor.reconciliation.texts import TextsInMemory
else:
    from auditor.lazy_door import open_lazily

    __getattr__ = open_lazily(
        __name__,
        {
            "BATCH_SIZE": "batches",
            "Batch": "batches",
            "BatchResults": "batches",
            "CATALOGUE": "rules.texts.catalogue",
            "ConfirmedPlaces": "confirmed_places",
            "ContractIndex": "entitlement.contract_index",
            "JudgedDeployments": "portions",
            "LikenessMark": "portions",
            "MapFn": "batches",
            "PortionJudge": "portions",
            "RULES": "rules.registry",
            "ReconciliationInput": "batches",
            "ReconciliationResult": "batches",
            "TextsInMemory": "texts",
            "coming_expiries": "entitlement.expiries",
            "contracts_of_record": "portions",
            "decisions_in_force": "entitlement.contract_index",
            "estate_as_known": "entitlement.corrections",
            "index_contracts": "entitlement.contract_index",
            "observe": "observations.extraction",
            "reconcile": "batches",
            "reference_names": "position.position",
            "sum_by_currency": "position.totals",
            "uncovered_counts": "position.totals",
            "unit_kind": "portions",
        },
    )


__all__ = [
    "BATCH_SIZE",
    "CATALOGUE",
    "RULES",
    "Batch",
    "BatchResults",
    "ConfirmedPlaces",
    "ContractIndex",
    "JudgedDeployments",
    "LikenessMark",
    "MapFn",
    "PortionJudge",
    "ReconciliationInput",
    "ReconciliationResult",
    "TextsInMemory",
    "coming_expiries",
    "contracts_of_record",
    "decisions_in_force",
    "estate_as_known",
    "index_contracts",
    "observe",
    "reconcile",
    "reference_names",
    "sum_by_currency",
    "uncovered_counts",
    "unit_kind",
]
