"""What positions say otherwise than at an earlier moment. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from auditor.model.findings import Position, PositionChange, PositionKey
from auditor.model.notes import Note, make_note
from auditor.model.targets.contracts import UNLIMITED, Unlimited

UNLIMITED_WORD: Final = make_note("change.unlimited")
NONE_WORD: Final = make_note("change.none")


def position_changes(before: Iterable[Position], now: Iterable[Position]) -> tuple[PositionChange, ...]:
    """Every change, in the order of the positions of now; those of positions that are gone come last."""
    earlier = {_key(one): one for one in before}
    found = []
    for one in now:
        then = earlier.pop(_key(one), None)
        found += [PositionChange(one.deployment, one.contract, one.metric, what) for what in _changes(then, one)]
    gone = make_note("change.not_compared_any_more")
    return (*found, *(PositionChange(one.deployment, one.contract, one.metric, gone) for one in earlier.values()))


def _key(one: Position) -> PositionKey:
    return one.contract, one.deployment, one.metric


def _changes(then: Position | None, now: Position) -> Iterator[Note]:
    before = None if then is None else then.counted
    after = now.counted
    if before is None and after is not None:
        yield make_note("change.first_number" if then is None or not then.captures else "change.number_again", n=after)
    elif before is not None and after is None:
        yield make_note("change.number_lost", n=before)
    elif before != after:
        yield make_note("change.count", before=before, after=after)
    yield from _over(None if then is None else then.over_by, now.over_by, known=after is not None)
    if then is None:
        return
    if now.counted is not None and then.counted is not None and then.cap != now.cap:
        yield make_note("change.cap", before=_quantity(then.cap), after=_quantity(now.cap))
    if then.entitled != now.entitled:
        yield make_note("change.entitled", before=_quantity(then.entitled), after=_quantity(now.entitled))
    if then.confirmed != now.confirmed:
        yield make_note("change.confirmed", before=_quantity(then.confirmed), after=_quantity(now.confirmed))
    yield from _certainty(then.doubts, now.doubts, known=after is not None)


def _over(before: int | None, after: int | None, *, known: bool) -> Iterator[Note]:
    """Where there is no number nothing is said: not observed is not within. A number that the record lacks a term to
    compare is not within either."""
    if not known or (before or 0) == after or (after is None and not before):
        return
    if after is None:
        yield make_note("change.over_unknown", n=before)
    elif not before:
        yield make_note("change.newly_over", n=after)
    elif not after:
        yield make_note("change.no_longer_over", n=before)
    else:
        yield make_note("change.over_by", before=before, after=after)


def _certainty(before: Mapping[str, Note], after: Mapping[str, Note], *, known: bool) -> Iterator[Note]:
    if known and after and not before:
        yield make_note("change.needs_review")
    elif known and before and not after:
        yield make_note("change.certain_again")


def _quantity(value: int | Unlimited | None) -> Note | str:
    if value is None:
        return NONE_WORD
    return UNLIMITED_WORD if value == UNLIMITED else str(value)
