"""Edits of the worked example: what a user might have written instead."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shutil import copytree

from auditor.targets import Problem, find_problems

SAMPLES = Path(__file__).parent / "samples"
EXAMPLE = (SAMPLES / "example.yaml").read_text(encoding="utf-8")

Edit = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """An edit, the text the message points at, and the message from its severity on."""

    edits: tuple[Edit, ...]
    at: str
    says: str


def edited(*edits: Edit, text: str = EXAMPLE) -> str:
    """The example with each text replaced once; a text that is not there is a mistake of the test."""
    for old, new in edits:
        assert old in text, f"not in the example: {old}"
        text = text.replace(old, new, 1)
    return text


def written(folder: Path, text: str) -> Path:
    """The text as `targets.yaml` in a folder that has the example's documents."""
    if not (folder / "docs").exists():
        copytree(SAMPLES / "docs", folder / "docs")
    path = folder / "targets.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@cache
def said_of_the_example() -> frozenset[tuple[str, str]]:
    return frozenset((problem.code, problem.message) for problem in find_problems(SAMPLES / "example.yaml"))


def problems(folder: Path, *edits: Edit, text: str = EXAMPLE) -> tuple[Problem, ...]:
    """What `find_problems` says of the edited example, without what it says of the example itself."""
    own = said_of_the_example()
    found = find_problems(written(folder, edited(*edits, text=text)))
    return tuple(problem for problem in found if (problem.code, problem.message) not in own)


def place(text: str, snippet: str) -> tuple[int, int]:
    """Line and column, from 1, where a snippet begins."""
    index = text.index(snippet)
    return text.count("\n", 0, index) + 1, index - (text.rfind("\n", 0, index) + 1) + 1
