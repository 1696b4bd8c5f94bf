"""A package that cannot be read: `auditor rebuild` goes past it, and whoever hands on figures says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.small_workspace import Small, commit_capture, small

__all__ = ["small"]

TELLING = (
    ("captures",),
    ("changes",),
    ("claim", "all"),
    ("export", "contracts", "-o", "contracts.csv"),
    ("report", "--format", "json", "-o", "out.json"),
)


def test_figures_without_a_package_say_so_until_it_can_be_read(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(small.root)
    small.capture("covered", 7)
    small.capture("suspect", 3)
    lost = commit_capture(small.root, "suspect", 4)
    (damaged,) = (small.root / "evidence" / "suspect").glob(f"*{lost}/manifest.json")
    whole = damaged.read_bytes()
    _overwrite(damaged, b"{}")
    said = small.run("rebuild", expect=5)
    assert said.count("\n") == 0 and f"capture {lost} cannot be read and is in no report" in said
    for words in TELLING:
        told = small.run(*words, expect=5)
        assert told.count(f"capture {lost} cannot be read and is in no report") == 1, words
    (warning,) = [one for one in json.loads(small.run("status", "--json"))["warnings"] if lost in one]
    assert "cannot be read" in warning
    assert lost not in json.dumps(json.loads((small.root / "out.json").read_bytes())["evidence"])
    _overwrite(damaged, whole)
    small.run("rebuild")
    for words in TELLING:
        small.run(*words)


def _overwrite(path: Path, data: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(data)
