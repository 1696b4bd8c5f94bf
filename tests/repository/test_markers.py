"""Markers are given for what there is: a renamed fixture, helper or file does not fall out of its lane in silence."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import import_module

import pytest

from tests.conftest import BY_FIXTURE, BY_IMPORT, BY_PLACE, TESTS


@pytest.mark.parametrize("place", sorted({place for places in BY_PLACE.values() for place in places}))
def test_each_place_is_there(place: str) -> None:
    assert (TESTS / place).exists()


@pytest.mark.parametrize(("module", "name"), sorted(set().union(*BY_IMPORT.values())))
def test_what_starts_a_browser_or_an_authority_is_there(module: str, name: str) -> None:
    assert hasattr(import_module(module), name)


def test_each_fixture_is_there() -> None:
    texts = [path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py")]
    known = {name for text in texts for name in re.findall(r"@pytest\.fixture[^\n]*\ndef (\w+)\(", text)}
    assert set().union(*BY_FIXTURE.values()) <= known


def test_the_environment_of_a_test_is_not_the_developer_s() -> None:
    """In a process of its own: a fixture of a wider scope may have set variables in this one."""
    own = {
        "AUDITOR_LOG_FILE": "/nowhere/log",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "TZ": "Asia/Shanghai",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    begin = "import json, os; from tests.conftest import pytest_configure; pytest_configure()"
    told = subprocess.run(
        [sys.executable, "-c", f"{begin}; print(json.dumps(dict(os.environ)))"],
        env={**os.environ, **own},
        cwd=TESTS.parent,
        capture_output=True,
        check=True,
        text=True,
    )
    environment = json.loads(told.stdout)
    assert not environment.keys() & {"AUDITOR_LOG_FILE", "HTTPS_PROXY", "PYTHONDONTWRITEBYTECODE"}
    assert environment["TZ"] == "UTC"
