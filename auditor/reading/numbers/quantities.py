"""Counts as pages write them: the ordered rules of the licensing reference §6.1, one function each.

Page rules win (`means`, locale, order of a pair), language rules come next, and there is never a global guess: what no
rule reads is `unknown` with a reason, never 0 and never the first number found. Pure, total, bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from auditor.document import count_words
from auditor.document.figure_joints import BESIDE, ELSEWHERE, OVERLAP, TOUCHING
from auditor.document.locales import language_of
from auditor.document.normalisation import MAX_CELL_CHARS, clean_cell_text, comparison_form
from auditor.model.notes import make_note, quote_text
from auditor.model.reading.readings import Quantity
from auditor.model.targets.deployments import CountRole, Meaning
from auditor.reading.numbers import bounds, numerals, paired_values, two_amounts
from auditor.reading.numbers.cell import (
    ANOTHER_METRIC,
    CountCell,
    ParsedAmount,
    as_quantity,
    parse_amount,
)
from auditor.reading.numbers.context import context_effect, words_around
from auditor.reading.numbers.dates import day_or_time_in
from auditor.reading.numbers.sentences import read_metric_limits, read_sentence, remove_role_words

CountRule = Callable[[CountCell], tuple[Quantity, ...] | None]
NO_MEANINGS: Final[Mapping[str, Meaning]] = MappingProxyType({})

_AS_OF: Final = re.compile(
    r"[(\[]?\s*(?:截至|截止到?|as of|stand:?|au|時点)\s*"
    r"([0-9]{4}\s*[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}(?![0-9])日?)\s*[)\]]?",
    re.IGNORECASE,
)
_WINDOW: Final = re.compile(
    rf"\(([^()0-9]*[0-9]+\s*(?:days?|hours?|months?|天|日|个月|小时|分钟|{count_words.TIME_UNITS})[^()0-9]*)\)",
    re.IGNORECASE,
)
_TEMPLATE: Final = re.compile(
    r"\{\{|\}\}|\$\{|\$[a-z_]+\s*\[|<%|%>|\{%|#\{|#(?:REF|VALUE|NAME|DIV/0|N/A)|%[sd]\b", re.IGNORECASE
)


def read_quantities(
    raw: str | None,
    *,
    role: CountRole,
    locale: str | None = None,
    means: Mapping[str, Meaning] | None = None,
    order: Sequence[CountRole] = (),
    chinese_numerals: bool = True,
) -> tuple[Quantity, ...]:
    """What the text of one cell says, as one or more quantities with their roles.

    `role` is what the field's label says the number is; words in the text may say otherwise (`剩余 3`), and a pair
    gives two. `means` maps a text (`-`, `0`, an empty one) to what the product documents it to mean. `order` gives the
    roles of a pair as this page writes them. Never raises, and never turns an absent number into one.
    """
    given = raw or ""
    declared = {comparison_form(text): meaning for text, meaning in (means or NO_MEANINGS).items()}
    if len(given) > MAX_CELL_CHARS:
        bare = CountCell(given[:MAX_CELL_CHARS], "", role, locale, declared, tuple(order), chinese_numerals)
        return bare.unknown("too long", make_note("count.too_long", characters=len(given)))
    cleaned = clean_cell_text(given)
    qualifiers = (
        *(make_note("count.footnote", mark=mark) for mark in cleaned.marks),
        *(make_note("count.struck", text=text.strip()) for text in cleaned.struck),
    )
    doubtful = bool(qualifiers)
    cell = CountCell(given, cleaned.text, role, locale, declared, tuple(order), chinese_numerals, qualifiers, doubtful)
    if _foreign_figures(given, locale):
        cell = cell.having(cell.text, make_note("count.foreign_figures", locale=locale), doubtful=True)
    for rule in COUNT_RULES:
        read = rule(cell)
        if read is not None:
            return _with_remaining(cell, read)
    return cell.unknown("unknown", make_note("count.no_rule"))


def _with_remaining(cell: CountCell, read: tuple[Quantity, ...]) -> tuple[Quantity, ...]:
    """`14 over` under a label of what remains: the excess, and that many less than none; a person looks."""
    if cell.role != "remaining" or len(read) != 1 or read[0].role != "over" or read[0].kind != "exact":
        return read
    less = cell.having(cell.text, doubtful=True)
    derived = less.answer("exact", -(read[0].value or 0), "excess", notes=(make_note("count.derived"),))
    return derived, *read


def _foreign_figures(text: str, locale: str | None) -> bool:
    """Whether figures stand in the text that the page's language does not write."""
    language = language_of(locale)
    if language is None or text.isascii():
        return False
    known = "".join(language.numbers.digits)
    return any(char.isdecimal() and char > "\x7f" and char not in known and not "０" <= char <= "９" for char in text)


