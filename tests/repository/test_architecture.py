"""The architecture page names what there is: the parts of the house, and files and functions that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs" / "architecture.md").read_text(encoding="utf-8")
WALKS = re.findall(r"^\| [^|]+ \| `(auditor/[\w/]+\.py)` \| `([\w.]+)` \|$", PAGE, re.MULTILINE)


def defined(path: Path) -> set[str]:
    """Names of functions and classes of a file, and `Class.method`."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            inner = (one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
            names.update(f"{node.name}.{one.name}" for one in inner)
    return names


def test_the_drawing_names_every_part_of_the_program_and_nothing_else() -> None:
    drawing = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert drawing is not None
    lines = [re.sub(r"\(.*\)", "", line) for line in drawing[1].splitlines()]
    named = {word for line in lines for word in re.findall(r"\b[a-z_]+\b", line)}
    folder = TOP / "auditor"
    parts = {path.parent.name for path in folder.glob("*/__init__.py")}
    parts |= {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"}
    assert named == parts


@pytest.mark.parametrize(("file", "name"), WALKS)
def test_each_step_of_the_walks_exists(file: str, name: str) -> None:
    assert name in defined(TOP / file)


def test_the_walks_are_whole() -> None:
    rows = [line for line in PAGE.splitlines() if "`auditor/" in line and line.startswith("|")]
    assert len(rows) == len(WALKS) > 30, "every row is `file` and `function`"


def test_links_of_the_documents_lead_somewhere() -> None:
    pages = [TOP / "README.md", TOP / "CONTRIBUTING.md", *(TOP / "docs").rglob("*.md")]
    for page in pages:
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text):
            assert (page.parent / target).exists(), f"{page.relative_to(TOP)}: {target}"


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and the site make them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.strip().lower()).replace(" ", "-") for one in headings}


def test_anchors_of_the_documents_are_there() -> None:
    pages = [TOP / "README.md", TOP / "CONTRIBUTING.md", *(TOP / "docs").rglob("*.md")]
    seen = 0
    for page in pages:
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target, anchor in re.findall(r"\]\((?!https?:|mailto:)([^)#\s]*)#([^)\s]+)\)", text):
            seen += 1
            assert anchor in anchors(page.parent / target if target else page), f"{page.name}: {target}#{anchor}"
    assert seen


def test_lines_of_the_documents_fit_a_screen() -> None:
    """Tables, fenced blocks and the generated pages aside: prose is wrapped."""
    for page in [TOP / "README.md", TOP / "CONTRIBUTING.md", TOP / "CHANGELOG.md", *(TOP / "docs").rglob("*.md")]:
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        long = [line for line in text.splitlines() if len(line) > 150 and not line.startswith(("|", "!["))]
        assert not long, f"{page.relative_to(TOP)}: {long[0][:80]}"
