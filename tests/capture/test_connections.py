"""TLS, circumstances and the `http` method, over real sockets."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.capture import CIRCUMSTANCE_CHECKS, Browser, Machine, examine_machine, examine_target
from auditor.capture.environment.checks import check_circumstances
from auditor.capture.environment.dns import HostResolution
from auditor.capture.environment.machine import parse_hosts, proxy_variables
from auditor.clock import now
from auditor.model.captures import Capture, Circumstances, Outcome
from auditor.model.targets.deployments import PageSpec
from tests.capture.folder_stage import FolderStage
from tests.capture.misbehaving_site import SESSION, Site, registration, serving
from tests.capture.visit_helpers import FIELDS, LOGIN, REGISTRATION, deployment, page, visit
from tests.certificates import self_signed


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate with its key, in one PEM file."""
    return self_signed(tmp_path_factory.mktemp("tls") / "server.pem", "libmsc.test")


def test_invalid_certificate_is_captured_flagged_and_sent_nothing(
    runner: asyncio.Runner, browser: Browser, certificate: Path, tmp_path: Path
) -> None:
    environment = {"SITE_USER": "auditor", "SITE_PASSWORD": "a secret word"}
    with serving(certificate) as site:
        site.pages["/reg"] = registration()
        where = deployment(site.url, login=LOGIN)
        capture, stage = runner.run(visit(browser, where, [REGISTRATION], tmp_path, environment=environment))
    view = capture.views[0]
    assert (view.outcome, capture.state) == ("tls_invalid", "failed")
    assert "ERR_CERT_AUTHORITY_INVALID" in view.why
    assert "34" in stage.read("registration/dom.html").decode()
    assert not [body for method, _, body in site.seen if method == "POST"]
    pem = stage.read("tls-chain.pem").decode()
    der = ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN") :])
    assert der == ssl.PEM_cert_to_DER_cert(Path(f"{certificate}.crt").read_text())
    assert capture.facts["tls_subject"] == "libmsc.test"
    assert any("not valid" in warning for warning in capture.warnings)


