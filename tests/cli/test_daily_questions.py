"""What a compliance manager asks every day: why is it not certain, what changed, what was captured, show me."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from rich.console import Console

from auditor.workflow import print_summary, workspace_report
from auditor.workspace import Workspace
from tests.alerting.receivers import posting
from tests.cli.small_workspace import Small

FOOTNOTE = "34*"
"""A number with a mark that may be a footnote: read, and never certain."""
MAYBE = "约 9"
"""No number."""


def terminal(small: Small, tmp_path: Path) -> str:
    path = tmp_path / "terminal.txt"
    with path.open("w", encoding="utf-8") as file:
        print_summary(workspace_report(Workspace(small.root)), Console(width=240, file=file))
    return path.read_text(encoding="utf-8")


def test_what_needs_review_says_why_on_every_surface(small: Small, tmp_path: Path) -> None:
    capture = small.capture("covered", FOOTNOTE, kinds=("分馆",) * 34)
    shown = small.position("covered")
    assert (shown["displayed"], shown["displayed_certainty"]) == (34, "needs_review")
    why = shown["doubts"]["displayed"]
    assert why
    assert shown["doubt_codes"]["displayed"] == "several"
    (finding,) = [one for one in small.report()["findings"] if one["rule"] == "Q101"]
    assert (finding["certainty"], why in finding["review_why"]) == ("needs_review", True)
    assert "待复核" not in finding["review_why"]
    for said in (terminal(small, tmp_path), small.run("status"), small.run("read", capture), small.run("captures")):
        assert why in " ".join(said.split()), said
    page = tmp_path / "report.html"
    small.run("report", "-o", str(page))
    assert why in page.read_text(encoding="utf-8")
    small.run("report", "--format", "csv", "-o", str(tmp_path / "tables"))
    (path,) = (tmp_path / "tables").glob("positions*")
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    (row,) = [one for one in csv.DictReader(lines) if one["Deployment"] == "covered"]
    assert why in row["Not certain: why"]


def test_what_gave_no_number_says_why(small: Small, tmp_path: Path) -> None:
    small.capture("covered", MAYBE)
    for said in (terminal(small, tmp_path), small.run("status"), small.run("read", "c-001")):
        assert "approximate" in said
    found = json.loads(small.run("status", "--json"))
    assert [one["outcome"] for one in found["unobserved"]] == ["no_number"]


def test_quiet_leaves_the_results(small: Small) -> None:
    small.capture("covered", 8)
    for command in (("status",), ("captures",), ("read", "c-001"), ("show", "c-001")):
        assert small.run("--quiet", *command) == small.run(*command) != ""


def test_what_changed_since_the_run_before_and_since_a_day(small: Small, tmp_path: Path) -> None:
    small.capture("covered", 4)
    small.capture("covered", 8, cap="不限")
    changed = {one["code"]: one["what"] for one in small.report()["changes"]}
    assert changed == {
        "change.count": "shows 8; it was 4",
        "change.newly_over": "newly over entitlement by record, by 3",
        "change.cap": "cap on the page unlimited; it was 20",
    }
    said = small.run("changes")
    assert "newly over entitlement by record, by 3" in said
    assert "new finding Q101" in said
    assert "newly over" in terminal(small, tmp_path)
    assert "依记录新超出授权 3" in small.run("changes", "--lang", "zh")
    # Since a day before everything: one first number, and the steps between are not told.
    first = json.loads(small.run("changes", "--since", "2001-01-01", "--json"))["changes"]
    assert [one["what"] for one in first if one["subject"] == "covered"][:2] == [
        "first number: 8", "newly over entitlement by record, by 3",
    ]  # fmt: skip
    small.capture("covered", MAYBE)
    lost = {one["code"] for one in small.report()["changes"]}
    assert lost == {"change.number_lost"}, "a number that is not there is told as such, and never as within"


def test_changes_are_sent_by_mail_with_the_same_as_json(small: Small) -> None:
    small.capture("covered", 4)
    small.capture("covered", 8)
    with posting() as post:
        told = "security: none, sender: a@x.example, recipients: [b@x.example]"
        mail = f"  mail: {{server: 127.0.0.1, port: {post.port}, {told}}}\n"
        path = small.root / "targets.yaml"
        path.write_text(f"{path.read_text('utf-8')}alerts:\n{mail}", encoding="utf-8")
        small.run("changes", "--send", "--lang", "zh")
        (letter,) = post.letters
    text = letter.get_body(("plain",))
    assert text is not None
    assert "covered：依记录新超出授权 3" in text.get_content()
    (attached,) = letter.iter_attachments()
    assert json.loads(attached.get_content())["format"] == "auditor.changes/1"


def test_changes_without_a_receiver_are_refused_in_one_line(small: Small) -> None:
    small.capture("covered", 4)
    assert "expected mail or webhooks under alerts:" in small.refused("changes", "--since", "2001-01-01", "--send")


def test_captures_are_listed_newest_first(small: Small) -> None:
    assert "auditor run" in small.run("captures")
    for deployment, used in (("covered", 4), ("suspect", 5), ("covered", 6)):
        small.capture(deployment, used)
    found = json.loads(small.run("captures", "--json"))["captures"]
    assert [one["capture"] for one in found] == ["c-003", "c-002", "c-001"]
    (newest,) = json.loads(small.run("captures", "covered", "--limit", "1", "--json"))["captures"]
    assert (newest["capture"], newest["counts"][0]["displayed"], newest["state"]) == ("c-003", 6, "complete")
    assert "no capture of a deployment of that name" in small.refused("captures", "elsewhere")


def test_a_capture_is_shown_with_readings_digests_and_seal(small: Small, tmp_path: Path) -> None:
    small.capture("covered", 4)
    small.capture("covered", FOOTNOTE)
    found = json.loads(small.run("show", "covered", "--json"))
    assert found["capture"] == "c-002"
    assert [(one["field"], one["value"], one["certainty"]) for one in found["values"]][:2] == [
        ("used: used", "34", "needs review"), ("cap: cap", "20", "certain"),
    ]  # fmt: skip
    package = small.root / found["path"]
    assert [one["path"] for one in found["artefacts"]] == ["status/body"]
    said = small.run("show", str(package))
    assert found["artefacts"][0]["sha256"] in said
    assert "not sealed" in said
    page = tmp_path / "page.html"
    small.run("show", "c-002", "-o", str(page), "--lang", "zh")
    text = page.read_text(encoding="utf-8")
    assert found["manifest_sha256"] in text
    assert "<script" not in text
    assert "no capture, package or deployment" in small.refused("show", "c-9")


def test_a_package_that_was_altered_is_not_shown_as_evidence(small: Small) -> None:
    small.capture("covered", 4)
    (manifest,) = small.root.glob("evidence/covered/*/manifest.json")
    manifest.chmod(0o644)
    manifest.write_bytes(manifest.read_bytes() + b" ")
    assert "differs from the journal" in small.run("show", "c-001", expect=4)
