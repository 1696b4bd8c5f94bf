"""`auditor confirm page`, from a look at a capture to what `read`, `report` and later captures say."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from auditor.demo.http_server import HttpRequest, HttpResponse
from auditor.workflow.audit.run_record import open_run
from auditor.workflow.wiring import open_instruments
from auditor.workspace import Workspace
from tests.story.in_process import Inside
from tests.workflow.http_estate import JsonSite, opened, serving
from tests.workflow.test_visit_runner import run_all


@dataclass
class GrowingSite(JsonSite):
    """States its count with words once it is told to."""

    worded: bool = False

    def answer(self, request: HttpRequest) -> HttpResponse:
        used: object = "18 branches" if self.worded else 18
        return HttpResponse(json.dumps({"used": used, "cap": 20}).encode(), media_type="application/json")


def newest(root: Path) -> str:
    """Id of the newest capture."""
    captures = sorted((root / "evidence").rglob("manifest.json"), key=lambda path: path.stat().st_mtime_ns)
    return str(json.loads(captures[-1].read_bytes())["capture"]["id"])


def test_a_page_is_confirmed_once_and_a_change_of_its_text_is_told(tmp_path: Path) -> None:
    root, site = tmp_path / "w", GrowingSite()
    inside = Inside(root)
    with serving(site) as address:
        with opened(root, address, 2) as instruments:
            run_all(instruments, open_run(instruments, (), None))
        first = newest(root)
        fields = json.loads(inside.auditor("read", first, "--json"))["fields"]
        assert [one["confirmed"] for one in fields] == [False, False]
        said = inside.auditor("confirm", "page", "status", "--by", "An Analyst", "--reason", "both pointers are right")
        assert said.count("recorded page_field d-") == 2
        assert "status/used" in said
        for path in (root / "evidence").rglob("manifest.json"):
            fields = json.loads(inside.auditor("read", str(path.parent), "--json"))["fields"]
            assert [(one["confirmed"], one["certainty"]) for one in fields] == [(True, "certain")] * 2
        report = json.loads(inside.auditor("report", "--format", "json", "-o", "-"))
        assert {one["description_confirmed"] for one in report["positions"]} == {True}
        site.worded = True
        with open_instruments(Workspace(root)) as instruments:
            run_all(instruments, open_run(instruments, (), None))
        fields = json.loads(inside.auditor("read", newest(root), "--json"))["fields"]
        used = next(one for one in fields if one["field"] == "used")
        assert (used["confirmed"], used["certainty"]) == (False, "needs_review")
        assert "# branches" in used["why"]


@dataclass
class SiteWithMore(JsonSite):
    """One deployment states a peak, which the others do not have."""

    having: str = "d0"

    def answer(self, request: HttpRequest) -> HttpResponse:
        more = {"peak": 19} if request.path.split("/")[1] == self.having else {}
        return HttpResponse(json.dumps({"used": 18, "cap": 20} | more).encode(), media_type="application/json")


@pytest.mark.parametrize("having", ["d0", "d1", "d2"])
def test_a_capture_with_all_fields_goes_before_a_newer_one_without(tmp_path: Path, having: str) -> None:
    root, site = tmp_path / "w", SiteWithMore(having=having)
    inside = Inside(root)
    with serving(site) as address, opened(root, address, 3):
        pass
    targets = root / "targets.yaml"
    peak = "peak: {kind: count, role: peak, pointer: /peak, required: false}, cap:"
    with serving(site) as address:
        text = targets.read_text("utf-8").replace("cap:", peak, 1)
        targets.write_text(re.sub(r"http://127\.0\.0\.1:[0-9]+/", address, text), encoding="utf-8")
        with open_instruments(Workspace(root)) as instruments:
            run_all(instruments, open_run(instruments, (), None))
    said = inside.auditor("confirm", "page", "status", "--by", "An Analyst", "--reason", "the pointers are right")
    assert said.count("recorded page_field d-") == 3
    assert "status/peak" in said


def test_nothing_is_confirmed_that_was_not_seen(tmp_path: Path) -> None:
    root = tmp_path / "w"
    inside = Inside(root)
    with serving(JsonSite()) as address, opened(root, address, 1):
        pass
    by = ("--by", "A", "--reason", "r")
    assert "no capture of page status" in inside.auditor("confirm", "page", "status", *by, expect=2)
    assert "no such page" in inside.auditor("confirm", "page", "other", *by, expect=2)
    assert "no field seats; it has used, cap" in inside.auditor("confirm", "page", "status", "seats", *by, expect=2)
