"""The one source of words, in English and Chinese, for every form of the report.

`templates/words.toml` holds what the report itself says, `rules.toml` the names of the catalogue's rules; the notes of
other rooms are worded by `auditor.wording`. Words are neutral: they say what the record shows, and leave conclusions
to the reader.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from auditor.model.notes import Note
from auditor.wording import Lang, note_text


@dataclass(frozen=True, slots=True)
class Translations:
    """The words of one language. A missing key is a `KeyError`: no report is made with a hole in it."""

    lang: Lang
    table: Mapping[str, str]
    rules: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The words under `section.name`, with its `{places}` filled."""
        return self.table[key].format(**values)

    def some(self, key: str, number: int) -> str:
        """A counted noun: `key.one` for 1, else `key.other`, with `{n}` filled and thousands grouped."""
        return self.table[f"{key}.one" if number == 1 else f"{key}.other"].format(n=f"{number:,}")

    def rule(self, rule: str, fallback: str) -> str:
        """The name of a catalogue rule; `fallback` for a rule this table does not have."""
        return self.rules.get(rule, fallback)

    def note(self, note: Note | None) -> str:
        """A note of another room in this language; empty for none."""
        return "" if note is None else note_text(note, self.lang)


@cache
def load_translations(lang: Lang) -> Translations:
    """The words of a language, read once from package data."""
    rules = _toml("rules.toml")
    return Translations(
        lang,
        MappingProxyType(dict(_flat(_toml("words.toml"), lang))),
        MappingProxyType({rule: names[lang] for rule, names in rules.items()}),
    )


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
