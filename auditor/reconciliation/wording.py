"""The one table of sentences, English and Chinese side by side, in neutral words.

A sentence states arithmetic and what a page showed; what it means in law is for others to say. Values are set in by
name; a sentence whose value is missing is a programming error and raises `KeyError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from auditor.reconciliation.wording_counts import COUNT_SENTENCES
from auditor.reconciliation.wording_records import RECORD_SENTENCES

SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType({**COUNT_SENTENCES, **RECORD_SENTENCES})


def say(key: str, words: Mapping[str, object]) -> tuple[str, str]:
    """The English and the Chinese sentence of a key: a rule id, or a rule id with a variant."""
    english, chinese = SENTENCES[key]
    return english.format_map(words), chinese.format_map(words)
