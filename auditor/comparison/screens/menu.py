"""The menu of a system: its entries under their groups, from every screen together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from auditor.comparison.screens.labels import label_form, screen_labels
from auditor.document.page import StoredPage

MAX_ENTRIES = 2_000
_GROUPS = frozenset(("li", "dl", "section", "nav", "fieldset", "details", "div", "td", "aside"))


def menu_entries(pages: Iterable[StoredPage]) -> Mapping[tuple[str, str], tuple[str, str]]:
    """From group and entry, in the form labels are compared in, to both as they are written."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for page in pages:
        places = {label.place: label for label in screen_labels(page).labels}
        linked = {label.place for label in places.values() if label.kind == "link"}
        for place in linked:
            group = _group(page, place, {at: one.text for at, one in places.items() if at not in linked})
            entry = places[place]
            if len(found) < MAX_ENTRIES:
                found.setdefault((label_form(group), entry.form), (group, entry.text))
    return MappingProxyType(found)


def _group(page: StoredPage, place: str, others: Mapping[str, str]) -> str:
    """The text that stands with a link in the smallest block that holds more than the link: its group's name."""
    steps = place.split("/")
    for depth in range(len(steps) - 1, 1, -1):
        block = "/".join(steps[:depth])
        if steps[depth - 1].partition("[")[0] not in _GROUPS:
            continue
        inside = [text for at, text in others.items() if at.startswith(f"{block}/") or at == block]
        if len(inside) == 1:
            return inside[0]
        if inside:
            return ""
    return ""
