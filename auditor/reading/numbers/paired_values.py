"""Several numbers in one cell: pagers, pairs with a stroke, sums, ranges. Pure."""

from __future__ import annotations

import re
from typing import Final

from auditor.model.notes import make_note, quote_text
from auditor.model.reading.readings import Quantity
from auditor.model.targets.deployments import CountRole
from auditor.reading.numbers import numerals
from auditor.reading.numbers.cell import CountCell, ParsedAmount, as_quantity, parse_amount, unit_of
from auditor.reading.numbers.two_amounts import read_two_amounts

_N: Final = rf"(?:{numerals.NUMBER})"
_U: Final = r"[^\W\d_]{0,12}"

_ROWS: Final = r"(?:条|條|项|項|件|行|筆|笔|记录|records?|items?|rows?|entries|results?|elements?|einträge|résultats)"
_PAGERS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?:总共|總共|共计|共|全|total:?|合計|insgesamt)\s*(?P<n>{_N})\s*{_ROWS}",
        rf"[0-9][0-9,]*\s*(?:-|–|~|to|到|至|bis|à|から)\s*第?\s*[0-9][0-9,]*\s*{_ROWS}?(?:记录|記錄)?\s*[,，/]?\s*"
        rf"(?:\(?of|共|总共|總共|von|sur|de|из|全|out of|/)\s*(?P<n>{_N})",
        rf"^(?:showing|displaying|显示|顯示)\s*{_N}\s*(?:of|out of|/|共)\s*(?P<n>{_N})\s*(?:{_ROWS}|users?|members?)",
        rf"^{_N}\s*of\s*(?P<n>{_N})\s*(?:{_ROWS}|row\(s\)|items?\(s\)|users?|members?)?\s*selected",
        rf"^(?P<n>{_N})\s*{_ROWS}.*(?:page|seite|第|页)",
        rf"(?:page|第|seite)\s*[0-9]+\s*(?:/|of|von|sur|页)\s*.*\(?(?:共|total:?|of)?\s*(?P<n>{_N})\s*{_ROWS}",
    )
)


def pager_total(text: str, locale: str | None = None) -> int | None:
    """The number of rows a pager's text states, as in `共34条 第1/4页` or `1-10 of 34`; None where it states none."""
    for pattern in _PAGERS:
        found = pattern.search(text)
        if found:
            total = numerals.parse_integer(found.group("n"), locale).value
            return total if total is not None and total >= 0 else None
    return None


def read_pager(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`共34条 第1/4页`: the list's total; `1/4` counts pages and the visible rows are fewer."""
    total = pager_total(cell.text, cell.locale)
    return None if total is None else (cell.answer("exact", total, "pager", role="listed"),)


def _two(
    cell: CountCell, first: str, second: str, rule: str, order: tuple[CountRole, ...]
) -> tuple[Quantity, ...] | None:
    left, right = parse_amount(first, cell, order[0]), parse_amount(second, cell, order[1])
    if left is None or right is None or (left.value is None and right.value is None):
        return None
    return as_quantity(cell, order[0], left, rule), as_quantity(cell, order[1], right, rule)


def read_percent_pair(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`85% (34/40)` and `34/40 (85%)`: the pair; `85%` alone needs the cap."""
    share = r"[0-9]+(?:[.,][0-9]+)?\s*%"
    rest = re.sub(rf"^\s*{share}\s*|\s*\(?\s*{share}\s*\)?\s*$", "", cell.text)
    if rest == cell.text:
        return None
    bare = rest.strip().removeprefix("(").removesuffix(")").strip()
    if not bare:
        return cell.unknown("percentage", make_note("count.share"))
    return read_two_amounts(cell.having(bare)) or read_slash_pair(cell.having(bare))


def read_slash_pair(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`34/20`, `20/不限`, `1/`: used and cap, in the order the page declares."""
    parts = re.split(r"\s*[/|]\s*", cell.text)
    if len(parts) != 2 or not parts[0].strip():
        return None
    if re.fullmatch(r"0[1-9]\s*/\s*[0-9]+", cell.text):
        return cell.unknown("pair", make_note("count.month"))
    declared = len(cell.order) == 2
    judged = cell if declared or "|" not in cell.text else cell.having(cell.text, doubtful=True)
    return _two(judged, parts[0], parts[1], "pair", cell.order if declared else ("used", "cap"))


def read_sum(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`20+5`, `20 + 5 临时`: the sum, its parts named; a part may have an end, so a person looks.

    A use is summed of units alone: `34 + 6 guests` are 34, and guests are counted apart.
    """
    found = re.match(r"^(?P<a>[0-9]+)(?:\+|\s+\+\s+)(?P<b>[0-9]+)\s*(?P<rest>[^0-9]*)$", cell.text)
    if not found:
        return None
    a, b = (numerals.parse_integer(found.group(part), cell.locale).value for part in "ab")
    if a is None or b is None:
        return None
    rest = found.group("rest").strip()
    if rest and cell.role != "cap" and unit_of(rest) is None:
        apart = ParsedAmount("exact", a, None, (make_note("count.another_kind", text=f"{b} {rest}"),))
        return (as_quantity(cell, cell.role, apart, "sum", doubtful=True),)
    notes = (make_note("count.parts", first=a, second=b), *((quote_text(rest),) if rest else ()))
    return (as_quantity(cell, cell.role, ParsedAmount("exact", a + b, None, notes), "sum", doubtful=True),)


def read_product(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`5 × 20`: packs of twenty, or something else; asked, not multiplied."""
    if re.match(r"^[0-9]+\s*[×xX*]\s*[0-9]+\s*[^0-9]*$", cell.text):
        return cell.unknown("product", make_note("count.product"))
    return None


def read_tier(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`10–20用户版`, `1-20 users`: the size of a tier; its upper end is the cap."""
    found = re.match(rf"^(?P<a>[0-9][0-9,]*)\s*[-–—~～]\s*(?P<b>[0-9][0-9,]*)\s*(?P<unit>{_U})$", cell.text)
    if not found:
        return None
    low, high = (numerals.parse_integer(found.group(part), cell.locale).value for part in "ab")
    if low is None or high is None or low >= high:
        return cell.unknown("range", make_note("count.range"))
    unit = found.group("unit").removesuffix("版") or None
    if unit is not None and unit_of(unit) is None:
        return cell.unknown("range", make_note("count.no_unit", text=f"{unit!r}"))
    tier = make_note("count.tier", low=low, high=high)
    read = cell.answer("at_most", high, "tier", role="cap", unit=unit, notes=(tier,), doubtful=True)
    return (read,)
