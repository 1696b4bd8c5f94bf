"""The way to a list's next page: a sign, a word, the next number, or a control that loads more."""

from __future__ import annotations

import re
from collections.abc import Sequence

from auditor.document.controls import clickable_around, elements_with_text, is_clickable, is_enabled, is_visible
from auditor.document.page import StoredPage
from auditor.model.targets.deployments import ListingSpec
from auditor.reading.lists.pager import stated_page_numbers

_MORE = (
    "加载更多",
    "載入更多",
    "查看更多",
    "显示更多",
    "Load more",
    "Show more",
    "もっと見る",
    "Mehr laden",
    "Mehr anzeigen",
    "Afficher plus",
    "Voir plus",
    "点击加载更多",
    "点击查看更多",
    "Cargar más",
    "Mostrar más",
    "Carregar mais",
    "Carica altri",
    "Mostra altri",
    "Laad meer",
    "Toon meer",
    "Visa fler",
    "Pokaż więcej",
    "Показать ещё",
    "Загрузить ещё",
    "Daha fazla göster",
    "더 보기",
)
_NEXT_TOKEN = re.compile(r"(?:^|[-_])next(?:$|[-_])|^pg?nxt$|[-_]arrow[-_]right$", re.IGNORECASE)
_LAST_TOKEN = re.compile(r"double|(?:^|[-_])last(?:$|[-_])", re.IGNORECASE)
_PAGER = re.compile(r"(?:^|[-_ ])pag(?:er|inat(?:or|ion|ed))(?:$|[-_ ])", re.IGNORECASE)
_NEXT_NAME = re.compile(
    r"^(?:(?:go|move|jump) to |show |view )?(?:the )?"
    r"next(?: (?:page|set|results?|items?|rows?|entries|records?|users?|[0-9]+))*(?:[,:].*)?$|"
    r"^(?:nächste|weitere) (?:seite|einträge|ergebnisse)|^(?:page|résultats) suivante?s?$|^下一[页頁]|^次の",
    re.IGNORECASE,
)
_RANGE = re.compile(r"[0-9]\s*(?:of|von|sur|de|из|共|/)\s*[0-9]", re.IGNORECASE)
_LAST_SIGNS = frozenset(("»", ">>", "⟩⟩"))
"""Where `>` stands beside them these lead to the last page; alone they lead to the next."""


def find_next_page_control(page: StoredPage, listing: ListingSpec) -> int | None:
    """The control that leads to the next page of the list; None where there is none, or where it is switched off."""
    if listing.next_selector:
        found = [node for node in page.selected.select(listing.next_selector) if is_visible(page, node)]
        return next((clickable_around(page, node) for node in found if is_enabled(page, node)), None)
    at, of = stated_page_numbers(page)
    if at is not None and of is not None and at >= of:
        return None
    words = sorted(listing.next_text, key=lambda text: text in _LAST_SIGNS)
    for group in (_marked(page), *(_worded(page, text) for text in words)):
        if group:
            return next((node for node in group if is_enabled(page, node)), None)
    named = _named_next(page)
    if named:
        return next((node for node in named if is_enabled(page, node)), None)
    number = _numbered(page)
    if number is not None:
        return number
    more = [node for text in _MORE for node in _worded(page, text)]
    return next((node for node in more if is_enabled(page, node)), None)


def _marked(page: StoredPage) -> Sequence[int]:
    """Controls that say by markup that they lead on: `rel=next`, or a class such as `btn-next` in a pager."""
    tree = page.tree
    found = []
    for node, name in enumerate(tree.names):
        if name[0] in "#:" or not tree.attributes[node]:
            continue
        if name not in ("a", "button", "li") and node not in tree.clickable:
            continue
        attrs = tree.attrs(node)
        tokens = attrs.get("class", "").split()
        classed = any(_NEXT_TOKEN.search(token) for token in tokens) and not any(map(_LAST_TOKEN.search, tokens))
        if (attrs.get("rel") == "next" or (classed and _in_pager(page, node))) and is_visible(page, node):
            found.append(_inner_control(page, node) if name == "li" else node)
    return found


def _named_next(page: StoredPage) -> list[int]:
    """Arrows without a text: controls that lead on by their name, in a pager or beside a range such as 1-30 of 234."""
    tree = page.tree
    found = []
    for node, name in enumerate(tree.names):
        if name[0] in "#:" or not tree.attributes[node]:
            continue
        attrs = tree.attrs(node)
        said = " ".join((attrs.get("aria-label") or attrs.get("title") or "").split())
        if said and _NEXT_NAME.search(said) and is_clickable(page, node) and is_visible(page, node):
            around = [at for _, at in zip(range(3), tree.ancestors(node), strict=False)]
            if _in_pager(page, node) or any(_RANGE.search(page.texts.text(at)[:80]) for at in around):
                found.append(node)
    return found


def _inner_control(page: StoredPage, node: int) -> int:
    tree = page.tree
    inner = range(node + 1, tree.ends[node])
    return next((at for at in inner if tree.names[at] in ("a", "button")), node)


def _in_pager(page: StoredPage, node: int) -> bool:
    tree = page.tree
    around = [at for _, at in zip(range(4), tree.ancestors(node), strict=False)]
    return any(re.search(r"pag(?:e|in)", tree.attrs(at).get("class", ""), re.IGNORECASE) for at in (node, *around))


def _worded(page: StoredPage, text: str) -> list[int]:
    sign = len(text) == 1
    found = []
    for node in elements_with_text(page, text):
        if not is_visible(page, node):
            continue
        if is_clickable(page, node) or _in_pager(page, node) or (not sign and page.tree.names[node] == "a"):
            found.append(node)
    return found


def _numbered(page: StoredPage) -> int | None:
    """Page numbers alone: the one after the current page's."""
    tree = page.tree
    for node, name in enumerate(tree.names):
        if name[0] == "#" or not tree.attributes[node]:
            continue
        attrs = tree.attrs(node)
        current = attrs.get("aria-current") in ("page", "true") or (
            bool(re.search(r"(?:^|[-_ ])(?:active|current|on|selected|cur)(?:$|[-_ ])", attrs.get("class", "")))
            and _in_pager(page, node)
        )
        text = page.texts.text(node) if current else ""
        if text.isdecimal() and len(text) < 6 and is_visible(page, node):
            wanted = str(int(text) + 1)
            following = [
                n
                for n in elements_with_text(page, wanted)
                if n > node and is_visible(page, n) and is_clickable(page, n)
            ]
            return following[0] if following else None
    return _plain_number(page)


def _plain_number(page: StoredPage) -> int | None:
    """A pager whose current page is the one number that leads nowhere: the link with the number after it."""
    tree, texts = page.tree, page.texts
    for node, raw in enumerate(tree.attributes):
        if not raw or not _PAGER.search(f"{tree.attrs(node).get('class', '')} {tree.attrs(node).get('id', '')}"):
            continue
        first, end = texts.pieces(node)
        if end - first > 60:
            continue
        numbers = {}
        for at in range(first, end):
            text = texts.strings[at].strip()
            if text.isdecimal() and len(text) < 6 and is_visible(page, texts.nodes[at]):
                numbers[int(text)] = clickable_around(page, tree.parents[texts.nodes[at]])
        plain = [number for number, at in numbers.items() if not is_clickable(page, at)]
        if len(numbers) > 1 and len(plain) == 1:
            return numbers.get(plain[0] + 1)
    return None
