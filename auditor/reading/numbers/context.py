"""Classifies the words around a number: without weight, unknown, or such that the number is not a count. Pure.

`已用 34 GB`, `30 days left`, `34 not used` and `授权日期 2021` have a number and a word of role, and state no count.
A word means what the language of the page says, then what English says; else the worst that any language says of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final, Literal

from auditor.document.count_words import ROLE_WORDS, UNITS, WIDE, is_wide, words_pattern
from auditor.document.locales import language_of, languages
from auditor.document.normalisation import comparison_form
from auditor.model.notes import Note, make_note

ContextEffect = Literal["plain", "unlisted", "no_count"]
WordKind = Literal["plain", "unlisted", "other", "magnitude", "time", "denied"]
_WORST_FIRST: Final[tuple[WordKind, ...]] = ("denied", "time", "magnitude", "other", "unlisted", "plain")

_LETTER: Final = rf"(?:(?![{WIDE}])[^\W\d_])"
_RUNS: Final = re.compile(rf"{_LETTER}+(?:['’\"-]{_LETTER}+)*|[{WIDE}]+|[^\W\d_]|[^\w\s]")
_HANGUL: Final = re.compile("[\uac00-\ud7a3]")
_PLAIN_SIGNS: Final = frozenset(".,:;()[]。、，：；（）=\"'“”!/|-–—·•※…>»›")
_SHARES_AND_MONEY: Final = "%‰$€£¥￥₩₽₹₪₺°"
_MOST_FOR_SINGLE: Final = 6
"""Characters of a run in which a word of one character is taken for one; in a longer one it is a part of a word."""


@dataclass(frozen=True, slots=True)
class WordsAround:
    """What the words around a number do to it, and the word that does."""

    kind: WordKind = "plain"
    word: str = ""

    @property
    def effect(self) -> ContextEffect:
        """Whether the number stays a count."""
        if self.kind in ("plain", "unlisted"):
            return "plain" if self.kind == "plain" else "unlisted"
        return "no_count"

    def why(self, locale: str | None) -> Note:
        """Why the number is none, or asks for a person."""
        text = f"{self.word!r}"
        if self.kind == "unlisted":
            if locale and language_of(locale) is None:
                return make_note("count.unspoken", text=text, locale=locale)
            return make_note("count.unknown_word", text=text)
        if self.kind == "denied":
            return make_note("count.denied", text=text)
        if self.kind == "time":
            return make_note("count.time", text=text)
        if self.kind == "magnitude":
            return make_note("count.magnitude", text=text)
        return make_note("count.something_else", text=text)


def context_effect(rest: str, locale: str | None = None) -> ContextEffect:
    """What the words around a number, numbers and words of role taken out, do to it."""
    return words_around(rest, locale).effect


def words_around(rest: str, locale: str | None = None) -> WordsAround:
    """The worst of the words of a text from which numbers and words of role were taken out."""
    found = WordsAround()
    for run in _RUNS.findall(_PHRASES.sub(" ", bare_form(rest))):
        here = _run(run, locale)
        if _WORST_FIRST.index(here.kind) < _WORST_FIRST.index(found.kind):
            found = here
    return found


def next_word(rest: str, locale: str | None) -> WordsAround:
    """What the first word of a text is: the place of a unit after its number."""
    found = re.match(rf"\s*({_LETTER}+(?:['’-]{_LETTER}+)*|[{WIDE}]+)", _PHRASES.sub(" , ", bare_form(rest)))
    return _run(found.group(1), locale) if found else WordsAround()


def bare_form(text: str) -> str:
    """Lower case, without the vowel signs and accents that may be left out: `يومًا` is `يوما`."""
    if text.isascii():
        return text.lower()
    composed = unicodedata.normalize("NFC", text).lower()
    return "".join(char for char in composed if unicodedata.category(char) not in ("Mn", "Cf"))


@lru_cache(maxsize=4_096)
def _run(run: str, locale: str | None) -> WordsAround:
    if len(run) == 1 and not run.isalpha():
        if run in _SHARES_AND_MONEY:
            return WordsAround("other", run)
        return WordsAround() if run in _PLAIN_SIGNS else WordsAround("unlisted", run)
    return _wide(run) if is_wide(run) else WordsAround(_word(run, locale), run)


def _word(word: str, locale: str | None) -> WordKind:
    own = language_of(locale)
    for language in (own, languages().get("en")):
        known = _kinds(language.code).get(word) if language is not None else None
        if known is not None:
            return known
    said = {kinds[word] for code in languages() if word in (kinds := _kinds(code))}
    found = next((kind for kind in _WORST_FIRST if kind in said), None)
    return found or ("denied" if _denied_by_prefix(word) else "unlisted")


@cache
def _kinds(code: str) -> Mapping[str, WordKind]:
    """What each alphabetic word of a language is."""
    language = languages()[code]
    lists: tuple[tuple[WordKind, tuple[str, ...]], ...] = (
        ("plain", (*language.words["units"], *language.words["fillers"], *language.words["of"])),
        ("other", language.words["other"]),
        ("magnitude", tuple(language.magnitudes)),
        ("time", language.time["units"]),
        ("denied", language.words["denial"]),
    )
    return MappingProxyType({bare_form(word): kind for kind, words in lists for word in words if not is_wide(word)})


def of_word(word: str, locale: str | None) -> bool:
    """Whether a word stands between a count and its limit: `34 of 20`. The page's own language may say otherwise."""
    own = language_of(locale)
    if own is not None and _kinds(own.code).get(bare_form(word)) not in (None, "plain"):
        return False
    return bare_form(" ".join(word.split())) in _OF_WORDS


