"""The scrub: a share of journal segments and packages read again in turn, so that all are within a known time.

Opening the journal trusts what lies under the signed root and is not read then; what it would not notice, a file that
rotted or was altered in the past, the scrub finds. What it read is journalled, and `status` says how old the oldest
check is. It never says that the evidence holds: only `verify` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path

from auditor.custody.journal.journal import Journal
from auditor.custody.packages.vault import Vault
from auditor.custody.verification.at_hand import PackageCarrier, PackagesOnDisk
from auditor.custody.verification.packages import Hasher, brought, check_package
from auditor.custody.verification.trust import TrustResolver
from auditor.errors import IntegrityError
from auditor.formats import evidence_layout as layout
from auditor.formats import merkle
from auditor.formats.tiles import WIDTH, row_root
from auditor.model.events import EvidenceScrubbed
from auditor.model.evidence import CheckList, Event

TURNS = 30
"""Days in which everything is read once."""
MAX_TOLD = 50


@dataclass(frozen=True, slots=True)
class ScrubCoverage:
    """How far the evidence was read again."""

    last: datetime | None = None
    """When a share was last read; None where none ever was."""
    oldest: datetime | None = None
    """The moment since which all segments and packages that were there then have been read; None where some never
    were."""
    failed: tuple[str, ...] = ()
    """What did not hold when it was last read."""
    next_segment: int = 0
    next_package: int = 1
    """By its place among all captures, from 1."""


Span = tuple[int, int]
"""From the first to the one behind the last."""


def scrub_coverage(events: Iterable[Event], segments: int, packages: int) -> ScrubCoverage:
    """What the journalled scrubs say, of so many sealed segments and captures. Pure.

    `events`: the newest first; no more of them are taken than it needs to have read everything once.
    """
    told = ((one.at, EvidenceScrubbed.of(one)) for one in events)
    newest = next(told, None)
    if newest is None:
        return ScrubCoverage()
    last_at, last = newest
    oldest, failed = None, dict[str, None]()
    left = ([(0, segments)], [(1, packages + 1)])
    for at, one in chain([newest], told):
        failed |= dict.fromkeys(one.failed)
        left = (_without(left[0], _pair(one.segments)), _without(left[1], _pair(one.packages)))
        if not any(left):
            oldest = at
            break
    return ScrubCoverage(
        last_at, oldest, tuple(failed), _after(last.segments, segments, 0), _after(last.packages, packages + 1, 1)
    )


def _without(left: Iterable[Span], read: Span) -> list[Span]:
    """What is left of some spans."""
    pieces = ((first, min(behind, read[0])) for first, behind in left)
    others = ((max(first, read[1]), behind) for first, behind in left)
    return [(first, behind) for first, behind in (*pieces, *others) if first < behind]


def _pair(span: tuple[int, ...]) -> Span:
    return (span[0], span[1]) if len(span) == 2 else (0, 0)


def _after(span: tuple[int, ...], end: int, begin: int) -> int:
    behind = _pair(span)[1]
    return begin if behind >= end or behind < begin else behind


def is_scrub_due(coverage: ScrubCoverage, at: datetime, every: timedelta = timedelta(days=1)) -> bool:
    """Whether the last share is a day old; one dated ahead of now was read by a clock that was wrong."""
    return coverage.last is None or not coverage.last <= at < coverage.last + every


def scrub_next_share(
    vault: Vault,
    coverage: ScrubCoverage,
    *,
    turns: int = TURNS,
    evidence: Path | None = None,
    carrier: PackageCarrier | None = None,
) -> EvidenceScrubbed:
    """Read the next share, journal what was read and what did not hold.

    `evidence`: the folder to which `carrier` brings packages that lie elsewhere, with `trust/` in it.
    """
    journal, checks = vault.journal, CheckList()
    segments, packages = journal.segments, journal.ledger.standing.captures
    first, start = coverage.next_segment, coverage.next_package
    behind = min(segments, first + -(-segments // turns))
    end = min(packages + 1, start + -(-packages // turns))
    size = sum(_segment(journal, index, checks) for index in range(first, behind))
    folder = evidence or vault.root / layout.EVIDENCE
    size += _packages(vault.journal, folder, carrier or PackagesOnDisk(folder), (start, end), checks)
    wrong = (check for check in checks.done().checks if check.verdict == "failed")
    failed = [f"{check.name} {check.subject}: {check.detail}" for check in wrong]
    event = EvidenceScrubbed(
        segments=(first, behind), packages=(start, end), bytes=size,
        failed=tuple(each[:300] for each in failed[:MAX_TOLD]),
    )  # fmt: skip
    journal.record(event)
    return event


def _segment(journal: Journal, index: int, checks: CheckList) -> int:
    """The lines of one segment against their tile, and the tile against the tree that the head signs; its bytes."""
    subject, size = layout.in_evidence(f"{layout.JOURNAL}/{layout.segment_path(index)}"), 0
    try:
        row = bytearray()
        for line, ended in islice(journal.store.lines(index * WIDTH), WIDTH):
            if not ended:
                raise IntegrityError("cut off")
            row += merkle.leaf_hash(line)
            size += len(line) + 1
        if len(row) != WIDTH * merkle.HASH_BYTES:
            raise IntegrityError("missing")
        if bytes(row) != journal.store.tile(0, index):
            raise IntegrityError("its lines are not those of its hash tile")
        if journal.tree().node(8, index) != row_root(bytes(row)) or not _under_root(journal, index, bytes(row)):
            raise IntegrityError("its tile is not the one in the journal's tree")
    except (IntegrityError, OSError) as error:
        checks.failed("journal.segment", subject, str(error))
    return size


def _under_root(journal: Journal, index: int, row: bytes) -> bool:
    """Whether the segment's first line, by its own hashes, leads to the root."""
    tree, at = journal.tree(), index * WIDTH
    return merkle.verify_inclusion(journal.frontier.root(), tree.size, at, row[: merkle.HASH_BYTES], tree.path(at))


def _packages(
    journal: Journal, evidence: Path, carrier: PackageCarrier, share: tuple[int, int], checks: CheckList
) -> int:
    """Packages against their manifests, the journal and their timestamps; the bytes read."""
    ledger = journal.ledger
    trust = TrustResolver(evidence, ledger, None)
    with ThreadPoolExecutor(2, thread_name_prefix="scrub") as pool:
        hasher = Hasher(pool, checks, None)
        for record in ledger.packages_between(*share):
            with brought(carrier, record.home, hasher, ledger.version_of(record)):
                if _there(evidence, record.home):
                    check_package(evidence, record.home, record, ledger.placed_in(record.home), trust, hasher)
                else:
                    checks.failed("package.missing", layout.in_evidence(record.home), "recorded, not on the disk")
        hasher.finish()
    return hasher.done


def _there(evidence: Path, home: str) -> bool:
    return (evidence / home).is_dir() and not (evidence / home).is_symlink()
