"""Two practice authorities on free ports, and a workspace with packages made the way a run makes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor import custody
from auditor.clock import now
from auditor.custody import Custody, PinnedAuthority, Sealer, StagedPackage, Timeouts
from auditor.demo.authority import Behaviour, PracticeAuthority
from auditor.demo.authority_keys import AuthorityKeys
from auditor.demo.http_server import LoopbackServer, ServedRequest
from auditor.model.captures import Artefact, Capture, StepRecord, View
from auditor.model.events import RunClosed, RunOpened, ScheduleDropped
from auditor.model.evidence import Authority, Package

ORIGIN = "tests.example/workspace"
QUICK = Timeouts(connect=5.0, read=4.0, whole=6.0)
"""For authorities that hang."""
PATIENT = Timeouts(connect=30.0, read=60.0, whole=90.0)
"""For honest ones on a busy machine: a wait that ends too early would look like an authority that fails."""


@dataclass
class Authorities:
    """Both servers; each can misbehave on its own."""

    one: PracticeAuthority
    two: PracticeAuthority
    servers: tuple[LoopbackServer, LoopbackServer]

    def behave(self, behaviour: Behaviour) -> None:
        """How the first one answers from now on."""
        self.one.behave(behaviour)

    def pinned(self, *, policies: tuple[str, ...] = ("1.3.6.1.4.1.32473.3161.1",)) -> list[PinnedAuthority]:
        pairs = zip((self.one, self.two), self.servers, ("alpha", "beta"), strict=True)
        return [
            custody.pin_authority(
                Authority(name, server.url, authority.ring.owner, "", policies, practice=True),
                authority.ring.root.read_bytes(),
            )
            for authority, server, name in pairs
        ]

    def visits(self) -> tuple[ServedRequest, ...]:
        return self.servers[0].visits + self.servers[1].visits


@contextmanager
def authorities(folder: Path) -> Iterator[Authorities]:
    rings = [AuthorityKeys.open(folder / name, f"Practice {name}") for name in ("alpha", "beta")]
    one, two = PracticeAuthority(rings[0], rings[1]), PracticeAuthority(rings[1], rings[0])
    servers = (LoopbackServer(one, name="alpha", port=0), LoopbackServer(two, name="beta", port=0))
    for server in servers:
        server.start()
    try:
        yield Authorities(one, two, servers)
    finally:
        for server in servers:
            server.stop()


def begin(root: Path) -> None:
    custody.create_workspace(root, origin=ORIGIN, software="auditor tests")


def capture_of(name: str, intent: str, artefacts: tuple[Artefact, ...], at: datetime) -> Capture:
    """A complete capture with one view."""
    step = StepRecord("open", at, at + timedelta(milliseconds=5), ok=True)
    view = View(
        id="registration", page="registration", number=1, url="http://127.0.0.1/", final_url="http://127.0.0.1/",
        outcome="observed", why="", status=200, captured_at=at, title="注册授权信息",
        artefacts={"dom": "registration/dom.html"},
    )  # fmt: skip
    return Capture(
        id=name, deployment="site-a", run="run-1", intent=intent, method="browser", started_at=at, ended_at=at,
        views=(view,), steps=(step,), artefacts=artefacts, facts={"address": "127.0.0.1"},
    )  # fmt: skip


FILES = {
    "registration/dom.html": "<p>分馆授权数量: 不限 当前分馆数量: 34</p>".encode(),
    "registration/screenshot.png": b"\x89PNG\r\n" + bytes(range(256)),
    "traffic.warc": b"WARC/1.1\r\n" * 20,
    "README": b"a file without a dot in its name\n",
}


def keep(
    held: Custody,
    name: str,
    *,
    authorities: list[PinnedAuthority],
    files: dict[str, bytes] | None = None,
    slot: str = "",
    quorum: int = 2,
) -> Package:
    """Intent, stage, describe, commit: unsealed."""
    staging, manifest = described(held, name, authorities=authorities, files=files, slot=slot, quorum=quorum)
    return staging.commit(manifest)


def described(
    held: Custody,
    name: str,
    *,
    authorities: list[PinnedAuthority],
    files: dict[str, bytes] | None = None,
    slot: str = "",
    quorum: int = 2,
) -> tuple[StagedPackage, bytes]:
    """Intent, stage, describe: the manifest's bytes, to be committed."""
    at = held.journal.clock()
    intent = held.intent(f"intent-{name}", run="run-1", deployment="site-a", slot=slot)
    staging = held.vault.stage("site-a", name, at)
    for path, data in (files or FILES).items():
        staging.put(path, data, media_type="application/octet-stream", made_by="test")
    staging.put("session.json", b"cookie sid=topsecret", media_type="application/json", made_by="test", sealed=True)
    manifest = custody.encode_manifest(
        capture_of(name, f"intent-{name}", staging.artefacts, at),
        intent_sha256=custody.entry_sha256(intent), quorum=quorum,
        authorities=[p.authority for p in authorities], software={"auditor": "0"},
    )  # fmt: skip
    return staging, manifest


def run(root: Path, stamps: Authorities, names: tuple[str, ...] = ("c1", "c2"), *, before: int = 0) -> None:
    """A whole small run: opened, planned, captured, sealed, closed, checkpointed; after so many other lines."""
    begin(root)
    with custody.open_workspace(root) as held:
        pinned = stamps.pinned()
        sealer = Sealer(held.vault, custody.http_authorities(pinned, PATIENT), 2, patience=PATIENT)
        for number in range(before):
            held.journal.record(ScheduleDropped(schedule=f"old-{number}"))
        held.journal.record(RunOpened(run="run-1", targets_sha256="0" * 64))
        held.plan(run="run-1", slots=[{"slot": name, "deployment": "site-a"} for name in (*names, "missed")])
        custody.sign_checkpoint(held.journal, sealer, "plan")
        for name in names:
            sealer.seal(keep(held, name, authorities=pinned, slot=name))
        held.gap("the host was down for maintenance", run="run-1", deployment="site-a", slot="missed")
        held.journal.record(RunClosed(run="run-1"))
        custody.sign_checkpoint(held.journal, sealer, "close")


def stepping(start: datetime | None = None) -> Iterator[datetime]:
    """Moments a second apart."""
    moment = start or now().astimezone(UTC)
    while True:
        yield moment
        moment += timedelta(seconds=1)
