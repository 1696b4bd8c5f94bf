"""Texts that hold a number and state no count, or another one: none of them may be read as certain, some not at all."""

from __future__ import annotations

import pytest

from auditor.document.page import page_from_body
from auditor.model.targets.deployments import CountRole
from auditor.reading import read_quantities
from auditor.reading.lists.pager import stated_total
from auditor.reading.numbers.paired_values import pager_total

ROLES: tuple[CountRole, ...] = ("used", "cap", "remaining")


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


OTHER_THINGS = lines(
    """
    授权 30 天
    许可证 2 年
    使用期限 30 天
    trial: 30 days left
    30 days left
    剩余30天
    已用 34 GB
    上限 34 GB
    used 34%
    已用34%
    使用 34 次
    last used 34 days ago
    limit 34 per user
    total 34 EUR
    total: $34
    共 34 元
    共 34 页
    共34个月
    授权期限 3 年
    授权日期 2021
    34 of 40 GB used
    34 of 40 days
    3 of 4 pages
    2021/05
    2021/5
    05/2021
    """
)
DENIED = lines(
    """
    未使用34
    未使用 34
    未授权34
    不可用 34
    未剩余 34
    not used 34
    34 not used
    never used 34
    not licensed for 34
    34 of 40 not used
    34 of 40 unused
    34 of 40 inactive
    34 of 40 failed
    """
)
UNDECIDED = lines(
    """
    最大使用 34
    当前授权 34
    最多可用 34
    34…
    34...
    …34
    3¹4
    3[1]4
    ⒈0
    3½
    0,034
    剩余1,2341 剩余
    十 二
    """
)


@pytest.mark.parametrize("text", [*OTHER_THINGS, *DENIED, *UNDECIDED, "\u202e43\u202c"])
def test_what_is_no_count_gives_no_number(text: str) -> None:
    for role in ROLES:
        for read in read_quantities(text, role=role):
            assert (read.kind, read.value, read.certainty) == ("unknown", None, "needs_review")


@pytest.mark.parametrize(
    "text",
    [
        *("授权 3 个模块", "最大文件 34", "已授权 34", "允许使用 34", "used by 34", "34 of 40+", "34 of 40 widgets"),
        *("34 | 40", "34¹", "34¹²", "34①", "34†", "34 [1]", "34 users*", "34 foo", "(14)"),
        *("Upgrade to unlimited", "formerly unlimited", "non-unlimited", "原不限"),
    ],
)
def test_what_may_be_another_count_asks_for_a_person(text: str) -> None:
    for read in read_quantities(text, role="remaining"):
        assert read.certainty == "needs_review"


@pytest.mark.parametrize(
    ("text", "role", "value"),
    [
        ("已用授权 34", "used", 34),
        ("剩余授权 34", "remaining", 34),
        ("授权已用 34", "used", 34),
        ("使用上限 34", "cap", 34),
        ("使用人数上限 34", "cap", 34),
        ("超出上限 34", "over", 34),
        ("total used 34", "used", 34),
        ("licensed users in use: 34", "used", 34),
        ("剩余可用 34", "remaining", 34),
        ("您的公司目前已用34个用户", "used", 34),
        ("Your organization is currently using 34 seats", "used", 34),
        ("34 sur 40 disponibles", "remaining", 34),
        ("34 of 40 licenses used", "used", 34),
        ("Seats: unlimited", "cap", None),
        ("34\u200b5", "used", 345),
    ],
)
def test_words_of_role_are_put_together(text: str, role: CountRole, value: int | None) -> None:
    (read,) = [read for read in read_quantities(text, role=role) if read.role == role]
    assert (read.value, read.certainty) == (value, "certain")


@pytest.mark.parametrize("text", ["截至9999-12-315", "剩余 截至2024-05-0134"])
def test_a_date_is_taken_out_whole_or_not_at_all(text: str) -> None:
    assert [read.value for read in read_quantities(text, role="remaining")] == [None]


@pytest.mark.parametrize("text", ["-1 left", "-1 records页", "共-1条"])
def test_no_list_has_fewer_than_no_rows(text: str) -> None:
    assert pager_total(text) is None
    page = page_from_body(f"<div class=pagination>{text}</div>".encode())
    assert stated_total(page) is None


def test_a_footnote_never_becomes_a_digit() -> None:
    marks = "¹²³⁴⁵⁶⁷⁸⁹⁰₁①②⑳㉞⒈⑴Ⅳⅳ㈠㊀🄂*†‡"
    for mark in marks:
        for text in (f"34{mark}", f"34 {mark}", f"３４{mark}"):
            (read,) = read_quantities(text, role="used")
            assert (read.value, read.certainty) == (34, "needs_review"), text


@pytest.mark.parametrize(
    ("text", "value"),
    [("34; 20", 34), ("1,234; 5", 1234), ("3; 4", None), ("34 ⧉ 16", None), ("2 ⇅ 127", None), ("34 ⋈ 2", None)],
)
def test_a_figure_beside_the_value_leaves_it_to_be_looked_at(text: str, value: int | None) -> None:
    (read,) = read_quantities(text, role="used", locale="en")
    assert (read.value, read.certainty) == (value, "needs_review")


def test_an_excess_is_so_many_less_than_none() -> None:
    left, over = read_quantities("14 over", role="remaining", locale="en")
    assert (left.role, left.value, left.certainty) == ("remaining", -14, "needs_review")
    assert (over.role, over.value) == ("over", 14)


def test_guests_beside_seats_are_counted_apart() -> None:
    (read,) = read_quantities("34 + 6 guests", role="used", locale="en")
    assert (read.value, read.certainty) == (34, "needs_review")
