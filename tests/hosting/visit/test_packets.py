"""Packets: recorded by a real socket, filtered to the visit's addresses; the disclosable copy holds no payload (A4)."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.hosting.answers.visits.packet_file import (
    Packet,
    client_randoms,
    decode_packets,
    encode_packets,
    headers_only,
    split_key_log,
)
from auditor.hosting.answers.visits.tls_messages import make_client_hello
from auditor.hosting.visit.packet_recorder import PacketRecorder, RecordedPackets

SECRET = b"password=hunter2"
RANDOM = bytes(range(32))


def allowed() -> bool:
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0).close()
    except OSError:
        return False
    return True


@contextmanager
def answering(address: str, answer: bytes) -> Iterator[int]:
    with socket.create_server((address, 0)) as listening:

        def run() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(4096)
                    connection.sendall(answer)

        threading.Thread(target=run, daemon=True).start()
        yield listening.getsockname()[1]


def ask(address: str, port: int, sent: bytes) -> None:
    with socket.create_connection((address, port), source_address=("127.0.0.9", 0)) as sock:
        sock.sendall(sent)
        while sock.recv(4096):
            pass


def recorded(addresses: list[str], act: list[tuple[str, bytes]]) -> RecordedPackets:
    recorder = PacketRecorder(addresses)
    recorder.start()
    for address, sent in act:
        with answering(address, b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=" + SECRET + b"\r\n\r\n") as port:
            ask(address, port, sent)
    return recorder.stop()


def test_only_the_packets_of_the_visits_addresses_are_recorded_and_the_headers_copy_holds_no_payload() -> None:
    found = recorded(["127.0.0.5", "::1"], [("127.0.0.5", b"POST / " + SECRET), ("127.0.0.6", b"other visit")])
    if not allowed():
        assert (found.packets, bool(found.problem)) == ((), True)
        return
    whole, headers = encode_packets(found.packets), encode_packets(headers_only(found.packets, ""))
    ends = {one.data[12:16] for one in found.packets} | {one.data[16:20] for one in found.packets}
    assert ends == {bytes([127, 0, 0, 5]), bytes([127, 0, 0, 9])} and found.dropped == 0
    assert whole.count(SECRET) == 2 and SECRET not in headers and b"Set-Cookie" not in headers
    assert [one.length for one in decode_packets(headers)] == [len(one.data) for one in decode_packets(whole)]
    assert len(found.packets) >= 8, "a handshake, a question, an answer and the end"


def test_of_a_tls_connection_the_client_hello_stays_and_later_data_goes() -> None:
    hello = make_client_hello(RANDOM, bytes(32), "www.suspect.example", {29: bytes(32)})
    record = b"\x16\x03\x01" + len(hello).to_bytes(2, "big") + hello
    server_hello = b"\x02\x00\x00\x26\x03\x03" + RANDOM[::-1] + b"\x00\x13\x01\x00"
    answer = b"\x16\x03\x03\x00\x2a" + server_hello
    packets = [
        _tcp(1, 2, record), _tcp(2, 1, answer + SECRET), _tcp(1, 2, SECRET), _tcp(2, 1, SECRET),
        _tcp(3, 2, SECRET), _tcp(2, 3, answer + SECRET),
    ]  # fmt: skip
    kept = headers_only(packets, "www.suspect.example")
    assert kept[0].data == packets[0].data
    assert kept[1].data == _tcp(2, 1, answer).data
    assert all(len(one.data) == 40 for one in kept[2:]), "a flow that begins otherwise keeps no byte of it"
    assert client_randoms(packets, "www.suspect.example") == {RANDOM}
    shared = headers_only(packets, "other.example")  # another name at the same address: its hellos are not ours
    assert all(len(one.data) == 40 for one in shared) and not client_randoms(packets, "other.example")
    assert not client_randoms(packets, ""), "nor are those with a name, where the address itself is visited"


def _hello(host: str, session: bytes = bytes(32), share: int = 32) -> bytes:
    hello = make_client_hello(RANDOM, session, host, {29: bytes(share)})
    return b"\x16\x03\x01" + len(hello).to_bytes(2, "big") + hello


def test_a_name_elsewhere_in_a_hello_is_not_the_one_that_it_asks_for() -> None:
    planted = b"\0\0\x13www.suspect.example".ljust(32, b"x")
    for host, name in (("other.example", "www.suspect.example"), ("a.www.suspect.example", "www.suspect.example")):
        packets = [_tcp(1, 2, _hello(host, planted))]
        assert not client_randoms(packets, name) and len(headers_only(packets, name)[0].data) == 40
        assert client_randoms(packets, host) == {RANDOM}
    assert client_randoms([_tcp(1, 2, _hello(""))], "") == {RANDOM}


def test_a_hello_in_several_packets_is_one_however_they_come() -> None:
    """A browser's hello is longer than a packet, and its name may stand behind the first."""
    whole = _hello("www.suspect.example", share=1800)
    parts = [(at, whole[at : at + 60]) for at in range(0, len(whole), 60)]
    base = 0xFFFFFFF0  # the numbers go round
    opening = _tcp(1, 2, b"", base - 1, flags=2)
    sent = [_tcp(1, 2, part, base + at) for at, part in [*parts[2:], parts[1], parts[1], parts[0]]]
    after = _tcp(1, 2, SECRET, base + len(whole))
    forged = _tcp(1, 2, b"other bytes at the place of the hello", base + 60)
    kept = headers_only([opening, *sent, after, forged], "www.suspect.example")
    assert client_randoms([opening, *sent], "www.suspect.example") == {RANDOM}
    assert [one.data for one in kept[1:-2]] == [one.data for one in sent]
    assert [len(one.data) for one in kept[-2:]] == [40, 40]
    joined = [_tcp(1, 2, whole[:100], base), _tcp(1, 2, whole[100:] + SECRET, base + 100)]
    assert SECRET not in b"".join(one.data for one in headers_only(joined, "www.suspect.example"))
    assert client_randoms(joined, "www.suspect.example") == {RANDOM}


