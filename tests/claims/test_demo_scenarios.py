"""The scenarios as `targets.yaml` of the demo states them give the sums of the judgment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import auditor.demo
from auditor.claims import award_chart, compute, damages_workbook, result_json
from auditor.model.claims import ClaimFile, ClaimResult
from auditor.model.targets.estate import Estate
from auditor.targets import load_estate
from tests.claims.libnet_case import AGAIN, DECISIONS, SEEN, confirmed, position

FILE = Path(auditor.demo.__file__).parent / "targets.yaml"
POSITIONS = (
    position("libmsc-cn", 20, SEEN, reference=True),
    position("site-90", 34, SEEN, confirmed=30),
    position("libmsc-com", 18, SEEN),
    position("yjzhjy-cn", 25, SEEN, confirmed=25),
    position("libmsc-com", 22, AGAIN, confirmed=15),
)
CONFIRMED = (confirmed("site-90", 30, 4), *DECISIONS[1:3])


@pytest.fixture(scope="module")
def estate() -> Estate:
    return load_estate(FILE)


def computed(estate: Estate, name: str) -> ClaimResult:
    assert isinstance(estate.claims, ClaimFile)
    scenario = estate.claims.scenarios[name]
    return compute(scenario, estate.claims, POSITIONS, CONFIRMED, estate.key_dates, estate)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plaintiff", "70 5800.00 406000.00 2030000.00 58211.00 2088211.00 800000.00 claim"),
        ("first-instance", "70 1500.00 105000.00 341789.00 58211.00 400000.00 400000.00 award_given"),
        ("supreme-court", "70 5000.00 350000.00 1400000.00 58211.00 1400000.00 800000.00 claim"),
        ("supreme-court-additional", "70 5000.00 350000.00 1750000.00 58211.00 1750000.00 800000.00 claim"),
        ("defendant", "25 1500.00 37500.00 37500.00 0.00 37500.00 37500.00 none"),
        ("over-cap-displayed", "19 5000.00 95000.00 95000.00 0.00 95000.00 95000.00 none"),
        ("over-cap-confirmed", "15 5000.00 75000.00 75000.00 0.00 75000.00 75000.00 none"),
        ("all-displayed", "77 5000.00 385000.00 385000.00 0.00 385000.00 385000.00 none"),
    ],
)
def test_sums(estate: Estate, name: str, expected: str) -> None:
    shown = result_json(computed(estate, name))
    assert " ".join(str(value) for value in list(shown.values())[1:-1]) == expected


def test_multipliers_split_and_growth(estate: Estate) -> None:
    first, supreme = computed(estate, "first-instance"), computed(estate, "supreme-court")
    assert (str(first.implied_gross), str(first.implied_net)) == ("3.8095", "3.2551")
    assert (str(supreme.break_even_multiplier), str(supreme.break_even_net)) == ("2.2857", "2.1194")
    assert supreme.split is not None
    assert (supreme.split.until, supreme.split.after, supreme.split.undated) == (45, 25, 0)
    grown = [each for each in supreme.excluded if each.kind == "aggravation"]
    assert [(each.subject, each.units) for each in grown] == [("libmsc-com", 4)]
    assert "ambiguous: 2021-01-27 or 2021-12-07" in grown[0].why


def test_oddities_are_flagged_with_their_candidates(estate: Estate) -> None:
    flags = {flag.subject: flag for flag in computed(estate, "supreme-court").flags}
    assert flags["first-judgment"].candidates == ("2021-01-27", "2021-12-07")
    assert flags["payment-2016"].candidates == ("2016-01-12", "2016-11-02")
    assert flags["fee-first-instance"].candidates == ("11180.00", "11800.00")
    assert "fee-second-instance" not in flags
    assert flags["end-of-term"].candidates == ("2019-02-09", "2020-02-09")
    assert not [flag for flag in flags.values() if "no digest" in flag.text and flag.subject == "judgment"]


def test_all_of_it_can_be_exported(estate: Estate) -> None:
    assert isinstance(estate.claims, ClaimFile)
    results = [computed(estate, name) for name in estate.claims.scenarios]
    assert damages_workbook(results, estate.claims)[:2] == b"PK"
    assert b"<svg" in award_chart(replace(results[0]))
