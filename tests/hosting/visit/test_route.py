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
from tests.certificates import self_signed

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


def test_where_this_machine_has_no_way_nobody_answered() -> None:
    """The error is told at once, and the socket has none left to tell: that is no connection that was made."""
    found = trace_route("224.0.0.1", 80)
    assert (found.hops, found.reached, bool(found.problem)) == ((), False, True)


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
import dataclasses, json, socket, sys, threading
from auditor.hosting.visit.tcp_route import trace_route

def chatter(done):
    echo = bytes((8, 0, 0xf7, 0xfd, 0, 1, 0, 1))  # messages of somebody else, read by every raw socket
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sock:
        while not done.wait(0.0005):
            for _ in range(8):
                sock.sendto(echo, ("127.0.0.1", 0))

done = threading.Event()
noise = threading.Thread(target=chatter, args=(done,))
found = [dataclasses.asdict(trace_route(sys.argv[1], 90))]
noise.start()
found += [dataclasses.asdict(trace_route(sys.argv[1], 90)) for _ in range(3)]
done.set()
noise.join()
print(json.dumps(found))
"""


def test_routers_and_target_are_named_in_order() -> None:
    """A1."""
    quiet, *noisy = json.loads(in_world(TRACE, TARGET))
    assert [(one["address"], one["kind"]) for one in quiet["hops"]] == [
        ("198.51.100.1", "time_exceeded"), ("192.0.2.2", "time_exceeded"), (TARGET, "refused"),
    ]  # fmt: skip
    assert quiet["reached"]
    for found in noisy:  # beside ICMP of others a router is never taken for the target
        assert {one["kind"] for one in found["hops"][:2]} <= {"time_exceeded", "silent"}, found
        assert found["hops"][-1]["kind"] != "target"


SERVE = """
import http.server, ssl, sys, threading
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"used": 18, "cap": 20}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
plain, tls = (http.server.ThreadingHTTPServer((sys.argv[1], port), Page) for port in (90, 443))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2])
tls.socket = context.wrap_socket(tls.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=tls.serve_forever, daemon=True).start()
print("ready", flush=True)
plain.serve_forever()
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
text = targets(f"http://{sys.argv[1]}:90/", 2).replace(f"http://{sys.argv[1]}:90/d1", f"https://{sys.argv[1]}/d1")
(root / "targets.yaml").write_text(text + wanted)
initialise_workspace(Workspace(root), origin="test.example/world")
with open_instruments(Workspace(root)) as instruments:
    visit(instruments, "d0"), visit(instruments, "d1")
found = []
for name in ("d0", "d1"):
    (package,) = (root / "evidence" / name).iterdir()
    manifest = json.loads((package / "manifest.json").read_bytes())
    found.append({
        "address": manifest["capture"]["facts"]["address"],
        "proofs": json.loads((package / "hosting/visit.json").read_bytes())["proofs"],
        "route": json.loads((package / "hosting/route.json").read_bytes()),
        "sealed": (package / "hosting/packets.pcap.sealed").stat().st_size,
    })
print(json.dumps(found))
"""


def test_a_visit_over_two_routers_keeps_the_address_the_packets_and_the_route(tmp_path: Path) -> None:
    """A1: ports 90, as in the case, and 443; no packet is dropped."""
    certificate = self_signed(tmp_path / "site.pem", "localhost")
    both = json.loads(in_world(VISIT, TARGET, str(tmp_path / "w"), serve=(SERVE, str(certificate))))
    for found, port, handshake in zip(both, (90, 443), ("no_tls", "no_token"), strict=True):
        proofs = {one["name"]: one for one in found["proofs"]}
        assert found["address"] == f"{TARGET}:{port}"
        assert [one["address"] for one in found["route"]["hops"]] == ["198.51.100.1", "192.0.2.2", TARGET]
        assert (proofs["packets"]["outcome"], proofs["packets"]["facts"]["dropped"]) == ("kept", "0")
        assert int(proofs["packets"]["facts"]["packets"]) >= 8 and found["sealed"] > 500
        assert (proofs["handshake"]["lack"], proofs["names"]["lack"]) == (handshake, "no_name")


def in_world(program: str, *words: str, serve: tuple[str, ...] = ()) -> str:
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
def served(serve: tuple[str, ...]) -> Iterator[None]:
    """A program, and what it needs."""
    if not serve:
        yield
        return
    command = ("ip", "netns", "exec", NAMES[-1], sys.executable, "-c", serve[0], TARGET, *serve[1:])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        try:
            yield
        finally:
            process.kill()
