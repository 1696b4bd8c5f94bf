"""What a page says in so many words: a given text, or that a list of it is empty."""

from __future__ import annotations

import json

from auditor.document.dom.visibility import is_never_seen
from auditor.document.normalisation import comparison_form
from auditor.document.page import StoredPage

EMPTY_LISTS = (
    "暂无数据",
    "没有数据",
    "无数据",
    "無資料",
    "No data",
    "No records",
    "No results",
    "データがありません",
    "Keine Daten",
)
"""Texts with which a list says that it has no rows."""


def says(page: StoredPage, text: str) -> bool:
    """Whether a displayed run of text contains the text, widths and spaces aside."""
    key, texts = comparison_form(text), page.texts
    if page.document is not None and not texts.units:
        return bool(key) and key in comparison_form(json.dumps(page.document, ensure_ascii=False))
    if not key or key not in texts.blob:
        return False
    for unit, (first, end, _) in enumerate(texts.units):
        start = texts.starts[unit]
        stop = texts.starts[unit + 1] if unit + 1 < len(texts.units) else len(texts.blob)
        seen = (not is_never_seen(texts.sight.why_hidden(node)) for node in texts.nodes[first:end])
        if texts.blob.find(key, start, stop) >= 0 and any(seen):
            return True
    return False


def page_says_list_empty(page: StoredPage) -> bool:
    """Whether the page says that a list has no rows."""
    return any(says(page, text) for text in EMPTY_LISTS)
