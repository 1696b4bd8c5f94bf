"""What is not settled, and what is not kept, is said as such: never as a zero, an empty list or nothing."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from auditor.wording import page_text
from auditor.workflow import read_targets, rebuild_index
from tests.cli.small_workspace import commit_capture
from tests.web.served_workspace import Served

JUDGED_AGAIN = page_text("frame.outstanding", "en", n=1)


def ask(site: Served, person: str, path: str) -> tuple[int, str]:
    answer = site.browser(person).get(site.origin + path, timeout=60)
    return answer.status_code, answer.text


def listed(site: Served, person: str, name: str) -> Any:
    status, text = ask(site, person, f"/api/v1/{name}?limit=200")
    assert status == 200
    return json.loads(text)


def test_a_comparison_that_is_not_kept_is_refused(site: Served) -> None:
    for path in ("/findings?", "/lists/findings.csv?", "/lists/findings.json?"):
        status, text = ask(site, "manager", f"{path}baseline=new")
        assert (status, "is not kept here" in text) == (400, True), path
    assert ask(site, "analyst", "/findings?baseline=new")[0] == 200, "of a small scope it is composed"


def test_nothing_is_new_that_was_compared_with_nothing(site: Served) -> None:
    rows = list(csv.DictReader(io.StringIO(ask(site, "manager", "/lists/findings.csv?queue=all")[1].lstrip("\ufeff"))))
    assert rows and {row["Against the last report"] for row in rows} == {""}
    found = json.loads(ask(site, "manager", "/lists/findings.json?queue=all")[1])["findings"]
    assert len(found) == len(rows) and {one["baseline"] for one in found} == {None}
    compared = csv.DictReader(io.StringIO(ask(site, "analyst", "/lists/findings.csv?queue=all")[1].lstrip("\ufeff")))
    assert "" not in {row["Against the last report"] for row in compared}


@pytest.mark.parametrize("person", ["manager", "analyst", "counsel"])
def test_a_capture_that_is_not_recorded_yet_is_outstanding(site: Served, person: str) -> None:
    """It is journalled, and no list has its number: for everybody, one contract, one case."""
    assert listed(site, person, "positions")["outstanding"] == 0
    commit_capture(site.workspace.root, "covered", 23, 20)
    positions, findings = listed(site, person, "positions"), listed(site, person, "findings")
    assert (positions["outstanding"], findings["outstanding"]) == (1, 1)
    for rows in (positions["rows"], findings["rows"]):
        assert {one["deployment"] for one in rows if one["outstanding"]} == {"covered"}
    if person != "counsel":  # who takes no lists out
        text = ask(site, person, "/lists/positions.csv")[1].lstrip("\ufeff")
        assert {row["Deployment"] for row in csv.DictReader(io.StringIO(text)) if row["Judged again"] == "yes"} == {
            "covered"
        }
        told = json.loads(ask(site, person, "/lists/findings.json?queue=all")[1])
        assert told["outstanding"] == 1 and told["as_of_line"] > findings["as_of_line"], "that the first file left"
        assert {row["deployment"] for row in told["findings"] if row["outstanding"]} == {"covered"}
    one = json.loads(ask(site, person, "/api/v1/deployments/covered")[1])
    assert {row["outstanding"] for row in one["positions"]} == {True}
    assert JUDGED_AGAIN in ask(site, person, "/contracts")[1].partition("<tbody>")[2]
    rebuild_index(site.workspace, read_targets(site.workspace)[0], lambda _done, _total, _name: None)
    assert listed(site, person, "positions")["outstanding"] == 0
    assert JUDGED_AGAIN not in ask(site, person, "/contracts")[1]
