"""Packets to and from a visit's addresses, as the kernel saw them: a raw socket with a filter (Linux, CAP_NET_RAW).

The filter knows the addresses that the deployment's name points to. What goes to and from the same addresses at
the same time for other visits is recorded too: the copy that can be disclosed cuts its payload (`headers_only`).
"""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from auditor.clock import monotonic, now
from auditor.hosting.answers.visits.packet_file import Packet

MAX_BYTES = 64 << 20
MAX_PACKETS = 100_000
_ANY, _ATTACH_FILTER, _STATISTICS, _SOL_PACKET, _OUTGOING = 3, 26, 6, 263, 4
_BUFFER_FORCED = 33
_BUFFER = 16 << 20


@dataclass(frozen=True, slots=True)
class RecordedPackets:
    """What was recorded. `dropped`: packets that the kernel could not hand over, or that came beyond the bound."""

    packets: tuple[Packet, ...] = ()
    dropped: int = 0
    problem: str = ""
    """Why nothing could be recorded; empty where it was."""


_DRAIN_SECONDS = 1.0
"""How long packets that wait in the kernel are read at the end of a visit."""


class PacketRecorder:
    """Records from `start` until `stop`."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = tuple(addresses)
        self._packets: list[Packet] = []
        self._size = self._beyond = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._socket: socket.socket | None = None
        self.problem = ""

    def start(self) -> None:
        """Begin; where that is not allowed or not possible, `problem` says why."""
        try:
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ANY))
        except (OSError, AttributeError) as error:
            self.problem = getattr(error, "strerror", None) or "this system has no packet sockets"
            return
        try:
            program = _filter(self._addresses)
            buffer = ctypes.create_string_buffer(program)
            wanted = struct.pack("HL", len(program) // 8, ctypes.addressof(buffer))
            sock.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, wanted)
            try:
                sock.setsockopt(socket.SOL_SOCKET, _BUFFER_FORCED, _BUFFER)
            except OSError:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            _drain(sock)
            sock.settimeout(0.1)
        except OSError as error:
            sock.close()
            self.problem = error.strerror or type(error).__name__
            return
        self._socket = sock
        self._thread = threading.Thread(target=self._run, name="packets", daemon=True)
        self._thread.start()

    def stop(self) -> RecordedPackets:
        """End, and give what was recorded."""
        if self._thread is None or self._socket is None:
            return RecordedPackets(problem=self.problem or "it was not begun")
        self._stop.set()
        self._thread.join()
        raw = self._socket.getsockopt(_SOL_PACKET, _STATISTICS, 8)
        self._socket.close()
        return RecordedPackets(tuple(self._packets), struct.unpack("II", raw)[1] + self._beyond)

    def _run(self) -> None:
        assert self._socket is not None  # noqa: S101 (made before the thread)
        ends = None
        while ends is None or monotonic() < ends:
            if ends is None and self._stop.is_set():  # what waits in the kernel belongs to the visit
                ends = monotonic() + _DRAIN_SECONDS
                self._socket.setblocking(False)
            try:
                data, (interface, _, way, *_rest) = self._socket.recvfrom(1 << 17)
            except TimeoutError:
                continue
            except OSError:  # nothing is left, or the device is gone
                return
            if way == _OUTGOING and interface == "lo":
                continue  # seen again as it comes in
            if self._size + len(data) > MAX_BYTES or len(self._packets) >= MAX_PACKETS:
                self._beyond += 1
                continue
            self._size += len(data)
            self._packets.append(Packet(now().timestamp(), data, len(data)))


def _drain(sock: socket.socket) -> None:
    """Drop what came before there was a filter."""
    sock.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            sock.recv(1)


def _filter(addresses: Sequence[str]) -> bytes:
    """A classic BPF program that accepts IP packets from or to these addresses."""
    four = [int(ip_address(one)) for one in addresses if ip_address(one).version == 4]
    six = [ip_address(one).packed for one in addresses if ip_address(one).version == 6]
    load_byte, load_word, mask, equal, give = 0x30, 0x20, 0x54, 0x15, 0x06
    accept, refuse = (give, 0, 0, 1 << 18), (give, 0, 0, 0)
    fours = [
        step
        for place in (12, 16)
        for step in ((load_word, 0, 0, place), *(one for word in four for one in ((equal, 0, 1, word), accept)))
    ]
    sixes: list[tuple[int, int, int, int]] = []
    for packed in six:
        words = struct.unpack("!4I", packed)
        for place in (8, 24):
            for number, word in enumerate(words):
                # An unequal word leads behind this address's last word and its `accept`.
                sixes += [(load_word, 0, 0, place + 4 * number), (equal, 0, 2 * (3 - number) + 1, word)]
            sixes.append(accept)
    steps = [
        (load_byte, 0, 0, 0),
        (mask, 0, 0, 0xF0),
        (equal, 1, 0, 0x40),
        (0x05, 0, 0, len(fours) + 1),
        *fours,
        refuse,
        (equal, 1, 0, 0x60),
        refuse,
        *sixes,
        refuse,
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
