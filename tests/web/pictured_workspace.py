"""A workspace whose captures have pictures and layouts, made by Chromium: for the viewer and the assistant."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from auditor import custody
from auditor.model.captures import Capture, StepRecord, View
from auditor.model.events import RunClosed, RunOpened
from auditor.workflow import read_targets, rebuild_index
from auditor.workspace import Workspace
from tests.custody.practice_authorities import Authorities
from tests.reading.chromium_snapshots import shoot, stored
from tests.web.served_workspace import TWO_CUSTOMERS

Enter = Callable[..., Page]
"""Opens a page signed in as a person: the fixture `enter`."""
PAGE = """
  status:
    path: status
    locale: zh-CN
    fields:
      used: {kind: count, role: used, labels: [当前分馆数量]}
      cap: {kind: count, role: cap, labels: [分馆授权数量], means: {不限: unlimited}, means_source: plain meaning}
      edition: {kind: text, labels: [授权版本]}
"""
ALIVE = """
  alive:
    licensee: reader
    contract: AG-7
    address: "{address}alive/"
    access: {{kind: public_page, reference: its own page}}
    pages: [number]
"""
NUMBER = """
  number:
    path: status.json
    method: http
    fields: {used: {kind: count, role: used, pointer: /used}, cap: {kind: count, role: cap, pointer: /cap}}
"""
CLAIMS = """
claims:
  legal_model: china
  product: libsys
  edition: flagship
  contract: AG-7
  claim: {amount: "90000.00", includes_expenses: true}
  scenarios:
    all: {title: every unit at list, deployments: [suspect], count_basis: displayed, price_basis: list, multiplier: "4", multiplier_mode: total, expenses: in}
    zqxall: {title: ZQX units, contract: ZQX-9, deployments: [zqxlib], count_basis: displayed, price_basis: list, expenses: none}
    twice: {title: twice, deployments: [suspect], count_basis: displayed, price_basis: list, multiplier: "2", multiplier_mode: total, expenses: in}
"""  # noqa: E501 (flow mappings stand on one line)
SEEN: tuple[tuple[str, int, object, str], ...] = (
    ("covered", 18, 20, ""),
    ("covered", 22, 20, ""),
    ("suspect", 34, "不限", "<script>document.title='ran'</script><img src='https://evil.example/x.png'>"),
    ("zqxlib", 31, "不限", ""),
)
"""Deployment, displayed number, cap and what else its page holds."""


def page_text(used: int, cap: object, more: str) -> str:
    """A registration page as the product shows it."""
    rows = (("授权版本", "旗舰版"), ("分馆授权数量", cap), ("当前分馆数量", used), ("公司名称", "安徽某图书有限公司"))
    cells = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows)
    return (
        "<!doctype html><title>注册授权信息</title><body style='font:16px sans-serif;margin:24px'><h1>注册授权信息</h1>"
        f"<table border=1 cellpadding=8>{cells}</table>{more}</body>"
    )


def make_pictured(root: Path, page: Page, address: str, stamps: Authorities, more: str = "") -> dict[str, str]:
    """A workspace with two customers, all captured in a browser but `alive`, whose page is below `address`; the newest
    capture of each deployment. Nothing is sealed yet; `stamps`: who seals what comes; `more`: further
    sections of the file."""
    head, _, tail = TWO_CUSTOMERS.partition("\npages:\n")
    dates = tail[tail.index("key_dates:") :]
    alive = ALIVE.format(address=address)
    sandbox = "" if os.geteuid() else "browser: {sandbox: false}\n"
    text = f"{head}{alive}\npages:{PAGE}{NUMBER}{dates}{CLAIMS}{_authorities(root, stamps)}{sandbox}{more}"
    (root / "targets.yaml").write_text(text, encoding="utf-8")
    custody.create_workspace(root, origin="tests.example/pictured", software="auditor tests")
    captures = {name: commit_pictured(root, page, name, used, cap, more) for name, used, cap, more in SEEN}
    workspace = Workspace(root)
    rebuild_index(workspace, read_targets(workspace)[0], lambda _done, _total, _name: None)
    return captures


def _authorities(root: Path, stamps: Authorities) -> str:
    """The section of the authorities, and their roots beside the file."""
    lines = ["timestamping:", "  quorum: 2", "  authorities:"]
    for pinned in stamps.pinned():
        one = pinned.authority
        (root / f"{one.id}.pem").write_bytes(pinned.pem)
        lines.append(f"    {one.id}: {{url: '{one.url}', owner: '{one.owner}', roots: {one.id}.pem, practice: true}}")
    return "\n".join(lines) + "\n"


def commit_pictured(root: Path, page: Page, deployment: str, used: int, cap: object, more: str = "") -> str:
    """Commit one package with the picture and the layout of a page in a run of its own. The id of the capture."""
    page.set_content(page_text(used, cap, more))
    shot = shoot(page, picture=True)
    with custody.open_workspace(root) as held:
        number = sum(entry.kind == "run.closed" for entry in held.journal.entries()) + 1
        run, name = f"run-{number}", f"c-{number:03}"
        held.journal.record(RunOpened(run=run, targets_sha256="0" * 64))
        at = held.journal.clock()
        intent = held.intent(name, run=run, deployment=deployment, slot="")
        staging = held.vault.stage(deployment, name, at)
        made = "tests"
        staging.put("status/dom.html", shot.dom, media_type="text/html; charset=utf-8", made_by=made)
        staging.put("status/screenshot.png", shot.picture, media_type="image/png", made_by=made)
        staging.put("status/domsnapshot.json.gz", stored(shot.snapshot), media_type="application/gzip", made_by=made)
        url = f"https://{deployment}.example/status"
        artefacts = {
            "dom": "status/dom.html", "screenshot": "status/screenshot.png", "snapshot": "status/domsnapshot.json.gz",
        }  # fmt: skip
        view = View(
            "status", "status", 1, url, url, "observed", "", 200, at, title="注册授权信息", artefacts=artefacts,
            rest="reached",
        )  # fmt: skip
        capture = Capture(
            id=name, deployment=deployment, run=run, intent=name, method="browser", started_at=at, ended_at=at,
            views=(view,), steps=(StepRecord("open status", at, at, ok=True),), artefacts=staging.artefacts,
            facts={"address": "127.0.0.1:443"},
        )  # fmt: skip
        manifest = custody.encode_manifest(
            capture, intent_sha256=custody.entry_sha256(intent), quorum=2,
            authorities=read_targets(Workspace(root))[0].timestamping.authorities, software={"auditor": "0"},
        )  # fmt: skip
        staging.commit(manifest)
        held.journal.record(RunClosed(run=run))
    return name
