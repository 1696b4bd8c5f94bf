"""Every command that a page shows is run by a test; pages in two languages show the same; the README is short."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from auditor.cli import COMMANDS
from auditor.workflow.doctor import diagnosis
from tests.docs_commands import RUN_ELSEWHERE, TOP, page_commands, shortest_path, shown_commands

RUN_BY = {
    "README.md": "tests/story/test_main_job.py",
    "CONTRIBUTING.md": ".ci/run",
    "docs/claims.md": "tests/cli/test_docs_pages.py",
    "docs/comparison.md": "tests/story/test_comparing.py",
    "docs/contracts.md": "tests/cli/test_docs_pages.py",
    "docs/evidence.md": "tests/story/test_evidence_page.py",
    "docs/fleet.md": "tests/fleet/test_fleet_page.py",
    "docs/hosting.md": "tests/hosting/test_page.py",
    "docs/how-to/first-audit.md": "tests/story/test_first_hour.py",
    "docs/how-to/hand-over.md": "tests/story/test_main_job.py",
    "docs/how-to/install.md": "tests/install/test_wheel.py",
    "docs/how-to/one-customer.md": "tests/cli/test_docs_pages.py",
    "docs/how-to/windows-macos.md": "tests/install/test_wheel.py",
    "docs/notices.md": "tests/notices/test_page.py",
    "docs/records.md": "tests/cli/test_import.py",
    "docs/tutorial.md": "tests/story/test_main_job.py",
    "docs/web.md": "tests/web/test_serving.py",
}
"""Each page with commands, and what runs them. A page that is not here is a failure, not a gap."""
PROGRAMS = {"apt-get", "pipx", "uv"}
"""Other programs that the guides name: the long test of the wheel runs the installers, `make test` the packages."""
PAGES = [path.relative_to(TOP).as_posix() for path in (*TOP.glob("*.md"), *(TOP / "docs").rglob("*.md"))]


def english_pages() -> list[str]:
    shown = [page for page in PAGES if not page.startswith(("docs/zh/", "docs/decisions/", "docs/_build/"))]
    return sorted(page for page in shown if page_commands(page))


def test_every_page_with_commands_is_run_by_a_test() -> None:
    assert english_pages() == sorted(RUN_BY)
    for page, test in RUN_BY.items():
        assert (TOP / test).exists(), test
        if page.startswith("docs/"):
            assert Path(page).stem in (TOP / test).read_text(encoding="utf-8"), f"{test} does not name {page}"
    for verb, test in RUN_ELSEWHERE.items():
        assert f'"{verb}"' in (TOP / test).read_text(encoding="utf-8"), f"{test} does not run {verb}"


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/zh/")])
def test_a_page_in_chinese_shows_the_commands_of_the_english_one(page: str) -> None:
    assert page_commands(page) == page_commands(page.replace("docs/zh/", "docs/"))


def test_tutorial_and_guides_are_there_in_both_languages() -> None:
    english = {page for page in PAGES if page.startswith("docs/how-to/")} | {"docs/tutorial.md", "docs/index.md"}
    assert {page.replace("docs/zh/", "docs/") for page in PAGES if page.startswith("docs/zh/")} == english


def guides() -> list[str]:
    return [page for page in PAGES if page.startswith(("docs/how-to/", "docs/tutorial"))]


@pytest.mark.parametrize("page", guides())
def test_a_guide_names_commands_that_there_are(page: str) -> None:
    for command in page_commands(page):
        name, *arguments = shlex.split(command)
        assert name == "auditor" or name in PROGRAMS, command
        if name == "auditor":
            assert arguments[0] in COMMANDS, command
        if name == "apt-get":
            assert set(arguments[1:]) <= system_packages() | {"pipx"}, command


def system_packages() -> set[str]:
    """What `auditor doctor` and `set-up` install."""
    told = Path(diagnosis.__file__).read_text(encoding="utf-8") + (TOP / "set-up").read_text(encoding="utf-8")
    return set(re.findall(r"(?:apt-get install|install) ([a-z0-9-]+)", told))


@pytest.mark.parametrize("person", ["compliance manager", "litigation lawyer"])
def test_the_readme_has_the_shortest_path_of_each_person_in_under_a_screen(person: str) -> None:
    commands = shown_commands(shortest_path(person))
    assert 3 <= len(commands) <= 8
    assert all(shlex.split(command)[0] == "auditor" for command in commands)
    section = (TOP / "README.md").read_text(encoding="utf-8").split("## The shortest path")[1].split("\n## ")[0]
    assert len(section.splitlines()) < 40
    for line in section.splitlines():
        assert len(line) <= 132, line


def test_a_command_without_a_test_would_be_found(tmp_path: Path) -> None:
    page = "```console\n$ auditor frobnicate\nsaid\n```\n```sh\nmake test   # x\n```\n"
    assert shown_commands(page) == ["auditor frobnicate", "make test"]