def _tcp(sender: int, target: int, payload: bytes, sequence: int = 0, flags: int = 0x18) -> Packet:
    head = bytes([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0, 127, 0, 0, sender, 127, 0, 0, target])
    ports = (4000 + sender).to_bytes(2, "big") + (4000 + target).to_bytes(2, "big")
    numbers = (sequence & 0xFFFFFFFF).to_bytes(4, "big") + bytes(4)
    data = head + ports + numbers + bytes([0x50, flags, 0, 0, 0, 0, 0, 0]) + payload
    return Packet(1_800_000_000.25, data, len(data))


@given(st.lists(st.binary(max_size=90), max_size=6))
def test_any_bytes_are_cut_and_read_back(found: list[bytes]) -> None:
    packets = [Packet(1.5, one, len(one)) for one in found]
    assert decode_packets(encode_packets(packets)) == packets
    assert all(one.data.startswith(cut.data) for one, cut in zip(packets, headers_only(packets, ""), strict=True))


@pytest.mark.parametrize("cut", [0, 10, 30, 41])
def test_a_file_that_ends_early_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match=r"ends early|no libpcap"):
        decode_packets(encode_packets([Packet(1.0, b"12345678", 8)])[:cut])


def test_keys_are_split_and_those_of_other_connections_and_of_tls_1_2_are_left_out() -> None:
    own, other, key = RANDOM.hex(), secrets.token_hex(32), "ab" * 32
    log = [
        f"{name} {random} {key}"
        for random in (own, other)
        for name in (
            "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0",
            "SERVER_TRAFFIC_SECRET_0", "EXPORTER_SECRET", "CLIENT_RANDOM",
        )
    ]  # fmt: skip
    handshake, traffic = split_key_log(["# comment", "", "odd line", *log, f"X {own} zz"], frozenset({RANDOM}))
    assert [one.split()[0] for one in handshake] == log_names(log[:2])
    assert [one.split()[0] for one in traffic] == log_names(log[2:5])
    assert all(own in one for one in (*handshake, *traffic))


def log_names(lines: list[str]) -> list[str]:
    return [one.split()[0] for one in lines]
