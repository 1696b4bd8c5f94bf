"""The commands that pages show, as a reader would type them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection
from pathlib import Path

TOP = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(console|bash|sh)\n(.*?)^```", re.DOTALL | re.MULTILINE)
RUN_ELSEWHERE = {
    "doctor": "tests/install/test_wheel.py",
    "demo": "tests/story/test_main_job.py",
    "init": "tests/story/test_first_hour.py",
    "run": "tests/story/test_first_hour.py",
}
"""Verbs that take a browser or a terminal, and the test that runs them for every page."""


def shown_commands(text: str) -> list[str]:
    """Every line of a block that begins with `$ `; every line of a block of `sh`."""
    found: list[str] = []
    for language, body in BLOCK.findall(text):
        lines = body.splitlines()
        found += lines if language == "sh" else [line[2:] for line in lines if line.startswith("$ ")]
    return [re.sub(r"\s+# .*", "", line) for line in found]


def page_commands(page: str) -> list[str]:
    """The same of a page, by its path from the top."""
    return shown_commands((TOP / page).read_text(encoding="utf-8"))


def run_commands(
    page: str, auditor: Callable[..., str], *, text: str = "", before: Collection[str] = frozenset()
) -> list[str]:
    """Run every `auditor` command of a page (or of a `text` of it) but those that another test runs, or that ran
    `before`; which. Each must succeed."""
    ran = []
    for command in shown_commands(text) if text else page_commands(page):
        name, *arguments = shlex.split(command)
        if name == "auditor" and arguments[0] not in RUN_ELSEWHERE and command not in before:
            auditor(*arguments)
            ran.append(command)
    return ran


def shortest_path(person: str) -> str:
    """The block of the README for one person."""
    text = (TOP / "README.md").read_text(encoding="utf-8")
    section = text.split("## The shortest path")[1].split("\n## ")[0]
    return section.split(f"**{person}**")[1].split("For the **")[0]
