"""What pages are answered from is kept while others write: commands, a rebuild, one who holds the index."""

from __future__ import annotations

import gc
import json
import os
import re
import resource
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from auditor.errors import EvidenceIndexError
from auditor.formats.evidence_layout import LEDGER, TAIL_FILE
from auditor.model.people import EVERYBODY, SignedIn
from auditor.wording import page_text
from auditor.workflow import DecisionBasis, Desk, confirm_count, read_targets, rebuild_index
from auditor.workflow.desk.standings.keeper import StandingKeeper
from auditor.workflow.desk.standings.kept import KeptStanding
from tests.web.served_workspace import Served

BEHIND = page_text("frame.behind", "en")


def overview(site: Served) -> str:
    answer = site.browser("manager").get(f"{site.origin}/", timeout=60)
    assert answer.status_code == 200
    return answer.text


def line_of(page: str) -> int:
    found = re.search(r"journal line ([\d,]+)", page)
    assert found is not None
    return int(found[1].replace(",", ""))


def confirmed(site: Served) -> int | None:
    rows = site.office.standings.of(EVERYBODY).positions({"q": "covered"}).rows
    return rows[0].position.confirmed


def test_what_is_held_for_long_is_not_searched_for_garbage(site: Served) -> None:
    overview(site)
    assert gc.get_freeze_count() > 10_000


def until(found: Callable[[], bool], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_what_a_command_records_is_on_the_next_page(site: Served) -> None:
    before = line_of(overview(site))
    confirm_count(site.workspace, "covered", 17, DecisionBasis("Kim", "five are closed", ()))
    page = overview(site)
    assert line_of(page) > before or BEHIND in page, "a page that is behind for want of a processor says so"
    until(lambda: confirmed(site) == 17, 10)
    opened = site.office.standings.of(EVERYBODY).opened("covered").positions["covered"]
    assert [one.confirmed for one in opened] == [17]


def test_a_line_that_readers_are_told_late_is_shown_once_they_are(site: Served) -> None:
    """The journal has a line before the tables do from which readers are told: a look in between is not the last."""
    before, tail = line_of(overview(site)), site.workspace.journal / TAIL_FILE
    written = tail.stat().st_size
    decided = threading.Thread(
        target=confirm_count, args=(site.workspace, "covered", 15, DecisionBasis("Kim", "seven are closed", ()))
    )
    with closing(sqlite3.connect(site.workspace.root / LEDGER, isolation_level=None)) as tables:
        tables.execute("begin immediate")
        decided.start()
        until(lambda: tail.stat().st_size > written, 10)
        assert line_of(overview(site)) == before
        tables.execute("rollback")
    decided.join()
    until(lambda: confirmed(site) == 15, 10)
    assert line_of(overview(site)) > before


def test_who_holds_the_index_keeps_no_page_waiting(site: Served) -> None:
    """Pages say what stood, of the line that it stood at, and catch up once they can."""
    before, number = line_of(overview(site)), confirmed(site)
    held = sqlite3.connect(site.workspace.db, isolation_level=None)
    held.execute("begin immediate")
    try:
        confirm_count(site.workspace, "covered", 16, DecisionBasis("Kim", "another one", ()))
        began = time.monotonic()
        page = overview(site)
        assert line_of(page) == before and BEHIND in page
        assert time.monotonic() - began < 10
        listed = site.browser("manager").get(f"{site.origin}/api/v1/positions", timeout=60).json()
        assert (listed["as_of_line"], listed["behind"]) == (before, True)
        assert confirmed(site) == number
    finally:
        held.execute("rollback")
        held.close()
    until(lambda: confirmed(site) == 16, 10)
    page = overview(site)
    assert line_of(page) > before and BEHIND not in page


def test_an_index_that_is_made_anew_is_asked_from_then_on(site: Served) -> None:
    standing = site.office.standings.of(EVERYBODY)
    assert isinstance(standing, KeptStanding)
    before = standing.positions({}).rows
    rebuild_index(site.workspace, read_targets(site.workspace)[0], lambda _done, _total, _name: None)
    until(lambda: site.office.standings.of(EVERYBODY).positions({}).rows == before, 10)
    assert site.office.standings.of(EVERYBODY).overview({}).over == standing.overview({}).over


def test_a_day_that_passes_is_judged_again(site: Served) -> None:
    asked = "select count(*) from standing_unit where unit = 'd:covered' and until > '2020-01-02'"
    overview(site)
    with sqlite3.connect(site.workspace.db) as altered:
        altered.execute("update standing_unit set until = '2020-01-01T00:00:00.000000+00:00' where unit = 'd:covered'")
        assert altered.execute(asked).fetchone() == (0,)
        altered.commit()
        until(lambda: altered.execute(asked).fetchone() == (1,), 10)
    altered.close()


def test_an_answer_is_of_the_line_of_its_rows(site: Served) -> None:
    """However much was written between the beginning of a request and its rows."""
    who, at = site.people["manager"], site.office.clock()
    desks = [Desk(site.office, SignedIn(who, "passkey", "s-1", who.permissions, who.scope, at), at) for _ in range(4)]
    begun = [desk.reads.standing.line for desk in desks]
    confirm_count(site.workspace, "covered", 13, DecisionBasis("Kim", "two more", ()))
    until(lambda: confirmed(site) == 13, 10)
    with held(site, "d:covered"):
        for desk, ask in zip(desks, (positions, inbox_of, overview_of, as_file), strict=True):
            line, outstanding, row = ask(desk)
            assert line > max(begun) and outstanding == 1, ask
            assert row in ((13, True), None), ask


@contextmanager
def held(site: Served, unit: str) -> Iterator[None]:
    """A unit is to be judged again, and nobody can."""
    with closing(sqlite3.connect(site.workspace.db, isolation_level=None)) as index:
        while True:
            index.execute("insert or replace into standing_dirty values (?, 0)", (unit,))
            index.execute("begin immediate")
            if index.execute("select 1 from standing_dirty where unit = ?", (unit,)).fetchone():
                break
            index.execute("rollback")  # it was judged that very moment
        yield
        index.execute("rollback")


Told = tuple[int, int, tuple[int | None, bool] | None]
"""Line and what is outstanding; of a row of `covered` what was confirmed, and whether it is judged again."""


def positions(desk: Desk) -> Told:
    row = desk.reads.positions({"q": "covered"}).rows[0]
    return desk.reads.standing.line, desk.reads.standing.outstanding, (row.position.confirmed, row.outstanding)


def overview_of(desk: Desk) -> Told:
    row = desk.reads.overview({"q": "covered"}).list.rows[0]
    return desk.reads.standing.line, desk.reads.standing.outstanding, (row.position.confirmed, row.outstanding)


def inbox_of(desk: Desk) -> Told:
    desk.reads.inbox({})
    return desk.reads.standing.line, desk.reads.standing.outstanding, None


def as_file(desk: Desk) -> Told:
    with desk.reads.table("positions", "json", "en", {"q": "covered"}).stream as file:
        file.seek(0)
        told = json.load(file)
    row = told["positions"][0]
    return told["as_of_line"], told["outstanding"], (row["confirmed"], row["outstanding"])


def test_rows_of_before_are_kept_under_no_newer_revision(site: Served) -> None:
    """What is made of rows that were asked for before something was written is not told to whoever asks after it."""
    earlier = site.office.standings.of(EVERYBODY)
    rows = earlier.overview({})
    confirm_count(site.workspace, "covered", 15, DecisionBasis("Kim", "one more", ()))
    until(lambda: confirmed(site) == 15, 10)
    assert earlier.told("rows", rows.revision, lambda: "those of before") == "those of before"
    later = site.office.standings.of(EVERYBODY)
    found, inbox = later.overview({}), later.inbox({})
    assert found.revision != rows.revision and inbox.revision == found.revision
    assert later.told("rows", found.revision, lambda: "those of now") == "those of now"


def test_what_keeps_lines_from_being_followed_is_said_and_ends(site: Served) -> None:
    """No file can be opened for a while: the thread goes on, and whoever asks meanwhile is told."""
    overview(site)
    keeper = StandingKeeper(site.workspace, site.office.clock, lambda: site.office.estates.of(EVERYBODY))
    try:
        assert keeper.moment().state.settled and keeper.trouble is None
        journal, limits = site.workspace.journal / TAIL_FILE, resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (1, limits[1]))
        try:
            os.utime(journal)  # something is there to be followed
            until(lambda: keeper.trouble is not None, 10)
            with pytest.raises(EvidenceIndexError, match=r"Too many open files|unable to open"):
                keeper.moment()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        os.utime(journal)
        until(lambda: keeper.trouble is None, 10)
        assert keeper.moment().state.settled
    finally:
        keeper.close()
    with pytest.raises(EvidenceIndexError, match="nothing follows"):
        keeper.moment()
    assert keeper.trouble is not None


