"""The keyring of a desktop, as GNOME's daemon keeps it and gives it over a bus of its own: the secret, or why not.

Debian: `dbus-daemon`, `gnome-keyring`.
"""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import keyring
import pytest
from keyring.backends import SecretService

from auditor.clock import monotonic
from auditor.errors import CredentialError
from auditor.model.targets.secret_references import parse_reference
from auditor.workflow.credentials.sources import SecretPlaces, read_secret

PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon")
ABSENT = [name for name in PROGRAMS if shutil.which(name) is None]
WORD, ENTRY = "pa55 wörd of a desktop", "keyring:auditor/libnet/robot"
PROMPTER = "[D-BUS Service]\nName=org.gnome.keyring.SystemPrompter\nExec=/bin/sleep 600\n"
"""Asks a person who is not there."""
NO_OTHER = "[D-BUS Service]\nName=org.freedesktop.secrets\nExec=/bin/false\n"
"""The bus starts no second daemon while the first one is not there yet."""

pytestmark = [
    pytest.mark.skipif(bool(ABSENT), reason=f"not installed: {', '.join(ABSENT)}"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[bytes]]:
    """The daemon, unlocked, on a bus that nobody else is on; and the library speaks to it."""
    home, before, asked = tmp_path_factory.mktemp("desktop"), dict(os.environ), keyring.get_keyring()
    for name in ("XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        os.environ[name] = str(home / name)
        (home / name).mkdir(mode=0o700)
    os.environ["HOME"] = str(home)
    services = home / "XDG_DATA_HOME" / "dbus-1" / "services"
    services.mkdir(parents=True)
    (services / "prompter.service").write_text(PROMPTER, encoding="utf-8")
    (services / "secrets.service").write_text(NO_OTHER, encoding="utf-8")
    command = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
    bus = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert bus.stdout is not None
    os.environ["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().decode().strip()
    command = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
    daemon = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert daemon.stdin is not None
    daemon.stdin.write(b"what unlocks it")
    daemon.stdin.close()
    keyring.set_keyring(SecretService.Keyring())  # type: ignore[no-untyped-call]
    try:
        wait_for_answer()
        yield daemon
    finally:
        keyring.set_keyring(asked)
        for process in (daemon, bus):
            process.terminate()
            process.wait(10)
        bus.stdout.close()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # the library closes none of its connections
            gc.collect()
        os.environ.clear()
        os.environ.update(before)


def wait_for_answer() -> None:
    """Until the daemon is on the bus; before, the library raises what its own library does."""
    until = monotonic() + 20
    while "no such entry" not in refused():
        assert monotonic() < until, refused()
        time.sleep(0.05)


def had(seconds: float = 20.0) -> str | None:
    parsed = parse_reference(ENTRY)
    assert parsed is not None
    return read_secret(parsed, SecretPlaces({}, Path("/"), seconds))


def refused(seconds: float = 20.0) -> str:
    with pytest.raises(CredentialError) as error:
        had(seconds)
    said = str(error.value)
    assert WORD not in said and said.startswith(f"{ENTRY}: ")
    return said


def test_a_desktop_s_keyring_gives_its_secret_or_says_why_it_does_not(session: subprocess.Popen[bytes]) -> None:
    assert "has no such entry; add it: keyring set auditor/libnet robot" in refused()
    keyring.set_password("auditor/libnet", "robot", WORD)
    assert had() == WORD
    keyring.set_password("auditor/libnet", "robot", "another")
    assert had() == "another", "what a login is refused with is what stands there now"
    collection = SecretService.Keyring().get_preferred_collection()  # type: ignore[no-untyped-call]
    with closing(collection.connection):
        collection.lock()
    began = monotonic()
    assert "gave nothing within 1 s; it may wait for a person to unlock it" in refused(1.0)
    assert monotonic() - began < 10
    session.kill()
    session.wait(10)
    assert "the keyring gave nothing" in refused(1.0)
