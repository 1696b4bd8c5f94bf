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

import pytest

from auditor.hosting.visit.tcp_route import trace_route

NAMES = tuple(f"aud{os.getpid()}{part}" for part in ("c", "r", "s", "t"))
TARGET = "203.0.113.10"


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
    if not shutil.which("ip") or os.geteuid() != 0:
        pytest.skip("network namespaces need root: not checked here")
    try:
        with world() as client:
            command = ("ip", "netns", "exec", client, sys.executable, "-c", TRACE, TARGET)
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except subprocess.CalledProcessError as error:
        if b"Operation not permitted" in (error.stderr or b""):
            pytest.skip("network namespaces are not allowed: not checked here")
        raise
    found = json.loads(said)
    assert [(one["address"], one["kind"]) for one in found["hops"]] == [
        ("198.51.100.1", "time_exceeded"), ("192.0.2.2", "time_exceeded"), (TARGET, "refused"),
    ]  # fmt: skip
    assert found["reached"]
