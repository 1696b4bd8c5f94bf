"""Cables that are cut for a minute, longer than a session outlives; a file of its own, to run beside the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.test_partitions import WAYS, Servers, cut_in_the_middle, reached

__all__ = ["reached"]


@pytest.mark.long
@pytest.mark.parametrize("way", WAYS)
def test_a_cable_is_cut_for_a_minute(
    way: str, tmp_path: Path, reached: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_in_the_middle(way, 60, tmp_path, reached, monkeypatch)
