"""What every `Lease` does: held by one session, all of it or none, until that session gives it back or ends."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from auditor.custody.files.claims import ClaimBook, OwnClaims
from auditor.model.ports import Lease
from auditor.optional_parts import is_installed

Session = tuple[Lease, Callable[[], None]]
"""One that shares an estate, and what ends it without giving anything back."""
Opener = Callable[[str], Session]


def _claims(request: pytest.FixtureRequest, stack: ExitStack) -> Opener:
    seconds = itertools.count(step=3)
    book = ClaimBook(lambda: float(next(seconds)))  # who waited and asks no more is forgotten by the next question
    return lambda name: (OwnClaims(book, name), lambda: book.end_session(name))


PLUGS: dict[type, Callable[[pytest.FixtureRequest, ExitStack], Opener]] = {OwnClaims: _claims}

if is_installed("fleet"):
    from auditor.fleet import DatabaseAddress, DatabaseLease, connect, prepare_database

    def _database(request: pytest.FixtureRequest, stack: ExitStack) -> Opener:
        address = DatabaseAddress(request.getfixturevalue("empty_database"))
        prepare_database(address)

        def opened(name: str) -> Session:
            connection = connect(address, "auditor_worker", name)
            stack.callback(connection.close)
            return DatabaseLease(connection, address), connection.close

        return opened

    PLUGS[DatabaseLease] = _database


@pytest.fixture(params=PLUGS, ids=lambda plug: plug.__name__)
def session(request: pytest.FixtureRequest) -> Iterator[Opener]:
    with ExitStack() as stack:
        yield PLUGS[request.param](request, stack)


def test_what_one_session_has_no_other_gets(session: Opener) -> None:
    (one, _), (two, _) = session("one"), session("two")
    assert one.take(["deployment a"]) == ""
    assert two.take(["deployment a"]) == "one"
    assert two.take(["deployment b"]) == ""
    one.give_back(["deployment a"])
    assert two.take(["deployment a"]) == ""


def test_all_of_them_or_none(session: Opener) -> None:
    (one, _), (two, _), (three, _) = session("one"), session("two"), session("three")
    assert one.take(["host x"]) == ""
    assert two.take(["deployment a", "host x"]) == "one"
    assert three.take(["deployment a"]) == "", "nothing of it was kept"


def test_its_own_a_session_may_take_again(session: Opener) -> None:
    (one, _), (two, _) = session("one"), session("two")
    assert (one.take(["host x"]), one.take(["host x"])) == ("", "")
    one.give_back(["host x"])
    assert two.take(["host x"]) == "one", "it was taken twice"
    one.give_back(["host x"])
    assert two.take(["host x"]) == ""


def test_what_is_not_held_may_be_given_back(session: Opener) -> None:
    (one, _), (two, _) = session("one"), session("two")
    assert two.take(["deployment a"]) == ""
    one.give_back(["deployment a", "deployment b"])
    assert one.take(["deployment a"]) == "two"


def test_nothing_is_held_by_a_session_that_ended(session: Opener) -> None:
    (one, end), (two, _) = session("one"), session("two")
    assert one.take(["deployment a", "host x"]) == ""
    end()
    for _ in range(100):  # the server notices it in a moment
        if not two.take(["deployment a", "host x"]):
            return
    pytest.fail("it is still held")
