"""What every `JournalStore` does: a head that is never half, lines that are never overwritten by another text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.custody import Journal, create_keys
from auditor.custody.journal.local_journal import MAX_LINE, LocalJournalStore
from auditor.errors import IntegrityError, VaultError
from auditor.formats import canonical_json
from auditor.formats.merkle import leaf_hash, root_hash
from auditor.formats.tiles import WIDTH, tiles_after
from auditor.model.events import RunClosed, RunOpened, WorkspaceCreated
from auditor.model.ports import JournalStore
from auditor.optional_parts import is_installed

Opener = Callable[[], JournalStore]
"""Opens the same store again, as another process would."""


def _local(request: pytest.FixtureRequest) -> Opener:
    base: Path = request.getfixturevalue("tmp_path")
    return lambda: LocalJournalStore(base)


PLUGS: dict[type, Callable[[pytest.FixtureRequest], Opener]] = {LocalJournalStore: _local}

if is_installed("fleet"):
    from auditor.fleet import DatabaseAddress, PostgresJournalStore, prepare_database
    from auditor.workflow.replica.acting import MirroredLedger

    def _postgres(request: pytest.FixtureRequest) -> Opener:
        address = DatabaseAddress(request.getfixturevalue("empty_database"))
        prepare_database(address)

        def opened() -> JournalStore:
            store = PostgresJournalStore(address)
            request.addfinalizer(store.close)
            return store

        return opened

    def _mirrored(request: pytest.FixtureRequest) -> Opener:
        address = DatabaseAddress(request.getfixturevalue("empty_database"))
        prepare_database(address)

        def opened() -> JournalStore:
            store = MirroredLedger(address, lambda: None)
            request.addfinalizer(store.close)
            return store

        return opened

    PLUGS |= {PostgresJournalStore: _postgres, MirroredLedger: _mirrored}


@pytest.fixture(params=PLUGS, ids=lambda plug: plug.__name__)
def again(request: pytest.FixtureRequest) -> Opener:
    return PLUGS[request.param](request)


def filled(again: Opener, *lines: bytes) -> JournalStore:
    store = again()
    for number, line in enumerate(lines):
        store.append(line, number)
    return store


def numbered(count: int) -> list[bytes]:
    """Lines that state their numbers and each the one before, as the journal's do."""
    return list(_chained(count))


def _chained(count: int) -> Iterator[bytes]:
    previous = canonical_json.ZERO_DIGEST
    for number in range(count):
        line = b'{"kind":"gap","number":%d,"previous":"%s"}' % (number, previous.encode())
        previous = canonical_json.sha256(line)
        yield line


def sealed(again: Opener, segments: int, more: int) -> JournalStore:
    """So many sealed segments, and so many lines in the open one."""
    store, lines = again(), numbered(segments * WIDTH + more)
    for number, line in enumerate(lines):
        store.append(line, number)
        if number % WIDTH == WIDTH - 1:
            index = number // WIDTH
            row = b"".join(map(leaf_hash, lines[index * WIDTH : number + 1]))
            store.seal_segment(index, list(tiles_after(index, row, store.tile)))
    return store


def test_nothing_is_there_before_the_first_write(again: Opener) -> None:
    store = again()
    assert not store.exists() and store.grows
    assert list(store.lines()) == []
    assert (store.segments(0), store.tile(0, 0)) == (0, b"")
    with pytest.raises(VaultError, match="no journal here"):
        store.head()


def test_the_head_is_the_last_one_put(again: Opener) -> None:
    store = again()
    for note in (b"one\n", b"two, longer than the first\n", b"three\n"):
        store.replace_head(note)
        assert again().head() == note
    assert again().exists()


def test_lines_come_back_as_they_were_written_from_any_number_on(again: Opener) -> None:
    lines = [b'{"number":%d}' % number for number in range(50)] + ["不限".encode() * 1000]
    filled(again, *lines)
    store = again()
    assert list(store.lines()) == [(line, True) for line in lines]
    assert next(store.lines(7)) == (lines[7], True)
    assert list(store.lines(51)) == []


def test_a_line_is_written_where_the_last_one_ended_and_nowhere_else(again: Opener) -> None:
    store = filled(again, b"first", b"second")
    for number in (0, 1):
        with pytest.raises(IntegrityError):
            store.append(b"third", number)
    assert [line for line, _ in again().lines()] == [b"first", b"second"]
    again().append(b"third", 2)
    assert [line for line, _ in again().lines()] == [b"first", b"second", b"third"]


