"""Dates as pages and judgments write them: one reading, several candidates, or none; none is ever chosen here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from auditor.document import count_words
from auditor.document.locales import language_of, languages
from auditor.document.normalisation import clean_cell_text, comparison_form
from auditor.model.reading.readings import DateReading
from auditor.reading.numbers import numerals

NO_END: Final = "no_end"
"""The rule of a text that says that there is no end: read, and no day."""
STORED_NULL: Final = "null"
UNKNOWN_DATE: Final = "unknown"
_YEARS: Final = range(1900, 2200)
_NULLS: Final = (date(1970, 1, 1), date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1))
_CN: Final = "〇零一二三四五六七八九十"
_ERAS: Final = {"民国": 1911, "民國": 1911, "令和": 2018, "平成": 1988, "昭和": 1925}
_TIME: Final = r"(?:[T\s]+[0-9]{1,2}[:：][0-9]{2}.*)?"


def read_date(raw: str, *, locale: str | None = None, means: frozenset[str] = frozenset()) -> DateReading:
    """The date or dates that a text may say.

    Rules: `year first`, `day and month in words`, `era`, `Chinese`, `run together` (a lost separator: every split that
    is a calendar day is a candidate), `day or month first` (by the locale, else both), `no_end`, `null` (1970-01-01
    and its like: a stored null), `sentinel` (9999-12-31: no end), `unknown`. `means` holds the texts that the page
    declares to mean no end.
    """
    text = clean_cell_text(raw[:200]).text
    word = comparison_form(text).strip(".。")
    if word in count_words.ENDLESS or word in {comparison_form(known) for known in means}:
        return DateReading(raw, (), NO_END)
    for rule, reader in (
        ("year first", _year_first),
        ("era", _era),
        ("Chinese", _chinese),
        ("run together", _run_together),
        ("day and month in words", lambda said: _in_words(said, locale)),
    ):
        found = tuple(dict.fromkeys(reader(text)))
        if found:
            return _judged(raw, found, rule)
    found = tuple(dict.fromkeys(_two_first(text, locale)))
    if found:
        return _judged(raw, found, "day or month first")
    return DateReading(raw, (), UNKNOWN_DATE)


def _judged(raw: str, found: tuple[date, ...], rule: str) -> DateReading:
    if len(found) == 1 and found[0] in _NULLS:
        return DateReading(raw, (), STORED_NULL)
    if len(found) == 1 and (found[0].year >= 2099 and (found[0].month, found[0].day) in ((12, 31), (1, 1))):
        return DateReading(raw, (), NO_END)
    return DateReading(raw, found, rule)


def _day(year: int, month: int, day: int) -> Iterator[date]:
    if year == 9999 and (month, day) == (12, 31):
        yield date(9999, 12, 31)
    elif year in _YEARS:
        try:
            yield date(year, month, day)
        except ValueError:
            return


def _year_first(text: str) -> Iterator[date]:
    found = re.fullmatch(rf"([0-9]{{4}})\s*[-/.年]\s*([0-9]{{1,2}})\s*[-/.月]\s*([0-9]{{1,2}})\s*[日号]?{_TIME}", text)
    if found:
        yield from _day(*(int(part) for part in found.groups()))
        return
    compact = re.fullmatch(rf"([0-9]{{4}})([0-9]{{2}})([0-9]{{2}}){_TIME}", text)
    if compact:
        yield from _day(*(int(part) for part in compact.groups()))


def _era(text: str) -> Iterator[date]:
    """民国 and Japanese eras; 元年 is the first year."""
    found = re.fullmatch(
        r"(?:中[华華])?(民国|民國|令和|平成|昭和)\s*(元|[0-9]{1,3})\s*[年./-]\s*([0-9]{1,2})\s*[月./-]\s*([0-9]{1,2})\s*日?",
        text,
    )
    if found:
        year = 1 if found.group(2) == "元" else int(found.group(2))
        yield from _day(_ERAS[found.group(1)] + year, int(found.group(3)), int(found.group(4)))


def _chinese(text: str) -> Iterator[date]:
    found = re.fullmatch(rf"([{_CN}○]{{4}})年([{_CN}]{{1,3}})月([{_CN}]{{1,3}})日", text.replace("０", "〇"))
    if found:
        year = "".join(
            str("〇一二三四五六七八九".index("〇" if c in "零○" else c)) for c in found.group(1) if c != "十"
        )
        month, day = numerals.parse_chinese_numeral(found.group(2)), numerals.parse_chinese_numeral(found.group(3))
        if len(year) == 4 and month and day and month.value and day.value:
            yield from _day(int(year), month.value, day.value)


def _run_together(text: str) -> Iterator[date]:
    """`2019829日`, `2021127日`: separators lost in publication. Eight digits with 日 are one reading like the rest."""
    found = re.fullmatch(r"([0-9]{4})年?([0-9]{2,4})月?日", text)
    if not found or ("年" in text and "月" in text):
        return
    year, rest = int(found.group(1)), found.group(2)
    for cut in (1, 2):
        month, day = rest[:cut], rest[cut:]
        if day and len(day) <= 2 and month[0] != "0" and day[0] != "0":
            yield from _day(year, int(month), int(day))
    if len(rest) == 4:
        yield from _day(year, int(rest[:2]), int(rest[2:]))


def _in_words(text: str, locale: str | None = None) -> Iterator[date]:
    day_first = re.fullmatch(
        r"(?:\w+,\s*)?([0-9]{1,2})\.?(?:st|nd|rd|th|er|º)?\s+(?:(?:of|de)\s+)?([^\W\d]+)\.?,?\s+(?:de\s+)?([0-9]{4})"
        + _TIME,
        text,
    )
    if day_first:
        for month in _months(day_first.group(2), locale):
            yield from _day(int(day_first.group(3)), month, int(day_first.group(1)))
    month_first = re.fullmatch(
        r"(?:\w+,\s*)?([^\W\d]+)\.?\s+([0-9]{1,2})(?:st|nd|rd|th)?,?\s+([0-9]{4})(?:,?" + _TIME + ")", text
    )
    if month_first:
        for month in _months(month_first.group(1), locale):
            yield from _day(int(month_first.group(3)), month, int(month_first.group(2)))


def _months(name: str, locale: str | None) -> list[int]:
    """The month that a name is in the page's language; else every month that it is in some language."""
    own = language_of(locale)
    if own is not None:
        found = [number for number, names in enumerate(own.months, start=1) if name.lower() in map(str.lower, names)]
        if found:
            return found
    return sorted(count_words.MONTHS.get(name.lower(), ()))


