"""One screen on both sides: labels in their order, names, and the pictures as an illustration. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from rapidfuzz.distance import LCSseq

from auditor.comparison.features import SystemFeatures
from auditor.comparison.filtration import Filtration, left_labels
from auditor.comparison.screens.identifiers import counts
from auditor.comparison.screens.labels import Label
from auditor.model.comparisons import IdentifierRow, ItemAnswer, ItemPair, Screen, ScreenComparison, SharedFigure
from auditor.model.notes import Note, make_note

NOTHING = SharedFigure()


@dataclass(frozen=True, slots=True)
class ScreenFigures:
    """A screen's figures against one other system."""

    labels: SharedFigure
    labels_raw: SharedFigure
    identifiers: SharedFigure
    identifiers_raw: SharedFigure


def label_figure(left: Sequence[str], right: Sequence[str], why_not: Note | None) -> SharedFigure:
    """Labels in their order: the longest common subsequence by the labels of both sides."""
    if why_not is not None:
        return SharedFigure(why_not=why_not)
    return SharedFigure(LCSseq.similarity(left, right), len(left), len(right))


def screen_figures(
    screen: str, counterpart: str, left: SystemFeatures, right: SystemFeatures, filtration: Filtration
) -> ScreenFigures:
    """The figures of a screen of `left` beside a screen of `right`.

    A side that shows no label at all, drawn on a canvas or blank, was not seen: no figure, and never 0.
    """
    mine, other = left.labels(screen).labels, right.labels(counterpart).labels
    unseen = None if mine and other else make_note("comparison.no_labels")
    raw = label_figure([one.form for one in mine], [one.form for one in other], unseen)
    own_mine, own_other = left_labels(mine, filtration, right), left_labels(other, filtration, right)
    own = label_figure(
        own_mine, own_other, unseen or (None if own_mine or own_other else make_note("comparison.no_own_labels"))
    )
    names, others = _names(left, screen), _names(right, counterpart)
    if unseen is not None and not (names and others):
        return ScreenFigures(own, raw, SharedFigure(why_not=unseen), SharedFigure(why_not=unseen))
    kept = {one for one in names if filtration.why_identifier(*one, right) is None}
    others_kept = {one for one in others if filtration.why_identifier(*one, right) is None}
    return ScreenFigures(own, raw, _set_figure(kept, others_kept), _set_figure(names, others))


def _names(system: SystemFeatures, screen: str) -> set[tuple[str, str]]:
    return {key for key in system.identifiers[screen] if counts(key[0])}


def _set_figure(left: set[tuple[str, str]], right: set[tuple[str, str]]) -> SharedFigure:
    if not left and not right:
        return SharedFigure(why_not=make_note("comparison.no_identifiers"))
    return SharedFigure(len(left & right), len(left), len(right))


def missing_screen(screen: Screen, left: SystemFeatures, right: SystemFeatures) -> ScreenComparison | None:
    """The answer where a side does not have the screen; None where both do."""
    has_left, has_right = screen.id in left.screens, screen.id in right.screens
    if has_left and has_right:
        return None
    answer: ItemAnswer = "only_reference" if has_left else "only_suspect" if has_right else "not_comparable"
    why = (right if has_left else left).system.record.missing.get(screen.id) or make_note("comparison.not_captured")
    return ScreenComparison(screen.id, answer, why, *(SharedFigure(why_not=why),) * 4)


def item_pairs(
    screen: str, left: SystemFeatures, right: SystemFeatures, filtration: Filtration
) -> tuple[ItemPair, ...]:
    """Every label of both sides, aligned and numbered in the reference's order."""
    mine, other = left.labels(screen).labels, right.labels(screen).labels
    forms = [filtration.licensed_form(one.form)[0] for one in mine]
    others = [filtration.licensed_form(one.form)[0] for one in other]
    found: list[tuple[Label | None, Label | None, ItemAnswer, Note | None]] = []
    matched = _matches(forms, others)
    for (at, other_at), (end, other_end) in pairwise([(-1, -1), *matched, (len(mine), len(other))]):
        found += _between(mine[at + 1 : end], other[other_at + 1 : other_end])
        if end < len(mine) and other_end < len(other):
            found.append(_equal(mine[end], other[other_end], filtration))
    return tuple(_numbered(number, *one) for number, one in enumerate(found, 1))


