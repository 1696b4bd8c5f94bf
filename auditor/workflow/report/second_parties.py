"""Which captures a second party made too: the pairs of the journal, with the numbers that both gave."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from auditor.custody import Journal, LedgerCaptures, by_two_keys, check_party_signature
from auditor.errors import IntegrityError
from auditor.model.events import CaptureCommitted, CapturesPaired
from auditor.model.ports import ReportIndex
from auditor.model.reports import PartyCapture, SeenByTwo


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