_OF_WORDS: Final = frozenset(bare_form(word) for language in languages().values() for word in language.words["of"])
_PHRASES: Final = re.compile(
    words_pattern(
        bare_form(word)
        for language in languages().values()
        for key in ("units", "fillers")
        for word in language.words[key]
        if " " in word
    )
)
_PREFIXES: Final = tuple(
    sorted({bare_form(prefix) for language in languages().values() for prefix in language.words["denial_prefixes"]})
)
_DENIABLE: Final = frozenset(bare_form(word) for word in (*ROLE_WORDS["used"], *ROLE_WORDS["remaining"]))


def _denied_by_prefix(word: str) -> bool:
    """`unbelegt`, `nieużywane`, `неиспользуется`: a word of use with what denies it before it."""
    return any(word.startswith(prefix) and word[len(prefix) :].lstrip("-") in _DENIABLE for prefix in _PREFIXES)


def _all_wide(*keys: str) -> tuple[str, ...]:
    found = {word for language in languages().values() for key in keys for word in language.words[key]}
    return tuple(sorted((word for word in found if is_wide(word)), key=lambda word: (-len(word), word)))


def _wide_pattern(*keys: str) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, _all_wide(*keys))))


_WIDE_UNITS: Final = tuple(sorted((unit for unit in UNITS if is_wide(unit)), key=lambda unit: (-len(unit), unit)))
_WIDE_FILLERS: Final = _all_wide("fillers")
_WIDE_DENIAL: Final = _wide_pattern("denial")
_WIDE_OTHER: Final = _wide_pattern("other")


def _wide_times(*, hangul: bool) -> Iterator[str]:
    for language in languages().values():
        yield from (word for word in language.time["units"] if is_wide(word) and bool(_HANGUL.match(word)) == hangul)


_WIDE_TIME: Final = re.compile("|".join(sorted(map(re.escape, _wide_times(hangul=False)), key=len, reverse=True)))
_HANGUL_TIME: Final = re.compile(
    "(?:"
    + "|".join(sorted(map(re.escape, _wide_times(hangul=True)), key=len, reverse=True))
    + ")(?:간|째|의|이|을|은)?"
)
_COMPOUNDS: Final = re.compile(
    "|".join(
        re.escape(word)
        for word in _all_wide("denial")
        if any(role in word for words in ROLE_WORDS.values() for role in words if is_wide(role))
    )
    or "(?!)"
)


def denied_outright(text: str) -> str:
    """A word that denies a use and holds the word of use in itself, as 미사용; '' where none stands in the text."""
    found = _COMPOUNDS.search(text)
    return found.group() if found else ""


def _wide(run: str) -> WordsAround:
    """What Chinese, Japanese or Korean text is when units and words without weight are taken out."""
    if _HANGUL.match(run) and _HANGUL_TIME.fullmatch(run):
        return WordsAround("time", run)
    rest = run
    for known in (*_WIDE_UNITS, *_WIDE_FILLERS):
        if known in rest and not (len(known) == 1 and len(rest) > _MOST_FOR_SINGLE):
            rest = rest.replace(known, "\x00")
    rest = rest.replace("\x00", "")
    kinds: tuple[tuple[WordKind, re.Pattern[str]], ...] = (
        ("denied", _WIDE_DENIAL),
        ("time", _WIDE_TIME),
        ("other", _WIDE_OTHER),
    )
    for kind, pattern in kinds:
        found = pattern.search(rest)
        if found:
            return WordsAround(kind, found.group())
    return WordsAround("unlisted", comparison_form(rest)) if rest else WordsAround()
