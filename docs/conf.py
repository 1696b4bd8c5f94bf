"""The documentation site: `make docs` builds it into `docs/_build/`. A page that is in no list, a link or an anchor
that leads nowhere, and a code block in no language are errors there.

Pages are plain Markdown that reads as well where it lies. Search needs no server; Chinese is found by its pairs of
characters, since its words are not parted.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from sphinx import search
from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

HERE = Path(__file__).parent
project = "Seat auditor"
author = "the Seat auditor authors"
version = release = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "Seat auditor"
html_copy_source = False
html_show_sphinx = False
html_last_updated_fmt = None
html_search_language = "pairs"
myst_heading_anchors = 4
myst_links_external_new_tab = False
nitpicky = True
suppress_warnings = ["myst.header"]

CHINESE = re.compile(r"[\u3400-\u9fff]+")


def pairs(text: str) -> list[str]:
    """A run of Chinese characters as its pairs; a single one by itself."""
    return [text] if len(text) < 2 else [text[at : at + 2] for at in range(len(text) - 1)]


class PairSearch(SearchEnglish):
    """English by its stems, Chinese by its pairs of characters, in the index and in what is asked for."""

    lang = "pairs"
    language_name = "English and Chinese"
    js_splitter_code = r"""
var splitQuery = function (query) {
  const found = [];
  for (const word of query.match(/[\u3400-\u9fff]+|[\p{Letter}\p{Number}_]+/gu) || []) {
    if (!/[\u3400-\u9fff]/.test(word) || word.length < 2) { found.push(word); continue; }
    for (let at = 0; at + 1 < word.length; at++) found.push(word.slice(at, at + 2));
  }
  return found;
};
"""

    def split(self, input: str) -> list[str]:  # noqa: A002 (Sphinx's name)
        chinese = [pair for run in CHINESE.findall(input) for pair in pairs(run)]
        return [*chinese, *super().split(CHINESE.sub(" ", input))]


search.languages["pairs"] = PairSearch


OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)+(?:README|CONTRIBUTING)\.md\)")
LISTED = "\n```{toctree}\n:hidden:\n:glob:\n\n0*\n```\n"


def adapt_source(app: Sphinx, docname: str, content: list[str]) -> None:
    """What only the site needs: decisions in a list, and no link to pages beside `docs/`, which it does not hold."""
    content[0] = OUTSIDE.sub(r"\1", content[0])
    if docname == "decisions/README":
        content[0] += LISTED


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", adapt_source)


html_show_copyright = False
