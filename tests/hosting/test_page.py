"""The commands of docs/hosting.md do what the page says, and DNSSEC holds against other people's servers too."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.hosting import LadderInputs, hosting_record, read_lookup
from auditor.model.targets.estate import NameServerAddress
from auditor.workflow import look_up_subject
from tests.custody import practice_authorities as practice
from tests.hosting.estates import estate, held, visit
from tests.hosting.lookups import QUICK, Registers
from tests.prepared_process import shell_command

TOP = Path(__file__).parents[2]


def test_the_commands_of_the_page(tmp_path: Path, place: Registers) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", (TOP / "docs" / "hosting.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 4
    with (
        practice.authorities(tmp_path / "authorities") as stamps,
        estate(tmp_path / "w", place, stamps) as workspace,
    ):
        (workspace.root / "icp.png").write_bytes(b"\x89PNG of a register")
        with held(workspace) as instruments:
            visit(instruments)
            (looked,) = look_up_subject(instruments, "d0", bounds=QUICK)
        script = "".join(blocks).replace("site-a", "d0").replace("2026-11-20", f"{datetime.now(UTC):%Y-%m-%d}")
        environment = {
            **os.environ,
            "PATH": f"{shell_command(tmp_path).parent}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "LOOKUP": looked.package.filing,
        }
        done = subprocess.run(
            ["sh", "-ec", script], cwd=workspace.root, env=environment, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "verdict: passed" in done.stdout + done.stderr
    assert any(line.startswith("VERIFIED: ") for line in done.stdout.splitlines())
    assert "由B. Counsel于" in done.stdout


@pytest.fixture(scope="module", params=[(), ("-A",)], ids=["nsec3", "nsec3-opt-out"])
def bind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """BIND with a root of its own, signed by its own tools; its port and the root's DS record."""
    if not shutil.which("named") or not shutil.which("dnssec-signzone"):
        pytest.skip("BIND is not installed (Debian: bind9, bind9-utils): signed by practice zones alone")
    folder = tmp_path_factory.mktemp("bind")
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    ds = _signed_zones(folder, request.param)
    (folder / "named.conf").write_text(
        f'options {{ directory "{folder}"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};\n'
        'pid-file "named.pid"; session-keyfile none; recursion no; dnssec-validation no; };\ncontrols { };\n'
        + "".join(
            f'zone "{zone}" {{ type primary; file "{name}"; }};\n'
            for zone, name in ((".", "root.signed"), ("example", "example.signed"), ("plain.example", "plain"))
        )
    )
    server = subprocess.Popen(["named", "-g", "-c", str(folder / "named.conf")], stderr=subprocess.DEVNULL)
    try:
        ends = time.monotonic() + 15
        while not _listens(port) and time.monotonic() < ends:
            os.sched_yield()
        yield port, ds
    finally:
        server.terminate()
        server.wait()


def _listens(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def _signed_zones(folder: Path, more: tuple[str, ...]) -> str:
    head = "$TTL 300\n@ IN SOA ns.example. h.example. 1 3600 600 86400 60\n@ IN NS ns.example.\n"
    (folder / "plain").write_text(f"{head}www IN A 203.0.113.10\n")
    (folder / "example").write_text(
        f"{head}ns IN A 127.0.0.1\nwww IN A 203.0.113.10\n*.wild IN A 203.0.113.10\nplain IN NS ns.example.\n"
    )
    (folder / "root").write_text(f"{head}example. IN NS ns.example.\nns.example. IN A 127.0.0.1\n")

    def run(*words: str) -> str:
        return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True).stdout

    for zone, name, salt in (("example", "example", ("-3", "-", "-H", "0", *more)), (".", "root", ())):
        key = run("dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", zone).strip()
        with (folder / name).open("a") as handle:
            handle.write((folder / f"{key}.key").read_text())
            if name == "root":
                handle.write((folder / "dsset-example.").read_text())
        run("dnssec-signzone", "-z", *salt, "-o", zone, "-f", f"{name}.signed", name, key)
    return (folder / "dsset-.").read_text()


@pytest.mark.parametrize(
    ("name", "status"),
    [("www.example", "secure"), ("www.plain.example", "insecure"), ("a.wild.example", "indeterminate")],
)
def test_zones_signed_by_bind_are_validated_from_their_bytes(
    place: Registers, bind: tuple[int, str], name: str, status: str
) -> None:
    """A2, with NSEC3: the chain that BIND signed and serves."""
    port, ds = bind
    (place.base / "bind.ds").write_text(ds)
    reading, files, _ = place.look(
        names=(name,), whois="", name_servers=(NameServerAddress("127.0.0.1", port),), root_keys="bind.ds"
    )
    assert [(one.outcome, one.dnssec) for one in reading.dns] == [("addresses", status)]
    assert read_lookup(files) == reading
    rung = hosting_record(LadderInputs("203.0.113.10", reading=reading)).ladder[1]
    assert rung.signed_by == ("zone" if status == "secure" else "nobody")
