"""The served scripts of two systems: all together, file by file, function by function. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from auditor.comparison.code.scripts import UNREADABLE, ReadFunction, ReadScript
from auditor.comparison.code.winnowing import Prints, shared_count, without
from auditor.comparison.features import SystemFeatures
from auditor.comparison.system import OTHER_SIDE, REFERENCE_SIDE
from auditor.model.comparisons import CodeComparison, CodeNote, CodePair, CodePlace, SharedFigure
from auditor.model.notes import Note, make_note

MAX_PAIRS = 40
"""Functions shown side by side; the figure counts all."""
MAX_LINES, MAX_LINE = 40, 160
"""Of a function shown: lines, and characters of a line."""
LEAST_COMMENT = 8


@dataclass(frozen=True, slots=True)
class _OwnFunction:
    script: ReadScript
    function: ReadFunction
    prints: Prints


def compare_code(
    left: SystemFeatures, right: SystemFeatures, known: tuple[Prints, Prints], *, listed: bool
) -> CodeComparison:
    """Figures of two systems' scripts; with `listed` the pairs behind them too. `known`: what is left out of both."""
    notes = (*_notes("left", left.scripts), *_notes("right", right.scripts))
    (left_tokens, left_literals), (right_tokens, right_literals) = left.prints, right.prints
    why = _why_not(left.scripts, right.scripts)
    tokens = _figure(without(left_tokens, known[0]), without(right_tokens, known[0]), why, left.scripts, right.scripts)
    literals = _figure(
        without(left_literals, known[1]), without(right_literals, known[1]), why, left.scripts, right.scripts
    )
    mine, other = _functions(left.scripts, known[0]), _functions(right.scripts, known[0])
    functions = _whole_functions(mine, other, tokens.why_not)
    raw = SharedFigure(shared_count(left_tokens, right_tokens), len(left_tokens), len(right_tokens), why)
    raw_literals = SharedFigure(
        shared_count(left_literals, right_literals), len(left_literals), len(right_literals), why
    )
    if not listed:
        return CodeComparison(tokens, raw, literals, raw_literals, functions, notes=notes)
    return CodeComparison(
        tokens, raw, literals, raw_literals, functions,
        tuple(_file_pairs(left.scripts, right.scripts, known[0])), tuple(_function_pairs(mine, other)), notes,
        tuple(_comments(left, right)),
    )  # fmt: skip


def _notes(side: str, scripts: Iterable[ReadScript]) -> Iterable[CodeNote]:
    for one in scripts:
        for why in (one.why_not, one.remark):
            if why is not None:
                yield CodeNote("left" if side == "left" else "right", one.file, one.sha256, why)


def _why_not(left: Sequence[ReadScript], right: Sequence[ReadScript]) -> Note | None:
    """Why nothing may be said: a side serves no script, or none that can be read."""
    for side, scripts in ((REFERENCE_SIDE, left), (OTHER_SIDE, right)):
        if any(one.comparable for one in scripts):
            continue
        hidden = next((one.why_not for one in scripts if one.why_not and one.why_not.code in UNREADABLE), None)
        return hidden or make_note("comparison.no_code", side=side)
    return None


def _figure(
    left: Prints,
    right: Prints,
    why: Note | None,
    left_scripts: Sequence[ReadScript],
    right_scripts: Sequence[ReadScript],
) -> SharedFigure:
    if why is None and not (len(left) and len(right)):
        scripts, side = (left_scripts, REFERENCE_SIDE) if not len(left) else (right_scripts, OTHER_SIDE)
        hidden = next((one.why_not for one in scripts if one.why_not and one.why_not.code in UNREADABLE), None)
        why = hidden or make_note("comparison.no_own_code", side=side)
    return SharedFigure(shared_count(left, right), len(left), len(right), why)


def _functions(scripts: Iterable[ReadScript], known: Prints) -> list[_OwnFunction]:
    """Functions of which most is the system's own."""
    found = []
    for script in scripts:
        for function in script.functions:
            own = without(function.prints, known)
            if len(own) * 2 > len(function.prints):
                found.append(_OwnFunction(script, function, own))
    return found


