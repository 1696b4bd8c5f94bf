"""A network of a worker's own, joined to this machine by one cable that can be cut silently, each way by itself."""

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
    """A network namespace with one cable to this machine."""

    name: str
    here: str
    """This machine's address at the end of the cable."""

    @property
    def within(self) -> list[str]:
        """A command behind these words runs there."""
        return ["ip", "netns", "exec", self.name]

    def cut(self, *, inward: bool, outward: bool) -> None:
        """From now on nothing arrives there, nothing of it arrives here, or both; nobody is told.

        A queue that can hold one byte drops every packet, without an answer.
        """
        if inward:
            _run("tc", "qdisc", "add", "dev", self.name, "root", *_NOTHING_PASSES)
        if outward:
            _run(*self.within, "tc", "qdisc", "add", "dev", "there", "root", *_NOTHING_PASSES)

    def mend(self) -> None:
        """As before."""
        for words in (["tc"], [*self.within, "tc"]):
            cable = self.name if words == ["tc"] else "there"
            subprocess.run([*words, "qdisc", "del", "dev", cable, "root"], capture_output=True, check=False)

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
    block = f"10.213.{secrets.randbelow(256)}.{secrets.randbelow(64) * 4}".rsplit(".", 1)
    here, there = f"{block[0]}.{int(block[1]) + 1}", f"{block[0]}.{int(block[1]) + 2}"
    network = CutNetwork(name, here)
    _run("ip", "netns", "add", name)
    try:
        _run("ip", "link", "add", name, "type", "veth", "peer", "name", "there", "netns", name)
        _run("ip", "addr", "add", f"{here}/30", "dev", name)
        _run("ip", "link", "set", name, "up")
        _run(*network.within, "ip", "addr", "add", f"{there}/30", "dev", "there")
        for cable in ("there", "lo"):
            _run(*network.within, "ip", "link", "set", cable, "up")
        yield network
    finally:
        _run("ip", "netns", "del", name)


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=20)
