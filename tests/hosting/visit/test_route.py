"""The route: hop by hop through real network namespaces where they are to be had, on loopback else (A1)."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from auditor.hosting.visit.tcp_route import trace_route

NAMES = tuple(f"aud{os.getpid()}{part}" for part in ("c", "r", "s", "t"))
TARGET = "203.0.113.10"
TOP = Path(__file__).parents[3]


def test_on_loopback_the_target_is_the_first_hop_and_a_closed_port_answers_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        found = trace_route("127.0.0.1", port)
    closed = trace_route("127.0.0.1", port)
    if found.problem:
        assert not found.hops, "not allowed: nothing is said"
        return
    assert [(one.hops, one.address, one.kind) for one in found.hops] == [(1, "127.0.0.1", "target")]
    assert (closed.hops[0].kind, closed.reached) == ("refused", True)


def run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


@contextmanager
def world() -> Iterator[str]:
    """Client, two routers and a target; gives the client's namespace."""
    client, first, second, target = NAMES
    wires = [
        (client, "198.51.100.2", first, "198.51.100.1"), (first, "192.0.2.1", second, "192.0.2.2"),
        (second, "203.0.113.1", target, TARGET),
    ]  # fmt: skip
    try:
        for name in NAMES:
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        for number, (left, one, right, other) in enumerate(wires):
            ends = (f"a{number}x{os.getpid()}"[:15], f"b{number}x{os.getpid()}"[:15])
            run("ip", "link", "add", ends[0], "netns", left, "type", "veth", "peer", "name", ends[1], "netns", right)
            for name, end, address in ((left, ends[0], one), (right, ends[1], other)):
                run("ip", "-n", name, "addr", "add", f"{address}/24", "dev", end)
                run("ip", "-n", name, "link", "set", end, "up")
        for name, way in (
            (client, "198.51.100.1"), (first, "192.0.2.2"), (second, "192.0.2.1"), (target, "203.0.113.1"),
        ):  # fmt: skip
            run("ip", "-n", name, "route", "add", "default", "via", way)
        for name in (first, second):
            run("ip", "netns", "exec", name, sys.executable, "-c", FORWARD)
        yield client
    finally:
        for name in NAMES:
            subprocess.run(("ip", "netns", "del", name), check=False, capture_output=True)


FORWARD = "open('/proc/sys/net/ipv4/ip_forward', 'w').write('1')"
TRACE = """
import dataclasses, json, sys
from auditor.hosting.visit.tcp_route import trace_route
print(json.dumps(dataclasses.asdict(trace_route(sys.argv[1], 90))))
"""


def test_routers_and_target_are_named_in_order() -> None:
    """A1."""
    found = json.loads(in_world(TRACE, TARGET))
    assert [(one["address"], one["kind"]) for one in found["hops"]] == [
        ("198.51.100.1", "time_exceeded"), ("192.0.2.2", "time_exceeded"), (TARGET, "refused"),
    ]  # fmt: skip
    assert found["reached"]


SERVE = """
import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"used": 18, "cap": 20}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
server = http.server.HTTPServer((sys.argv[1], 90), Page)
print("ready", flush=True)
server.serve_forever()
"""
VISIT = """
import json, sys
from pathlib import Path
from auditor.workflow.wiring import initialise_workspace, open_instruments
from auditor.workspace import Workspace
from tests.hosting.estates import visit
from tests.workflow.http_estate import targets
root = Path(sys.argv[2])
root.mkdir()
wanted = "hosting: {visits: {names: true, handshake: true, packets: true, route: true}}"
text = targets(f"http://{sys.argv[1]}:90/", 1) + wanted
(root / "targets.yaml").write_text(text)
initialise_workspace(Workspace(root), origin="test.example/world")
with open_instruments(Workspace(root)) as instruments:
    visit(instruments)
(package,) = (root / "evidence" / "d0").iterdir()
manifest = json.loads((package / "manifest.json").read_bytes())
print(json.dumps({
    "address": manifest["capture"]["facts"]["address"],
    "proofs": json.loads((package / "hosting/visit.json").read_bytes())["proofs"],
    "route": json.loads((package / "hosting/route.json").read_bytes()),
    "sealed": (package / "hosting/packets.pcap.sealed").stat().st_size,
}))
"""


def test_a_visit_over_two_routers_keeps_the_address_the_packets_and_the_route(tmp_path: Path) -> None:
    """A1: port 90, as in the case; no packet is dropped."""
    found = json.loads(in_world(VISIT, TARGET, str(tmp_path / "w"), serve=SERVE))
    proofs = {one["name"]: one for one in found["proofs"]}
    assert found["address"] == f"{TARGET}:90"
    assert [one["address"] for one in found["route"]["hops"]] == ["198.51.100.1", "192.0.2.2", TARGET]
    assert (proofs["packets"]["outcome"], proofs["packets"]["facts"]["dropped"]) == ("kept", "0")
    assert int(proofs["packets"]["facts"]["packets"]) >= 8 and found["sealed"] > 500
    assert (proofs["handshake"]["lack"], proofs["names"]["lack"]) == ("no_tls", "no_name")


def in_world(program: str, *words: str, serve: str = "") -> str:
    """What a program says at the client, while another one serves at the target."""
    if not shutil.which("ip") or os.geteuid() != 0:
        pytest.skip("network namespaces need root: not checked here")
    try:
        with world() as client, served(serve):
            command = ("ip", "netns", "exec", client, sys.executable, "-c", program, *words)
            return subprocess.run(command, check=True, capture_output=True, text=True, cwd=TOP).stdout
    except subprocess.CalledProcessError as error:
        if "Operation not permitted" in str(error.stderr or ""):
            pytest.skip("network namespaces are not allowed: not checked here")
        raise AssertionError(error.stderr) from error


@contextmanager
def served(program: str) -> Iterator[None]:
    if not program:
        yield
        return
    command = ("ip", "netns", "exec", NAMES[-1], sys.executable, "-c", program, TARGET)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        try:
            yield
        finally:
            process.kill()
