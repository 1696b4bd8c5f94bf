"""The YAML traps of the licensing reference, §4.4: what other tools would read is refused, with what to write."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.targets import load_estate
from tests.targets.worked_example_edits import EXAMPLE, edited, problems, written

REFUSED = (
    # what is written, where, the code, and what the message must say
    ('paid_on: "2015-03-05"', 'off: "2015-03-05"', "S03", 'key "off" was read as false by YAML. Use paid_on.'),
    ("  wuhu:    {licensee", "  yes:    {licensee", "S03", 'key "yes" was read as true by YAML. Choose another id.'),
    ("places: [CN-AH]", "places: [NO]", "S03", 'place NO was read as false by YAML. Quote it: "NO".'),
    ("title: 区域代理合同", "title: No", "S03", 'title No was read as false by YAML. Quote it: "No".'),
    ("includes: 20", "includes: 0x22", "S07", "0x22 would be read as 34. Write a whole number in digits."),
    ("includes: 20", "includes: 1_234", "S07", "1_234 would be read as 1234. Write 1234."),
    ("order: PO-15-01", "order: 12:30", "S07", '12:30 would be read as 750. Quote it: "12:30".'),
    ("order: PO-15-01", "order: 034", "S07", '034 would be read as 28. Quote it: "034".'),
    ("includes: 20", "includes: 30%", "S13", '"30%" is not a whole number. Write 30.'),
    ("includes: 20", "includes: 20.0", "S13", '"20.0" is not a whole number. Write 20.'),
    ("includes: 20", 'includes: "1,234"', "S13", '"1,234" is not a whole number. Write 1234.'),
    ("includes: 20", "includes: ３４", "S13", '"３４" is not a whole number. Write 34.'),
    ("includes: 20", "includes: .inf", "Q01", "If this edition is unlimited write includes: unlimited."),
    ("includes: 20", "includes: ~", "S11", "is present but empty. Give a value or remove the key."),
    ("includes: 20", 'includes: ""', "S11", "is present but empty. Give a value or remove the key."),
    ('base: "100000.00"', "base: 100000", "S05", 'Quote it: "100000".'),
    ('base: "100000.00"', 'base: "1e5"', "S14", '"1e5" is not a decimal number.'),
    ('base: "100000.00"', 'base: "-5.00"', "S14", '"-5.00" is below 0.'),
    ('percent_of_list: "30"', 'percent_of_list: "30%"', "S14", '"30%" is not a decimal number. Write "30".'),
    ('from: "2015-02-10"', "from: 2015-2-10", "S06", '"2015-2-10" is not a date. Write 2015-02-10.'),
    ('from: "2015-02-10"', "from: 2015/02/10", "S06", '"2015/02/10" is not a date. Write 2015-02-10.'),
    ('from: "2015-02-10"', "from: 20150210", "S06", '"20150210" is not a date. Write 2015-02-10.'),
    ('from: "2015-02-10"', "from: 2015年2月10日", "S06", '"2015年2月10日" is not a date. Write 2015-02-10.'),
    ("permitted: false", "permitted: no", "S15", '"no" is not one of false, true_up.'),
    ("cures_past_overage: false", 'cures_past_overage: "false"', "S15", "Write true or false, without quotes."),
    ("format: 1", "format: 2", "S15", '"2" is not one of 1.'),
)


@pytest.mark.parametrize(("old", "new", "code", "says"), REFUSED, ids=[f"{code} {new}" for _, new, code, _ in REFUSED])
def test_refused(old: str, new: str, code: str, says: str, tmp_path: Path) -> None:
    found = problems(tmp_path, (old, new))
    line = edited((old, new)).split(new)[0].count("\n") + 1
    assert any(p.code == code and says in p.message and p.line == line for p in found), [str(p) for p in found]


def test_an_unquoted_date_is_a_date(tmp_path: Path) -> None:
    estate = load_estate(written(tmp_path, edited(('from: "2015-02-10"', "from: 2015-02-10"))))
    assert estate.contracts["AG-2015-007"].term.from_ == date(2015, 2, 10)


def test_a_number_in_quotes_is_a_number_and_an_id_of_digits_stays_text(tmp_path: Path) -> None:
    estate = load_estate(
        written(tmp_path, edited(("includes: 20", 'includes: "20"'), ("order: PO-15-01", "order: 1501")))
    )
    assert estate.products["libsys"].editions[0].list_prices[0].includes == 20
    assert estate.contracts["AG-2015-007"].authorised[0].order == "1501"


def test_unlimited_is_a_word_and_a_literal_number_can_be_meant(tmp_path: Path) -> None:
    estate = load_estate(written(tmp_path, edited(("includes: 20", "includes: unlimited"))))
    assert estate.products["libsys"].editions[0].list_prices[0].includes == "unlimited"
    estate = load_estate(written(tmp_path, edited(("includes: 20", "includes: 9999, literal: true"))))
    assert estate.products["libsys"].editions[0].list_prices[0].includes == 9999


def test_amounts_keep_every_digit(tmp_path: Path) -> None:
    estate = load_estate(written(tmp_path, edited(('base: "100000.00"', 'base: "123456789012345.10"'))))
    assert estate.products["libsys"].editions[0].list_prices[0].base.amount == Decimal("123456789012345.10")


def test_all_problems_are_told_at_once_in_file_order(tmp_path: Path) -> None:
    edits = [(old, new) for old, new, *_ in (REFUSED[0], REFUSED[4], REFUSED[18], REFUSED[19])]
    found = problems(tmp_path, *edits)
    places = [(problem.line, problem.col) for problem in found]
    assert {"S03", "S07", "S14", "S06"} <= {problem.code for problem in found}
    assert places == sorted(places)


def test_the_example_itself_has_no_error(tmp_path: Path) -> None:
    assert problems(tmp_path, text=EXAMPLE) == ()
