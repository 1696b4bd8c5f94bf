"""A workspace whose deployment is a page of JSON on loopback, with a host to write to and a mail server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from auditor.clock import now
from auditor.demo.http_server import HttpRequest, HttpResponse
from auditor.index import IndexedCapture
from auditor.workflow.audit.audit import visit_one
from auditor.workflow.audit.slots import VisitSlot
from auditor.workflow.audit.visit_steps import StoredVisit, VisitPorts
from auditor.workflow.wiring import Instruments, initialise_workspace, open_instruments
from auditor.workspace import Workspace
from tests.custody.practice_authorities import Authorities
from tests.notices.mail_servers import MailPost
from tests.workflow.http_estate import JsonSite, clean_machine, serving, targets, unopened_browser

NOTICE = "N-2026-001"
RECIPIENT = "ipr@cloud.example"


@dataclass
class CountSite(JsonSite):
    """Answers with a count that a test changes, or with an error."""

    used: int = 18
    gone: bool = False

    def answer(self, request: HttpRequest) -> HttpResponse:
        if self.gone:
            return HttpResponse(b"gone", 410, "text/plain")
        return HttpResponse(json.dumps({"used": self.used, "cap": 20}).encode(), media_type="application/json")


@dataclass
class NoticeEstate:
    """The workspace, its site, and what its file says."""

    workspace: Workspace
    site: CountSite
    text: str

    def rewrite(self, before: str, after: str) -> None:
        """Change targets.yaml."""
        assert before in self.text, before
        self.text = self.text.replace(before, after)
        self.workspace.targets.write_text(self.text, encoding="utf-8")


def targets_text(address: str, post: MailPost, stamps: Authorities, root: Path) -> str:
    """The file: two suspect deployments, a host, a sender, two notices, two authorities."""
    lines = ["timestamping:", "  quorum: 2", "  authorities:"]
    for pinned in stamps.pinned():
        name = f"{pinned.authority.id}.pem"
        (root / name).write_bytes(pinned.pem)
        lines.append(
            f"    {pinned.authority.id}: {{url: '{pinned.authority.url}', owner: '{pinned.authority.owner}', "
            f"roots: {name}, practice: true}}"
        )
    lines += notice_sections(post, root, "d0")
    return targets(address, 2).replace("licensed", "suspect") + "\n".join(lines) + "\n"


def notice_sections(post: MailPost, root: Path, deployment: str) -> list[str]:
    """A host, a sender, and two notices about a deployment; the certificate that they name lies beside the file."""
    (root / "certificate.pdf").write_bytes(b"%PDF-1.4\r\n.\r\n..leading dots\r\n%%EOF\r\n")
    return [
        "hosts:",
        "  cloud:",
        "    name: 某云计算有限公司",
        "    kind: iaas",
        "    law: [cn-general]",
        "    channels:",
        f"      mail: {{kind: email, address: {RECIPIENT}}}",
        "      post: {kind: ems, address: 某市某路1号}",
        "notices:",
        "  sender: {name: 某软件公司, signer: 张三, address: 某市某路2号, telephone: '010-5550100',"
        " email: legal@vendor.example, authority: 授权委托书}",
        "  rights: {r1: {title: 某图书馆软件, registration: 2014SR000001, file: certificate.pdf}}",
        f"  mail: {{server: 127.0.0.1, port: {post.port}, via: mx, authority: '{post.authority}', answer_seconds: 5}}",
        "  items:",
        f"    {NOTICE}: {{deployment: {deployment}, host: cloud, channel: mail, rights: [r1], "
        "act: 未经许可运行软件副本, request: [forward, preserve_logs], statements: [truth]}",
        f"    N-2026-002: {{deployment: {deployment}, host: cloud, channel: post, rights: [r1], act: 同上,"
        " request: forward}",
    ]


@contextmanager
def notice_estate(root: Path, post: MailPost, stamps: Authorities) -> Iterator[NoticeEstate]:
    """The site is served; the workspace is closed."""
    site = CountSite()
    with serving(site) as address:
        root.mkdir()
        text = targets_text(address, post, stamps, root)
        (root / "targets.yaml").write_text(text, encoding="utf-8")
        initialise_workspace(Workspace(root), origin="test.example/notices")
        yield NoticeEstate(Workspace(root), site, text)


def visit(instruments: Instruments, run: str, deployment: str = "d0") -> str:
    """One visit; the id of its capture."""

    async def act() -> str:
        async def left(slot: VisitSlot, capture: object) -> None:
            return None

        async def store(slot: VisitSlot, keep: object) -> StoredVisit:
            return keep()  # type: ignore[operator, no-any-return]

        def record(made: IndexedCapture) -> None:
            instruments.index.record([made])

        ports = VisitPorts(instruments, unopened_browser(), clean_machine(), left, store, record)
        slot = VisitSlot(run, deployment, instruments.estate.deployments[deployment])
        return (await visit_one(slot, ports)).capture

    return asyncio.run(act())


@contextmanager
def held(workspace: Workspace) -> Iterator[Instruments]:
    """The workspace, held for writing."""
    with open_instruments(workspace, clock=now) as instruments:
        yield instruments
