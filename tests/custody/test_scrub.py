"""The scrub reads everything in turn, finds what opening does not look at, and never says that it passed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from auditor.custody import (
    Journal,
    ScrubCoverage,
    is_scrub_due,
    open_workspace,
    scrub_coverage,
    scrub_next_share,
    verify_workspace,
)
from auditor.formats.merkle import leaf_hash
from auditor.model.events import EvidenceScrubbed
from auditor.model.evidence import Event
from tests.custody.journal_clerk import AT


def told(spans: list[tuple[tuple[int, int], tuple[int, int]]], failed: tuple[str, ...] = ()) -> list[Event]:
    """A scrub a day."""
    return [
        Event(
            day, AT + timedelta(days=day), "scrub",
            EvidenceScrubbed(segments=segments, packages=packages, bytes=1, failed=failed if day == 0 else ()).body(),
        )
        for day, (segments, packages) in enumerate(spans)
    ][::-1]  # fmt: skip


def day(number: int) -> datetime:
    return AT + timedelta(days=number)


def test_coverage_is_as_old_as_the_oldest_share_that_is_still_needed() -> None:
    assert scrub_coverage([], 5, 5) == ScrubCoverage()
    thirds = [((0, 2), (1, 4)), ((2, 4), (4, 7)), ((4, 6), (7, 10))]
    found = scrub_coverage(told(thirds[:2]), 6, 9)
    assert (found.last, found.oldest, found.next_segment, found.next_package) == (day(1), None, 4, 7)
    found = scrub_coverage(told([*thirds, *thirds[:2]]), 6, 9)
    assert (found.last, found.oldest, found.next_segment, found.next_package) == (day(4), day(2), 4, 7)
    found = scrub_coverage(told(thirds), 6, 9)
    assert (found.oldest, found.next_segment, found.next_package) == (day(0), 0, 1)
    assert scrub_coverage(told(thirds), 7, 9).oldest is None, "a new segment was not read yet"
    assert scrub_coverage(told(thirds[:1], failed=("x",)), 2, 3).failed == ("x",)
    assert scrub_coverage(told([*thirds, *thirds], failed=("x",)), 6, 9).failed == (), "read again, and whole"


def test_a_share_is_due_once_a_day() -> None:
    found = scrub_coverage(told([((0, 0), (1, 1))]), 0, 0)
    assert [is_scrub_due(found, day(0) + timedelta(hours=hours)) for hours in (-1, 0, 23, 24)] == [
        True, False, False, True,
    ]  # fmt: skip
    assert is_scrub_due(ScrubCoverage(), AT)


def shares(root: Path, turns: int) -> list[EvidenceScrubbed]:
    """So many days of it."""
    made = []
    for _ in range(turns):
        with open_workspace(root) as held:
            events = held.journal.newest(("scrub",))
            coverage = scrub_coverage(events, held.journal.segments, held.journal.ledger.standing.captures)
            made.append(scrub_next_share(held.vault, coverage, turns=2))
    return made


def test_everything_is_read_in_turn_and_journalled(grown: Path) -> None:
    one, two = shares(grown, 2)
    assert [(one.segments, one.packages), (two.segments, two.packages)] == [((0, 1), (1, 2)), ((1, 2), (2, 3))]
    assert one.failed == two.failed == ()
    assert one.bytes > (grown / "evidence" / "journal" / "entries" / "001.jsonl").stat().st_size
    journal = Journal.open(grown)
    found = scrub_coverage(journal.newest(("scrub",)), 2, 2)
    first, _ = journal.entries(kinds=("scrub",))
    assert found.oldest == first.at
    assert verify_workspace(grown).verdict == "passed"


def test_what_rotted_is_found_though_the_workspace_opens(grown: Path) -> None:
    segment = grown / "evidence" / "journal" / "entries" / "001.jsonl"
    page = next((grown / "evidence" / "site-a").glob("*-c2/registration/dom.html"))
    for path, before, after in ((segment, b'"old-399"', b'"old-398"'), (page, b"34", b"20")):
        path.parent.chmod(0o755)
        path.chmod(0o644)
        path.write_bytes(path.read_bytes().replace(before, after))
    one, two = shares(grown, 2)
    assert one.failed == ()
    assert [each.split()[0] for each in two.failed] == ["journal.segment", "artefact.digest"]
    assert "entries/001.jsonl" in two.failed[0] and "-c2/registration/dom.html" in two.failed[1]


def test_a_tile_and_a_segment_of_another_log_do_not_lead_to_the_root(grown: Path) -> None:
    """They fit each other, and not the tree that the head signs."""
    folder = grown / "evidence" / "journal"
    segment, tile = folder / "entries" / "001.jsonl", folder / "tile" / "0" / "001"
    segment.chmod(0o644)
    segment.write_bytes(segment.read_bytes().replace(b'"old-399"', b'"old-398"'))
    tile.chmod(0o644)
    tile.write_bytes(b"".join(leaf_hash(line) for line in segment.read_bytes().splitlines()))
    _, two = shares(grown, 2)
    assert "not the one in the journal's tree" in two.failed[0]
