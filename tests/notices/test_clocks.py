"""Time limits around a notice: a number only where the law gives one (A14)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from auditor.errors import ConfigError
from auditor.model.targets.notices import ExpectedAnswer
from auditor.notices import answer_clocks, counter_clocks, log_clocks, parse_working_days
from auditor.workflow import confirm_reply, notice_records_of, receive_reply
from tests.notices.estates import NOTICE, NoticeEstate, held

TABLE = parse_working_days("practice table 2027", "2027-01-01 off\n2027-01-02 off\n# a note\n2027-12-31 end\n")


def test_fifteen_days_of_the_e_commerce_law_over_a_year_end() -> None:
    (clock,) = counter_clocks(["cn-platform"], date(2026, 12, 24))
    assert (clock.until, clock.source, clock.read) == (date(2027, 1, 8), "电商法 43", "primary")


def test_known_error_12_over_a_year_end_and_a_leap_day() -> None:
    (clock,) = counter_clocks(["cn-platform"], date(2028, 2, 20))
    assert clock.until == date(2028, 3, 6), "2028 has a 29 February"
    (clock,) = counter_clocks(["cn-platform"], date(2027, 2, 20))
    assert clock.until == date(2027, 3, 7)


def test_reasonable_is_never_a_number_and_working_days_without_a_table_are_not_checked() -> None:
    general, notarial = counter_clocks(["cn-general"], date(2026, 12, 24))
    assert (general.until, general.says.code, general.not_checked) == (None, "noticeclock.reasonable", False)
    assert (notarial.until, notarial.says.code, notarial.not_checked) == (None, "noticeclock.no_calendar", True)


def test_known_error_12_twenty_working_days_by_a_table_of_a_stated_version() -> None:
    _, notarial = counter_clocks(["cn-general"], date(2026, 12, 24), TABLE)
    assert notarial.until == date(2027, 1, 22), "25 Dec is a Friday; 1 January is off"
    assert notarial.says.text("table") == "practice table 2027"
    _, beyond = counter_clocks(["cn-general"], date(2027, 12, 20), TABLE)
    assert (beyond.until, beyond.not_checked) == (None, True), "the table ends before"


def test_business_days_of_512_g() -> None:
    (clock,) = counter_clocks(["us-512"], date(2026, 12, 24))
    assert (clock.until, clock.not_checked, clock.says.text("least")) == (None, True, "10")
    (clock,) = counter_clocks(["us-512"], date(2026, 12, 24), TABLE)
    assert clock.until == date(2027, 1, 14)


def test_worked_weekends_count() -> None:
    table = parse_working_days("t", "2027-01-09 worked\n")
    assert table.after(date(2027, 1, 8), 1) == date(2027, 1, 9)


@pytest.mark.parametrize("line", ["2027-01-01", "2027-01-01 holiday", "1 Jan off"])
def test_another_line_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_working_days("t", line)


def test_logs_may_be_gone_after_sixty_days_and_six_months() -> None:
    short, long = log_clocks(["cn-general", "cn-platform"], date(2026, 8, 31))
    assert (short.until, long.until) == (date(2026, 10, 30), date(2027, 2, 28))
    assert list(log_clocks(["us-512"], date(2026, 8, 31))) == []


def test_what_a_person_expects_is_said_to_be_no_law() -> None:
    expect = {"cn-general": ExpectedAnswer(10, "practice of the house")}
    measure, expected = answer_clocks(["cn-general"], date(2026, 11, 1), expect)
    assert (measure.until, measure.says.code) == (None, "noticeclock.timely")
    assert (expected.until, expected.says.code) == (date(2026, 11, 11), "noticeclock.expected")
    acknowledged, *_ = answer_clocks(["eu-dsa"], date(2026, 11, 1), {})
    assert (acknowledged.until, acknowledged.read) == (None, "memory")


def test_a_table_of_the_file_is_read_when_a_counter_statement_asks_for_it(estate: NoticeEstate, tmp_path: Path) -> None:
    counter = tmp_path / "counter.pdf"
    counter.write_bytes(b"%PDF-1.4")
    with held(estate.workspace) as instruments:
        kept = receive_reply(instruments, counter, notice=NOTICE, arrived_on=date(2026, 11, 2))
        confirm_reply(instruments, kept.id, "counter_statement", by="B. Counsel", why="it says so")
    (record,) = notice_records_of(estate.workspace, NOTICE, None)
    assert [(one.until, one.not_checked) for one in record.clocks if "notarial" in one.rule] == [(None, True)]
    estate.rewrite("notices:\n", "notices:\n  holidays: {file: days.txt, name: State Council 2026}\n")
    (estate.workspace.root / "days.txt").write_text("2026-11-03 off\n2027-12-31 end\n")
    (record,) = notice_records_of(estate.workspace, NOTICE, None)
    (clock,) = (one for one in record.clocks if "notarial" in one.rule)
    assert (clock.until, clock.says.text("table")) == (date(2026, 12, 1), "State Council 2026")
    (estate.workspace.root / "days.txt").write_text("1 Jan\n")
    with pytest.raises(ConfigError, match=r"days\.txt"):
        notice_records_of(estate.workspace, NOTICE, None)
