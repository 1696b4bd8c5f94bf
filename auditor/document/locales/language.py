"""One language as data: the form of the files, and what is refused in one. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from auditor.errors import ReadingError

SECTIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "numbers": ("group", "decimal", "sizes", "digits"),
        "words": (
            *("units", "fillers", "denial", "denial_prefixes", "other", "absent", "loading", "not_licensed", "trial"),
            *("expired", "unlimited", "unlimited_alone", "of", "cap_first"),
        ),
        "roles": ("used", "cap", "remaining", "peak", "over", "active", "licence"),
        "time": ("units", "months", "endless"),
        "bounds": ("at_least", "at_least_after", "at_most", "at_most_after", "about", "about_after"),
    }
)
"""Every key that a file has, by section. `[magnitudes]` has words of the language's own as keys."""
MOST_WORDS: Final = 200
LONGEST_WORD: Final = 40
_MONTHS: Final = 12
_WORD: Final = re.compile(r"[^\W_]|[#/]")


@dataclass(frozen=True, slots=True)
class SignsOfNumbers:
    """How a language writes whole numbers."""

    group: str
    decimal: str
    sizes: tuple[int, ...]
    """Digits of the groups from the right; the last one repeats: 3, or 3 and 2 where lakhs are counted."""
    digits: tuple[str, ...]
    """The ten figures of each script in which the language writes numbers."""


@dataclass(frozen=True, slots=True)
class Language:
    """Everything that one file says."""

    code: str
    name: str
    numbers: SignsOfNumbers
    words: Mapping[str, tuple[str, ...]]
    roles: Mapping[str, tuple[str, ...]]
    magnitudes: Mapping[str, int]
    time: Mapping[str, tuple[str, ...]]
    months: tuple[tuple[str, ...], ...]
    bounds: Mapping[str, tuple[str, ...]]


@cache
def languages() -> Mapping[str, Language]:
    """Every language of the folder by its code; raises `ReadingError` for a file that is not of the form."""
    folder = files("auditor.document.locales")
    found = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return MappingProxyType(
        {name[:-5]: parse_language(name, folder.joinpath(name).read_text("utf-8")) for name in found}
    )


def language_of(locale: str | None) -> Language | None:
    """The language of a page's locale; None where the page declares none, or one that has no file."""
    return languages().get(re.split("[-_]", locale, maxsplit=1)[0].lower()) if locale else None


