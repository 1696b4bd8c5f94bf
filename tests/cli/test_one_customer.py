"""A report and a statement for one customer: nothing in any form of them names another."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from tests.cli.small_workspace import TARGETS, Small

OTHERS = ("reader-2", "芜湖市图书馆", "AG-8", "Wuhu terms", "wuhu-main", "lib.wuhu.example", "second-hand",
          "pirate.example", "c-002", "c-004")  # fmt: skip
"""Names, ids and hosts of the other customer, and the captures of its deployments."""


def two_customers(text: str) -> str:
    """A second customer with a contract and two deployments, one of them with the same rows."""
    contract = text[text.index("  - id: AG-7") : text.index("deployments:\n")]
    other = contract.replace("AG-7", "AG-8").replace("title: AG-8", "title: Wuhu terms")
    other = other.replace("counterparty: reader", "counterparty: reader-2").replace("covered", "wuhu-main")
    text = text.replace("  reader: {name", "  reader-2: {name: 芜湖市图书馆, role: licensee}\n  reader: {name")
    text = text.replace("deployments:\n", other + "deployments:\n")
    places = """
  wuhu-main:
    licensee: reader-2
    address: "https://lib.wuhu.example/"
    access: {kind: contract_clause, reference: AG-8}
    pages: [status]
  second-hand:
    legal_status: suspect
    product: libsys
    contract: AG-8
    address: "https://pirate.example/"
    access: {kind: public_page, reference: its own page}
    pages: [status]
"""
    text = text.replace("pages:\n  status:", places.lstrip("\n") + "pages:\n  status:")
    return text[: text.index("claims:\n")]


@pytest.fixture
def estate(small: Small) -> Small:
    (small.root / "targets.yaml").write_text(two_customers(TARGETS), encoding="utf-8")
    small.capture("covered", 8)
    small.capture("wuhu-main", 8)
    small.capture("suspect", 8, "不限")
    small.capture("second-hand", 8, "不限")
    small.run("confirm", "count", "second-hand", "7", "--by", "B. Other", "--reason", "pirate.example has a test row")
    return small


def unpacked(path: Path) -> bytes:
    """The bytes of a file, and of what is packed in it."""
    data = path.read_bytes()
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            data += b"".join(packed.read(name) for name in packed.namelist())
    return data


def named(path: Path) -> list[str]:
    found = unpacked(path)
    return [name for name in OTHERS if name.encode() in found]


def test_the_whole_report_does_name_both(estate: Small, tmp_path: Path) -> None:
    """Or the test below could not fail."""
    estate.run("report", "--format", "json", "-o", str(tmp_path / "all.json"))
    assert set(named(tmp_path / "all.json")) == set(OTHERS)


@pytest.mark.parametrize("who", [("--contract", "AG-7"), ("--deployment", "covered", "--deployment", "suspect")])
def test_a_report_for_one_customer_names_no_other_in_any_form(
    estate: Small, tmp_path: Path, who: tuple[str, ...]
) -> None:
    whole = {one["deployment"]: one for one in estate.report()["positions"]}
    for form in ("html", "json", "csv", "xlsx"):
        for lang in ("en", "zh"):
            out = tmp_path / f"{form}-{lang}"
            estate.run("report", *who, "--format", form, "--lang", lang, "-o", str(out))
            for path in [out] if out.is_file() else sorted(out.iterdir()):
                assert named(path) == [], path
                assert b"covered" in unpacked(path) or "findings" not in path.name
    mine = {one["deployment"]: one for one in estate.report(*who)["positions"]}
    same = ("displayed", "confirmed", "entitled", "over_by", "list_value", "net_value", "status")
    assert {name: [one[key] for key in same] for name, one in mine.items()} == {
        name: [whole[name][key] for key in same] for name in ("covered", "suspect")
    }


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_statement_says_count_entitlement_excess_price_period_and_how_to_object(
    estate: Small, tmp_path: Path, lang: str
) -> None:
    said = {}
    for form in ("docx", "html"):
        path = tmp_path / f"s.{form}"
        options = ("--format", form, "--lang", lang, "-o", str(path), "--contact", "legal@vendor.example")
        estate.run("statement", "--contract", "AG-7", *options, "--reply-by", "2030-01-31")
        assert named(path) == []
        data = path.read_bytes()
        if form == "docx":
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                data = packed.read("word/document.xml")
        said[form] = " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", data.decode(), flags=re.DOTALL).split())
    for text in said.values():
        for part in ("合肥市图书馆", "甲方软件有限公司", "AG-7", "+3", "CNY 15,000", "CNY 4,500",
                     "legal@vendor.example", "2030-01-31", "2015-02-10"):  # fmt: skip
            assert part in text, (part, text)
    assert ("依记录" if lang == "zh" else "By record, 2 of 2 deployments") in said["html"]


def test_a_statement_is_of_one_customer(estate: Small) -> None:
    assert "different customers" in estate.refused("statement", "--contract", "AG-7", "--contract", "AG-8")
    assert "different customers" in estate.refused("statement", "--contract", "AG-7", "--deployment", "wuhu-main")
    assert "different customers" in estate.refused("statement", "--contract", "AG-7", "--deployment", "second-hand")
    assert "no such contract" in estate.refused("statement", "--contract", "AG-9")
    assert "--contract or --deployment" in estate.refused("statement")


def test_a_decision_that_names_somebody_else_is_not_told(estate: Small) -> None:
    """One about both, one about the other's finding of a contract that both share, one about a page seen elsewhere."""
    path = estate.root / "targets.yaml"
    text = path.read_text("utf-8")
    order = '      - {deployment: covered, edition: flagship, from: "2015-02-10"}\n'
    text = text.replace(order, order + order.replace("covered", "branch-b"))
    place = """  branch-b:
    licensee: reader-2
    address: "https://b.wuhu.example/"
    access: {kind: contract_clause, reference: AG-7}
    pages: [status]
"""
    path.write_text(text.replace("  wuhu-main:\n", place + "  wuhu-main:\n"), encoding="utf-8")
    estate.capture("branch-b", 8)
    said = ("--by", "A. Person", "--reason", "looked at it")
    estate.run("confirm", "finding", "Q101/AG-7/branch-b/branch", "acknowledged", *said)
    estate.run("confirm", "other", "covered", "合肥市图书馆", "--evidence", "c-001", "--evidence", "c-002", *said)
    estate.run("confirm", "other", "second-hand", "somebody", "--evidence", "c-001", *said)
    estate.run("confirm", "page", "status", "used", "--capture", "c-002", *said)
    whole = {one["subject"] for one in estate.report()["decisions"]}
    assert {"Q101/AG-7/branch-b/branch", "covered", "second-hand", "status/used"} <= whole
    told = estate.report("--deployment", "covered")["decisions"]
    assert [(one["subject"], one["evidence"]) for one in told] == [("covered", ["c-001"])]
