"""The one source of words, in English and Chinese, for every form of the report.

`templates/words.toml` holds what the report itself says, `rules.toml` the names of the catalogue's rules, and
`phrases.toml` the Chinese of set sentences that other rooms write in English. Words are neutral: they say what the
record shows, and leave conclusions to the reader.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

Lang = Literal["en", "zh"]
LANGS: tuple[Lang, ...] = ("en", "zh")
_LONGEST_PHRASE = 1_000


@dataclass(frozen=True, slots=True)
class Translations:
    """The words of one language. A missing key is a `KeyError`: no report is made with a hole in it."""

    lang: Lang
    table: Mapping[str, str]
    rules: Mapping[str, str]
    phrases: Mapping[str, str]
    """Whole sentences."""
    patterns: tuple[tuple[re.Pattern[str], str], ...]
    """Sentences with `{places}`: what stands there is carried over as it is."""

    def __call__(self, key: str, **values: object) -> str:
        """The words under `section.name`, with its `{places}` filled."""
        return self.table[key].format(**values)

    def some(self, key: str, number: int) -> str:
        """A counted noun: `key.one` for 1, else `key.other`, with `{n}` filled and thousands grouped."""
        return self.table[f"{key}.one" if number == 1 else f"{key}.other"].format(n=f"{number:,}")

    def rule(self, rule: str, fallback: str) -> str:
        """The name of a catalogue rule; `fallback` for a rule this table does not have."""
        return self.rules.get(rule, fallback)

    def phrase(self, text: str) -> str:
        """A set sentence of another room in this language; unchanged where the table does not have it."""
        if text in self.phrases or len(text) > _LONGEST_PHRASE:
            return self.phrases.get(text, text)
        for pattern, words in self.patterns:
            if found := pattern.fullmatch(text):
                places = found.groupdict()
                if "parts" in places:
                    # A list of set sentences; every other place is carried over as it is.
                    places["parts"] = "；".join(self.phrase(part) for part in places["parts"].split("; "))
                return words.format(**places)
        return text


@cache
def load_translations(lang: Lang) -> Translations:
    """The words of a language, read once from package data."""
    rules = _toml("rules.toml")
    phrases = _toml("phrases.toml") if lang == "zh" else {}
    return Translations(
        lang,
        MappingProxyType(dict(_flat(_toml("words.toml"), lang))),
        MappingProxyType({rule: names[lang] for rule, names in rules.items()}),
        MappingProxyType({text: said for text, said in phrases.items() if "{" not in text}),
        tuple((_pattern(text), said) for text, said in phrases.items() if "{" in text),
    )


def _pattern(sentence: str) -> re.Pattern[str]:
    """A sentence of the table as a pattern: `{name}` matches any short text."""
    parts = re.split(r"\{(\w+)\}", sentence)
    return re.compile("".join(f"(?P<{part}>.+?)" if odd % 2 else re.escape(part) for odd, part in enumerate(parts)))


def translation_keys() -> Mapping[str, Mapping[str, str]]:
    """All entries with the languages each has, for the check that none is missing one."""
    entries: dict[str, Mapping[str, str]] = dict(_entries(_toml("words.toml"), ""))
    entries.update({f"rule.{rule}": names for rule, names in _toml("rules.toml").items()})
    return MappingProxyType(entries)


def _flat(table: Mapping[str, object], lang: Lang) -> list[tuple[str, str]]:
    return [(key, entry[lang]) for key, entry in _entries(table, "")]


def _entries(table: Mapping[str, object], prefix: str) -> list[tuple[str, Mapping[str, str]]]:
    found: list[tuple[str, Mapping[str, str]]] = []
    for name, value in table.items():
        if not isinstance(value, dict):
            raise TypeError(f"words.toml {prefix}{name}: expected a table with en and zh, found {value!r}")
        if all(isinstance(part, str) for part in value.values()):
            found.append((prefix + name, value))
        else:
            found.extend(_entries(value, f"{prefix}{name}."))
    return found


@cache
def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(files("auditor.reporting").joinpath("templates", name).read_text("utf-8"))
