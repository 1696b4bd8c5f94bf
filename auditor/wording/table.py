"""The table of words, read once from package data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

Lang = Literal["en", "zh"]
LANGS: tuple[Lang, ...] = ("en", "zh")


@cache
def note_templates() -> Mapping[str, Mapping[Lang, str]]:
    """From each code to its sentence in every language, with `{places}` for the values of the note."""
    sections: dict[str, dict[str, Any]] = tomllib.loads(
        files("auditor.wording").joinpath("notes.toml").read_text("utf-8")
    )
    return MappingProxyType(
        {
            _code(section, name): MappingProxyType({lang: str(entry[lang]) for lang in LANGS})
            for section, entries in sections.items()
            for name, entry in entries.items()
        }
    )


def _code(section: str, name: str) -> str:
    """`[position] never_observed` is `position.never_observed`; the codes of `[plain]` have no section."""
    return name if section == "plain" else f"{section}.{name}"
