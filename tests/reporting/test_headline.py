"""The answer in one sentence: what is owed under true-up stands there, by customer and with its amount."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from rich.console import Console

from auditor.model.findings import Finding, Position, TrueUp
from auditor.model.reports import Report
from auditor.model.targets.contracts import Money
from auditor.reporting import LANGS, Lang, as_html, as_json, print_summary
from auditor.reporting.headline import headline_sentence
from auditor.reporting.summary import summarise
from auditor.reporting.translations import load_translations
from tests.reporting.sample_report import Sample

OWED = TrueUp(date(2021, 2, 9), "high_water_mark", Decimal(3), date(2021, 11, 10), Money(Decimal("4500.00"), "CNY"))
UNPRICED = replace(OWED, amount=None)


def owing(sample: Sample, *parts: TrueUp, **more: object) -> Report:
    """Two deployments of one customer: the first owes by true-up, nothing is over."""
    first, second = sample.report.positions[:2]
    shown: dict[str, object] = {"status": "over_permitted", "over_by": 3, "true_up": parts, "contract": "oem-2015"}
    changed = replace(first, **(shown | more))  # type: ignore[arg-type]
    within: Position = replace(second, status="within", over_by=0, list_value=None)
    return replace(
        sample.report,
        positions=(changed, within),
        findings=(),
        customers={"oem-2015": "anhui"},
        names={**sample.report.names, "anhui": "安徽代理商"},
    )


def head(report: Report, lang: Lang = "en") -> str:
    return headline_sentence(report, summarise(report), load_translations(lang))


def test_what_is_owed_stands_in_the_headline_beside_nobody_being_over(libnet: Sample) -> None:
    report = owing(libnet, OWED)
    expected = "Owed under true-up: 安徽代理商 CNY 4,500 for 3 branches."
    assert head(report) == f"No deployment is over entitlement by record, of 2 deployments. {expected}"
    assert "依补足约定：安徽代理商应付 CNY 4,500（3 个分馆）" in head(report, "zh")
    out = io.StringIO()
    print_summary(report, Console(file=out, width=300))
    assert expected in out.getvalue()


def test_a_customer_owes_the_sum_of_its_deployments_and_a_part_without_price_makes_it_a_lower_bound(
    libnet: Sample,
) -> None:
    report = owing(libnet, OWED, UNPRICED)
    (one,) = summarise(report).owed
    assert (one.customer, one.amount, one.unvalued, dict(one.units)) == (
        "anhui",
        OWED.amount,
        1,
        {"branch": Decimal(6)},
    )
    assert "at least CNY 4,500 for 6 branches" in head(report)
    assert "not valued for 3 branches" in head(owing(libnet, UNPRICED))


@pytest.mark.parametrize(("life", "told"), [("settled", False), ("dismissed", False), ("acknowledged", True)])
def test_what_a_person_recorded_as_settled_is_owed_no_more(libnet: Sample, life: str, told: bool) -> None:
    report = owing(libnet, OWED)
    position = report.positions[0]
    finding = replace(
        libnet.report.findings[0],
        rule="Q110",
        deployment=position.deployment,
        contract=position.contract,
        metric=position.metric,
        life=life,  # type: ignore[arg-type]
    )
    settled: tuple[Finding, ...] = (finding,)
    assert ("Owed under true-up" in head(replace(report, findings=settled))) is told


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_names_every_customer_and_machines_read_the_same(libnet: Sample, lang: Lang) -> None:
    report = owing(libnet, OWED)
    page = as_html(report, load=lambda *_: None, lang=lang).decode()
    assert load_translations(lang)("strip.owed") in page
    assert "安徽代理商" in page.partition('class="owed"')[2]
    summary = json.loads(as_json(report))["summary"]
    assert summary["owed_true_up"] == [
        {
            "customer": "anhui",
            "units": {"branch": "3"},
            "amount": {"amount": "4500.00", "currency": "CNY"},
            "unvalued": 0,
            "deployments": [report.positions[0].deployment],
        }
    ]


def test_one_unit_is_told_in_the_singular_and_a_foreign_name_set_apart(libnet: Sample) -> None:
    one = replace(OWED, units=Decimal(1))
    assert "for 1 branch." in head(owing(libnet, one))
    assert "for 1 (groups)." in head(owing(libnet, one, metric="groups"))
    assert "for 3 groups." in head(owing(libnet, OWED, metric="groups"))


def table(report: Report) -> str:
    out = io.StringIO()
    print_summary(report, Console(file=out, width=300))
    return out.getvalue()


def test_two_rows_of_one_deployment_are_told_apart_by_their_unit(libnet: Sample) -> None:
    report = owing(libnet, OWED)
    assert "Unit" not in table(report).split("Deployment", 1)[1].splitlines()[0]
    users = replace(report.positions[0], metric="user")
    told = table(replace(report, positions=(*report.positions, users)))
    assert "Unit" in told.split("Deployment", 1)[1].splitlines()[0]
    rows = [line.split()[:2] for line in told.splitlines() if line.startswith(f"{users.deployment} ")]
    assert sorted(rows) == [[users.deployment, "branches"], [users.deployment, "users"]]


def test_the_zone_of_days_is_said_once_and_at_the_head(libnet: Sample) -> None:
    page = as_html(replace(libnet.report, timezone="Asia/Shanghai"), load=lambda *_: None).decode()
    head, _, rest = page.partition("</header>")
    assert "Times of day are UTC; days are whole days in" in head
    assert "Times of day are UTC" not in rest
