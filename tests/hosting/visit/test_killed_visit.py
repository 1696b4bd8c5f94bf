"""SIGKILL while a visit keeps its proofs: a package or a gap, nothing half made, and the next visit is whole (A9)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from auditor.custody import verify_workspace
from auditor.workflow.wiring import initialise_workspace
from auditor.workspace import Workspace
from tests.capture.misbehaving_site import Site, registration, serving
from tests.certificates import self_signed
from tests.custody import practice_authorities as practice
from tests.custody.practice_authorities import Authorities
from tests.custody.test_recovery import lived
from tests.hosting.estates import DEPLOYMENT, held, targets_text, visit
from tests.hosting.lookups import Registers

WANTED = "visits: {names: true, handshake: true, packets: true, route: true}"


@pytest.fixture(scope="module")
def stamps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authorities]:
    with practice.authorities(tmp_path_factory.mktemp("authorities")) as found:
        yield found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The deployment's page, over TLS by the name `localhost`."""
    with serving(self_signed(tmp_path_factory.mktemp("site") / "site.pem", "localhost")) as found:
        found.pages["/status.json"] = registration()
        yield found


def estate(root: Path, place: Registers, stamps: Authorities, port: int) -> Workspace:
    """One visit with everything kept is due."""
    root.mkdir()
    text = targets_text("http://127.0.0.1:9/", place, stamps, root)
    text = text.replace("  pause_seconds: 0", f"  pause_seconds: 0\n  {WANTED}")
    (root / "targets.yaml").write_text(text.replace("http://127.0.0.1:9/d0/", f"https://localhost:{port}/"))
    initialise_workspace(Workspace(root), origin="test.example/killed")
    return Workspace(root)


def visiting(root: Path) -> Callable[[], None]:
    def work() -> None:
        with held(Workspace(root)) as instruments:
            visit(instruments)

    return work


def packages(workspace: Workspace) -> list[Path]:
    return sorted((workspace.evidence / DEPLOYMENT).glob("*"))


def told(package: Path) -> dict[str, tuple[str, str]]:
    proofs = json.loads((package / "hosting/visit.json").read_bytes())["proofs"]
    return {one["name"]: (one["outcome"], one["lack"]) for one in proofs}


def whole_again(workspace: Workspace, wanted: dict[str, tuple[str, str]] | None = None) -> bool:
    """The next start finds a package or records a gap, and the next visit is whole. Whether the killed one left one."""
    with held(workspace) as instruments:
        assert not instruments.journal.ledger.open_intents()
        kept = packages(workspace)
        gaps = list(instruments.journal.entries(kinds=("gap",)))
        begun = list(instruments.journal.entries(kinds=("intent",)))
        assert len(kept) + len(gaps) == len(begun) <= 1
        visit(instruments, run="r-2")
    assert list((workspace.evidence / ".staging").iterdir()) == []
    after = packages(workspace)
    assert len(after) == len(kept) + 1 and all(told(one) == (wanted or told(one)) for one in after)
    assert [one for one in verify_workspace(workspace.root).checks if one.verdict == "failed"] == []
    return bool(kept)


@pytest.mark.parametrize("points", [4, pytest.param(24, marks=pytest.mark.long)])
def test_a9_a_kill_at_points_of_a_visit_leaves_a_package_or_a_gap(
    tmp_path: Path, place: Registers, stamps: Authorities, site: Site, points: int
) -> None:
    """SIGKILL at calls into the operating system, spread over the whole visit."""
    made = estate(tmp_path / "w", place, stamps, site.server_port)
    tally = tmp_path / "tally"
    first = Workspace(Path(shutil.copytree(made.root, tmp_path / "first")))
    assert lived(visiting(first.root), None, tally) == 0
    wanted, total = told(packages(first)[0]), int(tally.read_text())
    assert wanted["handshake"] == ("kept", "") and set(wanted) == {"names", "handshake", "packets", "route"}
    for number in range(points):
        copy = Workspace(Path(shutil.copytree(made.root, tmp_path / f"k{number}")))
        lived(visiting(copy.root), total * (2 * number + 1) // (2 * points))
        whole_again(copy, wanted)


class Door:
    """Before a server: lets connections through while `opens` says so, keeps the others waiting and tells of it."""

    def __init__(self, port: int, opens: Callable[[], bool]) -> None:
        self._server, self._opens = port, opens
        self._doors = socket.create_server(("127.0.0.1", 0))
        self._kept: list[socket.socket] = []
        self.port = self._doors.getsockname()[1]
        self.waiting = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._doors.accept()
                self._kept.append(here)
                if not self._opens():
                    self.waiting.set()
                    continue
                there = socket.create_connection(("127.0.0.1", self._server))
                self._kept.append(there)
                for pair in ((here, there), (there, here)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    @staticmethod
    def _carry(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(1 << 16):
                other.sendall(data)
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        for one in (self._doors, *self._kept):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


STEPS = ("moment", "names", "page", "handshake")
"""Where servers keep the visit waiting: both authorities, the name server, the page's server, and the same one at the
second connection, which is our handshake. A route on loopback keeps nobody waiting."""


@pytest.mark.parametrize("step", STEPS)
def test_a9_a_kill_at_each_proof_of_a_visit_leaves_a_gap(
    tmp_path: Path, place: Registers, stamps: Authorities, site: Site, step: str
) -> None:
    site.seen.clear()

    def opens() -> bool:
        return step != "page" and (step != "handshake" or "/status.json" not in [path for _, path, _ in site.seen])

    door = Door(site.server_port, opens)
    shut = Door(site.server_port, lambda: False)
    made = estate(tmp_path / "w", place, stamps, door.port)
    usual = made.targets.read_text(encoding="utf-8")
    if step == "moment":
        text = usual
        for pinned in stamps.pinned():
            text = text.replace(pinned.authority.url, f"http://127.0.0.1:{shut.port}/")
        made.targets.write_text(text, encoding="utf-8")
    if step == "names":
        place.names.asked.clear()
        place.names.faults["localhost."] = "silent"
    child = os.fork()
    if child == 0:
        try:
            visiting(made.root)()
        finally:
            os._exit(0)
    try:
        ends = time.monotonic() + 20
        while not _reached(place, step, door if step != "moment" else shut) and time.monotonic() < ends:
            time.sleep(0.01)
        assert _reached(place, step, door if step != "moment" else shut)
    finally:
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL, "it was still waiting"
        door.close()
        shut.close()
    place.names.faults.clear()
    made.targets.write_text(usual.replace(f"localhost:{door.port}", f"localhost:{site.server_port}"), encoding="utf-8")
    assert not whole_again(made)


def _reached(place: Registers, step: str, door: Door) -> bool:
    return any(one.startswith("localhost.") for one in place.names.asked) if step == "names" else door.waiting.is_set()
