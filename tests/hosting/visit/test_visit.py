"""Whole visits that keep proofs of where they were connected to, in their own package; what is missing is said."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import re
import secrets
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nacl.public import PrivateKey, SealedBox

from auditor.capture import Browser
from auditor.clock import now
from auditor.custody import Keys, Sealer, open_keys, verify_workspace
from auditor.errors import VaultError
from auditor.hosting import LadderInputs, StampedMoment, VisitProofPlan, VisitProofs, hosting_record
from auditor.hosting.answers.lookup_record import decode_lookup
from auditor.hosting.answers.visits.packet_file import client_randoms, decode_packets
from auditor.hosting.answers.visits.tls_messages import make_client_hello
from auditor.hosting.answers.visits.visit_record import decode_visit, read_handshake
from auditor.hosting.visit.visit_proofs import MAX_KEY_LOG
from auditor.model.hosting import HostingRecord
from auditor.model.notes import Note
from auditor.model.targets.estate import BrowserSettings, HostingSources, VisitProofSettings
from auditor.wording import note_text
from auditor.workflow.audit.audit import visit_one
from auditor.workflow.audit.slots import VisitSlot
from auditor.workflow.audit.visit_steps import StoredVisit, VisitPorts
from auditor.workflow.hosting.records import hosting_records
from auditor.workflow.hosting.wording import hosting_lines
from auditor.workflow.wiring import Instruments, initialise_workspace
from auditor.workspace import Workspace
from tests.capture.misbehaving_site import registration, serving
from tests.certificates import self_signed
from tests.custody import practice_authorities as practice
from tests.custody.practice_authorities import Authorities
from tests.hosting.estates import DEPLOYMENT, estate, held, targets_text
from tests.hosting.estates import visit as visit_by_http
from tests.hosting.lookups import MemoryStage, Registers
from tests.hosting.visit.tls_opener import opened_traffic
from tests.workflow.http_estate import clean_machine

WANTED = "visits: {names: true, handshake: true, packets: true, key_log: true, route: true}"
SECRET = "s3cret-of-the-page"


@pytest.fixture(scope="module")
def stamps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authorities]:
    with practice.authorities(tmp_path_factory.mktemp("authorities")) as found:
        yield found


def may_record() -> bool:
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0).close()
    except OSError:
        return False
    return True


async def visited(instruments: Instruments, folder: Path) -> str:
    """One visit with Chromium; the folder of its package."""
    settings = BrowserSettings(sandbox=False, visit_seconds=40, settle_seconds=2.0)
    folder.mkdir()
    async with Browser.open(settings, now, key_log=folder / "keys.log") as browser:

        async def left(slot: VisitSlot, capture: object) -> None:
            return None

        async def store(slot: VisitSlot, keep: Any) -> StoredVisit:
            return keep()  # type: ignore[no-any-return]

        ports = VisitPorts(
            instruments, browser, clean_machine(), left, store, lambda made: instruments.index.record([made])
        )
        slot = VisitSlot("r-1", DEPLOYMENT, instruments.estate.deployments[DEPLOYMENT])
        await visit_one(slot, ports)
    (package,) = (instruments.workspace.root / "evidence" / DEPLOYMENT).iterdir()
    return str(package)


@pytest.fixture(scope="module")
def package(
    tmp_path_factory: pytest.TempPathFactory, _standing: Registers, stamps: Authorities
) -> Iterator[tuple[Workspace, Path]]:
    """A page over TLS by the name `localhost`, visited with everything kept."""
    with _package(tmp_path_factory.mktemp("visit"), _standing, stamps) as found:
        yield found


@contextmanager
def _package(base: Path, standing: Registers, stamps: Authorities, more: str = "") -> Iterator[tuple[Workspace, Path]]:
    """`more`: members of the other deployment, which is on the same host."""
    with serving(self_signed(base / "site.pem", "localhost")) as site:
        site.pages["/reg"] = registration(extra=f"<p>{SECRET}</p>")
        text = targets_text("http://127.0.0.1:9/", standing, stamps, _made(base / "w"))
        text = text.replace("  pause_seconds: 0", f"  pause_seconds: 0\n  {WANTED}")
        text = text.replace("http://127.0.0.1:9/d0/", f"https://localhost:{site.server_port}/")
        text = text.replace("'http://127.0.0.1:9/d1/', pages: [status]", f"'https://localhost/', pages: [other]{more}")
        text = text.replace(
            "\npages:\n",
            "\npages:\n  other: {path: x, method: http, fields: {u: {kind: count, role: used, pointer: /u}}}\n",
        )
        text = text.replace("    path: status.json\n    method: http", "    path: reg\n    method: browser")
        text = text.replace("pointer: /used", "labels: [当前分馆数量]").replace(
            "pointer: /cap", "labels: [分馆授权数量]"
        )
        (base / "w" / "targets.yaml").write_text(text, encoding="utf-8")
        workspace = Workspace(base / "w")
        initialise_workspace(workspace, origin="test.example/visit")
        with held(workspace) as instruments:
            folder = asyncio.run(visited(instruments, base / "keys"))
        yield workspace, Path(folder)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def proofs(folder: Path) -> dict[str, tuple[str, str]]:
    body = json.loads((folder / "hosting/visit.json").read_bytes())
    return {one["name"]: (one["outcome"], one["lack"]) for one in body["proofs"]}


def record_of(workspace: Workspace) -> HostingRecord:
    return next(one for one in hosting_records(workspace, DEPLOYMENT) if one.address == "127.0.0.1")


def test_a_visit_keeps_names_handshake_packets_and_route_in_its_own_package(package: tuple[Workspace, Path]) -> None:
    """A1, A2, A3."""
    workspace, folder = package
    packets = ("kept", "") if may_record() else ("not_checked", "not_allowed")
    route = ("kept", "") if may_record() else ("not_checked", "not_allowed")
    assert proofs(folder) == {"names": ("kept", ""), "handshake": ("kept", ""), "packets": packets, "route": route}
    rungs = {rung.name: rung for rung in record_of(workspace).ladder}
    assert (rungs["key_answered"].status, rungs["key_answered"].signed_by) == ("shown", "server")
    shown = dict(rungs["key_answered"].says.values)
    authority = shown["authority"]
    assert isinstance(authority, Note) and authority.text("name") in ("alpha", "beta")
    assert str(shown["subject"]) == "CN=localhost"
    assert "a practice authority, whose timestamps prove nothing" in note_text(rungs["key_answered"].says, "en")
    assert "练习机构" in note_text(rungs["key_answered"].says, "zh")
    assert rungs["key_answered"].cites[0].endswith("/hosting/handshake.bin")
    assert rungs["resolved"].status == "not_shown", "this zone's server knows no such name, and says so"
    said = "\n".join(hosting_lines([record_of(workspace)], "en"))
    assert "handshake over a timestamp: kept" in said and "packets: " in said and "route: " in said
    assert not [one for one in verify_workspace(workspace.root).checks if one.verdict == "failed"]
    asked = decode_lookup((folder / "hosting/lookup.json").read_bytes()).asked
    assert {one.facts["kind"] for one in asked if one.facts.get("chain") != "yes"} == {"A", "AAAA"}


def test_without_the_pages_own_certificate_nothing_is_compared(package: tuple[Workspace, Path]) -> None:
    _, folder = package
    files = {f"hosting/{path.name}": path.read_bytes() for path in (folder / "hosting").iterdir() if path.is_file()}
    for certificate, same, code in (
        ("", None, "hosting.page_certificate_unknown"), ("00" * 32, False, "hosting.other_certificate"),
    ):  # fmt: skip
        seen = read_handshake(files, "c-1", certificate)
        assert seen is not None and seen.same is same
        told = hosting_record(LadderInputs("127.0.0.1", handshake=seen)).ladder[2].says.value("same")
        assert isinstance(told, Note) and told.code == code


def test_the_random_is_the_digest_of_the_token_and_the_token_is_over_the_intent(
    package: tuple[Workspace, Path],
) -> None:
    """A3."""
    _, folder = package
    manifest = json.loads((folder / "manifest.json").read_bytes())
    token = (folder / "hosting/moment.tsr").read_bytes()
    assert (folder / "hosting/moment.data").read_bytes().hex() == manifest["intent"]["journal_line_sha256"]
    assert (folder / "hosting/handshake.bin").read_bytes()[6:38] == hashlib.sha256(token).digest()


def test_no_payload_and_no_secret_of_traffic_in_any_disclosable_byte_and_the_sealed_copy_opens(
    package: tuple[Workspace, Path],
) -> None:
    """A4."""
    workspace, folder = package
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".sealed"}
    for path, data in files.items():
        plain = gzip.decompress(data) if path.suffix == ".gz" else data
        for word in (b"TRAFFIC_SECRET_0", b"EXPORTER", b"CLIENT_RANDOM"):
            assert word not in plain, path
    if not may_record():
        return
    lines = (folder / "hosting/handshake-secrets.txt").read_text().splitlines()
    assert {one.split()[0] for one in lines} == {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET"}
    ring = open_keys(workspace.root)
    whole = opened(ring, (folder / "hosting/packets.pcap.sealed").read_bytes())
    keys = opened(ring, (folder / "hosting/keylog.txt.sealed").read_bytes()).decode()
    headers = files[folder / "hosting/packets.pcap"]
    assert "CLIENT_TRAFFIC_SECRET_0" in keys
    assert len(headers) < len(whole) and len(decode_packets(headers)) == len(decode_packets(whole))
    randoms = client_randoms(decode_packets(whole), "localhost")
    assert {bytes.fromhex(one.split()[1]) for one in lines} <= randoms
    assert client_randoms(decode_packets(headers), "localhost") == randoms, "the hellos stay readable"
    told = next(one for one in decode_visit((folder / "hosting/visit.json").read_bytes()) if one.name == "packets")
    assert told.facts["key_lines"] == str(len(lines) + len(keys.splitlines()))
    assert headers.count(b"\x16\x03") <= 4 * len(randoms), "and no other record of TLS stays"
    assert b"\x17\x03\x03" in whole and b"\x17\x03\x03" not in headers
    said = b"".join(opened_traffic(whole, [*lines, *keys.splitlines()]))
    assert b"GET /reg HTTP/1.1" in said and SECRET.encode() in said, "the keys open the page"
    assert not b"".join(opened_traffic(whole, lines)), "those that are disclosed open no word of it"


def test_no_key_is_disclosed_where_any_deployment_shows_a_certificate_to_the_host(
    tmp_path: Path, place: Registers, stamps: Authorities
) -> None:
    """A visit of that deployment at the same time is in the record too, and a handshake's keys open its certificate."""
    if not may_record():
        pytest.skip("packets are not to be had here")
    shown = ", client_certificate: {certificate_from: 'file:client.pem'}"
    with _package(tmp_path, place, stamps, shown) as (workspace, folder):
        assert not (folder / "hosting/handshake-secrets.txt").exists()
        keys = opened(open_keys(workspace.root), (folder / "hosting/keylog.txt.sealed").read_bytes())
        assert b"CLIENT_HANDSHAKE_TRAFFIC_SECRET" in keys and b"CLIENT_TRAFFIC_SECRET_0" in keys


