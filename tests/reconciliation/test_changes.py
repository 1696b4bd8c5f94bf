"""What changed between two moments: a position that cannot be compared any more is never told as within."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.reconciliation.changes import position_changes
from tests.reconciliation.rule_worlds import World
from tests.reconciliation.worked_contract import seen

OVER = next(
    one for one in World(observations=(seen("hefei", "2019-11-20", 22, 20),)).positions() if one.deployment == "hefei"
)


@pytest.mark.parametrize(
    ("before", "after", "codes"),
    [
        (2, None, ["change.over_unknown"]),
        (None, None, []),
        (None, 0, []),
        (None, 2, ["change.newly_over"]),
        (2, 0, ["change.no_longer_over"]),
    ],
)
def test_over_as_far_as_it_is_known(before: int | None, after: int | None, codes: list[str]) -> None:
    told = position_changes([replace(OVER, over_by=before)], [replace(OVER, over_by=after)])
    assert [one.what.code for one in told] == codes
