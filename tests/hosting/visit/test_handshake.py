"""A second handshake over a timestamp: against OpenSSL's own server, verified offline, and refused by one bit (A3)."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from auditor.hosting.answers.visits.handshake_record import check_handshake
from auditor.hosting.answers.visits.tls_messages import client_random, split_messages
from auditor.hosting.visit.handshake_probe import ProbedHandshake, probe_handshake

TOKEN = b"a timestamp response, as it is kept"
KEYS = {"rsa": "rsa:2048", "ec": "ec -pkeyopt ec_paramgen_curve:P-256", "ed25519": "ed25519"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("keys")
    for name, made in KEYS.items():
        request = f"req -x509 -nodes -days 30 -subj /CN=www.suspect.example -newkey {made}"
        files = ["-keyout", str(found / f"{name}.key"), "-out", str(found / f"{name}.crt")]
        subprocess.run(["openssl", *request.split(), *files], check=True, capture_output=True)
    return found


@contextmanager
def server(folder: Path, key: str, *switches: str) -> Iterator[int]:
    """OpenSSL's own TLS server; the port that it says it listens at."""
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-naccept", "9", *switches]
    files = ["-key", str(folder / f"{key}.key"), "-cert", str(folder / f"{key}.crt")]
    with subprocess.Popen([*command, *files], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = next(line for line in process.stdout if line.startswith("ACCEPT"))
        try:
            yield int(said.split(":")[-1])
        finally:
            process.kill()


def probed(port: int) -> ProbedHandshake:
    return probe_handshake("127.0.0.1", port, "www.suspect.example", TOKEN)


@pytest.mark.parametrize("key", list(KEYS))
@pytest.mark.parametrize(("switch", "protocol"), [("-tls1_3", "TLS 1.3"), ("-tls1_2", "TLS 1.2")])
def test_the_key_of_the_certificate_signed_over_the_digest_of_the_token(
    folder: Path, key: str, switch: str, protocol: str
) -> None:
    with server(folder, key, switch) as port:
        found = probed(port)
    messages, rest = split_messages(found.messages)
    shown = check_handshake(found.messages, TOKEN)
    der = x509.load_pem_x509_certificate((folder / f"{key}.crt").read_bytes()).public_bytes(Encoding.DER)
    assert (found.ended, rest, client_random(messages[0])) == ("answered", b"", hashlib.sha256(TOKEN).digest())
    assert (shown.fault, shown.protocol, shown.subject) == (None, protocol, "CN=www.suspect.example")
    assert shown.certificate == hashlib.sha256(der).hexdigest()
    assert shown.whole == (protocol == "TLS 1.3")
    assert check_handshake(found.messages, TOKEN + b" ").fault == "other_moment"


def test_every_changed_byte_of_a_tls_1_3_handshake_is_refused(folder: Path) -> None:
    with server(folder, "ec", "-tls1_3") as port:
        whole = probed(port).messages
    passed = [at for at in range(len(whole)) if check_handshake(_flipped(whole, at), TOKEN).fault is None]
    cut = [at for at in range(len(whole)) if check_handshake(whole[:at], TOKEN).fault is None]
    assert (passed, cut) == ([], [])


def test_in_tls_1_2_the_randoms_and_the_key_share_are_what_is_signed(folder: Path) -> None:
    with server(folder, "ec", "-tls1_2") as port:
        whole = probed(port).messages
    messages, _ = split_messages(whole)
    second = len(messages[0].raw)
    randoms = [*range(6, 38), *range(second + 6, second + 38)]
    assert all(check_handshake(_flipped(whole, at), TOKEN).fault is not None for at in randoms)


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize(
    ("sent", "ended"),
    [
        (b"", "cut"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "cut"),
        (b"\x15\x03\x03\x00\x02\x02\x28", "cut"),
        (b"\x16\x03\x03\x00\x04\x02\xff\xff\xff", "cut"),
        (b"\x16\x03\x03\x00\x26\x02\x00\x00\x22\x03\x03" + bytes(32), "cut"),
    ],
)
def test_what_is_no_tls_server_ends_as_a_named_outcome(sent: bytes, ended: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(sent)

        thread = threading.Thread(target=answer)
        thread.start()
        found = probe_handshake("127.0.0.1", listening.getsockname()[1], "", TOKEN)
        thread.join()
    assert (found.ended, found.messages) == (ended, b"") and found.detail


def test_nobody_there_and_a_server_that_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert probe_handshake("127.0.0.1", port, "", TOKEN, seconds=0.2).ended == "timed_out"
    assert probe_handshake("127.0.0.1", port, "", TOKEN).ended == "unreachable"


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01\x00\x00\x00" * 3, b"\x02\x00\x00\x22\x03\x03" + bytes(32)])
def test_bytes_that_are_no_handshake_show_nothing(data: bytes) -> None:
    assert check_handshake(data, TOKEN).fault == "not_read"
