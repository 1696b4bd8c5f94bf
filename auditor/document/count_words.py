"""Words of count cells, of all languages together, in the forms they are compared in. Pure.

Each language is one file of `locales/`; here are the sets and patterns that are made of them once. A word is matched
against a whole cell or a whole clause, never inside another word; scripts without spaces aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, get_args

from auditor.document.locales import languages
from auditor.document.normalisation import NBSP, comparison_form
from auditor.model.targets.deployments import CountRole

GAP: Final = f"[ {NBSP}]+"
"""Between the words of a phrase, in a pattern."""
WIDE: Final = "\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\uff66-\uff9f"
"""Characters of the scripts whose words touch each other, or their particles: Han, kana, Hangul."""
_NO_LETTER_BEFORE: Final = r"(?<![^\W\d_])"
_NO_LETTER_AFTER: Final = r"(?![^\W\d_])"


def word_set(text: str) -> frozenset[str]:
    """The words of a text, for tables of data."""
    return frozenset(text.split())


def is_wide(word: str) -> bool:
    """Whether a word is of a script whose words touch each other."""
    return bool(re.match(f"[{WIDE}]", word))


def words_pattern(words: Iterable[str], *, dotted: bool = False) -> str:
    """A pattern for any of the words, the longest first, alphabetic ones as whole words; `dotted`: a full stop may
    end one, as in `approx.`

    Where a word can begin is asked before the words are: a text is searched once, not once for each word.
    """
    known = sorted(dict.fromkeys(words), key=lambda word: (-len(word), word))
    wide, narrow = [word for word in known if is_wide(word)], [word for word in known if not is_wide(word)]
    parts = []
    if narrow:
        stop = _NO_LETTER_AFTER + (r"\.?" if dotted else "")
        parts.append(f"{_NO_LETTER_BEFORE}{_any_of(narrow)}{stop}")
    if wide:
        parts.append(_any_of(wide))
    return "|".join(parts) or "(?!)"


def _any_of(words: list[str]) -> str:
    first = "".join(sorted({case(word[0]) for word in words for case in (str.lower, str.upper)}))
    return f"(?=[{re.escape(first)}])(?:{'|'.join(GAP.join(map(re.escape, word.split())) for word in words)})"


def _words(*keys: str) -> tuple[str, ...]:
    """The words of all languages under some keys of `[words]`."""
    return tuple(word for language in languages().values() for key in keys for word in language.words[key])


def _compared(*keys: str) -> frozenset[str]:
    return frozenset(map(comparison_form, _words(*keys)))


def _bounds(*keys: str) -> tuple[str, ...]:
    return tuple(word for language in languages().values() for key in keys for word in language.bounds[key])


UNLIMITED: Final = _compared("unlimited", "unlimited_alone") | {"∞"}
"""Whole-cell words for unlimited, in the form they are compared in."""

UNLIMITED_INSIDE: Final = words_pattern(_words("unlimited")) + "|∞"
"""The same as a pattern, for pairs and sentences where another number or word stands beside it."""

NOT_LICENSED: Final = _compared("not_licensed")
"""The product says there is no licence: not a count of 0."""

ABSENT: Final = _compared("absent")
LOADING: Final = _compared("loading")
TRIAL: Final = tuple(sorted({word.lower() for word in _words("trial")}))
EXPIRED: Final = tuple(sorted({word.lower() for word in _words("expired")}))

ROLE_WORDS: Final[Mapping[CountRole, tuple[str, ...]]] = MappingProxyType(
    {
        role: tuple(
            dict.fromkeys(word.lower() for language in languages().values() for word in language.roles.get(role, ()))
        )
        for role in get_args(CountRole)
    }
)
"""What a word beside a number says the number is. The longest word at a place wins."""

LICENCE_WORDS: Final = frozenset(
    word.lower() for language in languages().values() for word in language.roles["licence"]
)
"""Words of role `cap` that beside another word of role only name what is counted: `已用授权`, `total used`."""

ACTIVE_WORDS: Final = frozenset(word.lower() for language in languages().values() for word in language.roles["active"])
"""Words of role `used` that part the active ones from all there are: `34 users (20 active)` has no cap of 34."""

UNITS: Final = _compared("units")
"""Units a count may carry, in the form they are compared in; anything else beside a number gives no number."""

TIME_UNITS: Final = words_pattern(word for language in languages().values() for word in language.time["units"])
"""A pattern for days, hours, quarters: what counts time counts no units."""

SCALES: Final = "|".join(
    (
        f"[kK]{_NO_LETTER_AFTER}",
        words_pattern((word for language in languages().values() for word in language.magnitudes), dotted=True),
    )
)
"""A pattern for what stands after a figure and makes another number of it: `k`, `万`, `mil`, `тыс.`"""

MONTHS: Final[Mapping[str, frozenset[int]]] = MappingProxyType(
    {
        name.lower(): frozenset(
            number
            for language in languages().values()
            for number, names in enumerate(language.months, start=1)
            if name.lower() in map(str.lower, names)
        )
        for language in languages().values()
        for names in language.months
        for name in names
    }
)
"""From the name of a month to its number; several where languages do not agree."""

ENDLESS: Final = frozenset(
    comparison_form(word) for language in languages().values() for word in language.time["endless"]
)
"""Words for a licence without an end, in the form they are compared in."""

APPROXIMATE: Final = rf"(?:~|≈|∼|{words_pattern(_bounds('about'), dotted=True)})"
AT_LEAST: Final = rf"(?:≥|>=|{words_pattern(_bounds('at_least'), dotted=True)})"
AT_MOST: Final = rf"(?:≤|<=|{words_pattern(_bounds('at_most'), dotted=True)})"
APPROXIMATE_AFTER: Final = rf"(?:{words_pattern(_bounds('about_after'))})"
AT_LEAST_AFTER: Final = rf"(?:\+|{words_pattern(_bounds('at_least_after'))})"
AT_MOST_AFTER: Final = rf"(?:{words_pattern(_bounds('at_most_after'))})"
