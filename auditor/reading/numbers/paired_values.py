"""Several numbers in one cell: pagers, pairs, languages that put the cap first, sums, ranges."""

from __future__ import annotations

import re
from typing import Final

from auditor.document import count_words
from auditor.model.deployments import CountRole
from auditor.model.notes import make_note, quote_text
from auditor.model.readings import Quantity
from auditor.reading.numbers import numerals
from auditor.reading.numbers.cell import CountCell, ParsedAmount, as_quantity, parse_amount
from auditor.reading.numbers.context import context_effect
from auditor.reading.numbers.sentences import remove_role_words

_N: Final = rf"(?:{numerals.NUMBER})"
_U: Final = r"[^\W\d_]{0,12}"
_UNLIMITED: Final = rf"(?:{count_words.UNLIMITED_INSIDE})"

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
    return read_slash_pair(cell.having(bare)) or read_of_pair(cell.having(bare))


def read_slash_pair(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`34/20`, `20/不限`, `1/`: used and cap, in the order the page declares."""
    parts = re.split(r"\s*[/|]\s*", cell.text)
    if len(parts) != 2 or not parts[0].strip():
        return None
    if re.fullmatch(r"(?:19|20|21)[0-9]{2}\s*/\s*(?:0?[1-9]|1[0-2])|0[1-9]\s*/\s*[0-9]+", cell.text):
        return cell.unknown("pair", make_note("count.month"))
    declared = len(cell.order) == 2
    judged = cell if declared or "|" not in cell.text else cell.having(cell.text, doubtful=True)
    return _two(judged, parts[0], parts[1], "pair", cell.order if declared else ("used", "cap"))


_OF: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?P<a>{_N}\s*{_U})\s*\(\s*(?:of|von|sur|de|共)\s+(?P<b>{_N}|{_UNLIMITED})\s*\)$",
        rf"^(?P<lead>(?:[^0-9]{{0,60}}(?<![^\W\d_]))?(?:using|used?|uses|nutzt|utilise)\s+)?"
        rf"(?P<a>{_N})\s*(?:of|out of|von|sur|de|из|van|di|av|z|מתוך|من)\s+"
        rf"(?P<b>{_N}|{_UNLIMITED})\b(?P<rest>[^0-9]*)$",
    )
)
_CAP_FIRST: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"^(?P<b>{_N})\s*(?P<ub>{_U}?)\s*のうち[、,]?\s*(?P<a>{_N})\s*(?P<ua>{_U})$",
        rf"^(?P<b>{_N})\s*(?P<ub>{_U}?)\s*중\s*(?P<a>{_N})\s*(?P<ua>{_U}?)\s*(?:사용\S*)?$",
        rf"^(?P<b>{_N})\s*(?P<ub>{_U}?)中\s*(?:已用|已使用|使用了?|已注册|占用)"
        rf"\s*(?P<a>{_N})\s*(?P<ua>{_U})$",
    )
)


def read_of_pair(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`34 (of 20)`, `3 of 5 used`, `using 50 of 50 allowed seats`, `34 von 50 Lizenzen belegt`: used first."""
    for pattern in _OF:
        found = pattern.match(cell.text)
        if not found:
            continue
        rest = (found.groupdict().get("rest") or "").lower()
        known = {word for role in ("remaining", "used", "cap") for word in count_words.ROLE_WORDS[role]}
        lead = found.groupdict().get("lead") or ""
        left = any(word in count_words.ROLE_WORDS["remaining"] for word in rest.split())
        around = context_effect(
            " ".join((remove_role_words(lead), *(word for word in rest.split() if word not in known)))
        )
        if around == "no_count":
            return cell.unknown("used of cap", make_note("count.no_unit", text=f"{rest.strip()!r}"))
        order: tuple[CountRole, ...] = ("remaining" if left else "used", "cap")
        judged = cell.having(cell.text, doubtful=True) if around == "unlisted" else cell
        return _two(judged, found.group("a"), found.group("b"), "used of cap", order)
    return None


def read_cap_first(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`70 シートのうち 73 シート`, `50개 중 34개 사용`, `50个中已用34个`: the cap stands first."""
    for pattern in _CAP_FIRST:
        found = pattern.match(cell.text)
        if found:
            return _two(cell, found.group("a"), found.group("b"), "cap first", ("used", "cap"))
    return None


def read_sum(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`20+5`, `20 + 5 临时`: the sum, its parts named; a part may have an end, so a person looks."""
    found = re.match(r"^(?P<a>[0-9]+)(?:\+|\s+\+\s+)(?P<b>[0-9]+)\s*(?P<rest>[^0-9]*)$", cell.text)
    if not found:
        return None
    a, b = (numerals.parse_integer(found.group(part), cell.locale).value for part in "ab")
    if a is None or b is None:
        return None
    rest = found.group("rest").strip()
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
    tier = make_note("count.tier", low=low, high=high)
    read = cell.answer("at_most", high, "tier", role="cap", unit=unit, notes=(tier,), doubtful=True)
    return (read,)
