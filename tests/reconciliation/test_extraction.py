"""From a reading and its capture to observations: a number only where a view was observed and one number was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from auditor.errors import ReadingError
from auditor.model.captures import Artefact, Capture, Outcome, StepRecord, View
from auditor.model.findings import Unobserved
from auditor.model.notes import quote_text
from auditor.model.reading.observations import Observation
from auditor.model.reading.reading_checks import CHECK_NAMES, ReadingCheck, ReadingChecks
from auditor.model.reading.readings import (
    Box,
    Candidate,
    DateReading,
    FieldReading,
    FieldStatus,
    ListedRow,
    ListingReading,
    Locator,
    Quantity,
    QuantityKind,
    Reading,
)
from auditor.model.targets.contracts import Metric
from auditor.model.targets.deployments import FieldSpec, ListingSpec, PageSpec
from auditor.model.targets.estate import Estate
from auditor.reconciliation import observe
from auditor.wording import english
from tests.reconciliation.rule_worlds import BASE, HEFEI
from tests.reconciliation.worked_contract import LIBSYS, estate

WHEN = datetime(2021, 11, 10, 2, 3, 4, tzinfo=UTC)
PAGES = {
    "registration": PageSpec(
        "registration",
        fields=(
            FieldSpec("used", "count", "used", "branch", ("当前分馆数量",)),
            FieldSpec("cap", "count", "cap", "branch", ("分馆授权数量",)),
            FieldSpec("users_used", "count", "used", "user", ("当前用户数量",), required=False),
            FieldSpec("edition", "text"),
            FieldSpec("registered_on", "date"),
        ),
    ),
    "branches": PageSpec("branches", listing=ListingSpec("branches", "branch")),
    "administrators": PageSpec("administrators", listing=ListingSpec("administrators", "administrator")),
}
WORLD: Estate = replace(
    estate(BASE, (replace(HEFEI, pages=("registration", "branches", "administrators")),)), pages=PAGES
)


def view(name: str, outcome: Outcome = "observed", seconds: int = 0) -> View:
    moment = WHEN + timedelta(seconds=seconds)
    page = name.partition("-")[0]
    why = "" if outcome == "observed" else f"ended {outcome}"
    return View(name, page, 1, f"http://h/{page}", f"http://h.example:90/{page}", outcome, why, 200, moment)


def capture(*views: View, facts: Mapping[str, str] | None = None, steps: tuple[StepRecord, ...] = ()) -> Capture:
    artefacts = tuple(
        Artefact(f"{one.id}/domsnapshot.json.gz", "application/gzip", f"{number:064x}", 9, "cdp")
        for number, one in enumerate(views, 1)
    )
    return Capture(
        "c-1", "hefei", "r-1", "i-1", "browser", WHEN, WHEN + timedelta(seconds=60), views, steps, artefacts,
        facts=facts or {},
    )  # fmt: skip


def place(raw: str, where: str) -> Candidate:
    return Candidate(raw, Locator(where, f"{where}/domsnapshot.json.gz", f"html/{raw}"), Box(1, 2, 3, 4), True)


def count(
    name: str,
    raw: str,
    value: int | None,
    kind: QuantityKind = "exact",
    *,
    status: FieldStatus = "read",
    metric: str = "branch",
    where: str = "registration",
    sure: bool = True,
) -> FieldReading:
    role = "cap" if name == "cap" else "used"
    quantities = (
        (
            Quantity(
                "cap" if role == "cap" else "used", kind, value, raw, "plain", "certain" if sure else "needs_review"
            ),
        )
        if status == "read"
        else ()
    )
    found = () if status == "missing" else (place(raw, where),)
    return FieldReading(
        name,
        "count",
        status,
        found,
        quantities=quantities,
        metric=metric,
        why=None if status == "read" else quote_text("why"),
        checks=ALL_PASSED,
    )


ALL_PASSED = ReadingChecks(*(ReadingCheck("passed") for _ in CHECK_NAMES))


def text(name: str, value: str) -> FieldReading:
    return FieldReading(name, "text", "read", (place(value, "registration"),), value)


def dated(name: str, raw: str, *days: date) -> FieldReading:
    reading = DateReading(raw, days, "iso")
    return FieldReading(name, "date", "read", (place(raw, "registration"),), raw, dates=reading)


def listing(name: str, metric: str, *cells: Mapping[str, str], complete: bool = True) -> ListingReading:
    where = f"{name}-1"
    rows = tuple(
        ListedRow(
            one,
            Locator(where, f"{where}/domsnapshot.json.gz", "tr"),
            None,
            DateReading(one["added_on"], (date.fromisoformat(one["added_on"]),), "iso") if "added_on" in one else None,
        )
        for one in cells
    )
    return ListingReading(name, metric, rows, 1, None, complete)


def seen(
    fields: tuple[FieldReading, ...], listings: tuple[ListingReading, ...] = (), visit: Capture | None = None
) -> tuple[tuple[Observation, ...], tuple[Unobserved, ...]]:
    reading = Reading("c-1", "hefei", "reader 1", fields, listings)
    return observe(reading, visit or capture(view("registration")), sealed=True, estate=WORLD)


FULL = (
    count("used", "34", 34),
    count("cap", "不限", None, "unlimited"),
    text("edition", "旗舰版"),
    dated("registered_on", "2018-09-19", date(2018, 9, 19)),
)


def test_a_page_gives_count_cap_identity_and_what_they_rest_on() -> None:
    visit = capture(view("registration"), facts={"address": "192.0.2.7", "tls_sha256": "ab"})
    ((found,), missed) = seen(FULL, (), visit)
    assert missed == ()
    assert (found.displayed, found.displayed_raw, found.cap, found.cap_raw) == (34, "34", "unlimited", "不限")
    assert (found.captured_at, found.sealed, found.certain, found.state) == (WHEN, True, True, "complete")
    assert found.fields["edition"] == "旗舰版"
    assert found.fields["registered_on"] == "2018-09-19"
    assert found.connection["host"] == "h.example:90"
    assert found.connection["address"] == "192.0.2.7"
    basis = found.basis["displayed"]
    assert (basis.sha256, basis.raw_text, basis.locator, basis.box) == (f"{1:064x}", "34", "html/34", Box(1, 2, 3, 4))
    assert (basis.artefact, basis.view, basis.captured_at) == ("registration/domsnapshot.json.gz", "registration", WHEN)


def test_a_number_whose_bytes_are_not_in_the_manifest_is_refused() -> None:
    stray = replace(FULL[0], candidates=(place("34", "elsewhere"),))
    with pytest.raises(ReadingError, match="its manifest does not list"):
        seen((stray,), (), replace(capture(view("registration"), view("elsewhere")), artefacts=()))


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        (count("used", "–", None, status="missing"), "missing: why"),
        (count("used", "3 4", None, status="conflict"), "conflict: why"),
        (count("used", "34", None, status="not_shown"), "not_shown: why"),
        (count("used", "约34", 34, "approximate"), "ambiguous: the text '约34' reads as approximate"),
        (count("used", "34+", 34, "at_least"), "ambiguous"),
        (count("used", "不限", None, "unlimited"), "ambiguous"),
        (count("used", "34", 34, where="branches-1"), "missing: the view branches-1 did not end as observed"),
    ],
)
def test_anything_but_one_observed_number_is_a_reason_and_no_number(field: FieldReading, reason: str) -> None:
    visit = capture(view("registration"), view("branches-1", "not_settled"))
    ((found,), missed) = seen((field, FULL[1]), (), visit)
    assert found.displayed is None
    assert english(found.unreadable["displayed"]).startswith(reason)
    assert [one.outcome for one in missed] == ["not_settled", "no_number"]
    assert found.cap == "unlimited"


def test_two_fields_that_disagree_give_none() -> None:
    ((found,), _) = seen((count("used", "34", 34), count("used", "35", 35)))
    assert found.displayed is None
    assert english(found.unreadable["displayed"]) == "conflict: 34; 35"


TWO_PAGES = {
    **PAGES,
    "dashboard": PageSpec(
        "dashboard", fields=(FieldSpec("used", "count", "used", "branch", ("在用",)), FieldSpec("edition", "text"))
    ),
}


def on_two_pages(
    *fields: FieldReading, pages: Mapping[str, PageSpec] | None = None
) -> tuple[Mapping[str, Observation], tuple[Unobserved, ...]]:
    reading = Reading("c-1", "hefei", "reader 1", fields, ())
    visit = capture(view("registration"), view("dashboard"))
    world = replace(WORLD, pages=pages or TWO_PAGES)
    found, missed = observe(reading, visit, sealed=True, estate=world)
    return {one.metric: one for one in found}, missed


def test_two_pages_that_disagree_about_one_count_are_a_conflict_with_both_shown() -> None:
    found, missed = on_two_pages(count("used", "34", 34), count("used", "36", 36, where="dashboard"))
    assert (found["branch"].displayed, found["branch"].counted) == (None, None)
    assert english(found["branch"].unreadable["displayed"]) == "conflict: registration: 34; dashboard: 36"
    assert [one.outcome for one in missed] == ["no_number"]


def test_two_pages_that_agree_give_the_count_once() -> None:
    found, missed = on_two_pages(count("used", "34", 34), count("used", "34", 34, where="dashboard"))
    assert (found["branch"].displayed, found["branch"].unreadable, missed) == (34, {}, ())


def test_one_field_id_for_another_metric_on_each_page_keeps_its_own_number() -> None:
    users = replace(TWO_PAGES["dashboard"], fields=(FieldSpec("used", "count", "used", "user", ("用户",)),))
    other = count("used", "73", 73, metric="user", where="dashboard")
    several = replace(WORLD, products={"libsys": replace(LIBSYS, metrics=(*LIBSYS.metrics, Metric("user", "用户")))})
    reading = Reading("c-1", "hefei", "reader 1", (count("used", "34", 34), other), ())
    visit = capture(view("registration"), view("dashboard"))
    found, _ = observe(reading, visit, sealed=True, estate=replace(several, pages={**TWO_PAGES, "dashboard": users}))
    assert [(one.metric, one.displayed) for one in found] == [("branch", 34), ("user", 73)]


def test_two_pages_that_state_another_text_give_none_and_show_both() -> None:
    other = FieldReading("edition", "text", "read", (place("标准版", "dashboard"),), "标准版")
    found, _ = on_two_pages(count("used", "34", 34), text("edition", "旗舰版"), other)
    assert "edition" not in found["branch"].fields
    assert english(found["branch"].unreadable["edition"]) == "conflict: registration: 旗舰版; dashboard: 标准版"
    same = FieldReading("edition", "text", "read", (place("旗舰 版", "dashboard"),), "旗舰 版")
    found, _ = on_two_pages(count("used", "34", 34), text("edition", "旗舰版"), same)
    assert (found["branch"].fields["edition"], found["branch"].unreadable) == ("旗舰版", {})


def test_a_number_that_needs_review_is_kept_and_marked() -> None:
    ((found,), _) = seen((count("used", "34*", 34, sure=False),))
    assert (found.displayed, found.certain) == (34, False)


def test_an_upper_bound_is_a_cap() -> None:
    ((found,), _) = seen((FULL[0], count("cap", "不超过50", 50, "at_most")))
    assert found.cap == 50


def test_a_field_that_need_not_be_there_is_no_gap() -> None:
    users = count("users_used", "", None, status="missing", metric="user")
    ((found,), missed) = seen((*FULL, users))
    assert (found.metric, missed) == ("branch", ())
    assert "users_used" not in found.unreadable


def test_views_that_failed_are_told_and_a_failed_capture_gives_no_observation() -> None:
    found, missed = seen((), (), capture(view("registration", "login_refused")))
    assert found == ()
    assert [(one.page, one.outcome, english(one.why)) for one in missed] == [
        ("registration", "login_refused", "ended login_refused")
    ]


def test_a_visit_that_brought_back_no_view_is_told_with_its_failed_step() -> None:
    step = StepRecord("goto", WHEN, WHEN, False, "name not resolved")
    found, missed = seen((), (), capture(steps=(step,)))
    assert found == ()
    assert [(one.outcome, english(one.why)) for one in missed] == [("error", "goto: name not resolved")]


def test_a_label_that_the_visit_missed_is_told_once() -> None:
    visit = capture(view("registration", "label_missing"), view("branches-1"))
    found, missed = seen(
        (count("used", "", None, status="missing"),), (listing("branches", "branch", {"code": "1"}),), visit
    )
    assert [one.outcome for one in missed] == ["label_missing"]
    assert (found[0].displayed, found[0].listed) == (None, 1)


def test_listed_is_every_row_and_rows_carry_their_cells() -> None:
    rows = ({"code": "F1", "name": "一", "kind": "分馆", "added_on": "2018-11-03"}, {"code": "T1", "kind": "测试"})
    visit = capture(view("registration"), view("branches-1", seconds=5))
    ((found,), _) = seen(FULL, (listing("branches", "branch", *rows),), visit)
    assert (found.listed, found.listed_complete) == (2, True)
    assert [row.get("kind") for row in found.rows] == ["分馆", "测试"]
    assert found.rows[0]["added_on"] == "2018-11-03"
    assert found.basis["listed"].sha256 == f"{2:064x}"
    assert found.captured_at == WHEN


def test_a_list_with_a_page_that_failed_is_not_counted() -> None:
    visit = capture(view("registration"), view("branches-1", "timed_out"))
    ((found,), _) = seen(FULL, (listing("branches", "branch", {"code": "F1"}),), visit)
    assert (found.listed, found.listed_complete, found.rows) == (None, False, ())


LISTED = replace(WORLD, deployments={"hefei": replace(WORLD.deployments["hefei"], pages=("branches",))})
"""The same deployment, described by its list alone."""


def by_list(visit: Capture, *, complete: bool = True, estate: Estate = LISTED) -> tuple[Observation, list[Unobserved]]:
    rows = listing("branches", "branch", {"code": "F1"}, {"code": "F2"}, complete=complete)
    ((found,), missed) = observe(Reading("c-1", "hefei", "r 1", (), (rows,)), visit, sealed=True, estate=estate)
    return found, list(missed)


def test_a_page_that_states_no_number_is_counted_by_its_complete_list() -> None:
    found, missed = by_list(capture(view("branches-1")))
    assert (found.displayed, found.listed, found.counted, missed) == (None, 2, 2, [])
    assert found.basis["listed"].sha256 == f"{1:064x}"


def test_an_incomplete_list_alone_gives_no_number_and_says_why() -> None:
    found, missed = by_list(capture(view("branches-1")), complete=False)
    assert (found.displayed, found.listed, found.counted) == (None, 2, None)
    assert {key: english(why) for key, why in found.unreadable.items()} == {
        "listed": "incomplete: the end of the list was not reached"
    }
    assert [(one.page, one.outcome) for one in missed] == [("branches", "no_number")]


@pytest.mark.parametrize("views", [(view("branches-1"),), (view("branches-1"), view("registration", "timed_out"))])
def test_a_list_never_stands_in_for_a_number_whose_page_was_not_seen(views: tuple[View, ...]) -> None:
    found, missed = by_list(capture(*views), estate=WORLD)
    assert (found.listed, found.counted) == (2, None)
    assert (
        english(found.unreadable["displayed"])
        == "missing: the page registration, which states it, did not end as observed"
    )
    assert missed


def test_a_list_never_stands_in_for_a_number_that_was_not_read() -> None:
    visit = capture(view("registration"), view("branches-1"))
    rows = listing("branches", "branch", {"code": "F1"})
    ((found,), _) = seen((count("used", "–", None, status="unreadable"),), (rows,), visit)
    assert (found.displayed, found.listed, found.counted) == (None, 1, None)


def test_the_first_account_of_another_list_dates_the_deployment() -> None:
    accounts = listing(
        "administrators",
        "administrator",
        {"login": "b", "added_on": "2018-12-01"},
        {"login": "a", "added_on": "2018-11-03"},
    )
    visit = capture(view("registration"), view("administrators-1"))
    ((found,), _) = seen(FULL, (accounts,), visit)
    assert found.derived["accounts_from"] == "2018-11-03"
    assert "2018-11-03" in found.basis["accounts_from"].raw_text


def test_a_date_with_two_readings_is_kept_as_written_and_flagged() -> None:
    unclear = dated("registered_on", "2021127日", date(2021, 1, 27), date(2021, 12, 7))
    ((found,), _) = seen((*FULL[:3], unclear))
    assert found.fields["registered_on"] == "2021127日"
    assert english(found.unreadable["registered_on"]) == "ambiguous: '2021127日' may be 2021-01-27, 2021-12-07"


def test_a_page_of_a_deployment_without_the_products_metrics_gives_none() -> None:
    assert LIBSYS.metrics[0].id == "branch"
    found, missed = seen((text("product", "LIBNET"),))
    assert (found, missed) == ((), ())