def test_a_changed_bit_of_the_stored_handshake_fails_verification(package: tuple[Workspace, Path]) -> None:
    """A3: exit code 4 of `auditor verify`."""
    workspace, folder = package
    path = folder / "hosting/handshake.bin"
    whole = path.read_bytes()
    path.chmod(0o600)
    try:
        path.write_bytes(whole[:50] + bytes([whole[50] ^ 1]) + whole[51:])
        found = [one for one in verify_workspace(workspace.root).checks if one.verdict == "failed"]
    finally:
        path.write_bytes(whole)
        path.chmod(0o400)
    assert any("handshake.bin" in f"{one.subject} {one.detail}" for one in found)


def test_over_plain_http_there_is_no_handshake_and_a_literal_address_has_no_name(
    tmp_path: Path, place: Registers, stamps: Authorities
) -> None:
    with estate(tmp_path / "w", place, stamps) as workspace:
        text = workspace.targets.read_text(encoding="utf-8")
        workspace.targets.write_text(text + f"  {WANTED}\n", encoding="utf-8")
        with held(workspace) as instruments:
            visit_by_http(instruments)
            (folder,) = (workspace.root / "evidence" / DEPLOYMENT).iterdir()
            found = proofs(folder)
    assert (found["names"], found["handshake"]) == (("not_checked", "no_name"), ("not_checked", "no_tls"))
    assert found["route"][0] == ("kept" if may_record() else "not_checked")