def parse_language(file: str, text: str) -> Language:
    """One file; raises `ReadingError` with the file, the key and what was expected."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ReadingError(f"{file}: expected TOML, found {error}; mend that line") from error
    _same_keys(file, "", said, ("name", "magnitudes", *SECTIONS))
    for section, keys in SECTIONS.items():
        _same_keys(file, f"{section}.", _table(file, section, said[section]), keys)
    lists = {
        f"{section}.{key}": _words(file, f"{section}.{key}", said[section][key])
        for section, keys in SECTIONS.items()
        for key in keys
        if section != "numbers" and key != "months"
    }
    _refuse_contradictions(file, lists)
    return Language(
        code=file.removesuffix(".toml"),
        name=_text(file, "name", said["name"]),
        numbers=_numbers(file, said["numbers"]),
        words=_section(lists, "words"),
        roles=_section(lists, "roles"),
        magnitudes=_magnitudes(file, _table(file, "magnitudes", said["magnitudes"])),
        time=_section(lists, "time"),
        months=_months(file, said["time"]["months"]),
        bounds=_section(lists, "bounds"),
    )


def _refused(file: str, key: str, expected: str, found: object) -> ReadingError:
    return ReadingError(
        f"{file}: {key}: expected {expected}, found {str(found)[:80]!r}; docs/languages.md has the form"
    )


def _same_keys(file: str, section: str, found: Mapping[str, Any], wanted: tuple[str, ...]) -> None:
    for key in wanted:
        if key not in found:
            raise _refused(
                file, f"{section}{key}", "the key, with an empty list where the language has none", "nothing"
            )
    for key in found:
        if key not in wanted:
            raise _refused(file, f"{section}{key}", f"no key but {', '.join(wanted)}", key)


def _table(file: str, key: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _refused(file, key, "a table", value)
    return value


def _text(file: str, key: str, value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_WORD or value != value.strip():
        raise _refused(file, key, f"a text of 1 to {LONGEST_WORD} characters without spaces around it", value)
    return value


def _words(file: str, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_WORDS:
        raise _refused(file, key, f"a list of at most {MOST_WORDS} words", value)
    words = tuple(_text(file, key, word) for word in value)
    for word in words:
        if not _WORD.search(word) or re.search("[0-9]", word.replace("/0!", "")):
            raise _refused(file, key, "words of letters, without figures", word)
        if words.count(word) > 1:
            raise _refused(file, key, "each word once", word)
    return words


def _numbers(file: str, said: Mapping[str, Any]) -> SignsOfNumbers:
    group, decimal = said["group"], said["decimal"]
    for key, value in (("numbers.group", group), ("numbers.decimal", decimal)):
        if value not in (".", ",", "'", " "):
            raise _refused(file, key, "one of . , ' and a space", value)
    if group == decimal:
        raise _refused(file, "numbers.decimal", "another sign than numbers.group", decimal)
    sizes, digits = said["sizes"], said["digits"]
    if sizes not in ([3], [3, 2]):
        raise _refused(file, "numbers.sizes", "[3] or [3, 2]", sizes)
    if not isinstance(digits, list) or not digits or not all(_ten_figures(one) for one in digits):
        raise _refused(file, "numbers.digits", "the ten figures from 0 to 9 of each script", digits)
    return SignsOfNumbers(group, decimal, tuple(sizes), tuple(digits))


def _ten_figures(text: object) -> bool:
    return isinstance(text, str) and text.isdecimal() and [int(char) for char in text] == list(range(10))


def _magnitudes(file: str, said: Mapping[str, Any]) -> Mapping[str, int]:
    for word, times in said.items():
        if not isinstance(times, int) or isinstance(times, bool) or not 10 <= times <= 10**12:
            raise _refused(file, f"magnitudes.{word}", "a whole number from 10 to 1000000000000", times)
        _words(file, f"magnitudes.{word}", [word])
    return MappingProxyType(dict(said))


def _months(file: str, said: object) -> tuple[tuple[str, ...], ...]:
    if not isinstance(said, list) or len(said) not in (0, _MONTHS):
        raise _refused(file, "time.months", "twelve lists of names, or an empty list", said)
    return tuple(_words(file, "time.months", one) for one in said)


def _section(lists: Mapping[str, tuple[str, ...]], section: str) -> Mapping[str, tuple[str, ...]]:
    head = f"{section}."
    return MappingProxyType({key.removeprefix(head): words for key, words in lists.items() if key.startswith(head)})


_APART: Final = (
    ("words.units", "words.denial"),
    ("words.units", "words.other"),
    ("words.units", "time.units"),
    ("words.denial", "words.fillers"),
    ("time.units", "words.fillers"),
    ("words.denial", "roles.used"),
    ("words.unlimited", "words.absent"),
)
"""Lists that may not share a word: one makes a count of what the other says is none."""


def _refuse_contradictions(file: str, lists: Mapping[str, tuple[str, ...]]) -> None:
    for part in ("roles.active", "roles.licence"):
        whole = "roles.used" if part == "roles.active" else "roles.cap"
        alone = [word for word in lists[part] if word not in lists[whole]]
        if alone:
            raise _refused(file, part, f"words of {whole}", alone[0])
    for one, other in _APART:
        both = {word.casefold() for word in lists[one]} & {word.casefold() for word in lists[other]}
        if both:
            raise _refused(file, one, f"no word of {other}", min(both))
