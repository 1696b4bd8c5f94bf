# ruff: noqa: E501  (messages and lines of YAML are kept whole)
"""The worked example and the demo's own file: what they become, and the warnings they carry."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.errors import ConfigError
from auditor.model.targets.contracts import Money
from auditor.model.targets.deployments import AccessBasis
from auditor.targets import find_problems, load_estate, load_with_warnings
from tests.targets.worked_example_edits import EXAMPLE, SAMPLES, edited, written

DEMO = Path(__file__).parents[2] / "targets.yaml"


def test_the_example_loads() -> None:
    estate = load_estate(SAMPLES / "example.yaml")
    contract = estate.contracts["AG-2015-007"]
    assert contract.price is not None and contract.price.percent_of_list == Decimal(30)
    assert contract.term.ended is not None and contract.term.ended.source.document == "notice-2021"
    assert contract.amendments[0].effective.on == date(2016, 7, 1)
    assert contract.amendments[1].effective.upon == "signature"
    assert contract.amendments[1].payments[0].amount == Money(Decimal("6000.00"), "CNY")
    assert [amendment.metric for amendment in contract.amendments] == ["branch", "branch"]
    assert contract.timezone == "Asia/Shanghai"


def test_conveniences_of_the_example() -> None:
    estate = load_estate(SAMPLES / "example.yaml")
    hefei, nanjing = estate.deployments["hefei"], estate.deployments["nanjing"]
    assert (hefei.address, hefei.pages) == ("https://lib.hefei.example/reg", ("libsys-reg",))
    assert (hefei.product, hefei.legal_status) == ("libsys", "licensed")
    assert hefei.access == AccessBasis("contract_clause", "AG-2015-007 §6.2")
    assert nanjing.legal_status == "suspect"
    page = estate.pages["libsys-reg"]
    fields = {field.id: (field.kind, field.role, field.metric) for field in page.fields}
    assert fields == {
        "used": ("count", "used", "branch"),
        "cap": ("count", "cap", "branch"),
        "edition": ("text", None, None),
        "licensee": ("text", None, None),
    }
    assert (page.path, page.locale, page.chinese_numerals) == ("", "zh-CN", True)
    assert page.listing is not None
    assert dict(page.listing.columns) == {"kind": ("类型",), "name": ("名称",)}
    assert (page.listing.id, page.listing.metric, page.listing.table) == ("listing", "branch", "分馆列表")


def test_fields_imply_their_kind(tmp_path: Path) -> None:
    more = "registered_on: {labels: [注册日期]}\n      users_used: {role: used, metric: user, labels: [用户数]}\n      edition: "
    metrics = "metrics: [{id: branch, label: 分馆}, {id: user, label: 用户}]\n"
    one = EXAMPLE[EXAMPLE.index("metric:\n") : EXAMPLE.index("    editions:\n")]
    estate = load_estate(written(tmp_path, edited(("edition:  ", more), (one, metrics))))
    found = {field.id: (field.kind, field.role, field.metric) for field in estate.pages["libsys-reg"].fields}
    assert found["registered_on"] == ("date", None, None)
    assert found["users_used"] == ("count", "used", "user")
    assert found["used"] == ("count", "used", "branch"), "the product's first metric"


def test_warnings_pass_and_are_kept() -> None:
    _, warnings = load_with_warnings(SAMPLES / "example.yaml")
    assert [str(warning).split("yaml:")[1] for warning in warnings] == [
        "1:1: warning[K03] no timestamp authority is named: captures stay unsealed. "
        "Add timestamping: with two authorities.",
        "44:7: warning[T07] 2020-02-10 – 2021-02-09 and 2021-02-10 – 2022-02-09 exist only by the automatic-renewal rule; "
        "no document recorded. Name it under renewal.document.",
    ]


def test_a_renewal_with_its_document_is_no_warning(tmp_path: Path) -> None:
    path = written(tmp_path, edited(('clause: "§9.2"}', 'clause: "§9.2", document: main}')))
    assert "T07" not in {problem.code for problem in find_problems(path)}


def test_errors_come_as_one_exception_with_a_line_each(tmp_path: Path) -> None:
    path = written(tmp_path, edited(("currency: CNY", "currency: RMB"), ("includes: 20", "includes: 034")))
    with pytest.raises(ConfigError) as caught:
        load_estate(path)
    assert [line.split(": error")[0] for line in caught.value.problems] == [f"{path}:5:11", f"{path}:28:63"]
    assert caught.value.exit_code == 2


def test_the_demo_loads() -> None:
    estate = load_estate(DEMO)
    assert set(estate.deployments) == {"libmsc-cn", "site-90", "libmsc-com", "yjzhjy-cn", "libmsc-net"}
    assert estate.contracts["OEM-2015"].term.ended is not None
    assert estate.timestamping.quorum == 2
    assert len(estate.sources["targets.yaml"]) == 64


def test_notice_in_time_on_one_reading_alone(tmp_path: Path) -> None:
    late = edited(('received_on: "2021-11-23"', 'received_on: "2021-12-20"'))
    found = [problem.message for problem in find_problems(written(tmp_path, late)) if problem.code == "T03"]
    assert found and found[0].startswith("notice received 2021-12-20 is 51 days before last_day 2022-02-09")
    accepted = late.replace("last_day:", "accepted_late: true, last_day:")
    assert "T03" not in {problem.code for problem in find_problems(written(tmp_path, accepted))}
