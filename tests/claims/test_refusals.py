"""Bad input: one line that names the thing, the fact and the next move; and the exit code of bad input."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from auditor.claims import compare, court_fee, damages_workbook, explain, late_interest, units_paid
from auditor.errors import ClaimError
from auditor.model.claims import GivenAward, Scenario, StatutoryRange
from auditor.model.findings import Decision, StoppedConfirmation
from auditor.model.notes import make_note
from auditor.model.targets.contracts import Money
from tests.claims.libnet_case import AGAIN, DECISIONS, FILE, POSITIONS, SEEN, cny, confirmed, position, result

SUPREME = FILE.scenarios["supreme-court"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"multiplier_mode": None}, "multiplier 4 without a mode; set it to `total`"),
        ({"multiplier": None}, "a multiplier mode without a multiplier"),
        ({"multiplier": Decimal("0.5")}, "multiplier 0.5 lies outside 1 to 5"),
        ({"multiplier": Decimal(6)}, "multiplier 6 lies outside 1 to 5"),
        ({"head": "statutory"}, "statutory damages are not multiplied"),
        ({"legal_model": "us"}, "17 U.S.C. 504 knows no punitive multiplier"),
        ({"legal_model": "mars"}, "unknown legal model 'mars'; name one of china, us"),
        ({"award": GivenAward(cny("1"))}, "a multiplier and a given award"),
        ({"deployments": ("nowhere",)}, "unknown deployment 'nowhere'; name one of libmsc-cn"),
        ({"deployments": ("libmsc-cn",)}, "libmsc-cn is a reference deployment and is never counted"),
        ({"deployments": ("port-90", "port-90")}, "named twice"),
        ({"as_of": "never"}, "as_of: unknown date 'never'; name a key date of targets.yaml"),
        ({"as_of": "2020-01-01"}, "no confirmed count of branch for port-90"),
        ({"count_basis": "displayed", "as_of": "2020-01-01"}, "no capture of port-90 counts branch up to 2020-01-01"),
        ({"count_basis": "by_code"}, "gives no by_code count of branch: not observed is not zero"),
        ({"count_basis": "stated"}, "no stated number for port-90"),
        ({"count_basis": "stated", "stated": {"port-90": -1}}, "-1 units at port-90: a count cannot be below zero"),
        ({"overage": "growth_since"}, "growth is counted on `displayed` or `listed`"),
        ({"overage": "growth_since", "count_basis": "displayed"}, "set `growth_since` to a key date or a day"),
        (
            {"overage": "growth_since", "count_basis": "displayed", "growth_since": "once"},
            "growth since: unknown date 'once'",
        ),
        ({"overage": "over_cap", "cap_from": "port-90"}, "cap_from 'port-90' is neither `edition` nor a reference"),
        ({"overage": "over_cap", "edition_base": "in"}, "use it with `overage: all_units`"),
        ({"price_basis": "evidence"}, "unknown price evidence ''; name one of market-5800, single-library"),
        ({"price_basis": "evidence", "evidence": "single-library"}, "single-library is not comparable"),
        ({"price_basis": "evidence", "evidence": "market-5800"}, "nobody decided it"),
        ({"price_basis": "contract_net", "contract": "other"}, "contract_net needs a contract, not 'other'"),
        ({"edition": "gold"}, "product libnet has no edition 'gold'; name one of standard, professional, flagship"),
        ({"product": "other"}, "product 'other' is not in targets.yaml"),
        ({"priced_on": "2010-01-01"}, "no list price of flagship is in force on 2010-01-01"),
        ({"split": "other"}, "unknown split 'other'; name one of defendant"),
        ({"relies_on": ("other",)}, "unknown judgment 'other'"),
        (
            {"statutory": StatutoryRange(works=1), "legal_model": "us", "multiplier": None, "multiplier_mode": None},
            "statutory range is in USD, the claim in CNY",
        ),
    ],
)
def test_scenarios_that_cannot_be_computed(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ClaimError) as caught:
        result(replace(SUPREME, **changes))
    words = str(caught.value)
    assert said in words
    assert "\n" not in words
    assert caught.value.exit_code == 2


def test_mixed_currencies() -> None:
    dollars = Money(Decimal(100), "USD")
    costs = (replace(FILE.expenses[0], amount=dollars),)
    with pytest.raises(ClaimError, match="expense enforcement is in USD, the claim in CNY"):
        result(SUPREME, file=replace(FILE, expenses=costs))
    assert FILE.claim is not None
    with pytest.raises(ClaimError, match="the sum claimed is in USD, the claim in CNY"):
        result(SUPREME, file=replace(FILE, claim=replace(FILE.claim, amount=dollars)))
    with pytest.raises(ClaimError, match="in one currency"):
        compare([result(SUPREME), replace(result(SUPREME), currency="USD")])


def test_negative_amounts_and_no_numbers() -> None:
    with pytest.raises(ClaimError, match="an amount cannot be below zero"):
        result(SUPREME, file=replace(FILE, expenses=(replace(FILE.expenses[0], amount=cny("-1")),)))
    with pytest.raises(ClaimError, match="an amount must be a number"):
        result(SUPREME, file=replace(FILE, expenses=(replace(FILE.expenses[0], amount=cny("NaN")),)))
    with pytest.raises(ClaimError, match="the award less its expenses is -1"):
        result(replace(FILE.scenarios["first-instance"], award=GivenAward(cny("58210"))))


def test_amounts_a_document_does_not_print() -> None:
    with pytest.raises(ClaimError, match="expense enforcement states no amount"):
        result(SUPREME, file=replace(FILE, expenses=(replace(FILE.expenses[0], amount=None),)))
    shown = replace(FILE.expenses[1], amount=None)
    assert result(SUPREME, file=replace(FILE, expenses=(FILE.expenses[0], shown))).expenses == cny("58211.00")
    with pytest.raises(ClaimError, match="price evidence market-5800 states no value"):
        evidence = (replace(FILE.price_evidence[0], value=None),)
        result(FILE.scenarios["plaintiff"], file=replace(FILE, price_evidence=evidence))


def test_no_claim_stated() -> None:
    with pytest.raises(ClaimError, match="no claim is stated; add `claim:`"):
        result(SUPREME, file=replace(FILE, claim=None))
    uncapped = result(replace(SUPREME, cap_by_claim=False), file=replace(FILE, claim=None))
    assert uncapped.awarded == cny("1400000.00")
    assert uncapped.break_even_multiplier is None


def test_position_and_decision_that_disagree_stop_the_computation() -> None:
    wrong = tuple(replace(row, confirmed=31) if row.deployment == "port-90" else row for row in POSITIONS)
    with pytest.raises(ClaimError, match="the position of port-90 states 31 confirmed, the decisions state"):
        result(SUPREME, positions=wrong)


STOPPED = StoppedConfirmation(
    "confirm-libmsc-com",
    15,
    "analyst",
    SEEN.date(),
    AGAIN.date(),
    AGAIN,
    "libmsc-com-20220315",
    make_note("confirmation.count_changed", before=18, after=22),
)


def test_a_confirmed_count_that_holds_no_more_is_no_basis_for_the_newest_capture() -> None:
    grown = (*POSITIONS[:-1], replace(POSITIONS[-1], confirmation_stopped=STOPPED))
    with pytest.raises(ClaimError, match=r"15 confirmed for libmsc-com held until 2021-11-10 .* 18 became 22") as told:
        result(SUPREME, positions=grown)
    assert "confirm the count anew" in str(told.value)
    assert result(replace(SUPREME, as_of="2021-11-30"), positions=grown).units == 70
    assert result(replace(SUPREME, as_of="first"), positions=grown).units == 70


def test_superseded_decision_counts_no_more() -> None:
    later = replace(
        confirmed("port-90", 29, 5), id="later", supersedes="confirm-port-90", at=datetime(2022, 1, 1, tzinfo=UTC)
    )
    found = [replace(row, confirmed=29) if row.deployment == "port-90" else row for row in POSITIONS]
    assert result(SUPREME, positions=tuple(found), decisions=(*DECISIONS, later)).units == 69


def test_unknown_displayed_count_is_never_zero() -> None:
    unseen = (position("port-90", None, SEEN),)
    with pytest.raises(ClaimError, match="gives no displayed count of branch: not observed is not zero"):
        result(Scenario("seen", count_basis="displayed"), positions=unseen)


def test_first_capture_is_the_first_that_shows_a_number() -> None:
    seen = (position("port-90", None, SEEN), position("port-90", 5, AGAIN))
    assert result(Scenario("seen", count_basis="displayed", as_of="first"), positions=seen).units == 5


def test_first_capture_needs_the_whole_history() -> None:
    later = replace(position("port-90", 5, AGAIN), captures=2)
    with pytest.raises(ClaimError, match="captured 2 times and 1 are given"):
        result(Scenario("seen", count_basis="displayed", as_of="first"), positions=(later,))
    both = (position("port-90", 4, SEEN), later)
    assert result(Scenario("seen", count_basis="displayed", as_of="first"), positions=both).units == 4


def test_price_decision_makes_evidence_comparable_but_never_another_mode() -> None:
    def judged(subject: str) -> Decision:
        moment = datetime(2023, 1, 1, tzinfo=UTC)
        return Decision("p", "price_evidence", moment, "lawyer", "same product", subject, text="comparable")

    court = replace(SUPREME, price_basis="evidence", evidence="market-5800")
    found = result(court, decisions=(*DECISIONS, judged("market-5800")))
    assert found.unit_price == cny("5800.00")
    sources = found.derivations["unit_price"].inputs[0].sources
    assert [source.kind for source in sources] == ["document", "decision"]
    with pytest.raises(ClaimError, match="it prices mode 单馆"):
        result(replace(court, evidence="single-library"), decisions=(*DECISIONS, judged("single-library")))


def test_explain_names_what_can_be_explained() -> None:
    with pytest.raises(ClaimError, match="no figure 'bas' to explain; name one of units, unit_price, base"):
        explain(result(SUPREME), "bas")


def test_statutes_refuse_what_they_do_not_cover() -> None:
    from auditor.claims import LEGAL_MODELS

    with pytest.raises(ClaimError, match="has no fee scale"):
        court_fee(Decimal(1), LEGAL_MODELS["us"])
    with pytest.raises(ClaimError, match="states no daily rate"):
        late_interest(Decimal(1), 1, LEGAL_MODELS["us"])
    for call in (
        lambda: court_fee(Decimal(-1)),
        lambda: late_interest(Decimal(1), -1),
        lambda: units_paid(Decimal(1), Decimal(0)),
    ):
        with pytest.raises(ClaimError):
            call()


def test_worksheet_refuses_nothing_twice_and_too_many_digits() -> None:
    found = result(SUPREME)
    with pytest.raises(ClaimError, match="one currency"):
        damages_workbook([], FILE)
    with pytest.raises(ClaimError, match="named twice"):
        damages_workbook([found, found], FILE)
    huge = replace(FILE, claim=replace(FILE.claim, amount=cny("12345678901234.56")))  # type: ignore[type-var]
    with pytest.raises(ClaimError, match="more digits than a spreadsheet keeps"):
        damages_workbook([result(SUPREME, file=huge)], huge)
