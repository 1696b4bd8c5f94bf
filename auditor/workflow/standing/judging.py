"""Units judged from the index: what each says, and what it depends on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from auditor.index import FindingPlace, Index
from auditor.model.findings import Finding, Position
from auditor.model.reading.observations import Count
from auditor.reconciliation import ContractIndex, LikenessMark, PortionJudge
from auditor.workflow.standing.known import IndexedSeries, Known

COMMON_MARK = 51
"""Holders of a mark of likeness from which on it says nothing: one more than the rule looks at."""


@dataclass(frozen=True, slots=True)
class JudgedUnit:
    """What one unit says."""

    findings: tuple[tuple[Finding, FindingPlace], ...]
    until: datetime | None
    """When its day ends, or a capture that is dated ahead comes to count."""
    uses: tuple[str, ...] = ()
    """The contracts that it looked at."""


@dataclass
class JudgedUnits:
    """What some units say."""

    units: dict[str, JudgedUnit] = field(default_factory=dict)
    positions: dict[str, tuple[tuple[Position, str], ...]] = field(default_factory=dict)
    """By deployment, each with its customer."""
    marks: dict[str, frozenset[int]] = field(default_factory=dict)
    """By deployment, what it may have in common with others."""
    ahead: dict[str, datetime] = field(default_factory=dict)
    """By deployment, when its next capture comes to count, where one is dated ahead by a clock that was wrong."""
    series: Mapping[str, Sequence[Count]] = field(default_factory=dict)
    """By deployment, what was counted."""
    missed: frozenset[str] = frozenset()
    """Deployments of which something was not observed."""


def judge_deployments(index: Index, known: Known, names: Sequence[str]) -> JudgedUnits:
    """Deployments by themselves; one that the estate does not have says nothing."""
    mine = sorted((name for name in names if name in known.order), key=known.order.__getitem__)
    now, before = known.inputs(index, mine)
    series = IndexedSeries(index, known.moment, mine)
    judge = PortionJudge(known.estate, mine, series, index, now, before, known.ledger, known.references)
    judged = judge.deployments()
    found = JudgedUnits(series=series, missed=frozenset(one.deployment for one in now.unobserved))
    found.ahead.update(index.next_at(mine, known.moment))
    positions: dict[str, list[Position]] = {}
    findings: dict[str, list[Finding]] = {}
    for position in judged.positions:
        positions.setdefault(position.deployment, []).append(position)
    for finding in judged.findings:
        findings.setdefault(finding.deployment, []).append(finding)
    readers = Readers(known, judge.ledger)
    for name in mine:
        uses = readers.contracts(name)
        placed = tuple((one, readers.place(one)) for one in findings.get(name, ()))
        until = known.until(uses)
        if name in found.ahead:
            until = min(until, found.ahead[name])
        found.units[f"d:{name}"] = JudgedUnit(placed, until, uses)
        found.positions[name] = tuple((one, readers.customer(one.contract, name)) for one in positions.get(name, ()))
        found.marks[name] = frozenset(map(mark_number, judged.marks.get(name, ())))
    return found


def judge_contracts(index: Index, known: Known, ids: Sequence[str]) -> JudgedUnits:
    """The records of contracts."""
    contracts = [known.estate.contracts[name] for name in ids if name in known.estate.contracts]
    listed = dict.fromkeys(entry.deployment for one in contracts for entry in one.authorised)
    # No rule about a record looks at what was captured, but for what is listed and nowhere described.
    now, before = known.inputs(index, [name for name in listed if name not in known.order])
    judge = PortionJudge(known.estate, list(listed), {}, index, now, before, known.ledger, known.references)
    readers = Readers(known, judge.ledger)
    by_contract: dict[str, list[Finding]] = {}
    for finding in judge.contracts(frozenset(ids)):
        by_contract.setdefault(finding.contract or "", []).append(finding)
    return JudgedUnits(
        {
            f"c:{name}": JudgedUnit(
                tuple((one, readers.place(one)) for one in by_contract.get(name, ())), known.until((name,)), (name,)
            )
            for name in ids
        }
    )


def judge_pool(index: Index, known: Known, contract: str) -> JudgedUnits:
    """The quantities that a contract lets deployments share."""
    sharers = (name for name in index.standing.sharers(contract) if name in known.order)
    names = sorted(sharers, key=known.order.__getitem__)
    has = contract in known.estate.contracts and known.estate.contracts[contract].pools
    judge = _judge(index, known, names if has else [])
    readers = Readers(known, judge.ledger)
    told = judge.pools({contract}) if has else ()
    placed = tuple((one, readers.place(one)) for one in told)
    return JudgedUnits({f"p:{contract}": JudgedUnit(placed, known.until((contract,)), (contract,))})


def judge_likenesses(index: Index, known: Known, names: Sequence[str]) -> JudgedUnits:
    """What deployments have in common with others."""
    targets = frozenset(name for name in names if name in known.order)
    near: set[str] = set()
    for mark in set[int]().union(*index.standing.marks_of(targets).values()):
        holders = index.standing.holders(mark, _most(mark))
        near |= set(holders) if len(holders) > 1 else set()
    context = sorted((name for name in near if name in known.order), key=known.order.__getitem__)
    judge = _judge(index, known, context)
    readers = Readers(known, judge.ledger)
    told: dict[str, list[Finding]] = {}
    for finding in judge.likenesses(targets) if len(context) > 1 else ():
        told.setdefault(finding.deployment, []).append(finding)
    found = JudgedUnits()
    for name in targets:
        mine = told.get(name, [])
        ends = any(one.life == "suppressed" for one in mine)
        placed = tuple((one, readers.place(one)) for one in mine)
        found.units[f"i:{name}"] = JudgedUnit(placed, _utc_midnight(known.moment) if ends else None)
    return found


def _judge(index: Index, known: Known, names: Sequence[str]) -> PortionJudge:
    now, before = known.inputs(index, names)
    series = IndexedSeries(index, known.moment, names)
    return PortionJudge(known.estate, names, series, index, now, before, known.ledger, known.references)


def mark_number(mark: LikenessMark) -> int:
    """A mark as a number. The last bit says whether it is of a kind that many deployments may share, and that then says
    nothing. Where two marks happen to get the same number, some deployments are judged that need not be."""
    digest = hashlib.sha256("\x1f".join(mark).encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big", signed=True) & ~1 | (mark[0] == "likeness")


def _most(mark: int) -> int:
    return COMMON_MARK if mark & 1 else -1


def _utc_midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(UTC).date() + timedelta(days=1), time(), UTC)


class Readers:
    """Who may read what is said about a deployment: readers of the contracts that list it, and its customer."""

    def __init__(self, known: Known, ledger: ContractIndex) -> None:
        self._estate, self._ledger = known.estate, ledger

    def contracts(self, name: str) -> tuple[str, ...]:
        """Every contract that was looked at for a deployment."""
        place = self._estate.deployments[name]
        compared = self._ledger.compared_with(place)
        found = [*self._ledger.listed.get(name, {}), place.contract or "", "" if compared is None else compared.id]
        return tuple(dict.fromkeys(one for one in found if one))

    def customer(self, contract: str | None, deployment: str) -> str:
        """The counterparty of a contract; without one, the licensee of the deployment."""
        known = self._estate.contracts.get(contract or "")
        if known is not None:
            return known.counterparty
        place = self._estate.deployments.get(deployment)
        return "" if place is None else place.licensee or ""

    def place(self, finding: Finding) -> FindingPlace:
        """Who may read a finding."""
        name = finding.deployment
        if not name or name not in self._estate.deployments:
            return FindingPlace(finding.contract or "", self.customer(finding.contract, ""))
        reader = self._reader(name, finding.contract)
        customer = self.customer(reader, name)
        return FindingPlace(
            reader,
            customer,
            all(reader in self._home(one) for one in finding.others),
            all(customer == self.customer(self._reader(one, None), one) for one in finding.others),
        )

    def _reader(self, name: str, contract: str | None) -> str:
        home = self._home(name)
        if contract is not None:
            return contract if contract in home else ""
        compared = self._ledger.compared_with(self._estate.deployments[name])
        return compared.id if compared is not None and compared.id in home else ""

    def _home(self, name: str) -> set[str]:
        place = self._estate.deployments.get(name)
        stated = set() if place is None or place.contract is None else {place.contract}
        return stated | set(self._ledger.listed.get(name, {}))


def near_marks(index: Index, marks: Iterable[int]) -> set[str]:
    """The deployments that share one of these marks, but for marks that very many have before and after a change."""
    found: set[str] = set()
    for mark in marks:
        holders = index.standing.holders(mark, COMMON_MARK + 1 if mark & 1 else -1)
        if not (mark & 1 and len(holders) > COMMON_MARK):
            found.update(holders)
    return found