def test_a_turn_that_does_not_end_is_said(site: Served) -> None:
    """Somebody holds the index for writing, so that the thread waits: that is no quiet moment."""
    overview(site)
    keeper = StandingKeeper(site.workspace, site.office.clock, lambda: site.office.estates.of(EVERYBODY), patience=1)
    held = sqlite3.connect(site.workspace.db, isolation_level=None)
    try:
        assert keeper.moment().state.settled
        held.execute("begin immediate")
        keeper.doubt(["d:covered"])
        until(lambda: keeper.trouble is not None, 10)
        assert "one turn has taken" in str(keeper.trouble)
        held.execute("rollback")
        until(lambda: keeper.trouble is None, 10)
    finally:
        held.close()
        keeper.close()


def test_a_probe_and_every_page_say_that_nothing_is_followed(site: Served) -> None:
    assert site.browser("manager").get(f"{site.origin}/healthz", timeout=30).status_code == 200
    whole = site.workspace.db.read_bytes()
    try:
        until(lambda: _broken(site), 10)
        page = site.browser("manager").get(f"{site.origin}/", timeout=60)
        assert (page.status_code, "the index is not kept up" in page.text) == (503, True)
        answer = site.browser("manager").get(f"{site.origin}/api/v1/positions", timeout=60)
        assert (answer.status_code, "the index is not kept up" in answer.json()["error"]) == (503, True)
    finally:
        put(site, whole)
    until(lambda: site.browser("manager").get(f"{site.origin}/healthz", timeout=30).status_code == 200, 20)
    assert line_of(overview(site))


def _broken(site: Served) -> bool:
    put(site, b"this is no database" * 400)
    return site.browser("manager").get(f"{site.origin}/healthz", timeout=30).status_code == 503


def put(site: Served, data: bytes) -> None:
    """Another file in the place of the index."""
    for more in ("-wal", "-shm"):
        site.workspace.db.with_name(f"{site.workspace.db.name}{more}").unlink(missing_ok=True)
    other = site.workspace.db.with_name("other")
    other.write_bytes(data)
    other.replace(site.workspace.db)
