"""Numbers of all captures, texts of few: what `reconcile` asks the port for, and how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from auditor.model.reading.observations import Count, Observation
from auditor.reconciliation import ReconciliationInput, TextsInMemory, reconcile
from tests.reconciliation.rule_worlds import BASE, in_memory
from tests.reconciliation.worked_contract import at, deployment, estate, rows, seen

DAYS = tuple(f"20{year}-{month:02}-01" for year in range(15, 20) for month in range(1, 13))
PLACES = tuple(deployment(f"d{number}", "suspect") for number in range(6))
WORLD = estate(BASE, PLACES)


class Counted(TextsInMemory):
    """Memory that notes what it was asked for."""

    def __init__(self, observations: Sequence[Observation]) -> None:
        super().__init__(observations)
        self.asked: list[tuple[str, ...]] = []

    def whole(self, counts: Sequence[Count]) -> Sequence[Observation]:
        self.asked.append(tuple(one.capture for one in counts))
        return super().whole(counts)


def test_of_a_long_series_the_texts_of_the_last_counts_are_asked_for_together() -> None:
    captures = [seen(place.id, day, 12, 20) for place in PLACES for day in DAYS]
    counts, texts = in_memory(captures)[0], Counted(captures)
    found = reconcile(WORLD, counts, texts, ReconciliationInput(at("2019-12-20")), batch_size=3)
    assert len(found.positions) == 6
    first, second = (asked for asked in texts.asked if len(asked) > 1)
    assert first == ("c-d0-2019-12-01", "c-d1-2019-12-01", "c-d2-2019-12-01")
    assert second == ("c-d3-2019-12-01", "c-d4-2019-12-01", "c-d5-2019-12-01")
    assert len({capture for asked in texts.asked for capture in asked}) < len(captures) / 10


def test_rows_that_decide_what_counts_are_asked_for_in_parts_of_a_long_series() -> None:
    covered = deployment("hefei")
    listed = tuple({**row, "kind": "总馆"} if row["code"] == "B001" else row for row in rows(12))
    captures = [seen("hefei", day, 12, 20, listed=listed) for day in DAYS]
    counts, texts = in_memory(captures)[0], Counted(captures)
    found = reconcile(estate(BASE, (covered,)), counts, texts, ReconciliationInput(at("2019-12-20")))
    assert [one.all_units for one in found.positions] == [11]
    assert max(len(asked) for asked in texts.asked) == len(DAYS) - 1  # the last is held already
    without = [replace(one, rows=(), listed=None, listed_complete=False) for one in captures]
    counts, texts = in_memory(without)[0], Counted(without)
    (position,) = reconcile(estate(BASE, (covered,)), counts, texts, ReconciliationInput(at("2019-12-20"))).positions
    assert position.all_units == 12
    assert max(len(asked) for asked in texts.asked) < 10
