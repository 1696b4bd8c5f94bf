"""The pages on contracts and claims: their file is the tests' file, and every command prints what they show."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.small_workspace import TARGETS, Small
from tests.docs_commands import run_commands

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("contracts.md", "claims.md")
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def settled(said: str, root: Path) -> str:
    """What differs from run to run, taken out: the folder, ids of decisions, digests, times."""
    said = said.replace(f"{root}/", "")
    said = re.sub(r"\bd-[0-9a-f]{12}\b", "d-…", said)
    said = re.sub(r"\b[0-9a-f]{64}\b", "…", said)
    return "\n".join(line.rstrip() for line in said.strip().splitlines())


def filled(page: str, small: Small) -> str:
    """The page with what each command prints now."""
    small.monkeypatch.chdir(small.root)
    small.capture("covered", 8)
    small.capture("suspect", 5, "不限", ("分馆",) * 4 + ("测试",))

    def run(block: re.Match[str]) -> str:
        shown = []
        for line in block[1].splitlines():
            if not line.startswith("$ "):
                continue
            name, *arguments = shlex.split(line[2:])
            assert name == "auditor"
            said = settled(answer(small, arguments), small.root)
            shown += [line, *([said] if said else [])]
        return "```console\n" + "\n".join(shown) + "\n```"

    return BLOCK.sub(run, page)


def answer(small: Small, arguments: list[str]) -> str:
    """Standard output, or the one line of a refusal."""
    try:
        return small.run(*arguments)
    except AssertionError:
        return small.run(*arguments, expect=2)


def test_the_files_of_the_pages_together_are_the_file_of_these_tests() -> None:
    parts = [re.findall(r"```yaml\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)[0] for page in PAGES]
    assert "".join(parts) == TARGETS


@pytest.mark.parametrize("page", PAGES)
def test_every_command_prints_what_the_page_shows(page: str, small: Small) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert len(BLOCK.findall(text)) >= 4
    assert filled(text, small) == text


def test_every_command_of_the_guide_to_one_customer_runs(small: Small) -> None:
    small.monkeypatch.chdir(small.root)
    small.capture("covered", 8)
    assert len(run_commands("docs/how-to/one-customer.md", small.run)) == 6
    statement = (small.root / "statement.html").read_text(encoding="utf-8")
    assert "AG-7" in statement and "lib.hefei.example" in statement
    assert (small.root / "statement.zh.docx").stat().st_size > 10_000
