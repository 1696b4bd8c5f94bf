"""What the modules of the house import, from their syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import auditor

HOUSE = Path(auditor.__file__).parent


@dataclass(frozen=True, slots=True)
class Import:
    """One name that a module takes from another."""

    module: str
    """Who imports, as `auditor.capture.recorder`."""
    target: str
    """The module imported from, whole: for `from a.b import c`, `a.b.c` where that is a module, else `a.b`."""
    name: str
    """The name taken; empty for `import a.b`."""
    line: int
    types_only: bool
    """Under `if TYPE_CHECKING`."""


@cache
def modules() -> dict[str, Path]:
    """Every module of the house by name; a package by its own name."""
    found = {}
    for path in sorted(HOUSE.rglob("*.py")):
        parts = path.relative_to(HOUSE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree_of(module: str) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(modules()[module].read_text("utf-8"))


@cache
def imports_of(module: str) -> tuple[Import, ...]:
    """Everything that a module imports, anywhere in it."""
    tree = tree_of(module)
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and any(isinstance(n, ast.Name) and n.id == "TYPE_CHECKING" for n in (node.test,))
        for body in node.body
        for inner in ast.walk(body)
    }
    return tuple(_imports(module, tree, for_types))


def _imports(module: str, tree: ast.Module, for_types: set[int]) -> Iterator[Import]:
    for node in ast.walk(tree):
        types_only = id(node) in for_types
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, alias.name, "", node.lineno, types_only)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} line {node.lineno}: imports are absolute here"
            base = node.module or ""
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield Import(module, whole if whole in modules() else base, alias.name, node.lineno, types_only)


def room_of(module: str) -> str:
    """`custody` of `auditor.custody.files.lock`; empty for the house itself."""
    return ".".join(module.split(".")[1:2])
