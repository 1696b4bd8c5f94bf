"""Old captures pruned under a rule: everything that is told, verified and handed over afterwards says so and holds."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from auditor.clock import now
from auditor.demo import DemoEnvironment
from auditor.workflow.upkeep.prune import apply_retention
from auditor.workflow.wiring import open_instruments
from auditor.workspace import Workspace as Folder
from tests.bundle import printed_sheet as sheet
from tests.story.conftest import SANDBOX, Workspace
from tests.story.in_process import Inside

ONLY = ("--only", "libmsc-com")


def test_a_pruned_capture_is_told_verified_and_handed_over_as_what_is_left(
    world: DemoEnvironment, make_workspace: Callable[..., Workspace], tmp_path: Path
) -> None:
    made = make_workspace(lambda text: f"{text}\nretention: {{keep_days: 30}}\n")
    workspace = Inside(made.root)
    workspace.run(*ONLY)
    workspace.run(*ONLY)
    stood = workspace.position("libmsc-com")
    assert len(workspace.report()["history"]) == 2

    told = json.loads(workspace.auditor("prune", "--json"))
    assert (told["done"], told["captures"]) == (False, []), "both are younger than the rule"
    with open_instruments(Folder(workspace.root), sandbox=False) as instruments:
        # The rule is asked as of a later day; journal and timestamps keep the true time.
        assert apply_retention(replace(instruments, clock=lambda: now() + timedelta(days=31)))[1].captures == 1

    assert "verdict: passed" in workspace.auditor("verify")
    after, stands = workspace.report(), workspace.position("libmsc-com")
    for key in ("displayed", "cap", "listed", "over_by", "status", "capture", "basis", "sealed"):
        assert stands[key] == stood[key], key
    assert len(after["history"]) == 1
    assert any("1 capture up to" in sentence for sentence in after["assumptions"])
    workspace.auditor("rebuild")
    again = workspace.report()
    assert {**again, "as_of": ""} == {**after, "as_of": ""}

    asked = ("bundle", "--deployment", "libmsc-com", "--proceeding", "CN", "--json", *SANDBOX)
    bag = Path(json.loads(workspace.auditor(*asked, "-o", str(tmp_path / "out")))["bundle"])
    assert "verdict: passed" in workspace.auditor("verify", str(bag))
    with (bag / "data/20-series/counts.csv").open(encoding="utf-8") as lines:
        series = [(row["outcome"], row["displayed"]) for row in csv.DictReader(lines)]
    assert sorted(series) == [("observed", "18"), ("pruned", "")], "what was pruned is no count and no silence"
    with (bag / "data/99-redaction/withheld.csv").open(encoding="utf-8") as lines:
        gone = [row for row in csv.DictReader(lines) if "retention rule" in row["reason"]]
    packages = [path.parent for path in (bag / "data/10-captures").rglob("package/manifest.json")]
    empty = [path for path in packages if not (path / "traffic.warc.gz").exists()]
    assert (len(packages), len(empty)) == (2, 1)
    assert len(list(empty[0].glob("manifest.*.tsr"))) == 2, "its seals are handed over"
    listed = json.loads((empty[0] / "manifest.json").read_bytes())["artefacts"]
    assert sorted(row["original_sha256"] for row in gone) == sorted(one["sha256"] for one in listed)

    trust = tmp_path / "trust"
    trust.mkdir()
    for path in (bag / "data" / "70-trust").iterdir():
        if path.suffix in {".pem", ".vkey"}:
            shutil.copy(path, trust / path.name)
    done, said = sheet.run(sheet.script(bag), bag, trust)
    assert done, said
