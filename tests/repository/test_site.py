"""The documentation site: it builds without a warning, a broken link stops it, and Chinese is found."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
FEW = ("conf.py", "index.md", "tutorial.md", "zh/index.md", "zh/tutorial.md")
INDEX = "# Few\n\n```{toctree}\ntutorial\nzh/index\nzh/tutorial\n```\n"
LINK = re.compile(r"\]\((?!https?:)[^)]*\)")


def build(sources: Path, out: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-n", "--keep-going", "-b", "html", str(sources), str(out)]
    return subprocess.run(command, capture_output=True, text=True, timeout=280, env={**os.environ, "LC_ALL": "C.UTF-8"})


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Some pages in both languages, with their links to other pages taken out."""
    sources = tmp_path / "project" / "docs"
    for name in FEW:
        (sources / name).parent.mkdir(parents=True, exist_ok=True)
        text = (TOP / "docs" / name).read_text(encoding="utf-8")
        (sources / name).write_text(LINK.sub("]", text) if name.endswith(".md") else text, encoding="utf-8")
    (sources / "index.md").write_text(INDEX, encoding="utf-8")
    shutil.copy(TOP / "pyproject.toml", sources.parent)
    return sources


def test_pages_become_a_site_that_finds_both_languages_and_fetches_nothing(few: Path, tmp_path: Path) -> None:
    done = build(few, tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    index = (tmp_path / "out" / "searchindex.js").read_text(encoding="utf-8")
    terms = json.loads(index[index.index("(") + 1 : index.rindex(")")])["terms"]
    assert {"授权", "分馆", "令牌", "evid"} & set(terms) >= {"分馆", "令牌"}
    assert "splitQuery" in (tmp_path / "out" / "_static" / "language_data.js").read_text(encoding="utf-8")
    page = (tmp_path / "out" / "tutorial.html").read_text(encoding="utf-8")
    assert not re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(?:https?:)?//', page)


def test_a_broken_link_stops_the_build(few: Path, tmp_path: Path) -> None:
    broken = ["[x](nowhere.md)", "[x](tutorial.md#no-such-part)", "[x](zh/nowhere.md#a)"]
    (few / "tutorial.md").write_text("# Title\n\n" + "\n\n".join(broken) + "\n", encoding="utf-8")
    done = build(few, tmp_path / "out")
    assert done.returncode != 0
    assert all(f"tutorial.md:{3 + 2 * at}" in done.stderr for at in range(len(broken))), done.stderr


@pytest.mark.long
def test_the_whole_site_builds_without_a_warning(tmp_path: Path) -> None:
    done = build(TOP / "docs", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list((tmp_path / "out").rglob("*.html"))) > 60
