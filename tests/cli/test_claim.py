"""`auditor claim` and what it refuses, end to end on a small workspace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.small_workspace import TARGETS, Small


@pytest.fixture
def counted(small: Small) -> Small:
    small.capture("suspect", 5, "不限")
    return small


def test_figures_explanation_and_files(counted: Small, tmp_path: Path) -> None:
    found = json.loads(counted.run("claim", "all", "--json"))
    assert found == {
        "scenario": "all", "units": 5, "unit_price": "5000.00", "base": "25000.00", "punitive_total": "100000.00",
        "expenses": "1200.00", "uncapped": "100000.00", "awarded": "90000.00", "binding_constraint": "claim",
        "break_even_multiplier": "3.6000",
    }  # fmt: skip
    said = counted.run("claim", "all", "--explain", "base")
    assert "capture c-001 sha256" in said
    counted.run("claim", "all", "--export", str(tmp_path / "claims"))
    names = {path.name for path in (tmp_path / "claims").iterdir()}
    assert names == {"worksheet.xlsx", "all.derivation.json", "all.svg"}
    listed = counted.run("claim", "--list")
    assert [line.split(":")[0] for line in listed.splitlines()] == ["all", "offered", "mistaken", "since"]


def test_an_assumption_is_changed_by_option_and_the_result_says_so(counted: Small) -> None:
    found = json.loads(counted.run("claim", "all", "--set", "multiplier=2", "--set", "cap-by-claim=false", "--json"))
    assert (found["scenario"], found["awarded"]) == ("all-changed", "50000.00")
    found = json.loads(counted.run("claim", "all", "--set", "multiplier_mode=additional", "--json"))
    assert found["punitive_total"] == "125000.00"
    found = json.loads(counted.run("claim", "all", "--set", "multiplier=", "--json"))
    assert found["awarded"] == "25000.00"
    found = json.loads(counted.run("claim", "all", "--set", "price_basis=contract_net", "--json"))
    assert found["unit_price"] == "1500.00"
    said = counted.run("claim", "all", "--set", "multiplier=2", "--explain", "punitive_total")
    assert "options of the command: multiplier=2" in said
    assert json.loads(counted.run("claim", "all", "--json"))["punitive_total"] == "100000.00"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nothing",), "claim nothing: no such scenario; there are all, offered, mistaken, since"),
        (("all", "--set", "multiplier_mode="), "multiplier 4 without a mode; set it to `total`"),
        (("all", "--set", "multiplier=9"), "lies outside 1 to 5"),
        (("all", "--set", "multiplier=-1"), "expected a decimal number such as 4 or 2.5"),
        (("all", "--set", "multiplier=1e3"), "expected a decimal number"),
        (("all", "--set", "multiplier=NaN"), "expected a decimal number"),
        (("all", "--set", "units=4"), "cannot set 'units=4'; write KEY=VALUE with one of count_basis"),
        (("all", "--set", "count_basis=guessed"), "expected one of displayed, listed, confirmed"),
        (("all", "--set", "cap_by_claim=maybe"), "expected true or false"),
        (("all", "--set", "overage=all_units", "--set", "overage=over_cap"), "overage is set twice; keep one"),
        (("--set", "multiplier=4"), "name exactly one scenario to change"),
        (("all", "--set", "count_basis=confirmed"), "no confirmed count of branch for suspect"),
        (("mistaken",), "single is not comparable"),
        (("offered",), "nobody decided"),
        (("since",), "unknown date 'judgment-2'"),
        (("since", "--set", "growth_since=judgment-1"), "judgment-1"),
        (("all", "--set", "legal_model=us"), "17 U.S.C. 504 knows no punitive multiplier"),
        (("--explain", "base"), "name exactly one scenario"),
        (("all", "--explain", "sum"), "no figure 'sum' to explain; name one of units"),
        (("all", "--as-of", "soon"), "expected a day such as 2021-11-10"),
    ],
)
def test_bad_input_exits_with_2_and_one_line_that_says_what_to_do(
    counted: Small, arguments: tuple[str, ...], says: str
) -> None:
    assert says in counted.refused("claim", *arguments)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("      multiplier_mode: total\n", "", "multiplier 4 without a mode"),
        ('amount: "1200.00"}', 'amount: "1200.00", currency: USD}', "expense notary is in USD, the claim in CNY"),
        ("count_basis: displayed", "count_basis: stated\n      stated: {suspect: -5}", "-5"),
        ("multiplier: \"4\"", "multiplier: 4", "multiplier"),
        ("price_basis: list", "price_basis: list\n      deployments: [suspekt]", "suspekt"),
    ],
)  # fmt: skip
def test_a_claims_section_that_cannot_be_meant_is_refused(counted: Small, old: str, new: str, says: str) -> None:
    assert old in TARGETS
    (counted.root / "targets.yaml").write_text(TARGETS.replace(old, new, 1), encoding="utf-8")
    said = counted.run("claim", "all", expect=2)
    assert says in said
    assert all(line for line in said.splitlines())


def test_a_workspace_without_claims_says_where_they_are_described(counted: Small) -> None:
    text = TARGETS[: TARGETS.index("claims:")]
    (counted.root / "targets.yaml").write_text(text, encoding="utf-8")
    assert "no claims section. Add claims: with scenarios (see docs/claims.md)" in counted.refused("claim")


def test_the_report_tells_every_scenario_and_why_one_cannot_be_computed(counted: Small) -> None:
    told = {one["scenario"]: one for one in counted.report()["claims"]}
    assert told["all"]["figures"]["awarded"] == "90000.00"
    assert told["all"]["derivations"]["base"]["inputs"]
    assert "nobody decided" in told["offered"]["refused"]
    page = counted.root / "r.html"
    counted.run("report", "-o", str(page))
    text = page.read_text(encoding="utf-8")
    assert 'id="claims"' in text
    assert "CNY 90,000" in text
    assert "data:image/svg+xml;base64," in text
