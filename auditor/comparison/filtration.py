"""What is taken out of both sides before any figure, and the list of it with reasons. Pure.

In this order: what the contract lets the reseller change; what a standard dictates; what platforms give to everybody;
known libraries; what controls show too. Data rows were set aside when the labels were taken. For a control's own
figures the other controls alone are asked, so that each control is treated as the suspect is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from auditor.comparison.code.winnowing import Prints, union
from auditor.comparison.features import SystemFeatures
from auditor.comparison.screens.identifiers import counts, why_common
from auditor.comparison.screens.labels import Label, label_form
from auditor.model.comparisons import Declaration, FilteredItem, LayerName
from auditor.model.notes import Note, make_note

COMMON_NAMES = {"generated": make_note("comparison.name_generated"), "platform": make_note("comparison.name_platform")}
DATA = {
    "row": make_note("comparison.data_row"),
    "value": make_note("comparison.data_value"),
    "figure": make_note("comparison.data_figure"),
}


@dataclass(frozen=True)
class Filtration:
    """What is left out, by a declaration and by what controls show."""

    declaration: Declaration
    controls: tuple[SystemFeatures, ...]
    _answers: dict[str, Note | None] = field(default_factory=dict)

    @cached_property
    def _licensed(self) -> tuple[tuple[str, Note], ...]:
        found = [
            (label_form(text), make_note("comparison.licensed_change", what=one.what, clause=one.clause or "–"))
            for one in self.declaration.licensed_changes
            for text in one.texts
        ]
        return tuple(sorted((one for one in found if one[0]), key=lambda one: -len(one[0])))

    @cached_property
    def _dictated(self) -> tuple[tuple[re.Pattern[str], Note], ...]:
        return tuple(
            (re.compile(one.pattern, re.IGNORECASE), make_note("comparison.dictated", what=one.what, why=one.why))
            for one in self.declaration.dictated
        )

    @cached_property
    def _control_labels(self) -> Counter[str]:
        return Counter(form for one in self.controls for form in one.label_forms)

    @cached_property
    def _control_names(self) -> Counter[tuple[str, str]]:
        return Counter(name for one in self.controls for name in one.names)

    @cached_property
    def _control_files(self) -> Counter[str]:
        return Counter(sha256 for one in self.controls for sha256 in one.assets)

    def licensed_form(self, form: str) -> tuple[str, Note | None]:
        """A label without what the reseller may change in it, and why it lost it."""
        why = None
        for text, reason in self._licensed:
            if text in form:
                form, why = form.replace(text, ""), why or reason
        return form, why

    def why_label(self, form: str, other: SystemFeatures) -> Note | None:
        """Why a label, without licensed changes, is no part of the figure against `other`; None where it is."""
        dictated = self._dictation(form)
        return dictated or self._by_controls(self._control_labels[form], other, form in other.label_forms)

    def why_identifier(self, kind: str, text: str, other: SystemFeatures) -> Note | None:
        """Why a name is no part of the figure against `other`."""
        if common := why_common(kind, text):
            return COMMON_NAMES[common]
        if dictated := self._dictation(text):
            return dictated
        return self._by_controls(self._control_names[kind, text], other, (kind, text) in other.names)

    def why_asset(self, sha256: str, other: SystemFeatures) -> Note | None:
        """Why a file is no part of the figure against `other`."""
        if library := other.known.digests.get(sha256):
            return make_note("comparison.known_library", library=library)
        return self._by_controls(self._control_files[sha256], other, sha256 in other.assets)

    def _dictation(self, form: str) -> Note | None:
        if form not in self._answers:
            self._answers[form] = next((why for pattern, why in self._dictated if pattern.fullmatch(form)), None)
        return self._answers[form]

    def _by_controls(self, systems: int, other: SystemFeatures, has: bool) -> Note | None:
        showing = systems - (1 if has and self._is_control(other) else 0)
        return make_note("comparison.controls_show", systems=showing) if showing > 0 else None

    def _is_control(self, other: SystemFeatures) -> bool:
        return any(one is other for one in self.controls)

    def known_prints(self, other: SystemFeatures) -> tuple[Prints, Prints]:
        """Fingerprints of scripts that are left out against `other`: of known libraries, and of other controls."""
        rest = [one for one in self.controls if one is not other]
        tokens = union([other.known.tokens, *(one.prints[0] for one in rest)])
        literals = union([other.known.literals, *(one.prints[1] for one in rest)])
        return tokens, literals


def left_labels(labels: Sequence[Label], filtration: Filtration, other: SystemFeatures) -> list[str]:
    """The labels that a figure is made of, in the form they are compared in."""
    forms = (filtration.licensed_form(label.form)[0] for label in labels)
    return [form for form in forms if form and filtration.why_label(form, other) is None]


def filtered_items(filtration: Filtration, left: SystemFeatures, right: SystemFeatures) -> tuple[FilteredItem, ...]:
    """The list of all that was taken out between reference and suspect, sorted, with how often each side has it."""
    found: dict[tuple[LayerName, str, str], FilteredItem] = {}
    for side, system in enumerate((left, right)):
        for layer, what, why in _taken_out(filtration, system, right):
            key = (layer, what, why.code)
            item = found.get(key, FilteredItem(layer, what, why, 0, 0))
            found[key] = FilteredItem(layer, what, item.why, item.left + (side == 0), item.right + (side == 1))
    return tuple(found[key] for key in sorted(found))


def _taken_out(
    filtration: Filtration, system: SystemFeatures, other: SystemFeatures
) -> Iterator[tuple[LayerName, str, Note]]:
    for screen in system.screens:
        found = system.labels(screen)
        for label in found.labels:
            form, licensed = filtration.licensed_form(label.form)
            if licensed is not None:
                yield "labels", label.text, licensed
            why = filtration.why_label(form, other) if form else None
            if why is not None:
                yield "labels", label.text, why
        for kind, times in found.data.items():
            for _ in range(times):
                yield "labels", "–", DATA[kind]
        for kind, text in system.identifiers[screen]:
            why = filtration.why_identifier(kind, text, other)
            if why is not None and counts(kind):
                yield "identifiers", f"{kind} {text}", why
    for sha256, response in system.assets.items():
        why = filtration.why_asset(sha256, other)
        if why is not None:
            yield "assets", f"{response.url.partition('?')[0]} sha256:{sha256[:16]}", why
    yield from _libraries(filtration, system, other)


def _libraries(
    filtration: Filtration, system: SystemFeatures, other: SystemFeatures
) -> Iterator[tuple[LayerName, str, Note]]:
    tokens, _ = system.prints
    for library in system.known.libraries:
        if len(library.tokens) and np.isin(library.tokens, tokens, assume_unique=True).sum() * 10 >= len(
            library.tokens
        ):
            yield "code", f"{library.name} {library.version}", make_note("comparison.library_inside")
    known, _ = filtration.known_prints(other)
    left_out = int(np.isin(tokens, known, assume_unique=True).sum())
    if left_out:
        yield "code", "–", make_note("comparison.prints_left_out", prints=left_out, all=len(tokens))
