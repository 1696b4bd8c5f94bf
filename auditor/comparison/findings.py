"""What a comparison says, S101 to S109: each by what was counted, for either side. Pure.

A finding states an observation. Whether screens are the same, substantially the same or different in law is said by a
named person (`auditor compare confirm`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from auditor.comparison.code.scripts import UNREADABLE
from auditor.comparison.system import OTHER_SIDE, REFERENCE_SIDE
from auditor.model.comparisons import ComparisonFinding, ComparisonResult
from auditor.model.notes import make_note

_MOMENT = "%Y-%m-%d %H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class ComparedCaps:
    """The registered caps that reference and suspect show, as their pages write them."""

    reference: str
    suspect: str


def find_all(result: ComparisonResult, caps: ComparedCaps | None = None) -> tuple[ComparisonFinding, ...]:
    """Every finding, in the order of the rules."""
    return (
        tuple(
            finding
            for rule in (_screens_above, _markers, _files, _unreadable, _missing, _no_controls, _differs)
            for finding in rule(result)
        )
        + tuple(_caps(result, caps))
        + tuple(_later(result))
    )


def _screens_above(result: ComparisonResult) -> Iterator[ComparisonFinding]:
    """S101: screens whose labels, and whose identifiers where they have any, are above every control's figure.

    One of them at least has identifiers: strangers of one trade share words, and with few controls a few words are
    above them all.
    """
    ranks = {one.layer: one for one in result.ranks}
    highest = {layer: _highest(result, layer) for layer in ("labels", "identifiers")}
    above = [
        one
        for one in result.pair.screens
        if _is_above(one.labels.value, highest["labels"])
        and (one.identifiers.value is None or _is_above(one.identifiers.value, highest["identifiers"]))
    ]
    if any(one.identifiers.value is not None for one in above):
        rank = ranks["labels"]
        yield ComparisonFinding(
            "S101", "high", "licensor",
            make_note(
                "comparison.screens_above", screens=len(above), all=len(result.declaration.screens),
                controls=rank.controls, highest=rank.highest, lowest=rank.lowest,
            ),
        )  # fmt: skip


def _highest(result: ComparisonResult, layer: str) -> Fraction | None:
    """The highest figure of any control for any screen."""
    figures = (getattr(one, layer).value for pair in result.control_pairs for one in pair.screens)
    return max((value for value in figures if value is not None), default=None)


def _is_above(value: Fraction | None, highest: Fraction | None) -> bool:
    return value is not None and highest is not None and value > highest


def _markers(result: ComparisonResult) -> Iterator[ComparisonFinding]:
    """S102: a marker of the reference at the suspect, and at no control."""
    for index, row in enumerate(result.pair.markers):
        elsewhere = [pair.other for pair in result.control_pairs if pair.markers[index].right]
        if row.left and row.right and not elsewhere:
            yield ComparisonFinding(
                "S102", "high", "licensor",
                make_note(
                    "comparison.marker_found", marker=row.marker, place=row.right[0], controls=len(result.controls)
                ),
            )  # fmt: skip


def _files(result: ComparisonResult) -> Iterator[ComparisonFinding]:
    """S103: files with equal bytes that are no known library and stand at no control."""
    rows = result.pair.asset_rows
    if rows:
        yield ComparisonFinding(
            "S103", "high", "licensor", make_note("comparison.equal_files", files=len(rows), first=rows[0].left)
        )


def _unreadable(result: ComparisonResult) -> Iterator[ComparisonFinding]:
    """S104: code that cannot be compared. Never a difference."""
    for note in result.pair.code.notes:
        if note.why.code in UNREADABLE:
            yield ComparisonFinding(
                "S104",
                "medium",
                "neither",
                make_note(
                    "comparison.code_hidden",
                    file=note.file,
                    side=REFERENCE_SIDE if note.side == "left" else OTHER_SIDE,
                    why=note.why,
                ),
            )


def _missing(result: ComparisonResult) -> Iterator[ComparisonFinding]:
    """S105: declared screens that one side did not show."""
    reference = [one.screen for one in result.pair.screens if one.answer == "only_reference"]
    suspect = [one.screen for one in result.pair.screens if one.answer == "only_suspect"]
    if reference:
        note = make_note("comparison.screens_missing", screens=", ".join(reference), side=REFERENCE_SIDE)
        yield ComparisonFinding("S105", "low", "other_side", note)
    if suspect:
        note = make_note("comparison.screens_missing", screens=", ".join(suspect), side=OTHER_SIDE)
        yield ComparisonFinding("S105", "low", "neither", note)


def _no_controls(result: ComparisonResult) -> Iterator[ComparisonFinding]:
    """S106: without controls nobody knows what strangers have in common."""
    if not result.controls:
        yield ComparisonFinding("S106", "medium", "other_side", make_note("comparison.without_controls"))


def _differs(result: ComparisonResult) -> Iterator[ComparisonFinding]:
    """S107: beyond words nothing is shared, and the code could be compared."""
    pair = result.pair
    beyond_words = (
        *(one.identifiers.shared for one in pair.screens), pair.code.tokens.shared, pair.code.literals.shared,
        len(pair.asset_rows), *(bool(row.left and row.right) for row in pair.markers),
    )  # fmt: skip
    hidden = any(note.why.code in UNREADABLE for note in pair.code.notes)
    seen = any(one.labels_raw.why_not is None for one in pair.screens)
    if seen and not hidden and not any(beyond_words):
        screens = sum(one.answer == "different" for one in pair.screens)
        yield ComparisonFinding(
            "S107", "medium", "other_side", make_note("comparison.nothing_beyond_words", screens=screens)
        )


def _caps(result: ComparisonResult, caps: ComparedCaps | None) -> Iterator[ComparisonFinding]:
    """S108: the same screens, another registered cap: the inference of (2022)最高法知民终1033号."""
    same = [one for one in result.pair.screens if one.answer in ("same", "same_but")]
    rank = next(one for one in result.ranks if one.layer == "labels")
    if caps and caps.reference and caps.suspect and caps.reference != caps.suspect and same and rank.above_all:
        yield ComparisonFinding(
            "S108", "high", "licensor",
            make_note("comparison.other_cap", screens=len(same), reference=caps.reference, suspect=caps.suspect),
        )  # fmt: skip


def _later(result: ComparisonResult) -> Iterator[ComparisonFinding]:
    """S109: the reference was sealed after the suspect was captured, or is not sealed at all."""
    sealed, captured = result.reference.sealed_at, result.suspect.captured_at
    if sealed is None or captured is None:
        yield ComparisonFinding("S109", "medium", "other_side", make_note("comparison.reference_unsealed"))
    elif sealed > captured:
        yield ComparisonFinding(
            "S109", "low", "other_side",
            make_note("comparison.reference_later", sealed=f"{sealed:{_MOMENT}}", captured=f"{captured:{_MOMENT}}"),
        )  # fmt: skip
