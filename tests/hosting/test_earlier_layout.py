"""Where a deployment runs: what is on record is read in a workspace of the earlier layout, and an upgrade keeps it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import group
from auditor.clock import now
from auditor.custody import Journal, filed_packages, verify_workspace
from auditor.errors import ConfigError
from auditor.workflow import attach_lookup, confirm_host, hosting_records, look_up_subject
from auditor.workspace import Workspace
from tests.custody import practice_authorities as practice
from tests.custody.test_recovery import told
from tests.custody.test_upgrade import as_an_earlier_version_left_it
from tests.hosting.estates import DEPLOYMENT, estate, held, visit
from tests.hosting.lookups import QUICK, Registers


def _on_record(workspace: Workspace, folder: Path) -> None:
    """A visit, a look-up, an attachment and a decision."""
    shot = folder / "icp.png"
    shot.write_bytes(b"\x89PNG of a register")
    with held(workspace) as instruments:
        visit(instruments)
        (looked,) = look_up_subject(instruments, DEPLOYMENT, bounds=QUICK)
        kept = attach_lookup(
            instruments, DEPLOYMENT, shot, kind="icp", says="皖ICP备12345678号", on=now().date(), by="A. Clerk"
        )
        cited = (looked.package.filing, kept.filing)
        confirm_host(instruments, DEPLOYMENT, "某云", by="B. Counsel", reason="both agree", evidence=cited)


def _as_an_earlier_version_left_the_index(workspace: Workspace) -> None:
    with sqlite3.connect(workspace.db) as index:
        index.execute("drop table followed")
        index.execute("delete from _sqlite_migrations where name = 'm010_followed'")
    index.close()


def _run(workspace: Workspace, *arguments: str) -> str:
    ran = CliRunner().invoke(group, ["--workspace", str(workspace.root), *arguments])
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def test_filings_are_read_before_an_upgrade_and_stay_the_same(tmp_path: Path, place: Registers) -> None:
    with (
        practice.authorities(tmp_path / "authorities") as stamps,
        estate(tmp_path / "w", place, stamps) as workspace,
    ):
        _on_record(workspace, tmp_path)
        said, filed = hosting_records(workspace, DEPLOYMENT), filed_packages(Journal.open(workspace.root))
        assert [one.seal.sealed for one in filed] == [True, True]
        saved = workspace.db.read_bytes()
        lines = as_an_earlier_version_left_it(workspace.root)
        workspace.db.write_bytes(saved)
        _as_an_earlier_version_left_the_index(workspace)
        assert hosting_records(workspace, DEPLOYMENT) == said
        assert told(verify_workspace(workspace.root)) == []
        with pytest.raises(ConfigError, match="Run: auditor upgrade"), held(workspace):
            pass
        done = json.loads(_run(workspace, "upgrade", "--json"))
        assert (done["done"], done["lines"], done["rebuild"]) == (True, len(lines), False)
        assert "verdict: passed" in _run(workspace, "verify")
        assert hosting_records(workspace, DEPLOYMENT) == said
        assert filed_packages(Journal.open(workspace.root)) == filed
        with held(workspace) as instruments:
            (again,) = look_up_subject(instruments, DEPLOYMENT, bounds=QUICK)
            (anew,) = look_up_subject(instruments, DEPLOYMENT, again=True, bounds=QUICK)
        assert (again.fresh, anew.fresh, anew.package.seal.sealed) == (False, True, True)
        assert told(verify_workspace(workspace.root)) == []
