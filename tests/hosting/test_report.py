"""Where a deployment runs is told in the report, in both languages, and only where something is on record."""

from __future__ import annotations

import json
from pathlib import Path

from auditor.demo.registers import HOST_COMPANY
from auditor.workflow import Lang, WorkspaceReportRequest, look_up_subject, render_report, workspace_report
from tests.custody import practice_authorities as practice
from tests.hosting.estates import DEPLOYMENT, estate, held, visit
from tests.hosting.lookups import QUICK, Registers


def test_the_report_tells_where_it_runs_in_both_languages(tmp_path: Path, place: Registers) -> None:
    request = WorkspaceReportRequest()
    with (
        practice.authorities(tmp_path / "authorities") as stamps,
        estate(tmp_path / "w", place, stamps) as workspace,
    ):
        with held(workspace) as instruments:
            visit(instruments)
        before = workspace_report(workspace, request)
        with held(workspace) as instruments:
            look_up_subject(instruments, DEPLOYMENT, bounds=QUICK)
        report = workspace_report(workspace, request)
    assert before.hosting == ()
    assert b'id="hosting"' not in _one(render_report(before, workspace, "html", "zh"))
    record, other = report.hosting
    assert (other.deployment, other.lookup) == ("d1", record.lookup), "the other one at the same address"
    assert (record.deployment, record.address) == (DEPLOYMENT, "127.0.0.1")
    titles: dict[Lang, str] = {"zh": "部署所在", "en": "Where it runs"}
    for lang, title in titles.items():
        page = _one(render_report(report, workspace, "html", lang)).decode()
        assert title in page and HOST_COMPANY in page
    told = json.loads(_one(render_report(report, workspace, "json", "en")))["hosting"][0]
    assert [rung["name"] for rung in told["ladder"]][-1] == "decided"
    assert told["ladder"][3]["says_code"] in ("several", "hosting.registered")


def _one(files: dict[str, bytes]) -> bytes:
    (data,) = files.values()
    return data
