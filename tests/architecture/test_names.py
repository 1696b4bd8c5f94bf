"""Names mean one thing: types are unique, no function bears the name of its module, every command has its file."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import auditor
from auditor.cli import COMMANDS
from tests.repository.imports import modules, tree_of

ROOT = Path(auditor.__file__).parent
FLAT = {
    "cli": "one file for each command",
}
"""Folders that may hold more than 14 files, and why."""


def trees() -> dict[str, ast.Module]:
    return {path.relative_to(ROOT).as_posix(): tree_of(module) for module, path in modules().items()}


def test_every_type_has_a_name_of_its_own() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path, tree in trees().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(path)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_function_bears_the_name_of_its_module() -> None:
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    assert [
        path
        for path, tree in trees().items()
        for node in tree.body
        if isinstance(node, functions) and node.name == Path(path).stem
    ] == []


def test_no_exported_name_hides_a_module_of_its_room() -> None:
    hidden = []
    for path, tree in trees().items():
        folder = ROOT / Path(path).parent
        if Path(path).name != "__init__.py":
            continue
        inside = {entry.stem for entry in folder.iterdir() if entry.suffix == ".py" or (entry / "__init__.py").exists()}
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.module:
                # A room may hand out one of its modules whole: then the name is that module's.
                here = (
                    "auditor" if path == "__init__.py" else "auditor." + Path(path).parent.as_posix().replace("/", ".")
                )
                hidden += [
                    f"{path}: {one.name}"
                    for one in node.names
                    if (one.asname or one.name) in inside and node.module != here
                ]
    assert hidden == []


def test_every_command_has_the_file_of_its_name() -> None:
    assert [name for name in COMMANDS if f"cli/{name.replace('-', '_')}.py" not in trees()] == []


def test_no_folder_is_larger_than_one_can_look_over() -> None:
    held: dict[str, int] = defaultdict(int)
    for path in trees():
        held[Path(path).parent.as_posix()] += 1  # the door plate is a file to be read too
    assert {folder for folder, count in held.items() if count > 14} <= set(FLAT)
