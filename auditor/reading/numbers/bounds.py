"""Bounds and approximations: `≤50`, `up to 50`, `34+`, `约34`, in the words of every language. Pure."""

from __future__ import annotations

import re
from typing import Final

from auditor.document import count_words
from auditor.model.notes import make_note
from auditor.model.reading.readings import Quantity
from auditor.model.targets.deployments import CountRole
from auditor.reading.numbers import numerals
from auditor.reading.numbers.cell import CountCell, ParsedAmount, as_quantity, scale_amount, unit_of
from auditor.reading.numbers.dates import is_year

_NUMBER: Final = rf"(?P<n>{numerals.NUMBER})\s*(?P<s>{count_words.SCALES})?\s*(?P<u>[^\W\d_]*)"
_BEFORE: Final = rf"(?P<n>{numerals.NUMBER})\s*(?P<s>)(?P<u>[^\W\d_]*?)\s*"
_BOUNDS: Final = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("at_most", rf"{count_words.AT_MOST}\s*{_NUMBER}"),
        ("at_most", rf"{_BEFORE}{count_words.AT_MOST_AFTER}"),
        ("at_least", rf"{count_words.AT_LEAST}\s*{_NUMBER}"),
        ("at_least", rf"{_BEFORE}{count_words.AT_LEAST_AFTER}\s*(?P<v>[^\W\d_]*)"),
        ("approximate", rf"{count_words.APPROXIMATE}\s*{_NUMBER}"),
        ("approximate", rf"{_BEFORE}{count_words.APPROXIMATE_AFTER}"),
    )
)


def read_bounded(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`不超过50`, `≥34`, `34+`, `30余`, `50以上`, `约34`: a bound or an approximation."""
    for kind, pattern in _BOUNDS:
        found = pattern.fullmatch(cell.text)
        if not found:
            continue
        if kind == "at_most" and not found.group("u") and is_year(found.group("n")):
            return cell.unknown("bounded", make_note("count.date", text=f"{cell.text!r}"))
        unit = unit_of(found.group("u") or found.groupdict().get("v") or "")
        read = scale_amount(found.group("n"), found.group("s"), unit, cell) if unit is not None else None
        if read is None or read.value is None or read.value < 0:
            return cell.unknown("bounded", make_note("count.bound"))
        role: CountRole = "cap" if kind == "at_most" and cell.role in ("used", "remaining") else cell.role
        if kind == "at_most":
            return (as_quantity(cell, role, ParsedAmount("at_most", read.value, read.unit), "bounded"),)
        return (
            cell.answer("at_least" if kind == "at_least" else "approximate", read.value, "bounded", unit=read.unit),
        )
    return None
