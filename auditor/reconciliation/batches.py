"""`reconcile`: positions and findings of a whole estate, a batch of deployments at a time.

Memory follows the estate, not its history: most rules look at one deployment alone, and are asked of a batch of
deployments with their whole series, which is then let go. Of each series the last counts stay, for the rules that
compare deployments or read contracts. Everything at once is one batch. A batch is judged by itself, so that whoever
asks may have several judged at the same time (`map_batches`); what they give is put together in the order of the
estate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from auditor.model.evidence import Check
from auditor.model.findings import Decision, Finding, KeyDate, Position, PositionChange, PositionKey, Unobserved
from auditor.model.reading.observations import Texts
from auditor.model.severity import CERTAINTIES, SEVERITIES
from auditor.model.targets.estate import Estate
from auditor.reconciliation.changes import position_changes
from auditor.reconciliation.entitlement.contract_index import ContractIndex, index_contracts
from auditor.reconciliation.finding_state import mark_baseline
from auditor.reconciliation.judge import BatchResult, CountsByDeployment, Judge, last_counts
from auditor.reconciliation.position.counted_series import PreparedSeries
from auditor.reconciliation.position.position import reference_names
from auditor.reconciliation.texts import TextsInMemory

BATCH_SIZE = 250
"""Deployments whose series are in memory together."""


@dataclass(frozen=True, slots=True)
class ReconciliationResult:
    """What the record says as of a moment."""

    positions: tuple[Position, ...]
    findings: tuple[Finding, ...]
    changes: tuple[PositionChange, ...] = ()
    """What positions say otherwise than at the earlier moment; empty without one."""


@dataclass(frozen=True, slots=True)
class ReconciliationInput:
    """What was known beside the counts. Attempts and decisions after `as_of` are left out."""

    as_of: datetime
    unobserved: Sequence[Unobserved] = ()
    decisions: Sequence[Decision] = ()
    key_dates: Sequence[KeyDate] = ()
    """Beside those of the estate."""
    checks: Sequence[Check] = ()
    """Answers of the verifier, for V807."""


Batch = tuple[str, ...]
"""Names of deployments."""
BatchResults = tuple[BatchResult, ...]
"""One of each moment."""
MapFn = Callable[[Callable[[Batch], BatchResults], Iterable[Batch]], Iterable[BatchResults]]
"""As the built-in `map`: the results of each batch, in the order of the batches."""


def reconcile(
    estate: Estate,
    counts: CountsByDeployment,
    texts: Texts,
    now: ReconciliationInput,
    before: ReconciliationInput | None = None,
    *,
    batch_size: int = BATCH_SIZE,
    map_batches: MapFn = map,
) -> ReconciliationResult:
    """Positions in the order of the estate's deployments, and findings in triage order: high and certain first.

    `counts`: of each deployment, by time, once each; those after `now.as_of` are left out. `texts`: where what they
    rest on is asked for, a batch at a time. `before`: an earlier moment; findings are then marked by what they were at
    it, as `mark_baseline` marks them, and those that are gone come last. It is judged and compared where the batch is
    judged: of it nothing else is kept. Without one, every finding is new.

    `batch_size`: deployments judged together; the result does not depend on it. `map_batches` may judge batches at the
    same time, in processes whose `texts` answer there.
    """
    judges = _judges(estate, counts, (now,) if before is None else (now, before))

    def judged(batch: Batch) -> BatchResults:
        return _compared(estate, _judged(judges, counts, texts, batch))

    results = list(map_batches(judged, _batches(estate, batch_size)))
    whole = [judge.whole([each[number] for each in results], texts) for number, judge in enumerate(judges)]
    found = mark_baseline(whole[1] if before is not None else (), whole[0])
    return ReconciliationResult(
        tuple(position for each in results for position in each[0].positions),
        _ordered([*(finding for each in results for finding in each[0].findings), *found]),
        tuple(change for each in results for change in each[0].changes),
    )


def _judges(estate: Estate, counts: CountsByDeployment, moments: Sequence[ReconciliationInput]) -> list[Judge]:
    references = {name: counts.get(name, ()) for name in reference_names(estate)}
    ledger = index_contracts(estate)
    return [judge_of(estate, ledger, moment, references) for moment in moments]


def judge_of(
    estate: Estate, ledger: ContractIndex, moment: ReconciliationInput, references: CountsByDeployment
) -> Judge:
    """What is known at a moment, ready to judge."""
    return Judge(
        estate, ledger, references, moment.as_of, moment.unobserved, moment.decisions, moment.key_dates, moment.checks
    )  # fmt: skip


def _judged(judges: Sequence[Judge], counts: CountsByDeployment, texts: Texts, batch: Batch) -> BatchResults:
    series = {name: found for name in batch if (found := counts.get(name, ()))}
    # Of every series the last counts are looked at whole; they are asked for together.
    shown = {id(one): one for judge in judges for found in series.values() for one in last_counts(judge.until(found))}
    held = TextsInMemory(texts.whole(list(shown.values())), texts)
    known: dict[PositionKey, PreparedSeries] = {}
    return tuple(judge.batch(batch, series, held, known) for judge in judges)


def _compared(estate: Estate, results: BatchResults) -> BatchResults:
    """The findings of now marked by those before, which are then let go. A finding of these rules is about one
    deployment, so that both of a pair are in the same batch."""
    now, *before = results
    marked = mark_baseline(before[0].findings if before else (), now.findings)
    return (
        replace(now, findings=marked, changes=position_changes(before[0].positions, now.positions) if before else ()),
        *(replace(one, positions=_pooled(estate, one), findings=()) for one in before),
    )


def _pooled(estate: Estate, result: BatchResult) -> tuple[Position, ...]:
    """Positions against a quantity that several deployments share: all that rules over the whole estate look at."""
    return tuple(
        one
        for one in result.positions
        if one.contract is not None and one.metric in estate.contracts[one.contract].pools
    )


def _batches(estate: Estate, size: int) -> Iterator[Batch]:
    names = iter(estate.deployments)
    while batch := tuple(islice(names, size)):
        yield batch


def _ordered(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """In triage order, those that are gone after all others."""
    return tuple(sorted(found, key=lambda finding: (finding.baseline == "absent", triage_key(finding))))


def triage_key(finding: Finding) -> tuple[int, int, int, str, str, str]:
    """Order of attention: severity, then certainty, then with a value before without, then by rule and deployment."""
    return (
        SEVERITIES.index(finding.severity),
        CERTAINTIES.index(finding.certainty),
        0 if finding.list_value is not None or finding.net_value is not None else 1,
        finding.rule,
        finding.deployment,
        finding.metric,
    )
