"""`auditor run` and `auditor schedule` in the folder of a workspace that moved: asked for, maintained, visited by a
worker, waited for and told, as on one machine. Real commands, a real worker, real servers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from auditor.demo.http_server import Application, HttpRequest, HttpResponse
from auditor.workflow.desk.works import OneWork
from tests.custody.practice_authorities import Authorities
from tests.fleet.moved_workspace import Moved, new_place
from tests.fleet.servers import PostgresServer, StoreServer
from tests.fleet.test_acting_moved import moved_folder
from tests.fleet.test_hostile_workers import commit_nothing
from tests.fleet.world import FleetWorld, end
from tests.web.served_workspace import served
from tests.workflow import http_estate

SCHEDULE = "schedules: {nightly: {cron: '0 3 * * *', timezone: Asia/Shanghai}}\n"


@dataclass
class Pages(Application):
    """Answers the pages of both deployments; of the one in `away` with an error."""

    away: set[str] = field(default_factory=set)
    arrived: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    """No page is answered before."""

    def answer(self, request: HttpRequest) -> HttpResponse:
        self.arrived.set()
        self.go.wait(150)
        if request.path.split("/")[1] in self.away:
            return HttpResponse(b"down", 500, "text/plain")
        branches = [{"code": f"B{number}", "name": f"分馆{number}", "kind": "分馆"} for number in range(9)]
        said = {"used": 9, "cap": 10, "edition": "旗舰版", "branches": branches}
        return HttpResponse(json.dumps(said).encode(), media_type="application/json")


@dataclass
class Asked:
    """A workspace that moved, and the pages that its workers visit."""

    moved: Moved
    pages: Pages

    @contextmanager
    def auditor(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """A command that goes on meanwhile; killed at the end where it has not ended."""
        command = [sys.executable, "-m", "auditor", "--workspace", str(self.moved.root), *words]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
            env={**os.environ, **self.moved.environment},
        )  # fmt: skip
        try:
            yield process
        finally:
            end(process)
            for stream in filter(None, (process.stdout, process.stderr)):
                stream.close()

    @property
    def world(self) -> FleetWorld:
        return FleetWorld(self.moved.root, self.moved.database, self.moved.store, self.moved.environment)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Maintenance as `auditor schedule`, and a worker."""
        with self.auditor("schedule") as maintenance:
            self.world.until("select count(*) = 1 from auditor.vantage where id = 'main'")
            with self.world.worker():
                yield
            end(maintenance, signal.SIGTERM)
            assert maintenance.returncode == 0 and maintenance.stderr is not None, maintenance.stderr
            assert "Traceback" not in maintenance.stderr.read()


@pytest.fixture(scope="module")
def asked(
    tmp_path_factory: pytest.TempPathFactory, _servers: Authorities, postgres: PostgresServer, store: StoreServer
) -> Iterator[Asked]:
    pages = Pages()
    pages.go.set()
    with pytest.MonkeyPatch.context() as patch, http_estate.serving(pages) as address:
        for name, value in store.environment.items():
            patch.setenv(name, value)

        def add(root: Path) -> None:
            said = (root / "targets.yaml").read_text("utf-8")
            for name, url in (("covered", "https://lib.hefei.example/"), ("suspect", "https://other.example/")):
                said = said.replace(f'"{url}"', f'"{address}{name}/"')
            (root / "targets.yaml").write_text(said + "politeness: {seconds_between: 0}\n", "utf-8")

        yield Asked(new_place(tmp_path_factory.mktemp("asked"), _servers, postgres, store, add), pages)


def ended(process: subprocess.Popen[str], seconds: float = 150) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=seconds)
    assert "Traceback" not in err, err
    return process.returncode, out, err


@pytest.mark.long
def test_a_run_is_asked_for_waited_for_and_told_as_on_one_machine(asked: Asked) -> None:
    with asked.at_work():
        said = json.loads(asked.moved.auditor("run", "--json")[0])
        assert (said["planned"], said["complete"], said["gaps"], said["sealed"]) == (2, 2, 0, 2)
        assert not said["waiting"] and not said["troubled"] and set(said["findings"]) >= {"high", "medium"}
        asked.pages.away = {"suspect"}
        out = asked.moved.auditor("run", "--only", "suspect", "--fail-on", "info", expect=3)[0]
        assert "1 planned, 0 complete, 0 partial, 1 failed, 0 not visited, 1 sealed" in out
        assert "suspect: failed:" in out and "500" in out, "why it is not complete"
        asked.pages.away = set()
        assert "no such deployment" in asked.moved.auditor("run", "--only", "nobody", expect=2)[1]
    assert asked.moved.told("captures")["captures"][0]["capture"]


def test_a_run_whose_package_is_in_no_store_is_not_done(asked: Asked) -> None:
    with asked.auditor("run", "--only", "covered") as waiting:
        assert waiting.stderr is not None and "nobody maintains the fleet" in waiting.stderr.readline()
        asked.moved.auditor("schedule", "--once")
        commit_nothing(asked.world, "covered")
        asked.moved.auditor("schedule", "--once")
        code, out, err = ended(waiting)
    assert code == 5, err
    assert "1 planned, 0 complete, 0 partial, 0 failed, 0 not visited" in out and "1 not readable in the store" in out


