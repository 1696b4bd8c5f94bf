"""Bad pages, bad servers and bad configuration: said in one line, nothing shown as zero, the others unaffected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.clock import now
from auditor.demo import DemoEnvironment
from auditor.workflow.audit.maintenance import seal_waiting
from auditor.workflow.index.record import index_missing_captures
from auditor.workflow.wiring import open_instruments
from auditor.workspace import Workspace as WorkspacePaths
from tests.story.conftest import SANDBOX, TOP, Workspace

Fault = Callable[[DemoEnvironment], None]

FAULTS: tuple[dict[str, tuple[Fault, str]], ...] = (
    {
        "site-90": (lambda world: world.stop("site-90"), "unreachable"),
        "libmsc-cn": (lambda world: world.reset_connections("libmsc-cn"), "connection_reset"),
        "yjzhjy-cn": (lambda world: world.serve_error("yjzhjy-cn", 500, under="/admin"), "http_error"),
    },
    {
        "site-90": (lambda world: world.refuse_login("site-90"), "login_refused"),
        "libmsc-cn": (lambda world: world.hide_label("libmsc-cn"), "label_missing"),
        "libmsc-com": (lambda world: world.never_settle("libmsc-com"), "not_settled"),
    },
)


@pytest.mark.parametrize("faults", FAULTS, ids=["servers", "pages"])
def test_a_bad_page_gives_a_reason_and_no_number(
    faults: dict[str, tuple[Fault, str]], world: DemoEnvironment, make_workspace: Callable[..., Workspace]
) -> None:
    workspace = make_workspace()
    for cause, _ in faults.values():
        cause(world)
    workspace.run()
    report = workspace.report()
    positions = {one["deployment"]: one for one in report["positions"] if one["metric"] == "branch"}
    states = {row["deployment"]: row["state"] for row in report["evidence"]}
    for hit, (_, outcome) in faults.items():
        missed = [one for one in report["not_observed"] if one["deployment"] == hit]
        assert outcome in {one["outcome"] for one in missed}, missed
        assert all(one["why"] for one in missed)
        position = positions[hit]
        assert (position["displayed"], position["over_by"], position["status"]) == (None, None, "unverified")
        assert not [h for h in report["history"] if h["deployment"] == hit and h["displayed"] is not None]
        assert states.pop(hit) in {"failed", "partial"}
    assert set(states.values()) == {"complete"}, "the other deployments are complete"


def test_fail_on_says_so_by_its_exit_code(world: DemoEnvironment, make_workspace: Callable[..., Workspace]) -> None:
    workspace = make_workspace()
    workspace.run("--only", "libmsc-cn", "--only", "site-90", "--fail-on", "high", expect=3)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("legal_status: reference", "legal_state: reference", "legal_state"),
        ('through: "2017-02-09"', 'through: "2017-02-30"', "2017-02-30"),
        ("deployment: libmsc-cn", "deployment: libmsc-cm", "libmsc-cm"),
    ],
)
def test_a_wrong_targets_file_is_refused_with_its_place(
    tmp_path: Path, world: DemoEnvironment, old: str, new: str, place: str
) -> None:
    text = (TOP / "targets.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "targets.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    line = text.splitlines().index(next(row for row in text.splitlines() if old in row)) + 1
    for command in (["check"], ["run"]):
        said = Workspace(tmp_path).auditor(*command, expect=2)
        assert f"targets.yaml:{line}:" in said
        assert place in said


def test_an_authority_that_is_down_leaves_the_package_waiting_and_it_is_sealed_later(
    world: DemoEnvironment, make_workspace: Callable[..., Workspace]
) -> None:
    workspace = make_workspace()
    world.authority_behaves("practice-b", "unavailable")
    workspace.run("--only", "libmsc-cn")
    position = workspace.position("libmsc-cn")
    assert (position["displayed"], position["sealed"]) == (20, False)
    assert "not sealed" in workspace.auditor("status")
    assert "UNSEALED" in workspace.auditor("verify", expect=5)
    world.authority_behaves("practice-b", "honest")
    with open_instruments(WorkspacePaths(workspace.root), clock=lambda: now() + timedelta(minutes=2)) as instruments:
        (late,) = seal_waiting(instruments)
        index_missing_captures(instruments)
    assert late.seal.sealed
    assert workspace.position("libmsc-cn")["sealed"] is True
    assert "verdict: passed" in workspace.auditor("verify")


def test_missing_credentials_are_named_and_nothing_is_visited(
    world: DemoEnvironment, make_workspace: Callable[..., Workspace]
) -> None:
    workspace = make_workspace()
    workspace.auditor("run", *SANDBOX, "--only", "site-90", AUDITOR_DEMO_PASSWORD="")
    (missed, *_) = [one for one in workspace.report()["not_observed"] if one["deployment"] == "site-90"]
    assert missed["outcome"] == "no_credentials"
    assert "AUDITOR_DEMO_PASSWORD" in missed["why"]
    assert world.visits("site-90") == ()
