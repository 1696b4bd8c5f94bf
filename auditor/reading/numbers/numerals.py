"""One written number to an integer, by the conventions of a locale; never through float, never by a guess.

Group and decimal signs and group sizes come from CLDR (babel). Chinese numerals are read in strict form alone (cn2an),
with 廿, 卅, 两, 〇 and the financial forms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import get_decimal_symbol, get_group_symbol

from auditor.document.locales import languages
from auditor.document.normalisation import NBSP
from auditor.model.notes import Note, make_note

MOST_DIGITS = 15
"""No licence counts more units than this many digits can say."""

NUMBER = r"(?<![0-9A-Za-z.,'])[+-]?[0-9]+(?:[.,'\u00a0 ](?=[0-9])[0-9]+)*"
"""A run of digits with separators between them; `parse_integer` decides what it says."""


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How a locale writes a whole number."""

    group: str
    decimal: str
    secondary: int


@dataclass(frozen=True, slots=True)
class ParsedInteger:
    """An integer read from text, or the reason why none was."""

    value: int | None
    why: Note | None = None


@lru_cache(maxsize=64)
def number_format(locale: str | None) -> NumberFormat | None:
    """The signs of the language's file; for its regions (`de-CH`), and without a file, those of CLDR. None where no
    locale, or an unknown one, is given."""
    if not locale:
        return None
    spoken = languages().get(locale.lower())
    if spoken is not None:
        signs = spoken.numbers
        return NumberFormat(NBSP if signs.group == " " else signs.group, signs.decimal, signs.sizes[-1])
    try:
        known = Locale.parse(locale.replace("_", "-"), sep="-")
        group, decimal = get_group_symbol(known), get_decimal_symbol(known)
        secondary = int(known.decimal_formats[None].grouping[1])
    except (UnknownLocaleError, ValueError, TypeError, LookupError):
        return None
    folded = {"\u202f": NBSP, " ": NBSP, "’": "'", "٬": "'"}
    return NumberFormat(folded.get(group, group), {"٫": ","}.get(decimal, decimal), secondary)


def parse_integer(token: str, locale: str | None) -> ParsedInteger:
    """The integer that the token says under the locale's conventions.

    A sign that would make the number a fraction in that locale, a plain space that could be two cells run together,
    and a dot where the locale is unknown give no value (licensing reference §6.2, rows 6, 15 to 24).
    """
    negative, digits = token.startswith("-"), token.lstrip("+-")
    known = number_format(locale)
    read = _magnitude(digits, known)
    if read.value is not None and negative:
        return ParsedInteger(-read.value)
    return read


def _magnitude(digits: str, known: NumberFormat | None) -> ParsedInteger:
    if sum(char.isdigit() for char in digits) > MOST_DIGITS:
        return ParsedInteger(None, make_note("count.too_many_digits"))
    if digits.isdigit():
        return ParsedInteger(int(digits))
    whole, fraction = _split_fraction(digits, known)
    if fraction is not None:
        if fraction.strip("0"):
            return ParsedInteger(None, make_note("count.fraction", digits=digits))
        if len(fraction) == 3:
            return ParsedInteger(None, make_note("count.fraction_or_thousand", digits=digits))
        digits = whole
        if digits.isdigit():
            return ParsedInteger(int(digits))
    return _grouped(digits, known)


def _split_fraction(digits: str, known: NumberFormat | None) -> tuple[str, str | None]:
    """A trailing fraction by the locale's decimal sign; a sign followed by other than three digits cannot group."""
    decimal = known.decimal if known else "."
    whole, sign, fraction = digits.rpartition(decimal)
    if sign and fraction.isdigit() and whole:
        return whole, fraction
    tail = re.fullmatch(r"([0-9]+)([.,])(0{1,2})", digits)
    return (tail.group(1), tail.group(3)) if tail else (digits, None)


def _grouped(digits: str, known: NumberFormat | None) -> ParsedInteger:
    signs = {char for char in digits if not char.isdigit()}
    if len(signs) != 1:
        return ParsedInteger(None, make_note("count.several_separators", digits=f"{digits!r}"))
    sign = signs.pop()
    if not re.fullmatch(rf"[1-9][0-9]{{0,2}}(?:{re.escape(sign)}[0-9]{{3}})+", digits):
        return _indian(digits, sign, known)
    if sign == "'" or _groups_with(sign, known):
        return ParsedInteger(int(digits.replace(sign, "")))
    return ParsedInteger(None, make_note("count.foreign_separator", sign=f"{sign!r}", digits=f"{digits!r}"))


def _groups_with(sign: str, known: NumberFormat | None) -> bool:
    if known is None:
        return sign in (",", NBSP)
    return sign == known.group or (sign == " " and known.group == NBSP)


def _indian(digits: str, sign: str, known: NumberFormat | None) -> ParsedInteger:
    lakhs = known is not None and known.secondary == 2 and sign == known.group
    if lakhs and re.fullmatch(r"[0-9]{1,2}(?:,[0-9]{2})*,[0-9]{3}", digits):
        return ParsedInteger(int(digits.replace(sign, "")))
    return ParsedInteger(None, make_note("count.odd_groups", digits=f"{digits!r}"))


CHINESE_NUMERAL_CHARACTERS = "零〇一二三四五六七八九十百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟廿卅卌兩貳參陸萬億"
_SIMPLER = str.maketrans("兩貳參陸萬億", "两贰叁陆万亿")
_TENS = {"廿": "二十", "卅": "三十", "卌": "四十"}


def parse_chinese_numeral(text: str) -> ParsedInteger | None:
    """A Chinese numeral in strict form; None where the text is not made of numeral characters alone.

    `二百五` (250, colloquially 205 or worse) and a run of digits such as `一二三` are refused; `二〇` is a
    positional 20.
    """
    if not text or len(text) > 24 or any(char not in CHINESE_NUMERAL_CHARACTERS for char in text):
        return None
    plain = text.translate(_SIMPLER)
    for short, full in _TENS.items():
        plain = plain.replace(short, full)
    positional = re.fullmatch(r"[一二三四五六七八九][〇零一二三四五六七八九]+", plain)
    if positional:
        if "〇" not in plain:
            return ParsedInteger(None, make_note("count.run_of_digits", text=f"{text!r}"))
        return ParsedInteger(
            int("".join(str("〇一二三四五六七八九".index(char.replace("零", "〇"))) for char in plain))
        )
    if re.search(r"[百千万佰仟][一二三四五六七八九两]$", plain):
        return ParsedInteger(None, make_note("count.colloquial", text=f"{text!r}"))
    try:
        from cn2an import cn2an  # its tables take as long to load as a command to start

        value = cn2an(plain.replace("两", "二"), "strict")
    except (ValueError, KeyError, IndexError, TypeError):
        return ParsedInteger(None, make_note("count.not_strict", text=f"{text!r}"))
    if value == int(value):
        return ParsedInteger(int(value))
    return ParsedInteger(None, make_note("count.not_whole", text=f"{text!r}"))
