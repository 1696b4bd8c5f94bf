"""Pruning removes what the journal names first and nothing else; afterwards everything that stays still verifies."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from auditor import custody
from auditor.cli import group
from auditor.clock import now
from auditor.custody.packages.pruning import finish_pruning
from auditor.errors import ConfigError, VaultError
from auditor.model.events import ArtefactsRemoved, HoldsTakenUp, PrunedCapture, RemovedFile
from auditor.model.evidence import Verification
from auditor.model.targets.estate import Hold
from auditor.planning import PruningPlan
from auditor.workflow.upkeep.prune import apply_retention, preview_retention
from auditor.workflow.wiring import Instruments, open_instruments
from auditor.workspace import Workspace
from tests.custody.practice_authorities import Authorities, begin, keep
from tests.custody.test_offline_script import steps

TARGETS = """\
format: 1
timezone: UTC
currency: CNY
parties: {v: {name: V, role: licensor}}
products: {p: {name: P, metrics: [{id: seat, label: seat}], editions: {}}}
contracts: []
pages: {status: {path: status.json, method: http, fields: {used: {kind: count, role: used, pointer: /used}}}}
deployments:
  site-a:
    legal_status: suspect
    product: p
    address: "https://a.example/"
    access: {kind: public_page, reference: its own page}
    pages: [status]
