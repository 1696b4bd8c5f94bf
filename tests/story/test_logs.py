"""The log of a whole run: each event that an operator waits for is one line, and nothing secret stands in it."""

from __future__ import annotations

import re
from collections.abc import Callable

from auditor.custody import Journal
from auditor.demo import CREDENTIALS, DEMO_PASSWORD, DemoEnvironment
from tests.story.conftest import SANDBOX, Workspace
from tests.story.unpacking import forms

LINE = re.compile(r"\S+Z (DEBUG|INFO|WARNING|ERROR) auditor\.(capture|custody|workflow|scheduler) .+")
EVENTS = (
    ("run.opened", "run opened"),
    ("intent", "visit opened"),
    ("capture", "visit ended"),
    ("capture", "package committed"),
    ("capture", "package waits"),
    ("run.closed", "run closed"),
)
"""Kind of journal event, and what the line of each begins with."""


def test_a_run_with_a_silent_authority_is_told_line_by_line(
    world: DemoEnvironment, make_workspace: Callable[..., Workspace]
) -> None:
    workspace = make_workspace()
    world.stop("practice-b")
    path = workspace.root / "auditor.log"
    workspace.auditor("--log-level", "debug", "--log-file", str(path), "run", *SANDBOX)
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert all(LINE.fullmatch(line) and line.isprintable() for line in lines), lines
    entries = list(Journal.open(workspace.root).entries())
    for kind, event in EVENTS:
        journalled = sum(entry.kind == kind for entry in entries)
        told = sum(f" {event}" in line for line in lines)
        assert told >= journalled >= 1, (event, told, journalled)
        assert event == "package waits" or told == journalled, (event, told, journalled)
    down = [line for line in lines if "authority down: authority=practice-b" in line]
    assert down and all(" WARNING " in line and "retry=" in line for line in down)
    assert any("timestamp verified: authority=practice-a" in line for line in lines)
    assert any("checkpoint signed" in line for line in lines)
    issued = world.secrets()
    assert DEMO_PASSWORD in issued and DEMO_PASSWORD in CREDENTIALS.values() and len(issued) > 8
    assert not [secret for secret in issued for form in forms(secret) if form in text.encode()]


def test_results_are_printed_without_a_log_unless_it_is_asked_for(
    world: DemoEnvironment, make_workspace: Callable[..., Workspace]
) -> None:
    workspace = make_workspace()
    assert "auditor." not in workspace.auditor("check")
    assert "--log-file" in workspace.auditor("--log-file", "evidence/x.log", "status", expect=2)