def test_without_an_authority_that_answers_there_is_no_handshake(
    tmp_path: Path, place: Registers, stamps: Authorities
) -> None:
    with estate(tmp_path / "w", place, stamps) as workspace:
        text = workspace.targets.read_text(encoding="utf-8").replace("http://127.0.0.1", "https://127.0.0.1", 1)
        workspace.targets.write_text(text + "  visits: {handshake: true}\n", encoding="utf-8")
        with held(workspace) as instruments:
            alone = replace(instruments, sealer=replace_authorities(instruments))
            visit_by_http(alone)
            (folder,) = (workspace.root / "evidence" / DEPLOYMENT).iterdir()
            assert proofs(folder)["handshake"] == ("not_checked", "no_token")


def test_a_visit_that_raises_records_no_packet_any_more(tmp_path: Path, place: Registers, stamps: Authorities) -> None:
    """The folder that its artefacts go into is lost while the page's server keeps it waiting."""
    with socket.create_server(("127.0.0.1", 0)) as silent, estate(tmp_path / "w", place, stamps) as workspace:
        text = workspace.targets.read_text(encoding="utf-8")
        text = re.sub(r"http://127\.0\.0\.1:\d+", f"http://127.0.0.1:{silent.getsockname()[1]}", text, count=1)
        workspace.targets.write_text(text + f"  {WANTED}\n", encoding="utf-8")

        def lose() -> None:
            asked, _ = silent.accept()
            shutil.rmtree(workspace.evidence / ".staging")
            (workspace.evidence / ".staging").write_text("in the way of a folder")
            asked.close()

        with held(workspace) as instruments:
            losing = threading.Thread(target=lose)
            losing.start()
            with pytest.raises(VaultError):
                visit_by_http(instruments)
            losing.join()
        assert "packets" not in {one.name for one in threading.enumerate()}


