"""Dates as pages and judgments write them."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.reading import read_date

ONE = [
    ("2019年8月29日", date(2019, 8, 29)),
    ("2019-8-29", date(2019, 8, 29)),
    ("２０１９－０８－２９", date(2019, 8, 29)),
    ("2019/08/29", date(2019, 8, 29)),
    ("2019.8.29", date(2019, 8, 29)),
    ("20190829", date(2019, 8, 29)),
    ("2019-08-29 14:03:22", date(2019, 8, 29)),
    ("2019-08-29T14:03:22Z", date(2019, 8, 29)),
    ("2019829日", date(2019, 8, 29)),
    ("2019年1217日", date(2019, 12, 17)),
    ("202029日", date(2020, 2, 9)),
    ("201929日", date(2019, 2, 9)),
    ("20211015日", date(2021, 10, 15)),
    ("民国108年8月29日", date(2019, 8, 29)),
    ("民國元年1月1日", date(1912, 1, 1)),
    ("令和元年8月29日", date(2019, 8, 29)),
    ("二〇二三年十月十一日", date(2023, 10, 11)),
    ("二○一九年八月二十九日", date(2019, 8, 29)),
    ("29.08.2019", date(2019, 8, 29)),
    ("29. August 2019", date(2019, 8, 29)),
    ("29 août 2019", date(2019, 8, 29)),
    ("Aug 29, 2019", date(2019, 8, 29)),
    ("29 Aug 2019", date(2019, 8, 29)),
    ("August 29th, 2019", date(2019, 8, 29)),
]


@pytest.mark.parametrize(("text", "day"), ONE, ids=[text for text, _ in ONE])
def test_one_reading(text: str, day: date) -> None:
    assert read_date(text).candidates == (day,)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2021127日", (date(2021, 1, 27), date(2021, 12, 7))),
        ("2016112日", (date(2016, 1, 12), date(2016, 11, 2))),
        ("04/05/2019", (date(2019, 4, 5), date(2019, 5, 4))),
    ],
)
def test_two_readings_are_both_given(text: str, days: tuple[date, ...]) -> None:
    assert read_date(text).candidates == days


def test_the_locale_decides_between_day_and_month() -> None:
    assert read_date("04/05/2019", locale="en-US").candidates == (date(2019, 4, 5),)
    assert read_date("04/05/2019", locale="en-GB").candidates == (date(2019, 5, 4),)
    assert read_date("04/05/2019", locale="fr").candidates == (date(2019, 5, 4),)


@pytest.mark.parametrize(
    "text",
    ["", "-", "2019年", "2019-02-30", "2019-13-01", "99999", "V1.2.2", "20191日日", "加载中…", "34", "0000-00-00"],
)
def test_what_is_no_date_gives_none(text: str) -> None:
    read = read_date(text)
    assert read.candidates == ()
    assert read.rule == "unknown"
