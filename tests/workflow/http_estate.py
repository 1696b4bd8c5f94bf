"""Deployments whose page is JSON, fetched by the `http` method: whole visits without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from auditor.capture import Browser, Machine
from auditor.clock import now
from auditor.demo.http_server import Application, HttpRequest, HttpResponse, LoopbackServer
from auditor.model.captures import Capture
from auditor.model.targets.estate import BrowserSettings
from auditor.workflow.audit.slots import VisitSlot
from auditor.workflow.wiring import Instruments, initialise_workspace, open_instruments
from auditor.workspace import Workspace


@dataclass
class JsonSite(Application):
    """Answers every deployment's `/<id>/status.json`; some ask to be left alone."""

    busy: dict[str, str] = field(default_factory=dict)
    """Deployment to the `Retry-After` it answers with."""
    asked: list[str] = field(default_factory=list)
    seconds: float = 0.0
    """How long each answer takes."""

    def answer(self, request: HttpRequest) -> HttpResponse:
        deployment = request.path.split("/")[1]
        self.asked.append(deployment)
        if deployment in self.busy:
            return HttpResponse(b"later", 503, "text/plain", (("Retry-After", self.busy[deployment]),))
        data = json.dumps({"used": 18, "cap": 20}).encode()
        return HttpResponse(data, media_type="application/json", delay=self.seconds)


@contextmanager
def serving(site: Application) -> Iterator[str]:
    server = LoopbackServer(site, name="json", port=0)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.port}/"
    finally:
        server.stop()


def targets(address: str, count: int, waits: int = 600) -> str:
    """So many deployments, `d0` and on, each with one page of JSON; no timestamp authority.

    `waits`: seconds that a run waits for a host which asked to be left alone.
    """
    deployments = "\n".join(
        f"  d{number}: {{product: p, legal_status: licensed, address: '{address}d{number}/', pages: [status], "
        "access: {kind: public_page, reference: test}}"
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
  status:
    path: status.json
    method: http
    fields: {{used: {{kind: count, role: used, pointer: /used}}, cap: {{kind: count, role: cap, pointer: /cap}}}}
politeness: {{seconds_between: 0, visits_at_once: 8, longest_wait_seconds: {waits}}}
"""


@contextmanager
def opened(root: Path, address: str, count: int, waits: int = 600) -> Iterator[Instruments]:
    """A new workspace over these deployments, held for writing."""
    root.mkdir()
    (root / "targets.yaml").write_text(targets(address, count, waits), encoding="utf-8")
    initialise_workspace(Workspace(root), origin="test.example/visits")
    with open_instruments(Workspace(root)) as instruments:
        yield instruments


def unopened_browser() -> Browser:
    """Pages of the `http` method never ask it for anything."""
    return Browser(BrowserSettings(), now, (), 1)


def clean_machine() -> Machine:
    """A machine whose every check passes."""
    return Machine(
        now(), (), "", "", ("127.0.0.1",), (), ("chromium", "--no-proxy-server"), (("time.example", 0.0),), (),
        "1", "/chromium", "0" * 64, True, "fresh", True, "drawn", {},
    )  # fmt: skip


def slots_of(instruments: Instruments, run: str = "r-1") -> tuple[VisitSlot, ...]:
    return tuple(VisitSlot(run, one.id, one) for one in instruments.estate.deployments.values())


def capture_with(facts: dict[str, str]) -> Capture:
    """A capture that brought nothing but facts of its connection."""
    at = now()
    return Capture("c-1", "d0", "r-1", "c-1", "http", at, at, (), (), (), facts=facts)
