"""Every library that the house imports stands behind a fence of pyproject.toml, which says who may touch it."""

from __future__ import annotations

import sys
import tomllib

from tests.repository.imports import HOUSE, imports_of, modules


def test_every_library_has_a_fence() -> None:
    contracts = tomllib.loads((HOUSE.parent / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    fenced = {name for one in contracts if one["source_modules" if "source_modules" in one else "type"] == ["auditor"]
              for name in one["forbidden_modules"]}  # fmt: skip
    touched = {found.target.partition(".")[0] for module in modules() for found in imports_of(module)}
    assert touched - fenced - sys.stdlib_module_names - {"auditor"} == set()
