"""Commands run where there is no network at all: a network namespace without an interface that is up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ALONE = ("unshare", "-n", "--")
REACHES = (
    "import socket, sys\n"
    "try: socket.create_connection(('127.0.0.1', 9), 1)\n"
    "except OSError as error: sys.exit(0 if error.errno == 101 else f'a network is there: {error}')\n"
    "sys.exit('a network is there')\n"
)


def require_no_network() -> None:
    """Skip where such a namespace cannot be made; fail where it has a network."""
    try:
        done = subprocess.run([*ALONE, sys.executable, "-c", REACHES], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("unshare (util-linux) is not installed: nothing was checked with the network off")
    if "unshare" in done.stderr:
        pytest.skip(f"no network namespace may be made here ({done.stderr.strip()}): not checked with the network off")
    assert done.returncode == 0, done.stderr


def run(*command: str | Path, cwd: Path, expect: int = 0) -> str:
    """What a command says; fails where it exits otherwise than expected."""
    done = subprocess.run(
        [*ALONE, *map(str, command)], capture_output=True, text=True, cwd=cwd, timeout=200, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == expect, f"{command}: exit {done.returncode}\n{said}"
    return said


def checked(bag: Path, trust: Path, script: str) -> None:
    """All that an outsider may run on a bag, with roots from outside: each must pass."""
    run("bash", "-c", f"export BAG={bag} TRUST={trust}\n{script}", cwd=bag)
    run(sys.executable, "-m", "bagit", "--validate", bag, cwd=bag)
    for listing in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        run("sha256sum", "-c", "--strict", "--quiet", listing, cwd=bag)
    tokens = sorted(bag.glob("data/10-captures/*/*/package/manifest.*.tsr"))
    for token in tokens:
        root = trust / f"{token.name.split('.')[1]}.pem"
        command = ("openssl", "ts", "-verify", "-data", "manifest.json", "-in", token.name, "-CAfile", root)
        assert "Verification: OK" in run(*command, cwd=token.parent)
    archives = sorted(bag.glob("data/10-captures/*/*/package/traffic.warc.gz"))
    for archive in archives:
        run(sys.executable, "-m", "warcio.cli", "check", archive, cwd=bag)
    assert tokens and archives
    vectors = bag / "data" / "90-verify" / "test-vectors"
    said = run("bash", "-c", f"export BAG={bag} TRUST={trust}\n{(vectors / 'must-fail.sh').read_text()}", cwd=bag)
    assert said == (vectors / "expected.txt").read_text()
    told = run(sys.executable, "-m", "auditor", "--workspace", trust, "verify", bag, "--trust", trust, cwd=bag)
    assert "verdict: passed" in told
