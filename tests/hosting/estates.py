"""A workspace whose deployments are pages of JSON on loopback, with registers and two practice authorities."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditor.clock import now
from auditor.demo.registers import HOST_COMPANY
from auditor.demo.registers.whois_server import network_record
from auditor.index import IndexedCapture
from auditor.workflow.audit.audit import visit_one
from auditor.workflow.audit.slots import VisitSlot
from auditor.workflow.audit.visit_steps import StoredVisit, VisitPorts
from auditor.workflow.wiring import Instruments, initialise_workspace, open_instruments
from auditor.workspace import Workspace
from tests.custody.practice_authorities import Authorities
from tests.hosting.lookups import Registers
from tests.workflow.http_estate import JsonSite, clean_machine, serving, targets, unopened_browser

DEPLOYMENT = "d0"
LOOPBACK = "127.0.0.1"


def targets_text(address: str, place: Registers, stamps: Authorities, root: Path) -> str:
    """The file: two deployments, the registers, two authorities."""
    lines = ["timestamping:", "  quorum: 2", "  authorities:"]
    for pinned in stamps.pinned():
        name = f"{pinned.authority.id}.pem"
        (root / name).write_bytes(pinned.pem)
        lines.append(
            f"    {pinned.authority.id}: {{url: '{pinned.authority.url}', owner: '{pinned.authority.owner}', "
            f"roots: {name}, practice: true}}"
        )
    lines += hosting_section(place, root)
    return targets(address, 2) + "\n".join(lines) + "\n"


def hosting_section(place: Registers, root: Path) -> list[str]:
    """The registers; the data sets that it names lie beside the file."""
    (root / "root.ds").write_text(place.zones.root_keys)
    (root / "rib.txt").write_text("127.0.0.0/8|{64500,64501}\n203.0.113.0/24|64500\n")
    (root / "own.json").write_text(
        '{"createDate": "2026-11-19", "prefixes": [{"ip_prefix": "127.0.0.0/8", "service": "S"}]}'
    )
    return [
        "hosting:",
        f"  rdap_bootstrap: '{place.rdap.base}dns/'",
        f"  whois: {place.sources.whois}",
        f"  whois_port: {place.sources.whois_port}",
        f"  name_servers: [{{address: 127.0.0.1, port: {place.names.port}}}]",
        "  root_keys: root.ds",
        "  origins: {file: rib.txt, dated: 2026-11-20}",
        "  ranges: {own: {file: own.json}}",
        "  pause_seconds: 0",
    ]


@contextmanager
def estate(root: Path, place: Registers, stamps: Authorities) -> Iterator[Workspace]:
    """The site is served; the workspace is closed."""
    place.rdap.holders = {**place.rdap.holders, "127.0.0.0/8": HOST_COMPANY}
    place.whois.answers[LOOPBACK] = network_record("127.0.0.0 - 127.255.255.255", "PRACTICE-NET", HOST_COMPANY)
    with serving(JsonSite()) as address:
        root.mkdir()
        (root / "targets.yaml").write_text(targets_text(address, place, stamps, root), encoding="utf-8")
        initialise_workspace(Workspace(root), origin="test.example/hosting")
        yield Workspace(root)


def visit(instruments: Instruments, deployment: str = DEPLOYMENT, run: str = "r-1") -> str:
    """One visit of a deployment, the one of a run; the id of its capture."""

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
    with open_instruments(workspace, clock=now) as instruments:
        yield instruments
