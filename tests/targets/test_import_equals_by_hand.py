"""A small estate imported from tables is the one written by hand; the same tables and exported ones change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.records import SHORT, measure


def test_imported_and_written_by_hand_are_equal(tmp_path: Path) -> None:
    measure(tmp_path, *SHORT, visit=False)


@pytest.mark.long
def test_visited_and_reported_they_are_equal_too(tmp_path: Path) -> None:
    found = measure(tmp_path, *SHORT)
    assert found["deployments"] == SHORT[0] * SHORT[1]