def read_declared_meaning(cell: CountCell) -> tuple[Quantity, ...] | None:
    """The page says, with a source, what this very text means."""
    meaning = cell.means.get(comparison_form(cell.text))
    if meaning is None:
        return None
    if meaning == "none":
        return (cell.answer("exact", 0, "declared meaning", notes=(make_note("count.declared_none"),)),)
    return (
        as_quantity(
            cell,
            cell.role,
            ParsedAmount("unlimited", None, None, (make_note("count.declared_unlimited"),)),
            "declared meaning",
        ),
    )


def read_blank(cell: CountCell) -> tuple[Quantity, ...] | None:
    """Nothing, or a dash: no data, or unlimited, or none; only the page can say."""
    if not cell.text.strip(" -—–―_.…/\u00a0"):
        return cell.unknown("blank", make_note("count.blank_or_dash"))
    return None


def read_unrendered(cell: CountCell) -> tuple[Quantity, ...] | None:
    """A template left unrendered, a loader, a spreadsheet error."""
    word = comparison_form(cell.text).strip(".…。!")
    if _TEMPLATE.search(cell.text):
        return cell.unknown("template", make_note("count.template"))
    if word in count_words.LOADING:
        return cell.unknown("loading", make_note("count.loading"))
    if word in count_words.NOT_LICENSED:
        return cell.unknown("not licensed", make_note("count.no_licence"))
    if word in count_words.ABSENT:
        return cell.unknown("absent", make_note("count.absent"))
    return None


