"""Reads a list's pager: the stated total of rows and the page number."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from auditor.document.dom.visibility import is_never_seen
from auditor.document.normalisation import clean_cell_text
from auditor.document.page import StoredPage
from auditor.reading.numbers import numerals, paired_values

_HINT = re.compile(
    r"[0-9].*(?:条|條|項|项|件|页|頁|of|von|sur|/)|(?:共|total|page|count|records|全|合计)\s*:?\s*[0-9]", re.IGNORECASE
)
_WORD = re.compile("条|條|項|项|件|页|頁|of|von|sur|/|共|total|page|count|records|全|合计")
_PAGE_OF = (
    re.compile(r"(?:第|page|seite|页码)?\s*([0-9]{1,6})\s*/\s*([0-9]{1,6})\s*(?:页|頁|pages?)", re.IGNORECASE),
    re.compile(r"第\s*([0-9]{1,6})\s*[页頁]\s*[,，/]?\s*(?:共|/)\s*([0-9]{1,6})\s*[页頁]"),
    re.compile(r"(?:page|seite)\s*([0-9]{1,6})\s*(?:of|von|sur|/)\s*([0-9]{1,6})", re.IGNORECASE),
    re.compile(r"[页頁]次\s*[:：]?\s*([0-9]{1,6})\s*/\s*([0-9]{1,6})"),
)
_BARE_TOTAL = re.compile(
    r"^(?:total(?: (?:records|rows|items|results|entries|users))?|records?|records? count|共|总共|总数|合计)"
    rf"\s*[:：]?\s*({numerals.NUMBER})\s*(?:条|條|项|个|个用户|位|users?|items?)?$",
    re.IGNORECASE,
)
_NAMED_TOTAL = re.compile(
    rf"^({numerals.NUMBER})\s+(?!(?:per|pro|par|each|pages?|seiten?)\b)[^\W\d_][^\W\d_ ]{{2,24}}$", re.IGNORECASE
)
_SPAN = re.compile(
    r"\b(?:h|s|min|sec|hours?|days?|weeks?|months?|years?|minutes?|seconds?|tage?n?|wochen?|monate?n?|jahre?n?|stunden?|"
    r"jours?|heures?|semaines?|mois|ans?|selected|ausgewählt|sélectionnée?s?)\b",
    re.IGNORECASE,
)
_BARE_PAGES = re.compile(r"^([0-9]{1,6})\s*(?:of|von|sur|de|из|共|/)\s*([0-9]{1,6})$", re.IGNORECASE)
_FILTERED = re.compile(
    r"(?:filtered from|filtered out of|gefiltert von|filtrée?s? (?:de|à partir de|depuis)|[由从從])\s*"
    rf"({numerals.NUMBER})"
    r"\s*(?:total|条|條|项|項|entries|rows|einträgen|éléments)?.{0,16}?(?:entries|rows|records|[过過][滤濾]|筛选|篩選|"
    rf"einträgen|éléments|\))|全\s*({numerals.NUMBER})\s*件より",
    re.IGNORECASE,
)
_PAGER_NAME = re.compile(r"(?:^|[-_ ])pag(?:er|inat(?:or|ion|ed))(?:$|[-_ ])", re.IGNORECASE)


def pager_lines(page: StoredPage) -> list[tuple[int, str]]:
    """Runs of text that may belong to a pager, with the piece they begin at."""
    if page.pager is None:
        texts = page.texts
        units = sorted({bisect_right(texts.starts, hint.start()) - 1 for hint in _WORD.finditer(texts.blob)})
        page.pager = []
        for first, end, _ in (texts.units[unit] for unit in units):
            text = texts.raw(first, end) if end - first <= 30 else ""
            if len(text) <= 160 and _HINT.search(text):
                page.pager.append((first, clean_cell_text(text).text))
    return page.pager


def stated_total(page: StoredPage, after: int = 0, locale: str | None = None) -> int | None:
    """The total that the pager nearest to the list states, below it first; None where none does."""
    totals = [(first, total) for first, text in pager_lines(page) if (total := _total(text, locale)) is not None]
    totals = totals or list(_named_totals(page, locale))
    below = [total for first, total in totals if first >= after]
    return below[0] if below else (totals[-1][1] if totals else None)


def headed_total(page: StoredPage, head: int, rows: int, locale: str | None) -> int | None:
    """`234 members` as the first header of the list itself; no smaller number and no span of time is a total."""
    texts = page.texts
    for at in range(*texts.pieces(head)):
        text = clean_cell_text(texts.strings[at]).text
        if not text or is_never_seen(texts.sight.why_hidden(texts.nodes[at])):
            continue
        found = _NAMED_TOTAL.match(text)
        total = numerals.parse_integer(found.group(1), locale).value if found and not _SPAN.search(text) else None
        return total if total is not None and total >= rows else None
    return None


def _named_totals(page: StoredPage, locale: str | None) -> Iterator[tuple[int, int]]:
    """`234 users` beside the page numbers, inside an element that is a pager by name: a total with its own noun."""
    tree, texts = page.tree, page.texts
    seen: set[int] = set()
    for node, raw in enumerate(tree.attributes):
        if not raw or node in seen or not _PAGER_NAME.search(_names(page, node)):
            continue
        seen.update(range(node, tree.ends[node]))
        first, end = texts.pieces(node)
        said = [
            (at, found)
            for at in range(first, end)
            if (found := _NAMED_TOTAL.match(clean_cell_text(texts.strings[at]).text))
        ]
        if end - first <= 60 and len(said) == 1 and not is_never_seen(texts.sight.why_hidden(texts.nodes[said[0][0]])):
            total = numerals.parse_integer(said[0][1].group(1), locale).value
            if total is not None and total >= 0:
                yield said[0][0], total


def _names(page: StoredPage, node: int) -> str:
    attrs = page.tree.attrs(node)
    return f"{attrs.get('class', '')} {attrs.get('id', '')} {attrs.get('aria-label', '')}"


def unfiltered_total(page: StoredPage, locale: str | None = None) -> int | None:
    """The rows that a list has without the filter that its pager speaks of; None where it speaks of none."""
    for _, text in pager_lines(page):
        found = _FILTERED.search(text)
        if found:
            return numerals.parse_integer(found.group(1) or found.group(2), locale).value
    return None


def _total(text: str, locale: str | None) -> int | None:
    found = paired_values.pager_total(text, locale)
    if found is not None:
        return found
    bare = _BARE_TOTAL.match(text)
    total = numerals.parse_integer(bare.group(1), locale).value if bare else None
    return total if total is not None and total >= 0 else None


def stated_page_numbers(page: StoredPage) -> tuple[int | None, int | None]:
    """The page shown and the number of pages, where the pager says both."""
    for _, text in pager_lines(page):
        for pattern in _PAGE_OF:
            found = pattern.search(text)
            if found and 1 <= int(found.group(1)) <= int(found.group(2)):
                return int(found.group(1)), int(found.group(2))
    return _named_pages(page)


def _named_pages(page: StoredPage) -> tuple[int | None, int | None]:
    """`1 of 2` alone, inside an element that is a pager by name."""
    tree, texts = page.tree, page.texts
    for node, raw in enumerate(tree.attributes):
        if not raw or not _PAGER_NAME.search(_names(page, node)):
            continue
        first, end = texts.pieces(node)
        for unit in sorted({texts.unit_of[at] for at in range(first, end)}) if end - first <= 60 else ():
            start, stop, _ = texts.units[unit]
            found = _BARE_PAGES.match(texts.raw(start, stop))
            if found and 1 <= int(found.group(1)) <= int(found.group(2)):
                return int(found.group(1)), int(found.group(2))
    return None, None
