"""What changed since the rows were judged, as marks: lines of the journal, `targets.yaml`, the day, the code.

What is recorded in the index marks by itself, in its own transaction; what the journal says of captures and the index
has not recorded yet is awaited, and outstanding as long as it is. Everything else is found here by comparing what
is with what was followed; that, the marks and the new state are one transaction, so that a kill repeats it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from auditor.clock import local_day
from auditor.custody import Journal
from auditor.errors import EvidenceIndexError
from auditor.formats.evidence_layout import NOTICES, in_evidence
from auditor.index import Index, StandingGap, StandingHead, StandingStore
from auditor.model.events import GapRecorded
from auditor.model.evidence import Event
from auditor.model.findings import KeyDate
from auditor.model.severity import CLOSED_STATES
from auditor.workflow.decisions import read_decisions, read_key_dates
from auditor.workflow.index.unrecorded import still_unrecorded, unrecorded_captures
from auditor.workflow.report.compose import gap_deployments
from auditor.workflow.report.run_closes import closed_before
from auditor.workflow.standing.dependencies import (
    EstateUses,
    changed_contracts,
    estate_entries,
    touched_by_decision,
    touched_by_edit,
)
from auditor.workflow.standing.known import JUDGED_KINDS, EstateSource


class StandingMoved(Exception):  # noqa: N818 - no error: somebody else followed meanwhile, and one follows again
    """The rows stand as of something else than was followed."""


class JournalBehind(StandingMoved):
    """Somebody followed a longer journal than was read here: it grew meanwhile, or it is of another workspace."""


class OtherProgramError(EvidenceIndexError):
    """The rows were judged by another version of the program since this process judged them."""


NOT_OF_TARGETS = ("seen", "ahead")
"""Kinds of entry that no line of `targets.yaml` makes: what a reference said when it was last looked at; until when a
capture does not count that is dated ahead."""
FOLLOWED_KINDS = ("decision", "event", "gap")
"""Kinds of line that something is judged by and that the index does not hold."""


@dataclass(frozen=True, slots=True)
class Present:
    """How things are now, to be held against how they were followed."""

    journal: Journal
    estate: EstateSource
    targets: str
    """Digest over the files of `targets.yaml`."""
    code: str
    moment: datetime
    receipts: tuple[KeyDate, ...]
    begun: bool = False
    """Whether this process has followed before: it then judges nothing anew that another program judged."""

    @property
    def head(self) -> StandingHead:
        """As of what the rows will stand."""
        told = {one.id: json.dumps([_digest(repr(one)), one.contract, one.deployment or ""]) for one in self.received()}
        return StandingHead(
            self.code, self.journal.size, self.targets, closed_before(self.journal, self.moment), None, told
        )

    def received(self) -> Iterator[KeyDate]:
        """The receipts that are known by now."""
        if not self.receipts:
            return iter(())
        today = local_day(self.moment, self.estate().timezone)
        return (one for one in self.receipts if one.on is not None and one.on <= today)


def present_receipts(root: Path, journal: Journal, moment: datetime, estate: EstateSource) -> tuple[KeyDate, ...]:
    """The receipts of notices; the estate is asked for its zone where there are notices."""
    if not (root / in_evidence(NOTICES)).is_dir():
        return ()
    from auditor.workflow.notices.records import receipt_dates  # few have any; laws and letters are not loaded for it

    return receipt_dates(root, journal, moment, estate().timezone)


def targets_digest(sources: Mapping[str, str]) -> str:
    """One digest over the files that an estate was read from."""
    return _digest("".join(f"{digest}  {name}\n" for name, digest in sorted(sources.items())))


def is_followed(index: Index, present: Present) -> bool:
    """Whether nothing but what is marked or awaited has changed since."""
    store = index.standing
    head, awaited = store.head(), store.awaited()
    if head is None or store.marked_references():
        return False
    if store.any_passed(present.moment) or replace(head, as_of=None) != present.head:
        return False
    return not awaited or still_unrecorded(index, present.journal, awaited) == awaited


def follow(index: Index, present: Present, *, last: bool, store: StandingStore | None = None) -> None:
    """Mark what changed since, and note as of what that is; in `store`, where it is not that of the index.

    `JournalBehind` where somebody followed a longer journal meanwhile; on the `last` turn that is none of this
    workspace, and everything is judged anew. `OtherProgramError` where another program judged what this one has begun.
    """
    store, now = store or index.standing, present.head
    _read_before(store.head(), now, present)
    with store.transaction():
        head = store.head()
        if head is not None and head.code == present.code and head.line > now.line and not last:
            raise JournalBehind
        if head is not None and head.code != present.code and present.begun:
            raise OtherProgramError(
                "index: what stands was judged by another version of auditor meanwhile; restart this process"
            )
        if head is None or head.code != present.code or head.line > now.line:
            _begin(store, present)
            _follow_references(index, store, EstateUses(present.estate()), present.moment)
            _follow_captures(index, store, present, index.followed())
            store.put_head(now)
            return
        uses = EstateUses(present.estate()) if _asks_estate(head, now, present) else None
        if head.targets != now.targets and uses is not None:
            _follow_targets(store, uses)
        if uses is not None:
            _follow_lines(store, present, uses, head.line)
            _follow_receipts(store, uses, head.receipts, now.receipts)
        if head.before != now.before:
            store.mark(store.units_with_life(CLOSED_STATES | {"reopened"}))
        _follow_ahead(store, present.moment)
        if store.marked_references() or (uses is not None and head.targets != now.targets):
            _follow_references(index, store, uses or EstateUses(present.estate()), present.moment)
        store.mark_passed(present.moment)
        _follow_captures(index, store, present, head.line)
        store.put_head(replace(now, as_of=head.as_of))


def _read_before(head: StandingHead | None, now: StandingHead, present: Present) -> None:
    """Read the estate where it will be asked for: nobody who writes waits for that."""
    if head is None or head.code != now.code or head.line > now.line or _asks_estate(head, now, present):
        present.estate()


def _asks_estate(head: StandingHead, now: StandingHead, present: Present) -> bool:
    lines = bool(present.journal.ledger.numbers(FOLLOWED_KINDS, head.line))
    return lines or head.targets != now.targets or head.receipts != now.receipts


def _begin(store: StandingStore, present: Present) -> None:
    """Nothing is kept that could be gone on from: everything is to be judged."""
    estate = present.estate()
    store.clear()
    store.put_entries(estate_entries(estate), ())
    store.mark(EstateUses(estate).everything())
    for entry in present.journal.entries(kinds=("event", "gap")):
        _take(store, entry)
        if entry.kind == "event":
            store.mark(f"c:{one.contract}" for one in read_key_dates([entry]))


def _follow_targets(store: StandingStore, uses: EstateUses) -> None:
    before, now = store.entries(), estate_entries(uses.estate)
    using = {name: store.units_using(name) for name in changed_contracts(before, now)}
    touched = touched_by_edit(before, now, uses, using)
    store.mark(touched)
    store.put_entries(
        {key: said for key, said in now.items() if before.get(key) != said},
        [key for key in before.keys() - now.keys() if key[0] not in NOT_OF_TARGETS],
    )


def _follow_lines(store: StandingStore, present: Present, uses: EstateUses, since: int) -> None:
    fresh = list(present.journal.entries(since, FOLLOWED_KINDS))
    if not fresh:
        return
    judged = list(present.journal.entries(kinds=JUDGED_KINDS))
    dates = (*uses.estate.key_dates, *read_key_dates(judged))
    earlier = {one.id: one for one in read_decisions(judged)}
    for entry in fresh:
        store.mark(_take(store, entry))
        for decision in read_decisions([entry]):
            store.mark(touched_by_decision(decision, uses, dates, earlier))
        for event in read_key_dates([entry]):
            for one in dates:
                if one.id == event.id:  # a later one takes the place of an earlier one
                    store.mark((f"c:{one.contract}", *uses.of_date(one.contract)))


def _take(store: StandingStore, entry: Event) -> list[str]:
    """Keep a gap where a line tells one; the units that it is about."""
    if entry.kind != "gap":
        return []
    gap = GapRecorded.of(entry)
    names = [name for name in gap_deployments(gap) if name]
    for name in names:
        store.add_gap(name, StandingGap(entry.number, entry.at, gap.why, gap.intent))
    return [f"d:{name}" for name in names]


def _follow_receipts(store: StandingStore, uses: EstateUses, before: Mapping[str, str], now: Mapping[str, str]) -> None:
    for name in before.keys() | now.keys():
        if before.get(name) == now.get(name):
            continue
        for told in filter(None, (before.get(name), now.get(name))):
            _, contract, deployment = json.loads(told)
            store.mark((f"c:{contract}",))
            store.mark(uses.deployment(deployment) if deployment else uses.of_date(contract))


def _follow_references(index: Index, store: StandingStore, uses: EstateUses, moment: datetime) -> None:
    """Where a reference deployment says something else than when it was last looked at, all of its product, which are
    measured by it, are marked with it."""
    entries = store.entries_of("seen")
    for name, place in uses.estate.deployments.items():
        if place.legal_status != "reference":
            continue
        stood = entries.pop(name, None)
        now = (_digest(repr(list(index.counts(name, moment)))), place.product)
        if stood != now:
            store.put_entries({("seen", name): now}, ())
            for product in {one[1] for one in (stood, now) if one is not None}:
                store.mark(uses.of_product(product))
    for name, (_, product) in entries.items():  # a reference no more
        store.put_entries({}, [("seen", name)])
        store.mark(uses.of_product(product))


def _follow_ahead(store: StandingStore, moment: datetime) -> None:
    """A capture that a clock ahead of time dated counts from its time on: another fact, not only another day."""
    for name, (at, _) in store.entries_of("ahead").items():
        if datetime.fromisoformat(at) <= moment:
            store.mark((f"d:{name}",))
            store.put_entries({}, [("ahead", name)])


def _follow_captures(index: Index, store: StandingStore, present: Present, since: int) -> None:
    """Await what the lines from one on say of captures and the index has not recorded; what it has by now is marked."""
    earlier = still_unrecorded(index, present.journal, store.awaited())
    store.put_awaited(earlier | unrecorded_captures(index, present.journal, since))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()
