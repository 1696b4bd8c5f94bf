"""The HTML report: what it says, that it stands alone, and that it is always the same."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from auditor.model.evidence import Seal
from auditor.model.reports import SecondSlotEnd, SecondVisitMissing
from auditor.reporting import LANGS, Lang, as_html, as_json
from tests.reporting import chromium
from tests.reporting.html_reading import read
from tests.reporting.sample_report import Sample


@pytest.fixture(scope="module")
def pages(libnet: Sample) -> dict[Lang, bytes]:
    return {lang: as_html(libnet.report, load=libnet.load, lang=lang) for lang in LANGS}


def test_it_says_who_is_over_by_how_much_and_since_when(pages: dict[Lang, bytes]) -> None:
    text = " ".join(" ".join(read(pages["en"]).text).split())
    assert "3 of 5 deployments over entitlement by record: 70 branches." in text
    assert "CNY 350,000" in text
    assert "CNY 105,000" in text
    assert "30 counted · 0 entitled · over on record since 2021-11-10" in text
    assert "2 of 2" not in text
    assert "4 rows left out" in text
    assert "ambiguous, not resolved: 2021-01-27, 2021-12-07" in text
    assert "Suppressed: 1." in text


def test_practice_authorities_are_named_at_the_head_and_in_the_index(pages: dict[Lang, bytes], libnet: Sample) -> None:
    assert pages["en"].count(b"PRACTICE") == 1 + sum(len(row.seal.verdicts) for row in libnet.report.evidence)
    real = tuple(
        replace(row, seal=Seal("0" * 64, tuple(replace(v, practice=False) for v in row.seal.verdicts), 2))
        for row in libnet.report.evidence
    )
    assert b"PRACTICE" not in as_html(replace(libnet.report, evidence=real), load=libnet.load)


def test_an_unsealed_package_is_said_at_the_head(libnet: Sample) -> None:
    first = libnet.report.evidence[0]
    unsealed = replace(first, seal=Seal(first.manifest_sha256, (), 2))
    page = as_html(replace(libnet.report, evidence=(unsealed, *libnet.report.evidence[1:])), load=libnet.load)
    assert b"1 of 5 packages do not have verified timestamps" in page


def test_it_loads_nothing_and_has_no_script(pages: dict[Lang, bytes]) -> None:
    for page in pages.values():
        attributes = read(page).attributes
        tags = {tag for tag, _, _ in attributes}
        assert not tags & {"script", "link", "iframe", "object", "embed", "form"}
        assert all(value.startswith("data:image/png;base64,") for tag, name, value in attributes if name == "src")
        assert not [name for _, name, _ in attributes if name.startswith("on")]
        outside = [value for tag, name, value in attributes if name in {"href", "xlink:href"} and tag != "a"]
        assert all(value.startswith("#") for value in outside)
        assert not re.findall(rb"url\((?!#)", page)
        assert b"@import" not in page


def test_every_id_is_unique_and_every_inner_link_leads_somewhere(pages: dict[Lang, bytes]) -> None:
    for page in pages.values():
        attributes = read(page).attributes
        ids = Counter(value for _, name, value in attributes if name == "id")
        assert [value for value, times in ids.items() if times > 1] == []
        inner = {value[1:] for tag, name, value in attributes if name == "href" and value.startswith("#")}
        assert inner - ids.keys() == set()


def test_pictures_have_words_and_tables_have_headers(pages: dict[Lang, bytes]) -> None:
    attributes = read(pages["en"]).attributes
    images = sum(1 for tag, name, _ in attributes if (tag, name) == ("img", "src"))
    assert images == len(
        [value for tag, name, value in attributes if (tag, name) == ("img", "alt") and len(value) > 40]
    )
    scopes = [value for tag, name, value in attributes if (tag, name) == ("th", "scope")]
    assert pages["en"].count(b"<th ") == len(scopes)
    charts = [value for tag, name, value in attributes if name == "aria-label" and value.startswith("Timeline of")]
    assert len(charts) == 4


def test_days_are_those_of_the_contract_and_moments_are_utc(libnet: Sample) -> None:
    late = replace(libnet.report.positions[1], captured_at=datetime(2021, 11, 10, 17, 0, tzinfo=UTC))
    report = replace(libnet.report, positions=(late,), findings=(), history=(), timezone="Asia/Shanghai")
    text = " ".join(read(as_html(report, load=libnet.load)).text)
    assert "2021-11-11" in text
    assert "days are whole days in Asia/Shanghai" in " ".join(text.split())


def test_the_same_report_gives_the_same_page(pages: dict[Lang, bytes], libnet: Sample) -> None:
    assert as_html(libnet.report, load=libnet.load, lang="zh") == pages["zh"]


def test_each_language_speaks_only_itself(pages: dict[Lang, bytes]) -> None:
    chinese = " ".join(read(pages["zh"]).own)
    names = {"UTC", "CNY", "SHA", "CSV", "XLSX", "JSON", "HTTP", "TLS", "PNG", "auditor", "verify", "openssl"}
    assert set(re.findall(r"[A-Za-z]{3,}", chinese)) <= names
    english = " ".join(read(pages["en"]).own)
    assert re.findall(r"[\u4e00-\u9fff]+", english) == []


def test_a_visit_of_a_second_party_that_is_not_there_is_told_as_that(pages: dict[Lang, bytes], libnet: Sample) -> None:
    assert all(b"second_missing" not in page for page in (*pages.values(), as_json(libnet.report)))
    name, at = libnet.report.positions[0].deployment, datetime(2021, 11, 10, 17, 0, tzinfo=UTC)
    ends: tuple[SecondSlotEnd, ...] = get_args(SecondSlotEnd)
    missing = tuple(SecondVisitMissing(name, "r-1", "notary", at, how, 7 + n) for n, how in enumerate(ends))
    report = replace(libnet.report, second_missing=missing)
    told = {lang: read(as_html(report, load=libnet.load, lang=lang)) for lang in LANGS}
    english, chinese = (" ".join(" ".join(told[lang].text).split()) for lang in ("en", "zh"))
    assert "Visits of a second party that are not there 4" in english and "另一方的采集缺失 4" in chinese
    assert "with a capture that names no other party" in english and "有采集，但未载明另一方" in chinese
    assert "Seen by two parties" not in english and "不构成两方分别采集" in chinese
    assert re.findall(r"[\u4e00-\u9fff]+", " ".join(told["en"].own)) == []
    assert "capture" not in " ".join(told["zh"].own)
    listed = json.loads(as_json(report))["second_missing"]
    assert [one["how"] for one in listed] == list(ends) and listed[0]["vantage"] == "notary"


def test_a_report_of_nothing_is_still_a_page(libnet: Sample) -> None:
    empty = replace(
        libnet.report, positions=(), findings=(), unobserved=(), history=(), evidence=(), decisions=(), key_dates=(),
        assumptions=(), notice="",
    )  # fmt: skip
    text = " ".join(read(as_html(empty, load=libnet.load)).text)
    assert "Nothing has been audited yet." in text
    assert "No decision has been recorded" in text


def test_it_prints_with_its_details_open(pages: dict[Lang, bytes], tmp_path: Path) -> None:
    printed = chromium.pdf(pages["en"], tmp_path)
    assert printed.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) >= 5
