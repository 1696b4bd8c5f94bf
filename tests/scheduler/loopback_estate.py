"""Small estates on a real loopback server, the command line as a user runs it, and the journal it leaves."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from auditor.clock import now
from auditor.custody import Journal
from auditor.demo import LoopbackServer
from auditor.demo.http_server import Application, HttpRequest, HttpResponse
from auditor.model.evidence import JournalEntry
from auditor.scheduler import SchedulerEngine, SchedulerOptions
from auditor.workflow.schedule import SchedulerPassResult, adopt_schedules
from auditor.workflow.wiring import initialise_workspace, open_instruments
from auditor.workspace import Workspace
from tests.prepared_process import run_auditor

SANDBOX = ["--no-sandbox"] if os.geteuid() == 0 else []
PAGE = (
    "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>t</title><table>"
    "<tr><th>分馆授权数量</th><td>20</td></tr><tr><th>当前分馆数量</th><td>18</td></tr></table>"
)


@dataclass
class Site(Application):
    """Every deployment is a first path segment, `/d7/`; some hang, some ask to be left alone."""

    hanging: frozenset[str] = frozenset()
    busy: dict[str, str] = field(default_factory=dict)
    """Deployment to the `Retry-After` it answers with."""
    hold: threading.Event | None = None
    """Where given, answers wait for it."""
    asked: list[str] = field(default_factory=list)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def answer(self, request: HttpRequest) -> HttpResponse:
        deployment = request.path.split("/")[1]
        if deployment == "favicon.ico":
            return HttpResponse(b"", 404, "text/plain")
        self.asked.append(deployment)
        self.arrived.release()
        if deployment in self.hanging:
            return HttpResponse(fate="hang")
        if deployment in self.busy:
            return HttpResponse(b"later", 503, "text/plain", (("Retry-After", self.busy[deployment]),))
        if self.hold is not None:
            self.hold.wait(60)
        return HttpResponse(PAGE.encode(), media_type="text/html; charset=utf-8")


@contextmanager
def serving(site: Site) -> Iterator[str]:
    server = LoopbackServer(site, name="estate", port=0)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.port}/"
    finally:
        if site.hold is not None:
            site.hold.set()
        server.stop()


def targets(address: str, count: int, more: str = "") -> str:
    """So many deployments of one page each; no timestamps, so that nothing else runs beside."""
    deployments = "\n".join(
        f"  d{number}: {{product: p, legal_status: licensed, address: '{address}d{number}/', pages: [registration], "
        "access: {kind: public_page, reference: test}, checks_off: {clock: no time server here}}"
        for number in range(count)
    )
    return f"""format: 1
timezone: Asia/Shanghai
currency: CNY
parties: {{v: {{name: Vendor, role: licensor}}}}
products:
  p: {{name: Product, metrics: [{{id: branch, label: branch}}], editions: {{}}}}
contracts: []
deployments:
{deployments}
pages:
  registration: {{path: registration, fields: {{used: {{labels: [当前分馆数量]}}, cap: {{labels: [分馆授权数量]}}}}}}
browser: {{settle_seconds: 3, visit_seconds: 6}}
{more}
"""


@dataclass(frozen=True)
class Place:
    """A workspace in a folder."""

    root: Path

    @classmethod
    def make(cls, root: Path, text: str, *, since: datetime | None = None) -> Place:
        """Keys and targets; `since`: the moment at which its schedules were taken up."""
        root.mkdir()
        (root / "targets.yaml").write_text(text, encoding="utf-8")
        at = since or now()
        initialise_workspace(Workspace(root), origin="test.example/scheduler", clock=lambda: at)
        if since is not None:
            with open_instruments(Workspace(root), sandbox=not SANDBOX, clock=lambda: since) as instruments:
                adopt_schedules(instruments)
        return cls(root)

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "auditor", "--workspace", str(self.root), *arguments]

    def auditor(self, *arguments: str, expect: int = 0, **environment: str) -> str:
        done = run_auditor("--workspace", str(self.root), *arguments, env={**os.environ, **environment})
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout if not expect else done.stdout + done.stderr

    def once(self) -> SchedulerPassResult:
        """As `auditor schedule --once`, in this process."""
        return SchedulerEngine(
            self.workspace, SchedulerOptions(sandbox=not SANDBOX, print_line=lambda line: None)
        ).once()

    def entries(self, kind: str) -> list[JournalEntry]:
        return list(Journal.open(self.root).entries(kinds=(kind,)))


def interval(moment: datetime) -> int:
    """Seconds of an interval whose last slot lies between a quarter and three quarters of it before that moment."""
    at = int(moment.timestamp())
    return next(seconds for seconds in range(3600, 7200) if seconds // 4 < at % seconds < 3 * seconds // 4)
