"""What the journal said by a moment, asked of the tables of all lines: as its lines up to there say."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from auditor.custody import LedgerAsOf, lines_by_moment, open_workspace
from auditor.custody.journal.state import JournalState
from tests.custody import practice_authorities as practice
from tests.custody.journal_clerk import AT, Clerk, folded


class WanderingClock:
    """Goes on a second at a time, and is set back or forward now and then."""

    def __init__(self, seed: int) -> None:
        self.chance, self.now = random.Random(seed), AT

    def __call__(self) -> datetime:
        jump = self.chance.choice([-40, 60]) if self.chance.random() < 0.05 else 1
        self.now += timedelta(seconds=jump)
        return self.now


def told(said: LedgerAsOf, deployment: str) -> object:
    packages = list(said.packages(deployment))
    return (
        [(one.capture, said.package_of(one), said.placed_in(one), said.tokens(one.manifest)) for one in packages],
        [said.intent(one.intent) for one in packages],
        sorted(one.id for one in said.open_intents()),
        said.trust,
        [said.revocations(answers=answers) for answers in (True, False)],
    )


def folded_told(said: JournalState, deployment: str) -> object:
    packages = list(said.packages(deployment))
    return (
        [(one.capture, said.package_of(one), said.placed_in(one.home), said.tokens(one.manifest)) for one in packages],
        [said.intent(one.intent) for one in packages],
        sorted(one.id for one in said.open_intents()),
        said.trust,
        [said.revocations(answers=answers) for answers in (True, False)],
    )


@pytest.mark.parametrize("seed", range(2))
def test_it_says_what_the_lines_up_to_there_say(tmp_path: Path, seed: int) -> None:
    """Also where the clock was set back, so that lines of before stand between those of after."""
    practice.begin(tmp_path / "w")
    with open_workspace(tmp_path / "w", at=WanderingClock(seed)) as held:
        Clerk(seed).write(held, 90)
        journal = held.journal
        lines = list(journal.entries())
        ordered = [(lines[number].at, kind) for number, kind in lines_by_moment(journal.ledger)]
        assert ordered == sorted(ordered, key=lambda one: one[0], reverse=True)
        assert sorted(ordered) == sorted((one.at, one.kind) for one in lines)
        assert any(later.at < before.at for before, later in pairwise(lines)), "it was set back"
        for line in lines[::4]:
            until = [one for one in lines if one.at <= line.at]
            found = LedgerAsOf(journal.ledger, line.at, journal.size)
            assert found.last == until[-1].number
            assert told(found, "d1") == folded_told(folded(journal, until), "d1"), line.number
        assert LedgerAsOf(journal.ledger, lines[0].at - timedelta(days=400), journal.size).last is None


def test_lines_that_are_appended_meanwhile_are_none_of_them(tmp_path: Path) -> None:
    practice.begin(tmp_path / "w")
    with open_workspace(tmp_path / "w", at=WanderingClock(7)) as held:
        Clerk(7).write(held, 40)
        size, moment = held.journal.size, max(one.at for one in held.journal.entries())
        found = LedgerAsOf(held.journal.ledger, moment, size)
        before = folded_told(folded(held.journal, list(held.journal.entries())), "d1")
        held.journal.clock = lambda: AT  # by a clock that was set back: at a moment that would count
        Clerk(8).write(held, 40)
        assert told(found, "d1") == before
