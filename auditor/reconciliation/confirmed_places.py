"""What named persons confirmed of page descriptions, held against where each number was read. Pure.

A person looks at the marked picture once for each field of a page; every deployment of the page is then read by a
description that somebody confirmed. A number that stands elsewhere than confirmed needs review; a finding that rests on
a description that nobody confirmed is *likely* at best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from types import MappingProxyType
from typing import TypeVar

from auditor.model.findings import Finding
from auditor.model.notes import Note, make_note
from auditor.model.reading.observations import Count, DescribedPlace
from auditor.model.reading.readings import StatedPlace
from auditor.reconciliation.entitlement.contract_index import DecisionsInForce

C = TypeVar("C", bound=Count)
_CERTAIN = MappingProxyType({"displayed": "displayed_certain", "cap": "cap_certain"})

_CHANGED = MappingProxyType(
    {
        "label": "place.label_changed",
        "relation": "place.relation_changed",
        "elements": "place.elements_changed",
        "shape": "place.shape_changed",
        "unit": "place.unit_changed",
    }
)


class ConfirmedPlaces:
    """The confirmations in force at one moment."""

    def __init__(self, decided: DecisionsInForce) -> None:
        chosen = {subject: decided.on(kind, subject) for kind, subject in decided.by if kind == "page_field"}
        self._by_subject = {subject: one.place for subject, one in chosen.items() if one and one.place is not None}
        self._changes: dict[int, tuple[Mapping[str, DescribedPlace], Mapping[str, Note]]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_subject)

    def place(self, subject: str) -> StatedPlace | None:
        """What was confirmed of `page/field`; None where nothing was."""
        return self._by_subject.get(subject)

    def change(self, subject: str, found: StatedPlace) -> Note | None:
        """What changed since `page/field` was confirmed; None where nothing did, or nobody confirmed it."""
        known = self.place(subject)
        return None if known is None else place_change(known, found)

    def covers(self, count: Count) -> bool:
        """Whether each number of the count stands where a person confirmed it. Rows of a list are nobody's field."""
        stated = [name for name, value in (("displayed", count.displayed), ("cap", count.cap)) if value is not None]
        return bool(stated) and all(self.covers_statement(count, name) for name in stated)

    def covers_statement(self, count: Count, name: str) -> bool:
        """Whether one of its statements, by its name in `Count.places`, stands where a person confirmed it."""
        one = count.places.get(name)
        return one is not None and self.place(one.subject) is not None and self.change(one.subject, one.place) is None

    def held_against(self, series: Sequence[C]) -> Sequence[C]:
        """The counts, those whose page changed its shape since it was confirmed as ones that need review."""
        if not self._by_subject or all(not self._changed(one.places) for one in series):
            return series
        return [self._reviewed(one) for one in series]

    def _reviewed(self, one: C) -> C:
        changed = self._changed(one.places)
        if not changed:
            return one
        doubts = {**one.doubts, **changed}
        less: dict[str, bool] = {_CERTAIN[name]: False for name in changed}
        return replace(one, certain=False, doubts=MappingProxyType(doubts), **less)  # type: ignore[arg-type]

    def _changed(self, places: Mapping[str, DescribedPlace]) -> Mapping[str, Note]:
        """Of each statement that stands elsewhere than confirmed, what changed. Most counts share their map."""
        known = self._changes.get(id(places))
        if known is None:
            found = {
                name: why
                for name in _CERTAIN
                if (one := places.get(name)) is not None and (why := self.change(one.subject, one.place)) is not None
            }
            known = self._changes[id(places)] = (places, found)
        return known[1]


def place_change(confirmed: StatedPlace, found: StatedPlace) -> Note | None:
    """The first thing in which a place differs from the confirmed one; None where it is the same.

    A text that says *unlimited* has no shape to compare.
    """
    for one in fields(StatedPlace):
        before, now = getattr(confirmed, one.name), getattr(found, one.name)
        unlimited = one.name in ("shape", "unit") and not (confirmed.shape and found.shape)
        if before != now and not unlimited:
            return make_note(_CHANGED[one.name], before=before, now=now)
    return None


def limit_certainty(
    found: Sequence[Finding], last: Mapping[str, Sequence[Count]], places: ConfirmedPlaces
) -> list[Finding]:
    """The findings, those that rest on a page description that nobody confirmed as likely at best, which they say.

    A finding that favours neither side, or that cites no page, tells the state of a record. `last`: the latest counts
    of each deployment; where none is known that could be covered, nothing is confirmed.
    """
    return [one if _may_stay(one, last, places) else _limited(one) for one in found]


def _may_stay(one: Finding, last: Mapping[str, Sequence[Count]], places: ConfirmedPlaces) -> bool:
    if one.certainty != "certain" or one.favours == "neither" or not one.basis:
        return True
    rested = _rested_on(one, last.get(one.deployment, ()))
    return bool(rested) and all(map(places.covers, rested))


def _limited(one: Finding) -> Finding:
    return replace(one, certainty="likely", assumptions=(*one.assumptions, make_note("assumption.page_not_confirmed")))


def _rested_on(finding: Finding, counts: Sequence[Count]) -> list[Count]:
    """Of each metric that the finding is about, the latest count that states anything."""
    latest = {one.metric: one for one in counts if finding.metric in ("", one.metric) and _states(one)}
    return list(latest.values())


def _states(one: Count) -> bool:
    return one.displayed is not None or one.cap is not None or one.listed is not None