def read_masked(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`***`, `3*4`, `34**`: digits kept from view."""
    if re.search(r"\*{2,}|^\*|[0-9]\*[0-9]|[xX•●]{3,}", cell.text):
        return cell.unknown("masked", make_note("count.masked"))
    return None


def read_look_alike(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`2O`, `l0`, `З4`: letters that look like digits, from OCR or from a forger."""
    if re.fullmatch(r"(?=.*[0-9])(?=.*[OoIlSBЗОІ])[0-9OoIlSBЗОІ]{2,}", cell.text):
        return cell.unknown("look-alike", make_note("count.look_alike"))
    return None


def read_footnoted(cell: CountCell) -> tuple[Quantity, ...] | None:
    """A trailing `*` on a number or a word: read without it, and a person looks."""
    found = re.fullmatch(r"(.*[^\s*])\s*\*", cell.text, re.DOTALL)
    return _again(cell.having(found.group(1), make_note("count.footnote", mark="*"), doubtful=True)) if found else None


def read_without_as_of(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`34 (截至2024-05-01)`, `34 (signed in within 30 days)`: the day or window is no count."""
    for pattern, code in ((_AS_OF, "count.as_of"), (_WINDOW, "count.window")):
        found = pattern.search(cell.text)
        if found:
            rest = (cell.text[: found.start()] + cell.text[found.end() :]).strip()
            return _again(cell.having(rest, make_note(code, text=found.group(1))))
    return None


def read_day_or_time(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`12/2026`, `2024-2026`, `31. Dezember`, `14:30`: a day, a month, years or a time of day, never a count."""
    found = day_or_time_in(cell.text, cell.locale)
    return cell.unknown("date", make_note("count.date", text=f"{found!r}")) if found else None


def read_difference_in_brackets(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`12 of 10 (2 over)`, `34/20 (6 free)`: the pair, where its difference is what the brackets say."""
    parts = two_amounts.parts_in_brackets(cell.text)
    if parts is None:
        return None
    outer = cell.having(parts[0])
    pair = two_amounts.read_two_amounts(outer) or paired_values.read_slash_pair(outer)
    beside = read_sentence(replace(cell, text=parts[1], role="listed"))
    if pair is None or beside is None or len(beside) != 1 or beside[0].role not in ("over", "remaining"):
        return None
    values = {one.role: one.value for one in pair if one.kind == "exact"}
    used, cap = values.get("used"), values.get("cap")
    if used is None or cap is None or beside[0].value is None:
        return None
    if beside[0].value != (used - cap if beside[0].role == "over" else cap - used):
        return cell.unknown("pair", make_note("count.contradiction", text=f"{parts[1]!r}"))
    return (*pair, beside[0])


def read_parenthesised(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`Unlimited (trial)`, `二十家（含总馆）`, `不限（单馆50用户）`: what stands in parentheses qualifies the rest."""
    found = re.fullmatch(r"([^()]+)\(([^()]*)\)", cell.text)
    if not found:
        return None
    outer, inner = found.group(1).strip(), found.group(2).strip()
    if re.search(r"[0-9]", inner):
        per_unit = re.fullmatch(rf"(每|单)(\S?)\s*({numerals.NUMBER})\s*(\S*)|({numerals.NUMBER})\s*per\s+(.+)", inner)
        if not per_unit:
            return None
        value = numerals.parse_integer(per_unit.group(3) or per_unit.group(5), cell.locale).value
        unit = f"{per_unit.group(4)}/{per_unit.group(2)}" if per_unit.group(3) else f"per {per_unit.group(6)}"
        other = cell.answer("exact", value, "per unit", unit=unit, notes=(ANOTHER_METRIC,))
        return (*_again(cell.having(outer)), other) if value is not None else None
    low = inner.lower()
    if any(word in low for word in count_words.TRIAL):
        return _again(cell.having(outer, make_note("count.trial")))
    expired = any(word in low for word in count_words.EXPIRED)
    return _again(cell.having(outer, make_note("count.expired") if expired else quote_text(inner), doubtful=True))


def read_unlimited(cell: CountCell) -> tuple[Quantity, ...] | None:
    """A whole cell that says unlimited; `限制：无` says it too, `无` alone does not."""
    text = cell.text
    lead = re.fullmatch(r"(?:限制|数量限制|上限)\s*[::]\s*(?:无|無|none)", text, re.IGNORECASE)
    if lead or comparison_form(text).strip(".。!") in count_words.UNLIMITED:
        return (as_quantity(cell, cell.role, ParsedAmount("unlimited", None), "unlimited"),)
    listed = [part.strip() for part in re.split("[,;，；]", text.strip("()"))] if text[:1] == "(" else []
    if listed and not re.search("[0-9]", text) and any(comparison_form(one) in count_words.UNLIMITED for one in listed):
        others = " , ".join(one for one in listed if comparison_form(one) not in count_words.UNLIMITED)
        plain = context_effect(others, cell.locale) == "plain"
        return (as_quantity(cell, cell.role, ParsedAmount("unlimited", None), "unlimited", doubtful=not plain),)
    if re.fullmatch(r"(?:授权|授權|许可|licen[cs]e)\s*[::]\s*(?:无|無|none)", text, re.IGNORECASE):
        return cell.unknown("not licensed", make_note("count.no_licence"))
    found = re.fullmatch(rf"(.*?)[\s::,，]*(?:{count_words.UNLIMITED_INSIDE})", text, re.IGNORECASE | re.DOTALL)
    if found and not re.search(r"[0-9/|,，;；]", text) and len(text) < 60:
        trial = any(mark in text.lower() for mark in count_words.TRIAL)
        expired = any(mark in text.lower() for mark in count_words.EXPIRED)
        notes = ((make_note("count.trial"), trial), (make_note("count.expired"), expired))
        read = ParsedAmount("unlimited", None, None, tuple(note for note, holds in notes if holds))
        head = re.sub(r"\S+版(?=\s|$)", " ", found.group(1))
        named = context_effect(remove_role_words(head), cell.locale) == "plain"
        return (as_quantity(cell, cell.role, read, "unlimited", doubtful=expired or not named),)
    return None


def read_cut_off(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`34…`, `…34`: digits may be missing where the text was cut."""
    if re.search(r"[0-9]\s*\.{2,}|\.{2,}\s*[0-9]", cell.text):
        return cell.unknown("cut off", make_note("count.cut_off"))
    return None


def read_ordinal(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`第34个`, `No. 34`, `#34`: a place in an order, not a count."""
    if re.match(
        r"^(?:第\s*[0-9]+|no\.?\s*[0-9]|nr\.?\s*[0-9]|№|#\s*[0-9]|n°)|^[0-9]+(?:st|nd|rd|th)\b",
        cell.text,
        re.IGNORECASE,
    ):
        return cell.unknown("ordinal", make_note("count.ordinal"))
    return None


def read_apart(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`34 ⧉ 16`: figures of two elements over each other; `34 ⋈ 2`: drawn as one number; `2 ⇅ 127`: on two lines."""
    if re.search(rf"[0-9]{TOUCHING}[0-9]", cell.text):
        return cell.unknown("drawn together", make_note("count.drawn_together"))
    if re.search(rf"[0-9]{OVERLAP}[0-9]", cell.text):
        return cell.unknown("drawn over", make_note("count.drawn_over"))
    if re.search(rf"[0-9]{ELSEWHERE}[0-9]", cell.text):
        return cell.unknown("enumeration", make_note("count.no_role"))
    return None


def read_figure_beside(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`34; 20`: two elements with a figure each. The first is the value and the other beside it; a person looks.

    Two single digits may be one number in two boxes.
    """
    sides = cell.text.split(BESIDE)
    if len(sides) != 2 or not all(re.fullmatch(numerals.NUMBER, side) for side in sides):
        return None
    first = parse_amount(sides[0], cell)
    if first is None or max(map(len, sides)) == 1:
        return None
    noted = replace(first, notes=(*first.notes, make_note("count.figure_beside", text=f"{sides[1]!r}")))
    return (as_quantity(cell, cell.role, noted, "figure beside", doubtful=True),)


def read_enumeration(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`12、34`, `5 and 150`: several numbers without roles; summing or choosing is not the reader's to do."""
    if re.fullmatch(r"[0-9]+(?:\s*(?:、|,\s|;|；|和|与|及|and|und|et|&)\s*[0-9]+)+", cell.text):
        return cell.unknown("enumeration", make_note("count.no_role"))
    return None


def read_one_number(cell: CountCell) -> tuple[Quantity, ...] | None:
    """One number with its unit, and nothing else."""
    read = parse_amount(cell.text, cell)
    if read is not None:
        if cell.text.startswith("(") and cell.role in ("remaining", "over"):
            return cell.unknown("number", make_note("count.brackets", text=f"{cell.text!r}"))
        found = as_quantity(cell, cell.role, read, "number")
        if cell.role == "remaining" and read.value is not None and read.value < 0:
            over = cell.answer(
                "exact", -read.value, "negative remaining", role="over", notes=(make_note("count.derived"),)
            )
            return found, over
        return (found,)
    match = re.fullmatch(rf"{numerals.NUMBER}\s*([^\W\d_]+(?:[ -][^\W\d_]+)*)\s*\.?", cell.text)
    if match:
        around = words_around(match.group(1), cell.locale)
        plain = around.kind in ("plain", "other")
        why = make_note("count.no_unit", text=f"{match.group(1)!r}") if plain else around.why(cell.locale)
        return cell.unknown("unknown unit", why)
    if re.fullmatch(numerals.NUMBER, cell.text):
        return cell.unknown(
            "number", numerals.parse_integer(cell.text, cell.locale).why or make_note("count.not_a_count")
        )
    return None


def read_chinese_numeral(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`二十`, `廿`, `贰拾家`: the whole text, strictly."""
    unit = ""
    text = cell.text
    while text and text[-1] not in numerals.CHINESE_NUMERAL_CHARACTERS:
        unit, text = (text[-1] + unit).strip(), text[:-1]
    read = numerals.parse_chinese_numeral(text) if not unit or comparison_form(unit) in count_words.UNITS else None
    if read is None:
        return None
    if read.value is None:
        return cell.unknown("Chinese numeral", read.why or make_note("count.not_a_count"))
    undeclared = not cell.chinese_numerals
    return (
        as_quantity(
            cell, cell.role, ParsedAmount("exact", read.value, unit or None), "Chinese numeral", doubtful=undeclared
        ),
    )


def _again(cell: CountCell) -> tuple[Quantity, ...]:
    """The remaining text, through the rules once more: each removal shortens it, so this ends."""
    for rule in COUNT_RULES:
        read = rule(cell)
        if read is not None:
            return read
    return cell.unknown("unknown", make_note("count.no_rule"))


COUNT_RULES: Final[tuple[CountRule, ...]] = (
    read_declared_meaning,
    read_blank,
    read_unrendered,
    read_cut_off,
    read_masked,
    read_look_alike,
    read_footnoted,
    read_without_as_of,
    read_day_or_time,
    paired_values.read_pager,
    paired_values.read_percent_pair,
    read_difference_in_brackets,
    two_amounts.read_two_amounts,
    read_parenthesised,
    read_unlimited,
    read_ordinal,
    read_apart,
    read_figure_beside,
    read_enumeration,
    paired_values.read_slash_pair,
    paired_values.read_sum,
    paired_values.read_product,
    paired_values.read_tier,
    bounds.read_bounded,
    read_sentence,
    read_metric_limits,
    read_one_number,
    read_chinese_numeral,
)
"""In this order, the first that reads the text decides."""
