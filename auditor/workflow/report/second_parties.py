"""Which captures a second party made too: the pairs of the journal, with the numbers that both gave.

And which visits it was to make and that are not there: their slots ended without a capture, or with another one.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from auditor.custody import Journal, LedgerCaptures, by_two_keys, check_party_signature
from auditor.errors import IntegrityError
from auditor.model.events import SECOND, CaptureCommitted, CapturesPaired, GapRecorded, RunPlanned, second_vantage
from auditor.model.evidence import JournalEntry
from auditor.model.ports import ReportIndex
from auditor.model.reports import PartyCapture, SecondSlotEnd, SecondVisitMissing, SeenByTwo


def seen_by_two(
    journal: Journal, index: ReportIndex, as_of: datetime, deployments: Collection[str]
) -> tuple[SeenByTwo, ...]:
    """The pairs up to a moment of these deployments, the newest first; one whose captures are not as their own lines
    and signatures say is none. That a pair came before the timestamps is told by `auditor verify`."""
    found = []
    for entry in journal.entries(kinds=("pair",)):
        pair = CapturesPaired.of(entry)
        if entry.at <= as_of and pair.deployment in deployments:
            made = [_committed(journal, one.capture, one.manifest_sha256, one.party_key) for one in pair.captures]
            told = [_told(journal, index, as_of, one) for one in made if one is not None]
            seen = tuple(filter(None, told))
            if len(seen) == len(pair.captures) == 2 and by_two_keys(one.key for one in seen):
                found.append(SeenByTwo(pair.deployment, pair.run, entry.number, seen))
    return tuple(reversed(found))


def second_missing(journal: Journal, as_of: datetime, deployments: Collection[str]) -> tuple[SecondVisitMissing, ...]:
    """Of these deployments, slots of second parties that ended by a moment and not with a capture that names the key of
    the plan, the newest plan first. A slot that goes on is not among them."""
    planned = [one for one in journal.ledger.second_slots() if one[1].partition(SECOND)[0] in deployments]
    ends = _second_ends(journal, {slot.partition(SECOND)[0] for _, slot, _ in planned}) if planned else {}
    keys, found = dict[int, dict[str, str | None]](), []
    for run, slot, plan in planned:
        deployment, _, vantage = slot.partition(SECOND)
        number = ends.get((run, slot))
        if number is None or (end := journal.entry(number)).at > as_of:
            continue
        if plan not in keys:
            keys[plan] = {one.slot: one.party_key for one in RunPlanned.of(journal.entry(plan)).slots}
        if how := _how_ended(end, keys[plan].get(slot)):
            found.append(SecondVisitMissing(deployment, run, vantage, end.at, how, number))
    return tuple(found)


def _second_ends(journal: Journal, deployments: Collection[str]) -> dict[tuple[str, str], int]:
    """By run and slot, the lines that ended slots of second parties at these deployments."""
    found = dict[tuple[str, str], int]()
    for entry in journal.entries(kinds=("gap",)):
        gap = GapRecorded.of(entry)
        for slot in (gap.slot, *(one.slot for one in gap.slots or ())):
            if second_vantage(slot):
                found[gap.run, slot] = entry.number
    for record in (record for name in deployments for record in journal.ledger.packages(name)):
        begun = journal.ledger.intent(record.intent)
        if begun is not None and second_vantage(begun.slot):
            found[begun.run, begun.slot] = record.number
    return found


def _how_ended(end: JournalEntry, planned: str | None) -> SecondSlotEnd | None:
    """How a slot ended otherwise than with a capture of the party whose key the plan names; None where it did not."""
    if end.kind == "gap":
        return "gap"
    made = CaptureCommitted.of(end)
    if not made.party_key:
        return "no_party"
    if planned and made.party_key != planned:
        return "other_key"
    try:
        check_party_signature(made)
    except IntegrityError:
        return "not_signed"
    return None


def _committed(journal: Journal, capture: str, manifest: str, key: str) -> CaptureCommitted | None:
    """The capture's own line, where it says what the pair says, and its party signed it."""
    made = LedgerCaptures(journal.ledger).committed(capture)
    if made is None or (made.manifest_sha256, made.party_key or "") != (manifest, key):
        return None
    try:
        check_party_signature(made)
    except IntegrityError:
        return None
    return made


def _told(journal: Journal, index: ReportIndex, as_of: datetime, made: CaptureCommitted) -> PartyCapture | None:
    """None where the report does not know the capture."""
    record = journal.ledger.package_record(made.capture)
    key = made.party_key or (str(journal.ring.at(record.number + 1)) if record is not None else "")
    counts = [seen for seen in index.counts(made.deployment, as_of) if seen.capture == made.capture]
    counted = {seen.metric: seen.counted for seen in counts if seen.counted is not None}
    row = next(iter(index.packages_of((made.capture,))), None)
    if row is None:
        return None
    return PartyCapture(made.capture, made.party or "", key, made.manifest_sha256, row.captured_at, counted)