def _whole_functions(left: Sequence[_OwnFunction], right: Sequence[_OwnFunction], why: Note | None) -> SharedFigure:
    mine = Counter(one.function.prints.tobytes() for one in left)
    other = Counter(one.function.prints.tobytes() for one in right)
    return SharedFigure(len(mine.keys() & other.keys()), len(mine), len(other), why)


def _file_pairs(left: Sequence[ReadScript], right: Sequence[ReadScript], known: Prints) -> Iterable[CodePair]:
    """Each file of the reference with the other's file that has most of it."""
    others = [(one, without(one.tokens, known)) for one in right if one.comparable]
    for script in left:
        own = without(script.tokens, known) if script.comparable else script.tokens
        shared = [(shared_count(own, prints), other, prints) for other, prints in others]
        best = max(shared, key=lambda one: (one[0], one[1].file), default=None)
        if best is not None and best[0]:
            yield CodePair(_whole(script), _whole(best[1]), SharedFigure(best[0], len(own), len(best[2])))


def _whole(script: ReadScript) -> CodePlace:
    return CodePlace(script.file, script.sha256, 1, script.text.count("\n") + 1)


def _function_pairs(left: Sequence[_OwnFunction], right: Sequence[_OwnFunction]) -> Iterable[CodePair]:
    """Functions with the most in common, equal ones first; a function inside a shown one is not shown again."""
    holders: dict[int, list[int]] = defaultdict(list)
    for index, one in enumerate(right):
        for value in one.prints.tolist():
            if len(holders[value]) < 50:
                holders[value].append(index)
    found: list[tuple[bool, int, int, _OwnFunction, _OwnFunction]] = []
    for place, one in enumerate(left):
        times = Counter(index for value in one.prints.tolist() for index in holders.get(value, ()))
        if times:
            index, shared = max(times.items(), key=lambda item: (item[1], -len(right[item[0]].prints), -item[0]))
            equal = np.array_equal(one.function.prints, right[index].function.prints)
            found.append((equal, shared, place, one, right[index]))
    found.sort(key=lambda one: (not one[0], -one[1], one[2]))
    shown: list[tuple[str, int, int]] = []
    for _, shared, _, one, other in found:
        where = one.script.file, one.function.first, one.function.last
        if any(file == where[0] and first <= where[1] and where[2] <= last for file, first, last in shown):
            continue
        shown.append(where)
        yield CodePair(
            _place(one),
            _place(other),
            SharedFigure(shared, len(one.prints), len(other.prints)),
            _text(one),
            _text(other),
        )
        if len(shown) == MAX_PAIRS:
            return


def _place(one: _OwnFunction) -> CodePlace:
    return CodePlace(one.script.file, one.script.sha256, one.function.first, one.function.last, one.function.name)


def _text(one: _OwnFunction) -> str:
    lines = one.script.text.split("\n")[one.function.first - 1 : one.function.last][:MAX_LINES]
    return "\n".join(line.rstrip("\r")[:MAX_LINE] for line in lines)


def _comments(left: SystemFeatures, right: SystemFeatures) -> Iterable[tuple[str, CodePlace, CodePlace]]:
    """Equal comments of both sides' own scripts."""
    others: dict[str, CodePlace] = {}
    for script in right.scripts:
        for text, line in script.comments if script.sha256 not in right.known.digests else ():
            others.setdefault(_comment(text), CodePlace(script.file, script.sha256, line, line))
    seen: set[str] = set()
    for script in left.scripts:
        for text, line in script.comments if script.sha256 not in left.known.digests else ():
            form = _comment(text)
            if len(form) >= LEAST_COMMENT and form in others and form not in seen and len(seen) < MAX_PAIRS:
                seen.add(form)
                yield form[:MAX_LINE], CodePlace(script.file, script.sha256, line, line), others[form]


def _comment(text: str) -> str:
    return " ".join(text.strip("/*!<>- \t\r\n").split())
