"""Declared markers: where each system shows or serves them. Pure.

A marker is something that nobody writes twice by chance: a misspelling, a comment, a copyright line, a test row. It is
declared before the suspect is compared, and looked for in every system alike: what is shown, what stands in the page
without being shown, and what is served as script.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.comparison.code.scripts import decode_script
from auditor.comparison.features import SystemFeatures
from auditor.comparison.system import file_name, served_scripts
from auditor.document.normalisation import comparison_form
from auditor.model.comparisons import Marker, MarkerRow

MAX_PLACES = 20
"""Places of one marker in one system that are listed."""


def marker_places(marker: Marker, system: SystemFeatures) -> tuple[str, ...]:
    """Where a system has a marker: `screen: path`, `file: line`; empty where it has not."""
    found: list[str] = []
    for place in _places(comparison_form(marker.text), system):
        found.append(place)
        if len(found) == MAX_PLACES:
            break
    return tuple(found)


def _places(form: str, system: SystemFeatures) -> Iterator[str]:
    if not form:
        return
    for name, screen in system.screens.items():
        tree = screen.page.tree
        for node, text in tree.texts.items():
            if form in comparison_form(text):
                yield f"{name}: {tree.path(node)}"
        for node, element in enumerate(tree.names):
            if element != "#text" and tree.attributes[node]:
                for key, value in tree.attrs(node).items():
                    if form in comparison_form(value):
                        yield f"{name}: {tree.path(node)}/@{key}"
    for script in served_scripts(system.system):
        for number, line in enumerate(decode_script(script.body, script.charset).split("\n"), 1):
            if form in comparison_form(line):
                yield f"{script.file}: {number}"
    for response in system.system.responses:
        if any(form in comparison_form(value) for name, value in response.headers.items() if name != "set-cookie"):
            yield f"{file_name(response.url)}: headers"


def marker_rows(markers: tuple[Marker, ...], left: SystemFeatures, right: SystemFeatures) -> tuple[MarkerRow, ...]:
    """Every declared marker on both sides, in the order declared."""
    return tuple(MarkerRow(one.id, marker_places(one, left), marker_places(one, right)) for one in markers)
