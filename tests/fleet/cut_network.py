"""A network of a worker's own, joined to this machine by a router that can drop everything, each way by itself.

The router has a network namespace of its own, so that who sends is not told. A packet that is dropped by a queue of the
sender's machine is: the kernel takes that for a local bottleneck and does not count the probe of a keepalive as sent
(`tcp_keepalive_timer` of Linux), so that a silent connection lasted up to a minute where ten seconds were asked for.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
NETWORK = "10.213.0.0/16"
"""Every network of a worker's own lies in it."""
NEW_NETWORK = 0x40000000
"""CLONE_NEWNET of setns(2)."""


def lacking() -> str:
    """What is missing for networks of one's own; empty where nothing is."""
    if os.geteuid() != 0:
        return "root, who alone may make a network namespace"
    lacks = [name for name in ("ip", "tc") if shutil.which(name) is None]
    return f"{' and '.join(lacks)} (package `iproute2`)" if lacks else ""


@dataclass(frozen=True)
class CutNetwork:
    """A network namespace behind a router."""

    name: str
    router: str
    """The router's network namespace."""
    here: str
    """This machine's address, as the network reaches it."""

    @property
    def within(self) -> list[str]:
        """A command behind these words runs there."""
        return _within(self.name)

    def cut(self, *, inward: bool, outward: bool) -> None:
        """From now on nothing arrives there, nothing of it arrives here, or both; nobody is told.

        A queue that can hold one byte drops every packet, without an answer.
        """
        for cable, way in (("far", inward), ("near", outward)):
            if way:
                _run(*_within(self.router), "tc", "qdisc", "add", "dev", cable, "root", *_NOTHING_PASSES)

    def mend(self) -> None:
        """As before."""
        for cable in ("far", "near"):
            words = [*_within(self.router), "tc", "qdisc", "del", "dev", cable, "root"]
            subprocess.run(words, capture_output=True, check=False)

    def listening(self, make: Callable[[], T]) -> T:
        """What is made by a thread that is in that network: a socket that it opens stays there."""
        found: list[T] = []

        def enter() -> None:
            place = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
            try:
                if ctypes.CDLL(None, use_errno=True).setns(place, NEW_NETWORK):
                    raise OSError(ctypes.get_errno(), "setns")
            finally:
                os.close(place)
            found.append(make())

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        return found[0]


_NOTHING_PASSES = ("tbf", "rate", "8bit", "burst", "1", "latency", "1ms")


@contextmanager
def cut_network() -> Iterator[CutNetwork]:
    """A network of one's own, until the end."""
    name = f"fl{secrets.token_hex(4)}"
    router = f"{name}-r"
    block = f"10.213.{secrets.randbelow(256)}"
    first = secrets.randbelow(32) * 8
    here, near, far, there = (f"{block}.{first + one}" for one in (1, 2, 5, 6))
    network = CutNetwork(name, router, here)
    _run("ip", "netns", "add", name)
    try:
        _run("ip", "netns", "add", router)
        try:
            _run("ip", "link", "add", name, "type", "veth", "peer", "name", "near", "netns", router)
            _run(*_within(router), "ip", "link", "add", "far", "type", "veth", "peer", "name", "there", "netns", name)
            for words, cable, address in (
                ([], name, here),
                (_within(router), "near", near),
                (_within(router), "far", far),
                (network.within, "there", there),
            ):
                _run(*words, "ip", "addr", "add", f"{address}/30", "dev", cable)
                _run(*words, "ip", "link", "set", cable, "up")
            _run(*network.within, "ip", "link", "set", "lo", "up")
            _run(*network.within, "ip", "route", "add", "default", "via", far)
            _run(*_within(router), "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
            _run("ip", "route", "add", f"{block}.{first + 4}/30", "via", near)
            yield network
        finally:
            _run("ip", "netns", "del", router)
    finally:
        _run("ip", "netns", "del", name)


def _within(namespace: str) -> list[str]:
    return ["ip", "netns", "exec", namespace]


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=20)
