"""`auditor report`: as of and as known on a past day, verified, and as a PDF that can be searched."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.cli.small_workspace import Small


def test_as_known_on_leaves_out_what_was_learnt_later(small: Small) -> None:
    small.capture("covered", 8)
    assert small.position("covered")["entitled"] == 5
    then = small.report("--as-known-on", "2021-01-14")
    assert then["known_on"] == "2021-01-14"
    (position,) = [one for one in then["positions"] if one["deployment"] == "covered"]
    assert (position["entitled"], position["over_by"]) == (3, 5)
    assert "known on 2021-01-14" in " ".join(then["assumptions"])
    assert small.position("covered", "--as-known-on", "2021-01-15")["entitled"] == 5


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("/dev/full", "No space left on device"), ("/tmp", "/tmp: Is a directory"),
        ("/proc/x", "/proc/x: No such file"),
        ("/tmp/" + 300 * "x", "File name too long"),
    ],
)  # fmt: skip
def test_a_report_that_cannot_be_written_says_where_and_why(small: Small, output: str, says: str) -> None:
    said = small.run("report", "--format", "json", "-o", output, expect=1)
    assert says in said and "internal fault" not in said and "\n" not in said


def test_as_of_a_past_moment_leaves_out_later_captures(small: Small) -> None:
    small.capture("covered", 8)
    small.capture("covered", 12)
    first, second = small.report()["evidence"]
    then = small.report("--as-of", first["captured_at"])
    assert [row["capture"] for row in then["evidence"]] == [first["capture"]]
    assert [seen["displayed"] for seen in then["history"]] == [8]
    now = small.report("--as-of", second["captured_at"])
    assert [seen["displayed"] for seen in now["history"]] == [8, 12]
    assert small.report("--as-of", "2019-01-01")["positions"][0]["status"] == "unverified"


@pytest.mark.parametrize("option", ["--as-of", "--as-known-on"])
def test_a_day_that_is_none_is_refused(small: Small, option: str) -> None:
    assert "expected a day such as 2021-11-10" in small.refused("report", option, "2021-02-30")


def test_both_counting_rules_and_the_making_of_the_sums_are_told(small: Small) -> None:
    small.capture("covered", 8)
    small.capture("suspect", 5, "不限")
    found = small.report()
    assert found["figures"]["all_displayed"] == 5
    values = {one["deployment"]: (one["list_value"] or {}).get("amount") for one in found["positions"]}
    assert values == {"covered": "15000.00", "suspect": "25000.00"}
    # The suspect's identity rests on nothing but its page: its value is shown, and stays out of the sum.
    assert [line.split(":")[0] for line in found["sums"]] == ["covered branch"]
    assert [value["amount"] for value in found["summary"]["list_value"]] == ["15000.00"]
    assert found["summary"]["review_only"] == 1


def test_what_the_verifier_finds_altered_is_a_finding_where_it_was_asked(small: Small) -> None:
    small.capture("covered", 8)
    (body,) = small.root.glob("evidence/covered/*/status/body")
    body.chmod(0o644)
    body.write_bytes(body.read_bytes().replace(b"8", b"9", 1))
    assert "V807" not in {one["rule"] for one in small.report()["findings"]}
    (found,) = [one for one in small.report("--verify")["findings"] if one["rule"] == "V807"]
    assert found["deployment"] == "covered"
    assert "status/body" in found["statement"]


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name == "href" and value]


@pytest.mark.parametrize("where", ["r.html", "out/deep er/r.html", "../elsewhere/r.html"])
def test_links_to_evidence_are_relative_and_lead_there(small: Small, where: str) -> None:
    from urllib.parse import unquote

    small.capture("covered", 8)
    page = (small.root / where).resolve()
    small.run("report", "-o", str(page))
    links = Links()
    links.feed(page.read_text(encoding="utf-8"))
    stored = [link for link in links.found if "evidence/" in link]
    assert stored
    for link in stored:
        assert not re.match(r"[a-z]+:", link)
        assert (page.parent / unquote(link)).exists(), link


def test_a_pdf_in_chinese_can_be_searched(small: Small) -> None:
    small.capture("covered", 8)
    path = small.root / "r.pdf"
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    small.run("report", "--format", "pdf", "--lang", "zh", "-o", str(path), *sandbox)
    assert path.read_bytes().startswith(b"%PDF-")
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed: the text of the PDF was not searched")
    done = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True)
    text = re.sub(r"\s", "", done.stdout.decode("utf-8"))
    for words in ("许可使用情况报告", "超出授权", "证据索引", "分馆"):
        assert words in text


def test_nothing_is_left_behind_by_a_report(small: Small) -> None:
    small.capture("covered", 8)
    before = {path for path in small.root.rglob("*") if "db" not in path.parts}
    small.run("report", "-o", str(small.root / "r.html"))
    made = {path for path in small.root.rglob("*") if "db" not in path.parts} - before
    assert made == {small.root / "r.html"}
    assert Path(small.root / "r.html").stat().st_size > 10_000


def test_an_overview_from_what_stands_has_the_figures_of_the_report(small: Small) -> None:
    small.capture("covered", 8)
    small.capture("suspect", 5, "不限")
    found, told = small.report("--from-standing"), small.report()["summary"]
    assert (found["format"], found["state"]["settled"], found["recomputed_by"]) == (
        "auditor.standing/1", True, "auditor report",
    )  # fmt: skip
    for figure in ("statuses", "units_over", "review_only"):
        assert found["summary"][figure] == told[figure]
    for figure in ("list_value", "net_value"):
        sums = [
            [(one["currency"], Decimal(one["amount"])) for one in each[figure]] for each in (found["summary"], told)
        ]
        assert sums[0] == sums[1] != []
    assert {one["deployment"]: one["over_by"] for one in found["deployments"]}["covered"] == 3
    small.capture("covered", 12)
    again = small.report("--from-standing")
    assert {one["deployment"]: one["over_by"] for one in again["deployments"]}["covered"] == 7
    assert again["summary"]["units_over"] == small.report()["summary"]["units_over"]
    for option in (("--as-of", "2021-01-14"), ("--contract", "C-1"), ("--verify",)):
        assert "leave out" in small.refused("report", "--from-standing", *option)
