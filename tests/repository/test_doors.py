"""A room is entered by its door: what others import from it stands in its `__init__`."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys

import pytest

from tests.repository.imports import Import, imports_of, modules, room_of, tree_of

SHELVES = frozenset({"model", "formats", "document"})
"""The floor and the shelves have no door: their modules are the things that lie there."""


def _listed(package: str) -> list[str]:
    """`__all__` of a package; empty where it has none."""
    return next(
        (
            ast.literal_eval(node.value)
            for node in tree_of(package).body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        ),
        [],
    )


def _past_the_door(found: Import) -> bool:
    room = room_of(found.target)
    if found.target.count(".") < 2 or room in SHELVES or room == room_of(found.module):
        return False
    shown_module = found.target == f"auditor.{room}.{found.name}" and found.name in _listed(f"auditor.{room}")
    return not shown_module


def test_nobody_goes_past_a_door() -> None:
    past = [
        f"{found.module} line {found.line}: {found.target} {found.name}; import it from auditor.{room_of(found.target)}"
        for module in modules()
        for found in imports_of(module)
        if found.target.startswith("auditor.") and _past_the_door(found)
    ]
    assert past == []


def _lazy_doors() -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    """By room: what its lazy table promises and what it shows to mypy, from name to module below the room."""
    doors = {}
    for module in modules():
        calls = [
            node
            for node in ast.walk(tree_of(module))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open_lazily"
        ]
        if calls:
            shown = {
                found.name: found.target.removeprefix(f"{module}.").removesuffix(f".{found.name}")
                for found in imports_of(module)
                if found.types_only and found.target.startswith(module)
            }
            doors[module] = (ast.literal_eval(calls[0].args[1]), shown)
    return doors


def test_a_lazy_door_promises_what_it_shows_and_what_it_lists() -> None:
    assert "auditor.workflow" in _lazy_doors()
    for room, (table, shown) in _lazy_doors().items():
        assert table == shown, room
        at_once = {found.name for found in imports_of(room) if not found.types_only}
        assert sorted(set(_listed(room)) - at_once) == sorted(table), room


@pytest.mark.parametrize(
    "room", [one for one, path in modules().items() if "= open_lazily(" in path.read_text("utf-8")]
)
def test_every_name_of_a_lazy_door_can_be_had(room: str) -> None:
    door = importlib.import_module(room)
    for name in _lazy_doors()[room][0]:
        assert getattr(door, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'never_there'"):
        _ = door.never_there


def test_help_loads_no_room() -> None:
    program = (
        "import sys\nfrom auditor.cli import main\n"
        "sys.argv = ['auditor', '--help']\ntry: main()\nexcept SystemExit: pass\n"
        "heavy = {'playwright', 'matplotlib', 'cryptography', 'lxml', 'sqlite_utils', 'jinja2', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("command", ["status", "captures", "confirm", "run"])
def test_a_command_that_draws_no_paper_loads_nothing_to_draw_it_with(command: str) -> None:
    """A plotter, a workbook writer and a PDF library take longer to load than the command takes to answer."""
    program = (
        f"import sys, auditor.cli.{command}\n"
        "heavy = {'matplotlib', 'xlsxwriter', 'docx', 'pikepdf', 'jinja2'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_worker_loads_no_index_and_nothing_that_plans_or_reads_again() -> None:
    """Many of them start together on one machine, and each would load a store and a plan that it never opens."""
    program = (
        "import sys\nfrom auditor.workflow import FleetWorker\n"
        "heavy = {'sqlite_utils', 'auditor.index', 'auditor.workflow.audit.run_record', 'auditor.reading.ocr'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
