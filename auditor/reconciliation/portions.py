"""A part of an estate judged as the whole would be: some deployments, some contracts, some that look alike.

Everything that `reconcile` says belongs to one unit that can be judged by itself: a deployment, the record of a
contract, a quantity that deployments share, or what a deployment has in common with others. What a unit says depends on
the facts that are named here and on nothing else; so whoever keeps results knows what to judge again. The findings are
those of `reconcile` without a comparison with the earlier moment, but for the life that this gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from auditor.model.findings import Finding, KeyDate, Position
from auditor.model.reading.observations import Count, Texts
from auditor.model.severity import CLOSED_STATES
from auditor.model.targets.contracts import Contract
from auditor.model.targets.estate import Estate
from auditor.reconciliation.batches import ReconciliationInput, judge_of
from auditor.reconciliation.entitlement.contract_index import ContractIndex, index_contracts
from auditor.reconciliation.finding_state import mark_baseline
from auditor.reconciliation.judge import CountsByDeployment, Judge, last_counts
from auditor.reconciliation.position.position import reference_names
from auditor.reconciliation.rules.identity import likeness_marks, registrations, row_marks
from auditor.reconciliation.rules.registry import (
    RULES_BY_CONTRACT,
    RULES_BY_DEPLOYMENT,
    RULES_BY_IDENTITY,
    RULES_BY_POOL,
)
from auditor.reconciliation.texts import TextsInMemory, with_rows

LikenessMark = tuple[str, ...]
"""Something by which one deployment may be taken for another; the kind of mark first."""


@dataclass(frozen=True, slots=True)
class JudgedDeployments:
    """What some deployments give by themselves."""

    positions: tuple[Position, ...]
    findings: tuple[Finding, ...]
    """Of rules about one deployment, and of those that go through contracts for it."""
    marks: Mapping[str, frozenset[LikenessMark]]
    """By deployment, what it may have in common with others."""


class PortionJudge:
    """Some deployments at one moment, and at the earlier one that closed findings are held against."""

    def __init__(
        self,
        estate: Estate,
        names: Collection[str],
        counts: CountsByDeployment,
        texts: Texts,
        now: ReconciliationInput,
        before: ReconciliationInput | None,
        ledger: ContractIndex | None = None,
        references: Collection[str] | None = None,
    ) -> None:
        """`names`: every deployment that will be asked about, in the order of the estate. `counts` and `texts` as
        `reconcile` takes them; of `now` and `before`, what is unobserved of these deployments is enough. `ledger`: the
        contracts of the whole estate, and `references`: its reference deployments, where they are known already."""
        self._estate, self._names = estate, tuple(names)
        self._ledger = ledger or index_contracts(estate, frozenset(self._names))
        self._series = {name: found for name in self._names if (found := counts.get(name, ()))}
        beside = reference_names(estate) if references is None else references
        measures = {name: counts.get(name, ()) for name in beside}
        self._now = judge_of(estate, self._ledger, now, measures)
        self._before = None if before is None else judge_of(estate, self._ledger, before, measures)
        judges = [self._now] if self._before is None else [self._now, self._before]
        shown = {
            id(one): one
            for judge in judges
            for found in self._series.values()
            for one in last_counts(judge.until(found))
        }
        self._texts = TextsInMemory(texts.whole(list(shown.values())), texts)

    @property
    def ledger(self) -> ContractIndex:
        """The contracts of the deployments that are asked about."""
        return self._ledger

    def deployments(self) -> JudgedDeployments:
        """All of them by themselves."""
        now = self._now.batch(self._names, self._series, self._texts, {})
        through = self._listing()
        told = (*now.findings, *self._through(self._now, now.last, through))

        def earlier(judge: Judge) -> tuple[Finding, ...]:
            before = judge.batch(self._names, self._series, self._texts, {})
            return (*before.findings, *self._through(judge, before.last, through))

        return JudgedDeployments(now.positions, self._lived(told, earlier), self._marks(now.last))

    def contracts(self, ids: Collection[str]) -> tuple[Finding, ...]:
        """What is told of the records of these contracts; the empty id stands for what belongs to none. Every
        deployment that they list must have been named."""
        beside = {other for name in self._names for other in self._ledger.listed.get(name, {})}
        chosen = {
            name: one for name, one in self._estate.contracts.items() if name in ids or name in beside
        }  # fmt: skip

        def told(judge: Judge) -> tuple[Finding, ...]:
            found = judge.some(RULES_BY_CONTRACT, self._names, (), {}, self._texts, chosen)
            # What is listed and nowhere described has no unit of its own.
            absent = judge.some(RULES_BY_DEPLOYMENT, self._names, (), {}, self._texts, chosen)
            found += tuple(one for one in absent if one.deployment not in self._estate.deployments)
            return tuple(one for one in found if (one.contract or "") in ids)

        return self._lived(told(self._now), told)

    def pools(self, ids: Collection[str]) -> tuple[Finding, ...]:
        """What is told of the quantities that these contracts let deployments share. Every deployment with a position
        of theirs must have been named."""
        chosen = {name: one for name, one in self._estate.contracts.items() if name in ids}

        def told(judge: Judge) -> tuple[Finding, ...]:
            result = judge.batch(self._names, self._series, self._texts, {})
            return judge.some(RULES_BY_POOL, self._names, result.positions, result.last, self._texts, chosen)

        return self._lived(told(self._now), told)

    def likenesses(self, targets: Collection[str]) -> tuple[Finding, ...]:
        """What each of these has in common with others. Every deployment that shares a mark with one of them must have
        been named; of those that share one that very many have, one more than the rule looks at."""

        def told(judge: Judge) -> tuple[Finding, ...]:
            last = self._last(judge)
            found = judge.some(RULES_BY_IDENTITY, self._names, (), last, self._texts, {})
            return tuple(one for one in found if one.deployment in targets)

        return self._lived(told(self._now), told)

    def _last(self, judge: Judge) -> dict[str, Sequence[Count]]:
        seen = {name: judge.until(found) for name, found in self._series.items()}
        return {name: last_counts(found) for name, found in seen.items() if found}

    def _listing(self) -> dict[str, Contract]:
        """The contracts that list one of the deployments, cut down to them."""
        cut: dict[str, list[Contract]] = {}
        for name in self._names:
            for contract, own in self._ledger.listed.get(name, {}).items():
                cut.setdefault(contract, []).append(own)
        return {
            name: replace(self._ledger.bare[name], authorised=tuple(entry for own in found for entry in own.authorised))
            for name, found in cut.items()
        }

    def _through(
        self, judge: Judge, last: CountsByDeployment, contracts: Mapping[str, Contract]
    ) -> tuple[Finding, ...]:
        return judge.some(RULES_BY_DEPLOYMENT, self._names, (), last, self._texts, contracts)

    def _lived(self, found: Sequence[Finding], earlier: Callable[[Judge], Sequence[Finding]]) -> tuple[Finding, ...]:
        """The findings with the life that the earlier moment gives them: one that was closed then without a stated
        number is reopened where its number rose. Where none is closed, nothing is asked of it."""
        if self._before is None or all(one.life not in CLOSED_STATES for one in found):
            return tuple(found)
        marked = mark_baseline(earlier(self._before), found)
        return tuple(one if one.baseline == "new" else replace(one, baseline="new") for one in marked[: len(found)])

    def _marks(self, last: CountsByDeployment) -> dict[str, frozenset[LikenessMark]]:
        latest = {name: self._latest(name, seen) for name, seen in last.items() if seen}
        rows = {one.deployment: row_marks(listed) for one, listed in with_rows(self._texts, latest.values())}
        return {name: likenesses_of(self._estate, one, rows[name]) for name, one in latest.items()}

    def _latest(self, name: str, seen: Sequence[Count]) -> Count:
        metrics = self._estate.products[self._estate.deployments[name].product].metrics
        first = metrics[0].id if metrics else None
        return next((one for one in reversed(seen) if one.metric == first), seen[-1])


def likenesses_of(estate: Estate, latest: Count, rows: frozenset[tuple[str, str]]) -> frozenset[LikenessMark]:
    """The marks of a deployment by its latest count: of its registration, and of what it looks like."""
    place = estate.deployments[latest.deployment]
    registered: Iterable[tuple[str, ...]] = registrations(place, latest)
    return frozenset(
        [("registration", *one) for one in registered]
        + [("likeness", *one) for one in likeness_marks(place.product, latest, rows)]
    )


def contracts_of_record(estate: Estate, key_dates: Iterable[KeyDate]) -> list[str]:
    """The ids under which something may be told of the record: contracts, those that a key date names beside them, and
    the empty one for what belongs to none."""
    return list(dict.fromkeys([*estate.contracts, *(one.contract for one in (*estate.key_dates, *key_dates)), ""]))


def unit_kind(rule: str) -> Literal["d", "c", "p", "i"]:
    """What judges a rule: a deployment, the record of a contract, a shared quantity, a likeness."""
    if rule in RULES_BY_CONTRACT:
        return "c"
    if rule in RULES_BY_POOL:
        return "p"
    return "i" if rule in RULES_BY_IDENTITY else "d"
