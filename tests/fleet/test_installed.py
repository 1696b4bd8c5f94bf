"""What the tests of the fleet need is here; else they say so, and fail where they were asked for."""

from __future__ import annotations

import os

import pytest

from tests.fleet import servers


def test_what_the_fleet_is_tested_with_is_installed() -> None:
    lacks = servers.missing()
    if lacks and os.environ.get("FLEET_TESTS") != "required":
        pytest.skip(f"the fleet is not tested here, without {lacks}")
    assert not lacks
