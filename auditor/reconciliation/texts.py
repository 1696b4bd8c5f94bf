"""Texts of counts held in memory: those of a batch, fetched beforehand, and those of a caller who holds all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from auditor.model.reading.observations import Count, Observation, Texts

COUNTS_AT_ONCE = 250
"""Counts whose texts are in memory together where a long series is gone through."""
KEPT_AT_ONCE = 2
"""Counts asked for together whose texts are kept: an earlier one and a later one."""

CountKey = tuple[str, str, str]


def count_key(count: Count) -> CountKey:
    """Identity of a count: capture, deployment, metric."""
    return count.capture, count.deployment, count.metric


class TextsInMemory(Texts):
    """The texts of observations that are whole already; of others from `beyond`. Of these, the few that a finding rests
    on are kept, since other findings rest on the same, and those of a long series are not."""

    def __init__(self, observations: Iterable[Observation], beyond: Texts | None = None) -> None:
        self._known = {count_key(one): one for one in observations}
        self._beyond = beyond

    def whole(self, counts: Sequence[Count]) -> Sequence[Observation]:
        """Raises `KeyError` for a count that is not in memory where there is nothing beyond."""
        keys = [count_key(one) for one in counts]
        missing = [one for one, key in zip(counts, keys, strict=True) if key not in self._known]
        found: Mapping[CountKey, Observation] = {}
        if missing and self._beyond is not None:
            found = {count_key(one): one for one in self._beyond.whole(missing)}
            if len(counts) <= KEPT_AT_ONCE:
                self._known.update(found)
        return [self._known.get(key) or found[key] for key in keys]


def with_rows(texts: Texts, counts: Iterable[Count]) -> Iterator[tuple[Count, tuple[Mapping[str, str], ...]]]:
    """Each count with the rows of its list, in order, so many at a time as `COUNTS_AT_ONCE`. None is asked for the
    texts of a count without rows."""
    rest = iter(counts)
    while part := list(islice(rest, COUNTS_AT_ONCE)):
        listing = [one for one in part if one.listed]
        rows = {count_key(one): one.rows for one in texts.whole(listing)} if listing else {}
        for one in part:
            yield one, rows.get(count_key(one), ())
