"""What leaves the room: the short mapping, the full JSON, the comparison, the explanation and the chart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from lxml import etree

from auditor.claims import award_chart, compare, derivation_json, derivation_lines, explain, result_json
from auditor.claims.chart import award_at_multiplier
from auditor.claims.exports import walk_derivation
from auditor.errors import ClaimError
from auditor.model.claims import Derivation
from tests.claims.libnet_case import FILE, digest, result


def test_short_mapping_has_exactly_the_ten_keys_and_decimal_text() -> None:
    assert result_json(result("supreme-court")) == {
        "scenario": "supreme-court",
        "units": 70,
        "unit_price": "5000.00",
        "base": "350000.00",
        "punitive_total": "1400000.00",
        "expenses": "58211.00",
        "uncapped": "1400000.00",
        "awarded": "800000.00",
        "binding_constraint": "claim",
        "break_even_multiplier": "2.2857",
    }


def leaves(tree: Derivation) -> Iterator[Derivation]:
    return (node for _, node in walk_derivation(tree) if not node.inputs)


@pytest.mark.parametrize("name", sorted(FILE.scenarios))
def test_every_tree_ends_in_captures_documents_and_decisions_with_digests(name: str) -> None:
    for tree in result(name).derivations.values():
        for leaf in leaves(tree):
            assert leaf.sources, leaf.name
            for source in leaf.sources:
                assert source.kind in ("capture", "document", "decision")
                assert len(source.digest) == 64, (leaf.name, source)


def test_confirmed_units_rest_on_the_decision_and_on_its_capture() -> None:
    first = next(leaves(explain(result("supreme-court"), "units")))
    assert [(source.kind, source.id) for source in first.sources] == [
        ("decision", "confirm-port-90"),
        ("capture", "port-90-20211110"),
    ]
    assert first.sources[1].digest == digest("port-90-20211110")


def test_document_without_a_digest_is_flagged() -> None:
    documents = tuple(replace(document, sha256="") for document in FILE.documents)
    found = result("supreme-court", file=replace(FILE, documents=documents))
    assert any(flag.kind == "evidence" and "judgment has no digest" in flag.text for flag in found.flags)
    assert not any("has no digest" in flag.text for flag in result("supreme-court").flags)


def test_explanation_as_lines() -> None:
    lines = derivation_lines(explain(result("first-instance"), "unit_price"))
    assert lines[0] == "unit_price = 1500.00 CNY   [contract_net]"
    assert lines[1].strip() == "unit price = 1500.00 CNY   [list price x share / 100]"
    assert any(line.strip().startswith("document oem sha256") for line in lines)


def test_full_json_repeats_and_holds_everything() -> None:
    found = result("supreme-court")
    data = derivation_json(found)
    assert data == derivation_json(result("supreme-court"))
    body = json.loads(data)
    assert body["figures"] == result_json(found)
    assert body["multipliers"]["break_even_net"] == "2.1194"
    assert body["split"]["until"] == 45
    assert {each["kind"] for each in body["excluded"]} == {
        "row",
        "aggravation",
        "price_evidence",
        "expense",
        "extrapolation",
    }
    assert body["derivations"]["base"]["formula"] == "units x unit_price"


def test_comparison_side_by_side() -> None:
    table = compare([result(name) for name in ("plaintiff", "first-instance", "supreme-court")])
    rows = {row.name: row.values for row in table.rows}
    assert rows["uncapped"] == ("2088211.00", "400000.00", "1400000.00")
    assert rows["binding constraint"] == ("claim", "award_given", "claim")
    assert rows["implied multiplier"] == ("-", "3.8095", "-")
    assert rows["split"][2] == "45 up to 2020-02-09, 25 after (dates of defendant)"
    assert {len(values) for values in rows.values()} == {3}


@pytest.mark.parametrize("name", sorted(FILE.scenarios))
def test_chart_is_one_picture_and_repeats(name: str) -> None:
    picture = award_chart(result(name))
    assert picture == award_chart(result(name))
    root = etree.fromstring(picture)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert b"<!--" not in picture or b"20" + b"26-" not in picture


@pytest.mark.parametrize("name", ["plaintiff", "supreme-court", "supreme-court-additional"])
def test_the_drawn_award_at_the_scenarios_multiplier_is_its_award(name: str) -> None:
    found = result(name)
    assert found.scenario.multiplier is not None
    assert award_at_multiplier(found, found.scenario.multiplier) == found.awarded.amount
    assert award_at_multiplier(found, Decimal(1)) < found.awarded.amount


def test_no_chart_where_the_law_knows_no_multiplier() -> None:
    american = replace(FILE.scenarios["defendant"], legal_model="us")
    with pytest.raises(ClaimError, match="nothing to draw"):
        award_chart(result(american))
