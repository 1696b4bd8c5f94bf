"""Numbers of what a page offers, kept from one look to the next: what was number 7 yesterday is number 7 today."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from auditor.reading import SurveyedPair

MOST_KEPT = 5_000
"""Labels of one page that are remembered."""


def keep_numbers(path: Path, pairs: Sequence[SurveyedPair]) -> tuple[int, ...]:
    """A number for each pair: the one that its label had at an earlier look, else the next free one; kept at `path`.

    A file that is not there, or not readable as such, only means that numbering begins anew.
    """
    known = _known(path)
    seen: Counter[str] = Counter()
    numbers = []
    for pair in pairs:
        seen[pair.label] += 1
        key = pair.label if seen[pair.label] == 1 else f"{pair.label}\x1f{seen[pair.label]}"
        number = known.get(key)
        if number is None:
            number = known[key] = max(known.values(), default=0) + 1
        numbers.append(number)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(dict(list(known.items())[-MOST_KEPT:]), ensure_ascii=False), encoding="utf-8")
    return tuple(numbers)


def _known(path: Path) -> dict[str, int]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: number for key, number in found.items() if isinstance(number, int) and number > 0}
