"""The words of the pages that people work with, read once from `page_words_*.toml`: a key, English and Chinese."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from auditor.wording.sentences import PlaceText
from auditor.wording.table import LANGS, Lang

PAGE_WORDS = ("page_words_people.toml", "page_words_desk.toml")


@cache
def page_word_table() -> Mapping[str, Mapping[Lang, str]]:
    """From each key, `section.name`, to its words in every language, with `{places}`."""
    found: dict[str, Mapping[Lang, str]] = {}
    for name in PAGE_WORDS:
        sections = tomllib.loads(files("auditor.wording").joinpath(name).read_text("utf-8"))
        for section, entries in sections.items():
            for key, entry in entries.items():
                found[f"{section}.{key}"] = MappingProxyType({lang: str(entry[lang]) for lang in LANGS})
    return MappingProxyType(found)


def page_text(key: str, lang: Lang, **places: object) -> str:
    """The words of a key. One that the files lack is a `KeyError`: nothing is shown with a hole in it."""
    return page_word_table()[key][lang].format_map({name: PlaceText(value) for name, value in places.items()})