def _matches(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """Places of the longest common subsequence."""
    found = []
    for block in LCSseq.opcodes(left, right):
        tag, start, end, other = block.tag, block.src_start, block.src_end, block.dest_start
        if tag == "equal":
            found += [(start + offset, other + offset) for offset in range(end - start)]
    return found


def _equal(left: Label, right: Label, filtration: Filtration) -> tuple[Label, Label, ItemAnswer, Note | None]:
    if left.text == right.text and left.kind == right.kind:
        return left, right, "same", None
    if left.form != right.form:
        return (
            left,
            right,
            "same_but",
            filtration.licensed_form(left.form)[1] or filtration.licensed_form(right.form)[1],
        )
    if left.text != right.text:
        return left, right, "same_but", make_note("comparison.written_otherwise")
    return left, right, "same_but", make_note("comparison.kind_differs")


def _between(
    left: Sequence[Label], right: Sequence[Label]
) -> list[tuple[Label | None, Label | None, ItemAnswer, Note | None]]:
    """Labels between two equal ones: those of one kind are put beside each other in their order, and differ."""
    rest = list(right)
    found: list[tuple[Label | None, Label | None, ItemAnswer, Note | None]] = []
    for label in left:
        beside = next((one for one in rest if one.kind == label.kind), None)
        if beside is not None:
            rest.remove(beside)
        found.append((label, beside, "different" if beside else "only_reference", None))
    return found + [(None, one, "only_suspect", None) for one in rest]


def _numbered(number: int, left: Label | None, right: Label | None, answer: ItemAnswer, why: Note | None) -> ItemPair:
    kind = (left or right or Label("", "", "", None, "")).kind
    return ItemPair(
        number, kind, left.text if left else "", right.text if right else "", answer,
        left.box if left else None, right.box if right else None,
        left.place if left else "", right.place if right else "", why,
    )  # fmt: skip


def identifier_rows(screen: str, left: SystemFeatures, right: SystemFeatures) -> tuple[IdentifierRow, ...]:
    """Every name of both sides, paths included."""
    mine, other = left.identifiers[screen], right.identifiers[screen]
    return tuple(
        IdentifierRow(kind, text, (kind, text) in mine, (kind, text) in other,
                      mine.get((kind, text)) or other[kind, text])
        for kind, text in sorted({*mine, *other})
    )  # fmt: skip


def screen_answer(figures: ScreenFigures, items: Sequence[ItemPair]) -> tuple[ItemAnswer, Note | None]:
    """What is said of a screen as a whole."""
    if figures.labels_raw.why_not is not None:
        return "not_comparable", figures.labels_raw.why_not
    answers = [one.answer for one in items]
    names = figures.identifiers_raw
    equal_names = names.why_not is not None or names.shared == names.left == names.right
    if all(one == "same" for one in answers) and equal_names:
        return "same", None
    if not {"same", "same_but"} & set(answers):
        return "different", make_note("comparison.nothing_shared")
    changed = [_count(answers, one) for one in ("same_but", "different", "only_reference", "only_suspect")]
    return "same_but", make_note(
        "comparison.items_differ", all=len(items), changed=changed[0], differ=changed[1], left=changed[2],
        right=changed[3], names=names.left + names.right - 2 * names.shared if names.why_not is None else 0,
    )  # fmt: skip


def _count(answers: Sequence[str], one: Literal["same_but", "different", "only_reference", "only_suspect"]) -> int:
    return sum(answer == one for answer in answers)
