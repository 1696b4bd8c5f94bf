"""Each folder's `__init__.py` is a door plate: it says what the folder is for and names every file and folder in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import auditor

HOUSE = Path(auditor.__file__).parent
PLATES = sorted(HOUSE.rglob("__init__.py"))


def plate(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def contents(folder: Path) -> set[str]:
    """As a plate names them: `stem` of a module, `name/` of a folder with a plate of its own."""
    modules = {one.stem for one in folder.glob("*.py") if one.stem != "__init__"}
    return modules | {f"{one.parent.name}/" for one in folder.glob("*/__init__.py")}


@pytest.mark.parametrize("path", PLATES, ids=[str(path.parent.relative_to(HOUSE.parent)) for path in PLATES])
def test_a_door_plate_names_everything_in_its_folder(path: Path) -> None:
    said = plate(path)
    missing = sorted(name for name in contents(path.parent) if f"`{name}`" not in said)
    assert not missing, f"{path.relative_to(HOUSE.parent)} does not name {', '.join(missing)}; add a row for each"
    assert len(said.split("\n", 1)[0].split()) > 2, "the first line says what the folder is for"


@pytest.mark.parametrize("path", PLATES, ids=[str(path.parent.relative_to(HOUSE.parent)) for path in PLATES])
def test_a_door_plate_names_nothing_that_is_gone(path: Path) -> None:
    known = contents(path.parent)
    for paragraph in plate(path).split("\n\n"):
        names = set(re.findall(r"^`([a-z_]+/?)` {2,}\S", paragraph, re.MULTILINE))
        if 2 * len(names & known) > len(names):  # a table of files; others are of plugs, commands, words
            gone = sorted(names - known)
            assert not gone, f"{path.relative_to(HOUSE.parent)} names {', '.join(gone)}, which is not there"


@pytest.mark.parametrize("path", PLATES, ids=[str(path.parent.relative_to(HOUSE.parent)) for path in PLATES])
def test_a_door_plate_has_one_row_for_each(path: Path) -> None:
    for table in plate(path).split("\n\n"):
        rows = re.findall(r"^`([a-z_]+/?)` {2,}\S", table, re.MULTILINE)
        assert sorted(rows) == sorted(set(rows)), f"{path.relative_to(HOUSE.parent)} has two rows for one name"
