"""A letter held against a law: every element, and whether it is qualified under the lenient and the strict reading.

Both readings are always given: two courts read the same letters and came to opposite answers. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from auditor.model.notices import (
    ELEMENTS,
    ElementRow,
    ElementState,
    NoticeElement,
    NoticeRegime,
    ProfileAnswer,
    QualifyingProfile,
    RegimeCheck,
)

ElementStates = Mapping[NoticeElement, ElementState]
_ORDER: Final[tuple[ElementState, ...]] = ("missing", "blank", "named", "there")
"""From nothing to all of it."""


def check_regime(regime: NoticeRegime, letter: ElementStates, earlier: Sequence[ElementStates] = ()) -> RegimeCheck:
    """Hold one letter against one law. `earlier`: letters that went out before, about the same thing, to the same host;
    a reading that takes letters together takes these with it."""
    rows = tuple(
        ElementRow(one, regime.marks[one], letter.get(one, "missing"), regime.articles[one]) for one in ELEMENTS
    )
    answers = tuple(_answer(regime, profile, letter, earlier) for profile in regime.profiles.values())
    return RegimeCheck(regime.id, rows, answers)


def _answer(
    regime: NoticeRegime, profile: QualifyingProfile, letter: ElementStates, earlier: Sequence[ElementStates]
) -> ProfileAnswer:
    read = join_letters((*earlier, letter)) if profile.together else letter
    enough = frozenset(("there", "named")) if profile.named_counts else frozenset(("there",))
    missing = tuple(one for one in profile.requires if read.get(one, "missing") not in enough)
    return ProfileAnswer(regime.id, profile.name, not missing, missing, profile.source, profile.together)


def join_letters(letters: Sequence[ElementStates]) -> ElementStates:
    """Several letters read as one: of each element the most that any of them holds."""
    found: dict[NoticeElement, ElementState] = {}
    for element in ELEMENTS:
        found[element] = max((one.get(element, "missing") for one in letters), key=_ORDER.index, default="missing")
    return found