def _two_first(text: str, locale: str | None) -> Iterator[date]:
    """`29.08.2019`, `08/29/2019`: the dot puts the day first; a solidus is read by the locale, or both ways."""
    found = re.fullmatch(rf"([0-9]{{1,2}})([-/.])([0-9]{{1,2}})\2([0-9]{{4}}){_TIME}", text)
    if not found:
        return
    first, sign, second, year = int(found.group(1)), found.group(2), int(found.group(3)), int(found.group(4))
    territory = (locale or "").replace("_", "-").upper()
    if (
        sign == "."
        or (locale and not locale.lower().startswith("en"))
        or territory in ("EN-GB", "EN-AU", "EN-IN", "EN-NZ", "EN-IE")
    ):
        yield from _day(year, second, first)
    elif territory == "EN-US":
        yield from _day(year, first, second)
    else:
        yield from _day(year, first, second)
        yield from _day(year, second, first)


_YEAR: Final = r"(?:19[5-9][0-9]|20[0-9]{2})"
_DAY_OR_TIME: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"0?[1-9]\s*[/.-]\s*(?!2000){_YEAR}|1[0-2]\s*[/.-]\s*(?!2000){_YEAR}|0[1-9]\s*[/.-]\s*{_YEAR}",
        rf"{_YEAR}\s*[/.-]\s*(?:0?[1-9]|1[0-2])",
        rf"{_YEAR}\s*[-–—/~～]\s*{_YEAR}",
        rf"{_YEAR}-?[WQ][0-9]{{1,2}}|[QH][1-4]\s*/?\s*{_YEAR}",
        r"(?:0?[1-9]|[12][0-9]|3[01])\.\s?(?:0?[1-9]|1[0-2])\.(?:\s?[0-9]{2}(?:[0-9]{2})?)?",
        r"(?:[01]?[0-9]|2[0-3])[:：][0-5][0-9](?:[:：][0-5][0-9])?(?:\s*[ap]m)?",
    )
)
_WITH_MONTH: Final = re.compile(
    rf"(?:(?:0?[1-9]|[12][0-9]|3[01])\.?\s+(?:(?:of|de)\s+)?(?P<after>[^\W\d_]+)|(?P<before>[^\W\d_]+)\.?,?\s+(?:(?:of|de)\s+)?"
    rf"(?:[0-9]{{1,2}}|{_YEAR}))\.?"
)


def is_year(figures: str) -> bool:
    """Whether a number may be the year that something ends in: round ones, as 2000, are counts too."""
    return bool(re.fullmatch(rf"(?!2000){_YEAR}", figures))


def day_or_time_in(text: str, locale: str | None = None) -> str:
    """The text where all of it is a day, a month, a year with another or a time of day; '' where it is not.

    Figures without a sign between them are none of these: 20190829 may be a count.
    """
    bare = text.strip()
    if bare.isdecimal() or len(bare) > 60 or not re.search("[0-9]", bare):
        return ""
    if any(pattern.fullmatch(bare) for pattern in _DAY_OR_TIME) or read_date(bare, locale=locale).candidates:
        return bare
    named = _WITH_MONTH.fullmatch(bare)
    return bare if named and _is_month(named.group("after") or named.group("before"), locale) else ""


def _is_month(name: str, locale: str | None) -> bool:
    """Whether a word beside a day is a month in the page's language or in English; without a locale in any language.

    `34 leden` are members in Dutch, though *leden* is January in Czech.
    """
    own = language_of(locale)
    if own is None:
        return name.lower() in count_words.MONTHS
    return any(name.lower() in map(str.lower, names) for one in (own, languages()["en"]) for names in one.months)