@pytest.mark.long
def test_a_run_that_is_no_longer_waited_for_goes_on(asked: Asked) -> None:
    before = asked.moved.ask("select count(*) from auditor.ledger where kind = 'run.closed'")[0][0]
    asked.pages.go.clear()
    asked.pages.arrived.clear()
    try:
        with asked.auditor("run", "--only", "covered") as waiting, asked.at_work():
            assert asked.pages.arrived.wait(60)
            waiting.send_signal(signal.SIGINT)
            code, out, err = ended(waiting)
            assert code == 1 and "the run goes on" in err and not out
            asked.pages.go.set()
            asked.world.until(f"select count(*) = {before + 1} from auditor.ledger where kind = 'run.closed'")
    finally:
        asked.pages.go.set()


@pytest.mark.long
def test_a_run_that_is_asked_for_on_the_pages_is_told_there_until_it_has_ended(asked: Asked) -> None:
    """It is not over before its visits are; ended there, it goes on in the fleet."""

    def until(true: Callable[[], bool], work: OneWork) -> None:
        end = time.monotonic() + 120
        while not true():
            assert time.monotonic() < end, work.said
            time.sleep(0.3)

    with served(asked.moved.root, make=lambda root: {}, opened=moved_folder) as site:
        browser, form = site.browser("manager"), {"deployment": "covered"}
        with asked.at_work():
            browser.post(f"{site.origin}/runs", form, timeout=60)
            (work,) = site.office.works.every()
            until(lambda: not work.running and work.ended_at is not None, work)
            assert work.code == 0 and "1 planned, 1 complete" in work.said, work.said
            shown = browser.get(f"{site.origin}/works/{work.id}", timeout=60).text
            assert '<b data-part="done">1</b> / <b data-part="planned">1</b>' in shown
        browser.post(f"{site.origin}/runs", form, timeout=60)
        waiting = site.office.works.every()[0]
        until(lambda: "nobody maintains the fleet" in waiting.said, waiting)
        site.office.works.end(waiting.id)
        until(lambda: waiting.ended_at is not None, waiting)
        assert waiting.code == 1 and "the run goes on" in waiting.said, waiting.said


@pytest.mark.long
def test_what_keeps_a_run_from_going_on_is_told(asked: Asked) -> None:
    """Nobody maintains it; the database ends the connection; then nobody visits."""
    with asked.auditor("run") as waiting:
        assert waiting.stderr is not None
        assert "nobody maintains the fleet" in waiting.stderr.readline()
        asked.moved.ask(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and application_name = 'auditor run'"
        )
        assert "the run is waited for" in waiting.stderr.readline()
        asked.moved.auditor("schedule", "--once")
        assert "vantage main has no worker that gets work" in waiting.stderr.readline()


@pytest.mark.parametrize(
    ("words", "then"),
    [
        (("run", "--concurrency", "2"), "auditor worker --concurrency"),
        (("run", "--no-sandbox"), "auditor worker --no-sandbox"),
        (("schedule", "--concurrency", "2"), "auditor worker --concurrency"),
        (("schedule", "--listen", "127.0.0.1:0"), "auditor serve"),
    ],
)
def test_options_that_a_fleet_has_elsewhere_are_refused_in_one_line(
    asked: Asked, words: Sequence[str], then: str
) -> None:
    before = asked.moved.lines()
    said = asked.moved.auditor(*words, expect=2)[1]
    assert said.count("\n") == 1 and words[1] in said and then in said
    assert asked.moved.lines() == before and not asked.moved.ask("select 1 from auditor.wish where refused = '-'")


def test_one_pass_does_what_is_due_and_says_so(asked: Asked) -> None:
    """What was asked for is begun, a schedule is kept from then on; the next pass has nothing to do."""
    assert "asked for" in asked.moved.auditor("run", "--no-wait", "--only", "covered")[0]
    targets = asked.moved.root / "targets.yaml"
    targets.write_text(targets.read_text("utf-8") + SCHEDULE, "utf-8")
    done = json.loads(asked.moved.auditor("schedule", "--once", "--json")[0])
    assert done["format"] == "auditor.attendance/1" and not done["missed"]
    assert any("nightly: kept from now on" in one for one in done["notes"])
    assert any("was asked for and is begun" in one for one in done["notes"])
    assert "nothing is due" in asked.moved.auditor("schedule", "--once")[0]


def test_one_pass_beside_a_maintenance_that_leads_says_that_nothing_was_done(asked: Asked) -> None:
    with asked.auditor("schedule") as leading:
        assert leading.stderr is not None
        while "this process leads" not in leading.stderr.readline():
            assert leading.poll() is None
        assert "another process maintains this fleet" in asked.moved.auditor("schedule", "--once", expect=1)[1]
