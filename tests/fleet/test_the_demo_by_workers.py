"""The practice world audited on one machine, and by four workers: the same positions, findings and claims."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from auditor.demo import CREDENTIALS, DemoEnvironment
from tests.fleet.servers import StoreServer
from tests.story.conftest import SANDBOX, Workspace, make_workspace, practice, world
from tests.story.test_main_job import FIGURES

__all__ = ["make_workspace", "practice", "world"]

POSITION = ("deployment", "metric", "status", "entitled", "displayed", "listed", "over_by", "sealed")
FINDING = ("rule", "deployment", "metric", "severity", "units")


@contextmanager
def running(workspace: Workspace, log: Path, *arguments: str, **environment: str) -> Iterator[None]:
    """A process of the fleet, asked to stop at the end."""
    command = [sys.executable, "-m", "auditor", "--workspace", str(workspace.root), *arguments]
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, **CREDENTIALS, **environment})
        try:
            yield
            process.terminate()
            assert process.wait(120) == 0, log.read_text()[-3000:]
        finally:
            process.kill()
            process.wait(10)


def told(report: dict[str, Any], part: str, members: tuple[str, ...]) -> list[tuple[str, ...]]:
    """What a report says, without what differs from one audit to the next."""
    return sorted(tuple(json.dumps(one.get(name)) for name in members) for one in report[part])


def claims(workspace: Workspace) -> list[tuple[str, ...]]:
    """Quantity, price and sums of every claim, by its name."""
    found = json.loads(workspace.auditor("claim", "--json"))
    return sorted((one["scenario"], *(str(one[name]) for name in FIGURES)) for one in found)


def decide(workspace: Workspace) -> None:
    """What the practice analyst decides on these captures, as `auditor demo` does."""
    who = ("--by", "practice analyst", "--reason", "as in the judgment")
    left_out = [word for kind in ("总馆", "测试", "停用") for word in ("--exclude-kind", f"{kind}=left out")]
    for deployment, value, more in (
        ("site-90", "30", left_out),
        ("libmsc-com", "15", left_out),
        ("yjzhjy-cn", "25", []),
    ):
        workspace.auditor("confirm", "count", deployment, value, *more, *who)
    workspace.auditor("confirm", "page", "registration", *who)
    workspace.auditor("confirm", "date", "first-judgment", "2021-12-07", *who)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_same_positions_findings_and_claims(
    make_workspace: Callable[..., Workspace], world: DemoEnvironment, empty_database: str, empty_store: str,
    store: StoreServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    alone = make_workspace()
    alone.run()
    decide(alone)
    expected, claimed = alone.report(), claims(alone)
    (tmp_path / "workspace").rename(tmp_path / "alone")

    many = make_workspace()
    monkeypatch.setenv("AUDITOR_DATABASE", empty_database)
    monkeypatch.setenv("AUDITOR_STORE", empty_store)
    many.auditor("fleet", "prepare")
    many.auditor("move", "--to", empty_database, "--store", empty_store)
    with ExitStack() as stack:
        stack.enter_context(running(many, tmp_path / "maintain.log", "fleet", "maintain", "--every", "0.5"))
        many.auditor("fleet", "run")
        with psycopg.connect(empty_database, autocommit=True) as connection:

            def until(query: bytes) -> None:
                end = time.monotonic() + 400
                while not (connection.execute(query).fetchone() or (False,))[0]:
                    logs = "\n".join(one.read_text()[-1500:] for one in tmp_path.glob("*.log"))
                    assert time.monotonic() < end, logs
                    time.sleep(0.2)

            until(b"select count(*) > 0 from auditor.request")
            with ExitStack() as workers:
                for name in ("one", "two", "three", "four"):
                    words = ("worker", "--staging", str(tmp_path / name), "--concurrency", "1", *SANDBOX)
                    workers.enter_context(running(many, tmp_path / f"{name}.log", *words))
                until(b"select count(*) = 1 from auditor.ledger where kind = 'run.closed'")
            until(
                b"select count(*) = (select count(*) from auditor.ledger where kind = 'capture')"
                b" from auditor.ledger where kind = 'seal' and convert_from(line, 'UTF8') like '%/manifest.json%'"
            )
    assert ", 0 failed," in many.auditor("verify")
    decide(many)
    there, claimed_there = many.report(), claims(many)
    many.auditor("move", "--back")
    many.auditor("rebuild")
    found = many.report()
    for part, members in (("positions", POSITION), ("findings", FINDING)):
        assert told(found, part, members) == told(expected, part, members) == told(there, part, members)
    assert claims(many) == claimed_there == claimed
    assert told(found, "positions", POSITION) and claimed, "the practice world has positions and claims"
