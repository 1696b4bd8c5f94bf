"""What every `JournalStore` does: a head that is never half, lines that are never overwritten by another text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.custody import Journal, create_keys
from auditor.custody.journal.local_journal import MAX_LINE, LocalJournalStore
from auditor.errors import IntegrityError, VaultError
from auditor.model.events import RunClosed, RunOpened, WorkspaceCreated
from auditor.model.ports import JournalStore

Opener = Callable[[], JournalStore]
"""Opens the same store again, as another process would."""


def _local(base: Path) -> Opener:
    return lambda: LocalJournalStore(base)


PLUGS: dict[type, Callable[[Path], Opener]] = {LocalJournalStore: _local}


@pytest.fixture(params=PLUGS, ids=lambda plug: plug.__name__)
def again(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    return PLUGS[request.param](tmp_path)


def filled(again: Opener, *lines: bytes) -> JournalStore:
    store, at = again(), 0
    for line in lines:
        store.append(line, at)
        at += len(line) + 1
    return store


def test_nothing_is_there_before_the_first_write(again: Opener) -> None:
    store = again()
    assert not store.exists()
    assert list(store.lines()) == []
    assert store.prefix_digest(1) is None
    with pytest.raises(VaultError, match="no journal here"):
        store.head()


def test_the_head_is_the_last_one_put(again: Opener) -> None:
    store = again()
    for note in (b"one\n", b"two, longer than the first\n", b"three\n"):
        store.replace_head(note)
        assert again().head() == note
    assert again().exists()


def test_lines_come_back_as_they_were_written_from_any_byte_on(again: Opener) -> None:
    lines = [b'{"number":%d}' % number for number in range(50)] + ["不限".encode() * 1000]
    filled(again, *lines)
    store = again()
    assert list(store.lines()) == [(line, True) for line in lines]
    start = sum(len(line) + 1 for line in lines[:7])
    assert next(store.lines(start)) == (lines[7], True)


def test_a_line_is_written_where_the_last_one_ended_and_nowhere_else(again: Opener) -> None:
    store = filled(again, b"first", b"second")
    with pytest.raises(IntegrityError):
        store.append(b"third", 6)  # the place of "second"
    with pytest.raises(IntegrityError):
        store.append(b"third", 100)  # beyond the end: something is missing
    assert [line for line, _ in again().lines()] == [b"first", b"second"]


def test_a_beginning_of_the_line_that_an_interruption_left_is_finished(again: Opener) -> None:
    """`second` and its newline stand there, which are a beginning of what is written now."""
    store = filled(again, b"first", b"second")
    store.append(b"second\nthird", 6)
    assert [line for line, _ in again().lines()] == [b"first", b"second", b"third"]


def test_the_digest_of_a_beginning_is_of_its_bytes_and_can_go_on(again: Opener) -> None:
    store = filled(again, b"first", b"second")
    found = store.prefix_digest(6)
    assert found is not None
    assert found.hexdigest() == hashlib.sha256(b"first\n").hexdigest()
    found.update(b"second\n")
    whole = store.prefix_digest(13)
    assert whole is not None
    assert whole.digest() == found.digest()
    assert store.prefix_digest(14) is None


def test_a_line_beyond_all_bounds_is_refused_when_it_is_read(again: Opener) -> None:
    store = filled(again, b"x" * (MAX_LINE + 1))
    with pytest.raises(IntegrityError, match="more than"):
        list(store.lines())


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