timestamping: {quorum: 1, authorities: {a: {url: "https://tsa.example/", owner: A, roots: a.pem}}}
"""
HOLD = '  holds: {case-7: {matter: case 7, reason: an order of the court, from: "2020-01-01"%s}}\n'


def targets(root: Path, stamps: Authorities, more: str) -> None:
    (root / "targets.yaml").write_text(TARGETS + more, encoding="utf-8")
    pem = next((root / "evidence" / "trust").rglob("*.pem"))
    shutil.copy(pem, root / "a.pem")


@contextmanager
def instruments(root: Path, days: int) -> Iterator[Instruments]:
    with open_instruments(Workspace(root), clock=lambda: now() + timedelta(days=days)) as found:
        yield found


def asked(root: Path, days: int) -> PruningPlan:
    return preview_retention(Workspace(root), clock=lambda: now() + timedelta(days=days))


def package(root: Path, capture: str) -> Path:
    (found,) = (root / "evidence" / "site-a").glob(f"*-{capture}")
    return found


def checks(found: Verification, verdict: str) -> list[str]:
    return [check.name for check in found.checks if check.verdict == verdict]


def test_what_a_rule_prunes_is_named_and_the_rest_still_verifies(workspace: Path, stamps: Authorities) -> None:
    targets(workspace, stamps, "retention: {keep_days: 100}\n")
    kept = {path.name for path in package(workspace, "c1").iterdir() if path.name.startswith("manifest")}
    assert asked(workspace, 99).prunable == ()  # younger than the rule
    with instruments(workspace, 101) as open_:
        plan = asked(workspace, 101)
        assert [one.capture for one in plan.prunable] == ["c1"]
        assert [(one.capture, one.why) for one in plan.kept] == [("c2", "the latest capture of its deployment")]
        before = open_.journal.size
        plan, removed = apply_retention(open_)
        assert removed.captures == 1
        assert removed.files > 0
        assert open_.journal.size > before
        assert open_.index.package("c1") is None
        assert asked(workspace, 101).prunable == ()
        with pytest.raises(VaultError, match="never pruned"):
            custody.prune(open_.custody.vault, ["c1"], plan.rule)
    assert {path.name for path in package(workspace, "c1").iterdir()} == kept
    found = custody.verify_workspace(workspace)
    assert checks(found, "failed") == []
    (said,) = [check for check in found.checks if check.name == "package.pruned"]
    assert "keep_days 100" in said.detail
    assert f"{removed.files} files, digests kept" in said.detail
    assert any("ONLY DIGESTS, SEALS AND JOURNAL LINES ARE LEFT" in notice for notice in found.notices)


def test_what_would_be_pruned_is_said_without_a_change(workspace: Path, stamps: Authorities) -> None:
    targets(workspace, stamps, f"retention:\n  keep_days: 100\n{HOLD % ''}")

    def everything() -> dict[str, tuple[int, bytes]]:
        beside = ("ledger.db-shm", "ledger.db-wal")  # by which SQLite lets a reader in beside a writer
        files = [path for path in sorted(workspace.rglob("*")) if path.is_file() and path.name not in beside]
        return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}

    before = everything()
    plan = asked(workspace, 101)
    assert plan.prunable == ()
    assert {one.why for one in plan.kept} >= {"under hold case-7"}
    assert everything() == before
    done = CliRunner().invoke(group, ["--workspace", str(workspace), "prune", "--dry-run", "--json"])
    assert (done.exit_code, done.output.count('"done": false')) == (0, 1), done.output
    assert everything() == before, "neither a line in the journal nor an index nor a lock"


def test_the_printed_steps_know_what_was_pruned_and_no_more(workspace: Path, stamps: Authorities) -> None:
    targets(workspace, stamps, "retention: {keep_days: 100}\n")
    with instruments(workspace, 101) as open_:
        apply_retention(open_)
    # A checkpoint that no authority stamped is left by this workspace's clock; what is asked here are the packages.
    done = steps(workspace, workspace.parent)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert "PRUNED, digests alone are left" in done.stdout
    for capture, path in (("c1", "README"), ("c2", "")):
        folder = package(workspace, capture)
        folder.chmod(0o755)
        victim = folder / path if path else next(one for one in folder.iterdir() if one.name == "README")
        kept = victim.read_bytes() if victim.exists() else None
        if kept is None:
            victim.write_bytes(b"put back")
        else:
            victim.unlink()
        done = steps(workspace, workspace.parent)
        assert done.returncode != 0 and "NOT VERIFIED: missing, added" in done.stdout + done.stderr
        if kept is None:
            victim.unlink()


@pytest.mark.parametrize("path", ["../../../outside", "/outside", "a/../../outside"])
def test_a_line_cannot_name_a_file_outside_its_package(workspace: Path, path: str) -> None:
    """A journal may come from somebody else: what its lines name is removed when the workspace is opened."""
    file = RemovedFile(path=path, sha256="0" * 64, size=1)
    gone = PrunedCapture(capture="c1", deployment="site-a", package="p", manifest_sha256="0" * 64, removed=(file,))
    with custody.open_workspace(workspace) as held, pytest.raises(VaultError, match="never a file of a package"):
        held.journal.record(ArtefactsRemoved(rule="r", captures=(gone,)))


def test_a_folder_exchanged_for_a_link_is_not_followed(workspace: Path, stamps: Authorities) -> None:
    targets(workspace, stamps, "retention: {keep_days: 100}\n")
    folder = package(workspace, "c1")
    elsewhere = workspace.parent / "elsewhere"
    folder.chmod(0o755)
    shutil.move(folder / "registration", elsewhere)
    (folder / "registration").symlink_to(elsewhere)
    before = sorted(path.name for path in elsewhere.iterdir())
    with instruments(workspace, 101) as open_:
        apply_retention(open_)
    assert sorted(path.name for path in elsewhere.iterdir()) == before
    assert "package.symlink" in checks(custody.verify_workspace(workspace), "failed")


def test_a_file_that_is_gone_without_a_line_is_missing(workspace: Path, stamps: Authorities) -> None:
    targets(workspace, stamps, "retention: {keep_days: 100}\n")
    with instruments(workspace, 101) as open_:
        apply_retention(open_)
    folder = package(workspace, "c2")
    victim = next(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("manifest"))
    victim.parent.chmod(0o755)
    victim.unlink()
    assert "package.missing-file" in checks(custody.verify_workspace(workspace), "failed")


def test_the_manifest_and_tokens_of_a_pruned_capture_may_not_go(workspace: Path, stamps: Authorities) -> None:
    targets(workspace, stamps, "retention: {keep_days: 100}\n")
    with instruments(workspace, 101) as open_:
        apply_retention(open_)
    folder = package(workspace, "c1")
    folder.chmod(0o755)
    next(folder.glob("manifest.*.tsr")).unlink()
    assert "package.missing-file" in checks(custody.verify_workspace(workspace), "failed")
    shutil.rmtree(folder)
    assert "package.missing" in checks(custody.verify_workspace(workspace), "failed")


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ({}, ["package.held"]),
        ({"deployments": ("site-a",)}, ["package.held"]),
        ({"captures": ("c1",)}, ["package.held"]),
        ({"captures": ("c2",)}, []),
        ({"released_on": date(2020, 2, 2)}, []),
        ({"contracts": ("AG-7",)}, []),
    ],
)
def test_what_went_although_a_hold_covered_it_is_told(workspace: Path, scope: dict[str, Any], told: list[str]) -> None:
    """Whoever removes past the plan, by a call of the library or another program, leaves a line that fails."""
    hold = Hold("case-7", "case 7", "an order of the court", date(2020, 1, 1), **scope)
    with custody.open_workspace(workspace) as held:
        held.journal.record(HoldsTakenUp(holds=(hold,)))
        custody.prune(held.vault, ["c1"], "a rule of somebody's")
    found = custody.verify_workspace(workspace)
    assert checks(found, "failed") == told
    assert any("HOLDS BY CONTRACT" in notice for notice in found.notices) == ("contracts" in scope)


def test_an_interrupted_pruning_is_finished_at_the_next_start(workspace: Path, stamps: Authorities) -> None:
    targets(workspace, stamps, "retention: {keep_days: 100}\n")
    saved = workspace.parent / "saved"
    shutil.copytree(package(workspace, "c1"), saved, symlinks=True)
    with instruments(workspace, 101) as open_:
        apply_retention(open_)
    # As a crash right after the journal line leaves it: every file still there.
    folder = package(workspace, "c1")
    folder.chmod(0o755)
    shutil.copytree(saved, folder, dirs_exist_ok=True)
    assert "package.pruned" in checks(custody.verify_workspace(workspace), "failed")
    with custody.open_workspace(workspace) as held:
        assert any("interrupted pruning" in sentence for sentence in held.recovered)
        assert finish_pruning(held.vault) == 0
    assert checks(custody.verify_workspace(workspace), "failed") == []


@pytest.mark.parametrize("scope", ["", ", deployments: site-a", ", captures: c1"])
def test_nothing_under_hold_goes_until_it_is_released(workspace: Path, stamps: Authorities, scope: str) -> None:
    targets(workspace, stamps, "retention:\n  keep_days: 100\n" + HOLD % scope)
    with instruments(workspace, 101) as open_:
        plan, removed = apply_retention(open_)
        assert removed.captures == 0
        assert ("c1", "under hold case-7") in [(one.capture, one.why) for one in plan.kept]
    targets(workspace, stamps, "retention: {keep_days: 100}\n")  # the hold is taken out of the file
    with instruments(workspace, 101) as open_, pytest.raises(ConfigError, match="case-7"):
        apply_retention(open_)
    targets(workspace, stamps, "retention:\n  keep_days: 100\n" + HOLD % ", captures: c9")  # it holds less
    with instruments(workspace, 101) as open_, pytest.raises(ConfigError, match="holds less"):
        apply_retention(open_)
    release = f'{scope}, released_on: "2026-01-01", released_by: the court'
    targets(workspace, stamps, "retention:\n  keep_days: 100\n" + HOLD % release)
    with instruments(workspace, 101) as open_:
        assert apply_retention(open_)[1].captures == 1


def test_a_hold_that_the_tables_do_not_tell_stands(workspace: Path, stamps: Authorities) -> None:
    targets(workspace, stamps, "retention:\n  keep_days: 100\n" + HOLD % "")
    with instruments(workspace, 101) as open_:
        apply_retention(open_)
    with sqlite3.connect(workspace / "db" / "ledger.db") as tables:
        assert tables.execute("DELETE FROM event WHERE kind = 'prune'").rowcount == 1
    targets(workspace, stamps, "retention: {keep_days: 100}\n")
    with instruments(workspace, 101) as open_, pytest.raises(ConfigError, match="case-7"):
        apply_retention(open_)
    assert (package(workspace, "c1") / "registration" / "dom.html").exists()


def test_what_waits_for_its_seal_is_refused(tmp_path: Path, stamps: Authorities) -> None:
    begin(tmp_path)
    with custody.open_workspace(tmp_path) as held:
        keep(held, "c1", authorities=stamps.pinned())
        with pytest.raises(VaultError, match="not sealed"):
            custody.prune(held.vault, ["c1"], "a rule")
    assert package(tmp_path, "c1").is_dir()
