"""What is known at a moment beside the counts: the estate, decisions, dates, and what was not observed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import cache, cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import auditor
from auditor import __version__
from auditor.index import Index
from auditor.model.evidence import Event
from auditor.model.findings import KeyDate, Unobserved
from auditor.model.notes import quote_text
from auditor.model.reading.observations import Count
from auditor.model.targets.estate import Estate
from auditor.reconciliation import ContractIndex, ReconciliationInput, reference_names
from auditor.workflow.report.compose import known_at

JUDGED_KINDS = ("decision", "event")
"""Kinds of journal line that are read whole for a judgement."""
_JUDGING_CODE = (
    "index/standing", "model", "reconciliation", "reporting/sort_order.py", "reporting/summary.py", "wording",
    "workflow/standing",
)  # fmt: skip


@cache
def judging_code() -> str:
    """The digest of everything that decides what a position or finding says, words included, as this process found it
    first: that is what it runs, whatever is installed beside it later."""
    root, found = Path(auditor.__file__).parent, hashlib.sha256(__version__.encode())
    for name in _JUDGING_CODE:
        place = root / name
        files = (
            [place] if place.is_file() else sorted(one for one in place.rglob("*") if one.suffix in (".py", ".toml"))
        )
        for item in files:
            found.update(item.relative_to(root).as_posix().encode() + hashlib.sha256(item.read_bytes()).digest())
    return found.hexdigest()


@dataclass
class Known:
    """What units are judged by at one moment."""

    estate: Estate
    entries: Sequence[Event]
    """Decisions and events of the journal."""
    receipts: Sequence[KeyDate]
    moment: datetime
    before: datetime | None
    """The earlier moment that closed findings are held against."""
    line: int
    targets: str
    ledger: ContractIndex | None = None
    """The contracts of the whole estate by deployment, where enough is judged to be worth making it."""
    _zones: dict[str, ZoneInfo] = field(default_factory=dict)
    _told: dict[datetime, ReconciliationInput] = field(default_factory=dict)

    @cached_property
    def order(self) -> Mapping[str, int]:
        """The deployments by their places in the estate."""
        return {name: number for number, name in enumerate(self.estate.deployments)}

    @cached_property
    def references(self) -> tuple[str, ...]:
        """The reference deployments."""
        return reference_names(self.estate)

    def inputs(self, index: Index, names: Collection[str]) -> tuple[ReconciliationInput, ReconciliationInput | None]:
        """Now and the earlier moment, with what is unobserved of these deployments."""
        now = self._at(index, names, self.moment)
        return now, None if self.before is None else self._at(index, names, self.before)

    def _at(self, index: Index, names: Collection[str], moment: datetime) -> ReconciliationInput:
        if moment not in self._told:
            self._told[moment] = known_at(self.estate, self.entries, self.receipts, (), moment, moment)
        missed = unobserved_at(index, names, moment)
        return replace(self._told[moment], unobserved=[one for name in names for one in missed.get(name, ())])

    def until(self, contracts: Collection[str]) -> datetime:
        """When the day ends first: in UTC, in the estate's zone, or in that of one of these contracts."""
        zones = {"UTC", self.estate.timezone}
        zones |= {self.estate.contracts[name].timezone for name in contracts if name in self.estate.contracts}
        return min(self._midnight(zone) for zone in zones)

    def _midnight(self, name: str) -> datetime:
        zone = self._zones.setdefault(name, ZoneInfo(name))
        day = self.moment.astimezone(zone).date() + timedelta(days=1)
        return datetime.combine(day, time(), zone)


def unobserved_at(index: Index, deployments: Collection[str], moment: datetime) -> dict[str, list[Unobserved]]:
    """By deployment, of those that have any: pages of the newest visit that gave no number, then the last gap that no
    visit followed."""
    found: dict[str, list[Unobserved]] = {}
    for one in index.missed_at(deployments, moment):
        found.setdefault(one.deployment, []).append(one)
    told = index.standing.gaps(deployments)
    since = index.latest_at(told, moment) if told else {}
    for name, gaps in told.items():
        gap = next((one for one in gaps if one.at <= moment and (name not in since or one.at > since[name])), None)
        if gap is not None:
            missed = Unobserved(name, "", "error", quote_text(gap.why), gap.at, gap.intent)
            found.setdefault(name, []).append(missed)
    return found


class IndexedSeries(Mapping[str, Sequence[Count]]):
    """The counts of each deployment up to a moment, fetched when they are asked for; of some (`names`) together."""

    def __init__(self, index: Index, moment: datetime, names: Collection[str] = ()) -> None:
        self._index, self._moment = index, moment
        self._fetched: dict[str, Sequence[Count]] = dict.fromkeys(names, ())
        self._fetched |= index.counts_at(names, moment) if names else {}

    def __getitem__(self, deployment: str) -> Sequence[Count]:
        found = self._fetched.get(deployment)
        found = self._index.counts(deployment, self._moment) if found is None else found
        if not found:
            raise KeyError(deployment)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._index.deployments())

    def __len__(self) -> int:
        return len(self._index.deployments())


EstateSource = Callable[[], Estate]
"""Gives the estate; called only where it is needed, since reading a large one takes longer than most answers."""