def plan(url: str, *, key_log: Path | None = None, **wanted: bool) -> VisitProofPlan:
    return VisitProofPlan(
        "d0", url, HostingSources(visits=VisitProofSettings(**wanted)), Path(), key_log=key_log
    )  # fmt: skip


def moment() -> StampedMoment:
    return StampedMoment(b"data", b"question", b"answer", "alpha", practice=True, at="2026-11-20T00:00:00Z")


def test_a_visit_that_was_given_up_while_it_began_records_nothing() -> None:
    found = VisitProofs(plan("http://127.0.0.1:9/", packets=True), MemoryStage(), now, lambda: None)
    found.abandon()
    found.begin()
    assert "packets" not in {one.name for one in threading.enumerate()}


def test_a_host_that_has_no_ascii_form_ends_no_visit() -> None:
    """IDNA has no form for a label of 70 characters: nothing is asked for by it."""
    stage = MemoryStage()
    found = VisitProofs(plan(f"https://{'例' * 70}.example/", handshake=True, names=True), stage, now, moment)
    found.begin()
    found.end("127.0.0.1:443")
    told = {one.name: (one.outcome, one.lack) for one in decode_visit(stage.files["hosting/visit.json"])}
    assert told["handshake"] == ("not_checked", "no_answer") and told["names"] == ("not_checked", "no_name")


def with_keys(log: Path, lines: str) -> MemoryStage:
    """What is kept of a visit with one connection, whose random `{}` stands for in the lines that its keys are."""
    stage, random = MemoryStage(), secrets.token_bytes(32)
    hello = make_client_hello(random, bytes(32), "", {29: bytes(32)})
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        wanted = plan(f"https://127.0.0.1:{port}/", key_log=log, packets=True)
        found = VisitProofs(wanted, stage, now, lambda: None)
        found.begin()
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.sendall(b"\x16\x03\x01" + len(hello).to_bytes(2, "big") + hello)
            listening.accept()[0].close()
        if lines:
            with log.open("a") as handle:
                handle.write(lines.format(random.hex()))
        found.end(f"127.0.0.1:{port}")
    return stage


def test_keys_of_a_visit_are_those_that_were_written_during_it(tmp_path: Path) -> None:
    """A run's visits share one log; the keys of a late visit stand behind any number of others'."""
    if not may_record():
        pytest.skip("packets are not to be had here")
    log = tmp_path / "keys.log"
    other = f"CLIENT_TRAFFIC_SECRET_0 {'ab' * 32} {'cd' * 32}\n"
    log.write_text(other * (MAX_KEY_LOG // len(other) + 2))
    names = ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0")
    stage = with_keys(log, "".join(f"{name} {{0}} {'ef' * 32}\n" for name in names))
    told = next(one for one in decode_visit(stage.files["hosting/visit.json"]) if one.name == "packets")
    assert (told.outcome, told.facts["key_lines"]) == ("kept", "2")
    assert stage.files["hosting/handshake-secrets.txt"].startswith(b"CLIENT_HANDSHAKE_TRAFFIC_SECRET ")


def test_keys_that_cannot_be_read_are_said_to_be_missing(tmp_path: Path) -> None:
    if not may_record():
        pytest.skip("packets are not to be had here")
    told = next(
        one for one in decode_visit(with_keys(tmp_path / "none.log", "").files["hosting/visit.json"])
        if one.name == "packets"
    )  # fmt: skip
    assert (told.outcome, told.lack, told.facts["key_lines"]) == ("partial", "keys_cut", "0")


def opened(ring: Keys, sealed: bytes) -> bytes:
    """What a workspace's key opens (libsodium sealed box)."""
    return SealedBox(PrivateKey(ring.box.private_bytes_raw())).decrypt(sealed)


def replace_authorities(instruments: Instruments) -> Sealer:
    return Sealer(instruments.custody.vault, (), 1)


def test_nothing_is_kept_where_the_file_asks_for_nothing(tmp_path: Path, place: Registers, stamps: Authorities) -> None:
    with estate(tmp_path / "w", place, stamps) as workspace, held(workspace) as instruments:
        visit_by_http(instruments)
        (folder,) = (workspace.root / "evidence" / DEPLOYMENT).iterdir()
        assert not (folder / "hosting").exists()
