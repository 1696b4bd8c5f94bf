"""Suggestions for misspelt ids and keys, by similarity; bounded, so that a long file full of slips stays quick."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from itertools import islice

_CANDIDATES = 2_000


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like the given one, or an empty text. Of very many, those of like length and ends."""
    near = (item for item in known if abs(len(item) - len(word)) <= 3)
    if isinstance(known, Collection) and len(known) > _CANDIDATES:
        near = (item for item in near if item[:1] == word[:1] or item[-2:] == word[-2:])
    found = get_close_matches(word, list(islice(near, _CANDIDATES)), n=1, cutoff=0.6)
    return found[0] if found else ""


def hint(word: str, known: Collection[str]) -> str:
    """The sentence that follows a complaint about an unknown word."""
    if word:
        return f'Did you mean "{word}"?'
    few = sorted(known)
    if not few:
        return "None is defined."
    return f"Known: {', '.join(few[:12])}{' …' if len(few) > 12 else ''}."
