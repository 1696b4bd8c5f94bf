"""What is new since the last time, what named persons decided, and when a finding comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from auditor.model.findings import Decision, Finding
from auditor.model.targets.estate import Estate
from auditor.reconciliation import coming_expiries
from auditor.reconciliation.finding_state import mark_baseline, with_decisions
from auditor.wording import english
from tests.reconciliation.rule_worlds import World
from tests.reconciliation.worked_contract import at, seen


def over(used: int) -> Finding:
    world = World(observations=(seen("hefei", "2019-11-20", used, 20),))
    (found,) = [one for one in world.told() if one.rule == "Q101"]
    return found


def decided(state: str, units: int | None) -> Decision:
    return Decision(
        "d1", "finding", at("2019-11-21"), "analyst", "invoice 77", over(22).fingerprint, text=state, value=units
    )


def test_the_fingerprint_holds_no_number() -> None:
    assert over(22).fingerprint == over(30).fingerprint == "Q101/AG-2015-007/hefei/branch"


def test_new_unchanged_updated_and_absent() -> None:
    near = [one for one in World(observations=(seen("hefei", "2019-11-20", 19, 20),)).told() if one.rule == "Q105"]
    states = {one.rule: one.baseline for one in mark_baseline((over(22), *near), (over(22),))}
    assert states == {"Q101": "unchanged", "Q105": "absent"}
    (changed,) = mark_baseline((over(22),), (over(23),))
    assert (changed.baseline, changed.units) == ("updated", 3)
    (fresh,) = mark_baseline((), (over(22),))
    assert fresh.baseline == "new"


def test_what_was_absent_before_is_new_when_it_returns_and_is_not_told_absent_twice() -> None:
    gone = mark_baseline((over(22),), ())
    assert [one.baseline for one in gone] == ["absent"]
    assert mark_baseline(gone, ()) == ()
    assert [one.baseline for one in mark_baseline(gone, (over(22),))] == ["new"]


@pytest.mark.parametrize("state", ["acknowledged", "confirmed", "explained", "settled", "dismissed"])
def test_a_decision_gives_the_state_and_says_who_and_why(state: str) -> None:
    (found,) = with_decisions((over(22),), (decided(state, 2),), at("2019-12-01"))
    assert found.life == state
    assert english(found.life_why) == "analyst, 2019-11-21: invoice 77"


@pytest.mark.parametrize(
    ("state", "used", "life"),
    [
        ("settled", 23, "reopened"),
        ("explained", 23, "reopened"),
        ("dismissed", 23, "reopened"),
        ("settled", 22, "settled"),
        ("settled", 21, "settled"),
        ("confirmed", 23, "confirmed"),
    ],
)
def test_a_closed_finding_is_reopened_when_its_number_rises(state: str, used: int, life: str) -> None:
    (found,) = with_decisions((over(used),), (decided(state, 2),), at("2019-12-01"))
    assert found.life == life
    if life == "reopened":
        assert f"{state} at 2, now 3" in english(found.life_why)


def test_a_decision_without_number_is_reopened_against_the_last_time() -> None:
    settled = decided("settled", None)
    (before,) = with_decisions((over(22),), (settled,), at("2019-12-01"))
    (now,) = with_decisions((over(23),), (settled,), at("2019-12-02"))
    assert now.life == "settled"
    (compared,) = mark_baseline((before,), (now,))
    assert (compared.life, compared.baseline) == ("reopened", "updated")


def test_a_suppression_needs_a_reason_and_ends_after_its_day() -> None:
    asked = replace(decided("", None), id="d2", kind="suppression", expires_on=date(2019, 12, 31), reason="in talks")
    for on, life in (("2019-12-31", "suppressed"), ("2020-01-01", "new"), ("2019-11-20", "new")):
        (found,) = with_decisions((over(22),), (asked,), at(on))
        assert found.life == life
    (bare,) = with_decisions((over(22),), (replace(asked, reason=""),), at("2019-12-01"))
    assert bare.life == "new"
    (told,) = with_decisions((over(22),), (asked,), at("2019-12-01"))
    assert english(told.life_why) == "analyst until 2019-12-31: in talks"


@pytest.mark.parametrize(("day", "told"), [("2019-12-31", ["2019-12-31"]), ("2019-12-30", []), ("0001-01-01", [])])
def test_the_last_day_of_a_suppression_is_the_day_it_ends(day: str, told: list[str]) -> None:
    made = replace(decided("", None), id="d2", kind="suppression", expires_on=date.fromisoformat(day), reason="talks")
    nothing = Estate("UTC", "CNY", {}, {}, {}, {}, {})
    assert [str(one.on) for one in coming_expiries(nothing, [made], at("2019-12-31"), 0)] == told


def test_the_latest_decision_that_none_supersedes_holds() -> None:
    later = replace(decided("confirmed", 2), id="d9", at=at("2019-11-25"), supersedes="d1")
    (found,) = with_decisions((over(22),), (decided("dismissed", 2), later), at("2019-12-01"))
    assert found.life == "confirmed"
    (earlier,) = with_decisions((over(22),), (decided("dismissed", 2), later), at("2019-11-24"))
    assert earlier.life == "dismissed"