def test_a_beginning_of_the_line_that_an_interruption_left_is_finished(again: Opener) -> None:
    """`second` and its newline stand there, which are a beginning of what is written now."""
    filled(again, b"first", b"second")
    if again().shared:  # a line is there or is not: nothing is left to be finished
        with pytest.raises(IntegrityError):
            again().append(b"second\nthird", 1)
        return
    again().append(b"second\nthird", 1)
    assert [line for line, _ in again().lines()] == [b"first", b"second", b"third"]


def test_sealed_segments_read_as_before_and_with_the_open_one(again: Opener) -> None:
    sealed(again, 2, 3)
    store, lines = again(), numbered(2 * WIDTH + 3)
    assert [line for line, _ in store.lines()] == lines
    for start in (0, 1, 255, 256, 300, 511, 512, 514):
        assert [line for line, _ in store.lines(start)] == lines[start:]


def test_segments_are_counted_by_the_head_s_size_and_what_is_there(again: Opener) -> None:
    store = sealed(again, 2, 0)
    assert [store.segments(size) for size in (511, 512, 513, 700)] == [1, 2, 2, 2]
    for number, line in enumerate(numbered(3 * WIDTH)[2 * WIDTH :], 2 * WIDTH):
        store.append(line, number)
    # The open one is full and not sealed yet: an interruption came between; the head may be a line ahead.
    assert [again().segments(size) for size in (767, 768, 769)] == [2, 2, 2]
    assert len(list(again().lines())) == 768


def test_tiles_are_the_widest_there_are(again: Opener) -> None:
    store = sealed(again, 3, 1)
    row = [leaf_hash(line) for line in numbered(3 * WIDTH)]
    assert store.tile(0, 1) == b"".join(row[WIDTH : 2 * WIDTH])
    edge = b"".join(root_hash(row[at * WIDTH : (at + 1) * WIDTH]) for at in range(3))
    assert again().tile(1, 0) == edge
    assert again().tile(2, 0) == b""
    store.tidy(3)
    assert again().tile(1, 0) == edge


def test_a_sealing_that_was_interrupted_is_done_again(again: Opener) -> None:
    store, lines = sealed(again, 1, 0), numbered(2 * WIDTH)
    for number in range(WIDTH, 2 * WIDTH):
        store.append(lines[number], number)
    tiles = list(tiles_after(1, b"".join(map(leaf_hash, lines[WIDTH:])), store.tile))
    store.seal_segment(1, tiles)
    assert [line for line, _ in again().lines()] == lines
    again().append(b"next", 2 * WIDTH)
    assert len(list(again().lines())) == 2 * WIDTH + 1


def test_a_line_beyond_all_bounds_is_refused_when_it_is_read(again: Opener) -> None:
    filled(again, b"x" * (MAX_LINE + 1))
    with pytest.raises(IntegrityError, match="more than"):
        list(again().lines())


def test_a_journal_is_kept_in_it_and_opened_again(again: Opener, tmp_path: Path) -> None:
    """The room that uses it: a journal with three events, read by a second process, its chain whole."""
    keys = create_keys(tmp_path, origin="tests.example/contract")
    at = datetime(2026, 1, 5, 3, tzinfo=UTC)
    opening = WorkspaceCreated(
        format="auditor.workspace/1", origin=keys.origin, software="tests", log=str(keys.verifier), box=keys.box_public
    )
    first = Journal.create(tmp_path, keys, opening, lambda: at, again())
    first.record(RunOpened(run="r1", targets_sha256="0" * 64))
    first.record(RunClosed(run="r1"))
    second = Journal.open(tmp_path, None, lambda: at, again())
    assert [entry.kind for entry in second.entries()] == ["workspace.created", "run.opened", "run.closed"]
    assert second.frontier.root() == first.frontier.root()


def test_what_is_written_in_one_go_is_there_when_it_ends(again: Opener) -> None:
    store = again()
    with store.exclusive():
        store.replace_head(b"one\n")
        store.append(b"first", 0)
        with store.exclusive():
            store.append(b"second", 1)
    assert again().head() == b"one\n"
    assert [line for line, _ in again().lines()] == [b"first", b"second"]
