"""What holds for every text: formats read back, nothing raises, nothing comes from nothing."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

import cn2an
from babel.numbers import format_decimal
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.model.targets.deployments import CountRole
from auditor.reading import read_date, read_quantities
from auditor.reading.numbers.numerals import CHINESE_NUMERAL_CHARACTERS, parse_chinese_numeral
from auditor.wording import english

LOCALES = (
    *("zh-CN", "zh-TW", "zh-HK", "en", "en-GB", "en-IN", "ja", "ko", "de", "de-AT", "de-CH", "fr", "fr-CH", "fr-CA"),
    *(
        "es",
        "es-MX",
        "it",
        "pt-BR",
        "pt-PT",
        "ru",
        "uk",
        "sv",
        "nb",
        "da",
        "fi",
        "nl",
        "pl",
        "cs",
        "tr",
        "id",
        "vi",
        "th",
    ),
    "hi",
)
ROLES: tuple[CountRole, ...] = ("used", "cap", "remaining", "peak", "over", "listed")
counts = st.integers(min_value=0, max_value=10**12)
roles = st.sampled_from(ROLES)
MANY = settings().max_examples
"""Of the profile: 100 where nothing else is said."""


@given(counts, st.sampled_from(LOCALES))
@settings(max_examples=15 * MANY, deadline=None)
def test_a_count_formatted_for_a_locale_reads_back(count: int, locale: str) -> None:
    text = format_decimal(count, locale=locale.replace("-", "_"))
    (read,) = read_quantities(text, role="used", locale=locale)
    assert (read.kind, read.value, read.certainty) == ("exact", count, "certain"), text


@given(counts, st.sampled_from(("", " ", "\u3000")), st.sampled_from(("个", "家", "users", "シート", "개", "Lizenzen")))
@settings(max_examples=3 * MANY, deadline=None)
def test_full_width_digits_and_units_read_back(count: int, space: str, unit: str) -> None:
    text = str(count).translate({ord("0") + n: chr(ord("０") + n) for n in range(10)}) + space + unit
    (read,) = read_quantities(text, role="used")
    assert (read.kind, read.value, read.unit) == ("exact", count, unit)


@given(st.integers(1, 99_999))
@settings(max_examples=4 * MANY, deadline=None)
def test_a_chinese_numeral_reads_back(count: int) -> None:
    numeral = cn2an.an2cn(count)
    read = parse_chinese_numeral(numeral)
    assert read is not None
    assert read.value == count, numeral


@given(counts, counts, st.sampled_from(("/", " / ", " of ", " von ", " sur ")))
@settings(max_examples=3 * MANY, deadline=None)
def test_a_pair_reads_back(first: int, second: int, between: str) -> None:
    read = read_quantities(f"{first}{between}{second}", role="used")
    assert (read[0].role, read[0].value) == ("used", first)
    assert read[1].value in (second, None)
    assert (read[1].value is None) == (read[1].certainty == "needs_review")


@given(st.text(max_size=60), roles, st.sampled_from((None, "zh-CN", "en", "de", "nonsense", "zz-ZZ", "")))
@settings(max_examples=40 * MANY, deadline=None)
@example("<s>", "used", None)
@example("()" * 30, "used", None)
@example("*" * 50, "cap", None)
@example("1" * 500, "cap", None)
def test_no_text_raises_and_no_number_is_made_up(text: str, role: CountRole, locale: str | None) -> None:
    read = read_quantities(text, role=role, locale=locale)
    assert read
    digits = any(unicodedata.category(char).startswith("N") for char in text)
    for q in read:
        assert q.raw == text
        assert q.value is None or digits or any(char in CHINESE_NUMERAL_CHARACTERS for char in text)


def whole_numbers(text: str) -> set[int]:
    """Every run of figures as a whole, its separators left out: a value is never a part of a longer one."""
    found: set[int] = set()
    for run in re.findall(r"[0-9]+(?:[.,'\u00a0\u202f\s]+[0-9]+)*", text):
        for part in (run, *re.split(r"[\s\u00a0\u202f]+|[,.]\s+", run)):
            figures = re.findall("[0-9]+", part)
            found.add(int("".join(figures)))
            if len(figures) > 1 and not figures[-1].strip("0"):
                found.add(int("".join(figures[:-1])))
    return found


@given(
    st.text(alphabet="0123456789 ,.'/+-%()（）共已用剩余不限上限条第页万k个家of*~≤≥约\u00a0\u202f—×\n", max_size=40),
    roles,
)
@settings(max_examples=60 * MANY, deadline=None)
@example("0共1.,1", "used")
@example("3 of 20 ,5", "used")
def test_texts_of_the_trade_never_raise_and_values_stand_in_the_text(text: str, role: CountRole) -> None:
    for q in read_quantities(text, role=role):
        assert q.value is None or q.kind in ("exact", "at_least", "at_most", "approximate")
        assert q.value is None or any(char.isdigit() for char in text)
        assert q.kind != "unlimited" or "不限" in "".join(text.split())
        plain = str(abs(q.value)) if q.value is not None else ""
        derived = any(english(note).startswith(("derived", "parts")) for note in q.qualifiers)
        scaled = any(sign in text for sign in "万k")
        assert derived or scaled or not plain or int(plain) in whole_numbers(text)


@given(st.sampled_from(("0", "-1", "9999", "99999", "65535", "2147483647", "", " ", "-", "—", "N/A", "null")))
def test_a_sentinel_is_unknown_until_the_page_declares_it(text: str) -> None:
    (read,) = read_quantities(text, role="cap")
    assert (read.kind, read.value, read.certainty) == ("unknown", None, "needs_review")
    (declared,) = read_quantities(text, role="cap", means={text: "unlimited"})
    assert (declared.kind, declared.value) == ("unlimited", None)


@given(st.text(max_size=40), st.sampled_from((None, "en-US", "de", "zh-CN")))
@settings(max_examples=15 * MANY, deadline=None)
def test_no_date_raises(text: str, locale: str | None) -> None:
    read = read_date(text, locale=locale)
    assert read.raw == text
    assert len(read.candidates) <= 2


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 1, 1)))
@settings(max_examples=4 * MANY, deadline=None)
def test_a_written_date_reads_back_among_its_candidates(day: date) -> None:
    for text in (f"{day.year}年{day.month}月{day.day}日", f"{day.year}-{day.month}-{day.day}", day.isoformat()):
        if day != date(1970, 1, 1):
            assert read_date(text).candidates == (day,)
    assert day in read_date(f"{day.year}{day.month}{day.day}日").candidates
    if day.year > 1912:
        assert read_date(f"民国{day.year - 1911}年{day.month}月{day.day}日").candidates == (day,)
