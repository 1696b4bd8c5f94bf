"""One cell as the value of a field, or why it is none. Strict: what could mean two things is refused."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

from auditor.formats.spreadsheets.workbook import SheetCell
from auditor.model.notes import Note, make_note
from auditor.targets.records.fields import RecordField
from auditor.targets.records.mapping import SERIALS, TableMapping, day_pattern
from auditor.targets.records.tables import MAX_CELL, clean_text

FieldValue = str | tuple[str, ...] | None
"""As `targets.yaml` writes it, without quotes; None where there is nothing."""

_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?E\+?[0-9]+", re.ASCII | re.IGNORECASE)
_ID = re.compile(r"\w[\w.\-]{0,79}")
_PLAIN = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?", re.ASCII)
_PERIOD = re.compile(r"P(?=[0-9])(?:[0-9]{1,3}Y)?(?:[0-9]{1,4}M)?(?:[0-9]{1,5}D)?", re.ASCII)
_DIGITS = {sign: number for number, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_ZHE = re.compile(r"([一二三四五六七八九])([〇零一二三四五六七八九])?折")
_ZHE_DIGITS = re.compile(r"(?:([1-9])(?:\.([0-9]{1,2}))?|([1-9][1-9]))折", re.ASCII)
_OFF = re.compile(r"-?([0-9]{1,3}(?:\.[0-9]{1,4})?) ?%?(?: ?off)?", re.ASCII | re.IGNORECASE)
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,4})?) ?%?", re.ASCII)
_EXAMPLE = "三折, 7.5折"
_PLACES = 6
_PERCENT_PLACES = 4
_FIRST_SERIAL, _LAST_SERIAL = 61, 200_000
"""Of the 1900 count, which takes 1900 for a leap year: days before 1 March 1900 have two readings."""


def field_value(cell: SheetCell, one: RecordField, mapping: TableMapping) -> tuple[FieldValue, Note | None]:
    """The value of a field, or a note that says why the cell gives none."""
    text = clean_text(cell.text)
    if cell.kind == "empty" or text == "" or text in map(clean_text, mapping.empty):
        return None, None
    if cell.kind == "error":
        return None, make_note("row.no_value", text=text)
    if len(text) > MAX_CELL:
        return None, make_note("row.too_long", n=len(text), most=MAX_CELL)
    words = mapping.values.get(one.name, {})
    word = next((word for said, word in words.items() if clean_text(said) == text), None)
    if word is not None:
        cell, text = SheetCell("text", word), word
    match one.kind:
        case "day":
            return _day(cell, text, mapping)
        case "amount":
            return _amount(cell, text, mapping)
        case "percent":
            return _percent(cell, text, mapping)
        case "whole":
            amount, why = _amount(cell, text, mapping)
            whole = amount is not None and re.fullmatch(r"[0-9]{1,12}", str(amount)) is not None
            return (amount, None) if whole else (None, why or make_note("row.no_whole_number"))
        case "choice":
            return (
                (text, None)
                if text in one.words
                else (None, make_note("row.word", known=", ".join(one.words), key="values"))
            )
        case "period":
            return (text, None) if _PERIOD.fullmatch(text) else (None, make_note("row.no_period"))
        case "list":
            return tuple(part.strip() for part in text.split(mapping.separator) if part.strip()), None
        case "id":
            return _id(cell, text)
    if cell.kind in ("day", "moment"):
        return None, make_note("row.day_as_text")
    return " ".join(cell.text.split()), None  # as it is written: （ stays （


def _id(cell: SheetCell, text: str) -> tuple[FieldValue, Note | None]:
    if cell.kind in ("day", "moment"):
        return None, make_note("row.day_as_text")
    if _SCIENTIFIC.fullmatch(text) or (cell.kind == "number" and len(text.lstrip("-")) > 15):
        return None, make_note("row.digits_lost")
    return (text, None) if _ID.fullmatch(text) else (None, make_note("row.no_id"))


def _day(cell: SheetCell, text: str, mapping: TableMapping) -> tuple[FieldValue, Note | None]:
    if cell.kind == "day":
        return text, None
    if cell.kind == "moment":
        return None, make_note("row.day_with_time")
    serial = next((form for form in SERIALS if form in mapping.dates), None)
    if serial and re.fullmatch(r"[0-9]{1,6}", text, re.ASCII):
        number = int(text)
        if not _FIRST_SERIAL <= number <= _LAST_SERIAL:
            return None, make_note("row.no_day", forms=", ".join(mapping.dates))
        begin = date(1899, 12, 30) if serial == "excel_1900" else date(1904, 1, 1)
        return (begin + timedelta(days=number)).isoformat(), None
    found = set()
    for form in mapping.dates:
        pattern = day_pattern(form)
        match = pattern.fullmatch(text) if pattern is not None else None
        if match is not None:
            try:
                found.add(date(int(match["y"]), int(match["m"]), int(match["d"])).isoformat())
            except ValueError:
                continue
    if len(found) > 1:
        return None, make_note("row.two_days", days=", ".join(sorted(found)), key="dates")
    if cell.kind == "number" and not found:
        return None, make_note("row.day_as_number", form=SERIALS[0], key="dates")
    return (found.pop(), None) if found else (None, make_note("row.no_day", forms=", ".join(mapping.dates)))


def _amount(cell: SheetCell, text: str, mapping: TableMapping) -> tuple[FieldValue, Note | None]:
    """An amount in plain digits; what a number cell holds is taken as it is stored, never reckoned with."""
    if cell.kind not in ("text", "number"):
        return None, make_note("row.no_amount")
    if cell.kind == "text":
        for mark in sorted(map(clean_text, mapping.marks), key=len, reverse=True):
            bare = text.removeprefix(mark) if text.startswith(mark) else text.removesuffix(mark)
            if bare != text:
                text = bare.strip()
                break
        why = _misgrouped(text, mapping)
        if why is not None:
            return None, why
        if mapping.thousands not in ("", "none"):
            text = text.replace(mapping.thousands, "")
        text = text.replace(mapping.decimal, ".")
    match = _PLAIN.fullmatch(text)
    if match is None:
        return None, make_note("row.no_amount")
    sign, whole, rest = match[1], match[2], (match[3] or "")
    if len(rest) > _PLACES:
        return None, make_note("row.not_exact")
    if len(whole) > 1 and whole[0] == "0":
        return None, make_note("row.no_amount")
    return f"{sign}{whole}" + (f".{rest}" if rest else ""), None


def _misgrouped(text: str, mapping: TableMapping) -> Note | None:
    """Why the separators of a text are not those of the mapping."""
    whole, _, rest = text.lstrip("-").partition(mapping.decimal)
    thousands = mapping.thousands if mapping.thousands not in ("", "none") else ""
    others = [sign for sign in (",", ".", "'", " ") if sign in whole + rest and sign != thousands]
    if others or (thousands and thousands in rest):
        return make_note("row.separator", sign=others[0] if others else thousands, keys="thousands, decimal")
    groups = whole.split(thousands) if thousands else [whole]
    if len(groups) > 1 and (not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:])):
        return make_note("row.separator", sign=thousands, keys="thousands, decimal")
    return None


def _percent(cell: SheetCell, text: str, mapping: TableMapping) -> tuple[FieldValue, Note | None]:
    """What is paid, in percent of list."""
    style = mapping.percent or "percent_of_list"
    if cell.kind == "percent":
        shown = Decimal(text) * 100
        if -int(shown.normalize().as_tuple().exponent) > _PERCENT_PLACES:
            return None, make_note("row.not_exact")
        if style == "zhe":
            return None, make_note("row.no_zhe", example=_EXAMPLE)
        return _paid(100 - shown if style == "percent_off" else shown)
    if style == "zhe":
        return _zhe(text)
    if style == "fraction":
        found = re.fullmatch(r"(?:0(?:\.[0-9]{1,6})?|1(?:\.0{1,6})?)", text, re.ASCII)
        return _paid(Decimal(text) * 100) if found else (None, make_note("row.no_fraction"))
    match = (_OFF if style == "percent_off" else _PERCENT).fullmatch(text)
    if match is None:
        return None, (
            make_note("row.no_percent_off") if style == "percent_off" else make_note("row.no_percent", key="percent")
        )
    value = Decimal(match[1])
    if 0 < value < 1 and "%" not in text:
        return None, make_note("row.percent_or_fraction", word="fraction")
    return _paid(100 - value if style == "percent_off" else value)


def _zhe(text: str) -> tuple[FieldValue, Note | None]:
    if match := _ZHE.fullmatch(text):
        return _paid(Decimal(_DIGITS[match[1]] * 10 + (_DIGITS[match[2]] if match[2] else 0)))
    if match := _ZHE_DIGITS.fullmatch(text):
        return _paid(Decimal(match[3]) if match[3] else Decimal(f"{match[1]}.{match[2] or 0}") * 10)
    return None, make_note("row.no_zhe", example=_EXAMPLE)


def _paid(value: Decimal) -> tuple[FieldValue, Note | None]:
    if not 0 <= value <= 100:
        return None, make_note("row.percent_outside")
    plain = f"{value:f}"
    return (plain.rstrip("0").rstrip(".") if "." in plain else plain), None