def test_plain_http_behind_https_is_not_said_to_be_kept(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    where = deployment(site.url.replace("http:", "https:"))
    capture, _ = runner.run(visit(browser, where, [REGISTRATION], tmp_path))
    assert capture.views[0].outcome == "tls_invalid" and not capture.views[0].artefacts
    assert any("No page could be kept." in warning for warning in capture.warnings)


@contextmanager
def time_server(ahead: float) -> Iterator[str]:
    """A real NTP server on loopback whose clock is `ahead` seconds ahead."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            data, where = sock.recvfrom(512)
            if len(data) < 48:
                return
            stamp = struct.pack("!Q", int((time.time() + ahead + 2208988800) * 2**32))
            sock.sendto(struct.pack("!BBbb11I", 0x24, 1, 0, 0, *[0] * 11)[:24] + data[40:48] + stamp + stamp, where)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{sock.getsockname()[1]}"
    finally:
        sock.sendto(b"", sock.getsockname())
        thread.join(5)
        sock.close()


@pytest.fixture(scope="module")
def machine(runner: asyncio.Runner, browser: Browser) -> Machine:
    with time_server(0.25) as server:
        return runner.run(examine_machine(browser, now, time_servers=(server,)))


def result(circumstances: Circumstances, name: str) -> str:
    return next(check.result for check in circumstances.checks if check.name == name)


class TestCircumstances:
    def test_this_machine_is_clean(self, runner: asyncio.Runner, machine: Machine, site: Site) -> None:
        circumstances = runner.run(examine_target(machine, deployment(site.url), now))
        assert circumstances.clean, circumstances.checks
        assert tuple(check.name for check in circumstances.checks) == CIRCUMSTANCE_CHECKS
        assert {check.result for check in circumstances.checks} == {"passed"}

    def test_record_says_everything(self, machine: Machine) -> None:
        record = json.loads(json.dumps(machine.record))
        browser = record["browser"]
        assert len(browser["sha256"]) == 64 and "--no-proxy-server" in browser["command_line"]
        assert record["hosts"]["text"] == Path("/etc/hosts").read_text()
        assert 0.1 < record["clock"]["offsets"][0][1] < 0.4
        assert record["software"]["playwright"] and record["system"]["ca_store_sha256"]
        assert len(record["fonts"]["list"]) > 3

    @pytest.mark.parametrize(
        ("change", "name"),
        [
            ({"hosts": (("10.0.0.9", "lib.example"),)}, "hosts"),
            ({"hosts_problem": "the hosts file could not be read"}, "hosts"),
            ({"name_servers": ()}, "resolver"),
            ({"command_line": ("chromium",)}, "proxy"),
            ({"command_line": ("--no-proxy-server", "--proxy-server=x:1")}, "proxy"),
            ({"clock_offsets": (("t", 2.5),)}, "clock"),
            ({"clock_offsets": ()}, "clock"),
            ({"browser_sha256": ""}, "browser"),
            ({"profile_fresh": False}, "profile"),
            ({"glyphs_ok": False}, "fonts"),
        ],
    )
    def test_each_check_can_fail_and_be_switched_off(
        self, machine: Machine, change: dict[str, object], name: str
    ) -> None:
        answers = HostResolution("lib.example", False, ("192.0.2.1",), ("192.0.2.1", "192.0.2.2"))
        where = deployment("http://lib.example/")
        good = replace(machine, name_servers=("192.0.2.53",))
        assert check_circumstances(good, where, answers, now()).clean
        changed = replace(good, **change)  # type: ignore[arg-type]
        circumstances = check_circumstances(changed, where, answers, now())
        assert not circumstances.clean
        assert {check.name for check in circumstances.checks if check.result == "failed"} == {name}
        off = check_circumstances(changed, replace(where, checks_off={name: "a reason"}), answers, now())
        assert off.clean and result(off, name) == "off"

    @pytest.mark.parametrize(
        ("answers", "expected"),
        [
            (HostResolution("lib.example", False, ("192.0.2.1",), ("192.0.2.9",)), "failed"),
            (HostResolution("lib.example", False, ("192.0.2.1",), (), (), "not reachable (Timeout)"), "failed"),
            (HostResolution("lib.example", False, ("192.0.2.1",), ()), "failed"),
            (HostResolution("lib.example", False, (), ()), "passed"),
            (HostResolution("127.0.0.1", True), "passed"),
        ],
    )
    def test_names_resolved_twice(self, machine: Machine, answers: HostResolution, expected: str) -> None:
        circumstances = check_circumstances(machine, deployment("http://lib.example/"), answers, now())
        assert result(circumstances, "dns") == expected

    def test_no_time_server_is_no_pass(self, machine: Machine) -> None:
        alone = replace(machine, clock_offsets=(), clock_problems=("t: timed out",))
        here = check_circumstances(alone, deployment("http://127.0.0.1:1/"), HostResolution("127.0.0.1", True), now())
        assert result(here, "clock") == "off"
        there = check_circumstances(alone, deployment("http://192.0.2.1/"), HostResolution("192.0.2.1", True), now())
        assert result(there, "clock") == "failed"

    def test_files_and_variables(self) -> None:
        assert parse_hosts("127.0.0.1 localhost # me\n\n10.0.0.1 A b") == (
            ("127.0.0.1", "localhost"),
            ("10.0.0.1", "a"),
            ("10.0.0.1", "b"),
        )
        assert proxy_variables({"HTTPS_PROXY": "http://u:p@h:1", "PATH": "x"}) == {"HTTPS_PROXY": "http://withheld@h:1"}


def get(runner: asyncio.Runner, browser: Browser, where: str, path: str, folder: Path) -> tuple[Capture, FolderStage]:
    spec = PageSpec("api", path, method="http", fields=FIELDS[:1])
    return runner.run(visit(browser, deployment(where), [spec], folder))


class TestHttp:
    def test_json(self, runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path) -> None:
        capture, stage = get(runner, browser, site.url, "/api/reg", tmp_path)
        assert (capture.state, capture.method) == ("complete", "http")
        assert json.loads(stage.read("api/body.json")) == {"当前分馆数量": 18}
        assert capture.facts["address"] == f"127.0.0.1:{site.server_port}"
        assert [(kind, uri) for kind, uri, _, _ in stage.records()][1:] == [
            ("request", site.url + "api/reg"),
            ("response", site.url + "api/reg"),
        ]

    @pytest.mark.parametrize(
        ("path", "outcome"),
        [
            ("/500", "http_error"),
            ("/reset", "connection_reset"),
            ("/loop", "redirect_loop"),
            ("/hang", "timed_out"),
            ("/drip", "timed_out"),
            ("/huge", "too_large"),
            ("/zipped", "observed"),
            ("/pixel", "label_missing"),
            ("/away", "out_of_scope"),
        ],
    )
    def test_server_that_misbehaves(
        self, runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path, path: str, outcome: Outcome
    ) -> None:
        site.acts["/away"] = lambda handler: handler.redirect("http://127.0.0.1:9/", Set_Cookie=f"sid={SESSION}")
        capture, stage = get(runner, browser, site.url, path, tmp_path)
        assert capture.views[0].outcome == outcome, capture.views[0].why
        assert SESSION.encode() not in b"".join(stage.disclosable().values())
        assert len(stage.records()) >= 2

    def test_no_server(self, runner: asyncio.Runner, browser: Browser, tmp_path: Path) -> None:
        capture, _ = get(runner, browser, "http://127.0.0.1:9/", "/", tmp_path)
        assert capture.views[0].outcome == "unreachable", capture.views[0].why

    def test_invalid_certificate(
        self, runner: asyncio.Runner, browser: Browser, certificate: Path, tmp_path: Path
    ) -> None:
        with serving(certificate) as site:
            capture, stage = get(runner, browser, site.url, "/api/reg", tmp_path)
        assert capture.views[0].outcome == "tls_invalid"
        assert "18" in stage.read("api/body.json").decode()
        assert "BEGIN CERTIFICATE" in stage.read("tls-chain.pem").decode()


def test_api_behind_the_browsers_login(runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path) -> None:
    site.acts["/api/own"] = lambda handler: handler.answer('{"当前分馆数量": 9}' if handler.logged_in else "{}")
    environment = {"SITE_USER": "auditor", "SITE_PASSWORD": site.password}
    spec = PageSpec("api", "/api/own", method="http", fields=FIELDS[:1])
    where = deployment(site.url, login=LOGIN)
    capture, stage = runner.run(visit(browser, where, [spec, REGISTRATION], tmp_path, environment=environment))
    assert [(view.page, view.outcome) for view in capture.views] == [("api", "observed"), ("registration", "observed")]
    assert (capture.state, capture.method) == ("complete", "browser")
    assert SESSION.encode() not in b"".join(stage.disclosable().values())


def test_moment_of_the_picture_is_between_start_and_end(
    runner: asyncio.Runner, browser: Browser, site: Site, tmp_path: Path
) -> None:
    site.pages["/page"] = registration()
    capture, _ = runner.run(visit(browser, deployment(site.url), [page("/page")], tmp_path))
    taken = capture.views[0].captured_at or datetime(1970, 1, 1, tzinfo=UTC)
    assert capture.started_at < taken < capture.ended_at
