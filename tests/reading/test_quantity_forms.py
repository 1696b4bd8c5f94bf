"""The 79 forms of the licensing reference §6.2, one test each: the right reading, or unknown, or a person looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from auditor.model.notes import quote_text
from auditor.model.targets.deployments import CountRole, Meaning
from auditor.reading import read_date, read_quantities
from auditor.reading.numbers.dates import NO_END
from auditor.wording import english

U = "unlimited"
Said = tuple[str, int | str | None, str]
"""Role, value (a number, `unlimited` or None for unknown), and `+` certain or `?` needs review."""


@dataclass(frozen=True, slots=True)
class Form:
    number: int
    text: str
    said: tuple[Said, ...]
    role: CountRole = "used"
    locale: str | None = None
    means: Mapping[str, Meaning] = field(default_factory=dict)


def used(value: int | str | None, mark: str = "+") -> tuple[Said, ...]:
    return (("used", value, mark),)


def cap(value: int | str | None, mark: str = "+") -> tuple[Said, ...]:
    return (("cap", value, mark),)


def pair(first: int, second: int | str | None, mark: str = "+") -> tuple[Said, ...]:
    return (("used", first, "+"), ("cap", second, mark))


UNKNOWN = used(None, "?")
NO_CAP = cap(None, "?")

FORMS = [
    Form(1, "34", used(34)),
    Form(2, "３４", used(34)),
    *(Form(3, text, used(34)) for text in ("٣٤", "३४")),
    *(Form(4, text, used(34)) for text in ("34个", "34 家", "34 館", "34개")),
    Form(5, "034", used(34)),
    Form(6, "34.0", used(34)),
    Form(6, "34.5", UNKNOWN),
    *(Form(7, text, used(34, "?")) for text in ("34²", "34*", "34[1]")),
    *(Form(8, text, used(34, "?")) for text in ("约34", "~34", "approx. 34", "ca. 34")),
    *(Form(9, text, used(number, "?")) for text, number in (("34+", 34), ("30余", 30), ("≥34", 34), ("50以上", 50))),
    *(
        Form(10, text, cap(50), "cap")
        for text in ("不超过50", "≤50", "up to 50", "最大50", "bis zu 50", "jusqu'à 50", "jusqu’à 50")
    ),
    *(Form(11, text, cap(20, "?"), "cap") for text in ("10–20用户版", "1-20 users")),
    *(Form(12, text, UNKNOWN) for text in ("第34个", "No. 34")),
    Form(13, "34 (截至2024-05-01)", used(34)),
    Form(14, "34 active / 41 total", (("used", 34, "?"), ("used", 41, "?"))),
    *(Form(15, "1,234", used(1234), locale=locale) for locale in ("zh-CN", "zh-TW", "en", "ja")),
    *(Form(16, "1,234", UNKNOWN, locale=locale) for locale in ("de", "fr")),
    *(Form(17, "1.234", used(1234), locale=locale) for locale in ("de", "es", "it", "pt-BR")),
    *(Form(18, "1.234", UNKNOWN, locale=locale) for locale in ("en", "zh-CN", None)),
    *(
        Form(19, f"1{space}234", used(1234), locale=locale)
        for locale in ("fr", "ru", "sv")
        for space in ("\u202f", "\u00a0", " ")
    ),
    Form(19, "1 23", UNKNOWN, locale="fr"),
    *(Form(20, text, UNKNOWN, locale=locale) for text in ("3 4", "34 20") for locale in (None, "fr", "zh-CN")),
    *(Form(21, text, used(1234), locale="de-CH") for text in ("1'234", "1’234")),
    Form(22, "1,00,000", used(100000), locale="en-IN"),
    Form(22, "1,00,000", UNKNOWN, locale="en"),
    Form(23, "1，234", used(1234)),
    Form(24, "12、34", UNKNOWN),
    *(Form(25, text, used(10000, "?")) for text in ("10k", "10K")),
    Form(26, "1.2k", used(1200, "?")),
    Form(27, "1万", used(10000)),
    Form(27, "1.5万", used(15000, "?")),
    Form(27, "2千", used(2000)),
    Form(28, "85%", UNKNOWN),
    Form(29, "85% (34/40)", pair(34, 40)),
    *(Form(30, text, used(20)) for text in ("二十", "廿", "二〇", "贰拾", "貳拾")),
    Form(31, "两百", used(200)),
    Form(31, "卅", used(30)),
    *(Form(32, text, UNKNOWN) for text in ("二百五", "一二三")),
    Form(33, "二十家（含总馆）", used(20, "?")),
    Form(34, "34/20", pair(34, 20)),
    *(Form(35, text, pair(number, U)) for text, number in (("20/不限", 20), ("5/Unlimited", 5), ("5/∞", 5))),
    Form(36, "5/0", pair(5, None, "?")),
    Form(37, "1/", pair(1, None, "?")),
    Form(38, "34 (of 20)", pair(34, 20)),
    Form(39, "3 of 5 used", pair(3, 5)),
    Form(40, "using 50 of 50 allowed seats", pair(50, 50)),
    Form(41, "70 シートのうち 73 シート", pair(73, 70)),
    *(Form(42, text, pair(34, 50)) for text in ("50개 중 34개 사용", "50个中已用34个")),
    *(Form(43, text, pair(34, 50)) for text in ("34 von 50 Lizenzen belegt", "34 sur 50", "34 de 50", "34 из 50")),
    Form(44, "共20个，已用34个", (("cap", 20, "+"), ("used", 34, "+"))),
    Form(45, "已用34 剩余-14", (("used", 34, "+"), ("remaining", -14, "+"), ("cap", 20, "+"))),
    Form(46, "30 used / 20 remaining", (("used", 30, "+"), ("remaining", 20, "+"), ("cap", 50, "+"))),
    Form(47, "Available: -3", (("remaining", -3, "+"), ("over", 3, "+")), "remaining"),
    *(Form(48, text, (("remaining", 0, "+"),), "cap") for text in ("Remaining: 0", "剩余0")),
    *(Form(49, text, cap(25, "?"), "cap") for text in ("20+5", "20 + 5 临时")),
    Form(50, "5 × 20", NO_CAP, "cap"),
    *(Form(51, text, (("listed", 34, "+"),)) for text in ("共34条 第1/4页", "1-10 of 34")),
    *(
        Form(52, text, cap(U), "cap")
        for text in (
            *("不限", "不限制", "无限制", "无限", "无上限", "無制限", "制限なし", "무제한", "Unlimited", "No limit"),
            *("Unbegrenzt", "Unbeschränkt", "Illimité", "Ilimitado", "Illimitato", "Onbeperkt", "Без ограничений", "∞"),
        )
    ),
    Form(52, "不限量供应50", NO_CAP, "cap"),
    Form(53, "Uncounted", cap(U), "cap"),
    Form(54, "Unlimited (trial)", cap(U), "cap"),
    Form(54, "企业版 试用版 授权用户数: 无限制", cap(U), "cap"),
    Form(55, "Unlimited*", cap(U, "?"), "cap"),
    Form(56, "不限（单馆50用户）", (("cap", U, "+"), ("cap", 50, "+")), "cap"),
    Form(57, "unlimited (expired)", cap(U, "?"), "cap"),
    Form(58, "限制：无", cap(U), "cap"),
    *(Form(58, text, NO_CAP, "cap") for text in ("授权：无", "无")),
    Form(59, "Asset number <= 5000, User number unlimited", (("cap", 5000, "+"), ("cap", U, "+")), "cap"),
    Form(60, "0", NO_CAP, "cap"),
    Form(60, "0", cap(U), "cap", means={"0": "unlimited"}),
    Form(60, "0", cap(0), "cap", means={"0": "none"}),
    Form(61, "-1", NO_CAP, "cap"),
    Form(61, "−1", cap(U), "cap", means={"-1": "unlimited"}),
    *(Form(62, text, cap(U), "cap", means={"0": "unlimited", "-1": "unlimited"}) for text in ("0", "-1")),
    Form(63, "", NO_CAP, "cap"),
    Form(63, "", cap(U), "cap", means={"": "unlimited"}),
    *(Form(64, text, NO_CAP, "cap") for text in ("-", "—", "–")),
    Form(64, "-", cap(U), "cap", means={"-": "unlimited"}),
    *(Form(65, text, NO_CAP, "cap") for text in ("9999", "99999", "65535", "2147483647", "1000000")),
    Form(66, "-1", UNKNOWN),
    *(Form(67, text, UNKNOWN) for text in ("N/A", "无数据", "未授权")),
    *(Form(68, text, UNKNOWN) for text in ("加载中…", "Loading", "Loading...")),
    *(Form(69, text, UNKNOWN) for text in ("***", "34**", "3*4")),
    *(Form(70, text, UNKNOWN) for text in ("$license['name']", "{{used}}", "#REF!", "NaN", "undefined")),
    *(Form(71, text, UNKNOWN) for text in ("2O", "l0", "З4")),
    Form(72, "<s>20</s> 50", used(50, "?")),
    Form(73, "", UNKNOWN),
    Form(
        74,
        "購入ユーザー数(上限) 30、現在の契約ユーザー数(上限) 10",
        (("peak", 30, "+"), ("cap", 10, "+")),
        "cap",
    ),
    Form(75, "5 and 150", NO_CAP, "cap"),
    Form(
        76,
        "Seats in subscription 20 / in use 34 / max used 41 / owed 21",
        (("cap", 20, "+"), ("used", 34, "+"), ("peak", 41, "+"), ("over", 21, "+")),
    ),
    Form(77, "34 active users (signed in within 30 days)", used(34)),
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.number}-{form.text[:24]}-{form.locale or ''}")
def test_a_form_gives_its_reading(form: Form) -> None:
    read = read_quantities(form.text, role=form.role, locale=form.locale, means=form.means)
    said = tuple((q.role, U if q.kind == U else q.value, "+" if q.certainty == "certain" else "?") for q in read)
    assert said == form.said
    assert all(q.raw == form.text for q in read)
    assert all(q.value is None for q in read if q.kind in ("unlimited", "unknown"))


@pytest.mark.parametrize("text", ["永久", "Perpetual", "Never", "9999-12-31", "2099-12-31"])
def test_form_78_has_no_end(text: str) -> None:
    read = read_date(text)
    assert (read.rule, read.candidates) == (NO_END, ())


def test_form_78_minus_one_has_no_end_where_the_page_says_so() -> None:
    assert read_date("-1", means=frozenset({"-1"})).rule == NO_END


@pytest.mark.parametrize("text", ["1970-01-01", "0001-01-01", "-1"])
def test_form_79_is_no_date(text: str) -> None:
    read = read_date(text)
    assert read.candidates == ()
    assert read.rule in ("null", "unknown")


def test_every_form_of_the_reference_has_its_test() -> None:
    assert {form.number for form in FORMS} | {78, 79} == set(range(1, 80))


@pytest.mark.parametrize(
    ("text", "kind"),
    [("34+", "at_least"), ("≤50", "at_most"), ("约34", "approximate"), ("10k", "approximate"), ("34", "exact")],
)
def test_the_kind_says_how_the_number_is_meant(text: str, kind: str) -> None:
    assert [q.kind for q in read_quantities(text, role="cap")] == [kind]


def test_units_qualifiers_and_rules_are_kept() -> None:
    (branches,) = read_quantities("二十家（含总馆）", role="used")
    assert (branches.unit, branches.qualifiers, branches.rule) == ("家", (quote_text("含总馆"),), "Chinese numeral")
    (dated,) = read_quantities("34 (截至2024-05-01)", role="used")
    assert [english(note) for note in dated.qualifiers] == ["as of 2024-05-01"]
    trial = read_quantities("Unlimited (trial)", role="cap")
    assert [english(note) for note in trial[0].qualifiers] == ["trial"]


def test_the_page_decides_the_order_of_a_pair() -> None:
    read = read_quantities("20/34", role="used", order=("cap", "used"))
    assert [(q.role, q.value) for q in read] == [("cap", 20), ("used", 34)]


def test_a_declared_zero_says_nothing_about_the_used_side_of_a_pair() -> None:
    read = read_quantities("0/0", role="used", means={"0": "unlimited"})
    assert [(q.role, q.kind, q.value) for q in read] == [("used", "exact", 0), ("cap", "unlimited", None)]


def test_a_chinese_numeral_on_a_page_that_does_not_declare_them_is_looked_at() -> None:
    (read,) = read_quantities("二十", role="used", chinese_numerals=False)
    assert (read.value, read.certainty) == (20, "needs_review")


@pytest.mark.parametrize(
    "text",
    [
        *("34天", "34 MB", "V1.2.2", "2024-05-01", "192.168.1.1", "10:30", "￥34", "34元", "A34", "1_234", "½", "①"),
        *("㉞", "34/20/10", "+-34", "34-", "1.2.3", "12,34", "电话 0551-12345678", "34 20 已用", "见附件2", "1e3"),
        *("不是不限", "Not unlimited", "5 von", "0x22", "1万2", "百分之八十五", "34‰", "34 个 20 个"),
    ],
)
def test_what_is_no_count_gives_no_number(text: str) -> None:
    for q in read_quantities(text, role="used"):
        assert q.value is None, q
    for q in read_quantities(text, role="cap"):
        assert q.kind == "unknown" or q.certainty == "needs_review", q
