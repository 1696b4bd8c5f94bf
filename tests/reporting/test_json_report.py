"""The JSON report: the keys of the format, exact values, stable bytes."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from auditor.model.targets.contracts import Money
from auditor.reporting import as_json
from tests.reporting.sample_report import Sample

POSITION = {
    "contract", "deployment", "legal_status", "metric", "displayed", "displayed_raw", "cap", "cap_raw", "listed",
    "confirmed", "entitled", "over_by", "status", "capture", "captured_at", "sealed", "displayed_certainty",
    "cap_certainty", "listed_complete",
}  # fmt: skip
FINDING = {"rule", "deployment", "severity", "certainty", "statement", "basis"}
BASIS = {"capture", "artefact", "sha256", "locator", "raw_text", "box"}


def told(sample: Sample) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(as_json(sample.report))
    return document


def test_the_document_has_the_keys_of_the_format(libnet: Sample) -> None:
    document = told(libnet)
    assert document["format"] == "auditor.report/1"
    assert {"as_of", "positions", "findings", "not_observed", "history"} <= document.keys()
    assert all(position.keys() >= POSITION for position in document["positions"])
    assert all(finding.keys() >= FINDING for finding in document["findings"])
    assert all(basis.keys() >= BASIS for finding in document["findings"] for basis in finding["basis"])
    assert all(item.keys() >= {"deployment", "page", "outcome", "why"} for item in document["not_observed"])
    history = {"deployment", "metric", "displayed", "cap", "captured_at", "capture", "sealed"}
    assert all(seen.keys() >= history for seen in document["history"])


def test_the_libnet_figures(libnet: Sample) -> None:
    document = told(libnet)
    by_id = {position["deployment"]: position for position in document["positions"]}
    ids = ("libmsc-cn", "site-90", "libmsc-com", "yjzhjy-cn", "libmsc-net")
    assert [by_id[name]["displayed"] for name in ids] == [20, 34, 22, 25, None]
    assert [by_id[name]["cap"] for name in ids] == [20, "unlimited", "unlimited", "unlimited", None]
    assert [by_id[name]["over_by"] for name in ids] == [0, 30, 15, 25, None]
    assert [seen["displayed"] for seen in document["history"] if seen["deployment"] == "libmsc-com"] == [18, 22]
    assert document["summary"]["units_over"] == {"branch": 70}
    assert document["summary"]["list_value"] == [{"amount": "350000", "currency": "CNY"}]


def test_a_box_is_four_integers_or_null(libnet: Sample) -> None:
    boxes = [basis["box"] for finding in told(libnet)["findings"] for basis in finding["basis"]]
    assert [560, 336, 60, 28] in boxes


def test_money_is_exact_text(libnet: Sample) -> None:
    odd = Money(Decimal("0.10") * 3 + Decimal(12345678901234567890), "CNY")
    positions = tuple(replace(position, list_value=odd) for position in libnet.report.positions)
    document = json.loads(as_json(replace(libnet.report, positions=positions)))
    assert document["positions"][0]["list_value"]["amount"] == "12345678901234567890.30"


def test_rows_given_in_another_order_give_the_same_bytes(libnet: Sample) -> None:
    report = libnet.report
    turned = replace(
        report,
        positions=report.positions[::-1],
        findings=report.findings[::-1],
        history=report.history[::-1],
        unobserved=report.unobserved[::-1],
        evidence=report.evidence[::-1],
        decisions=report.decisions[::-1],
    )
    assert as_json(turned) == as_json(report)


def test_text_that_is_no_unicode_still_gives_valid_utf8(libnet: Sample) -> None:
    positions = (replace(libnet.report.positions[0], displayed_raw="20\ud800"),)
    data = as_json(replace(libnet.report, positions=positions))
    assert json.loads(data.decode("utf-8"))["positions"][0]["displayed_raw"] == "20\ud800"
