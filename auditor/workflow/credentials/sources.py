"""The secret that a reference names, from where it is kept: bounded in size and time, no shell, none in an error."""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import stat
import subprocess
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from auditor.clock import monotonic
from auditor.errors import CredentialError
from auditor.model.targets.secret_references import SecretReference, SecretSource

MAX_BYTES = 64 << 10
"""Bytes of a secret: certificates and their chains are the largest."""
COMMAND_SECONDS = 20.0
WITHHELD_VARIABLES = ("AUDITOR_KEY_PASSPHRASE",)
"""Variables that no command is given."""


@dataclass(frozen=True, slots=True)
class SecretPlaces:
    """Where references lead on this machine."""

    environment: Mapping[str, str]
    folder: Path
    """What relative paths of `file:` begin at: the folder of `targets.yaml`."""
    command_seconds: float = COMMAND_SECONDS


def read_secret(reference: SecretReference, places: SecretPlaces) -> str | None:
    """The secret; None where a variable is not set. Raises `CredentialError` with the reason for everything else."""
    return _READERS[reference.source](reference, places)


def _from_environment(reference: SecretReference, places: SecretPlaces) -> str | None:
    return places.environment.get(reference.name) or None


def _from_file(reference: SecretReference, places: SecretPlaces) -> str:
    path = places.folder / Path(reference.name).expanduser()
    return _text(_private_bytes(path, str(reference)), str(reference))


def _from_systemd(reference: SecretReference, places: SecretPlaces) -> str:
    folder = places.environment.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise CredentialError(f"{reference}: no credentials here; give the service LoadCredential={reference.name}:…")
    return _text(_private_bytes(Path(folder) / reference.name, str(reference)), str(reference))


def _from_keyring(reference: SecretReference, places: SecretPlaces) -> str:
    try:
        import keyring
    except ImportError:
        raise CredentialError(f"{reference}: the keyring is not installed; install seat-auditor[keyring]") from None
    service, user = reference.entry
    try:
        found = _within(places.command_seconds, lambda: keyring.get_password(service, user))
    except TimeoutError:
        raise CredentialError(
            f"{reference}: the keyring gave nothing within {places.command_seconds:g} s; it may wait for a person to"
            " unlock it: do so before the program is started"
        ) from None
    except Exception as error:  # noqa: BLE001 (what its own libraries raise is no kind of the keyring's)
        what = type(error).__name__
        raise CredentialError(f"{reference}: the keyring gave nothing ({what}); unlock it, or install one") from None
    if not found:
        raise CredentialError(f"{reference}: the keyring has no such entry; add it: keyring set {service} {user}")
    return str(found)


def _within(seconds: float, ask: Callable[[], str | None]) -> str | None:
    """The answer of a library that may wait for ever; `TimeoutError` where none came in time. Raises as it does."""
    answer: Future[str | None] = Future()

    def asked() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:  # noqa: BLE001 (it is raised where the answer is waited for)
            answer.set_exception(error)

    # One that waits on is left behind: nothing waits for it, and it ends with the process.
    threading.Thread(target=asked, name="keyring", daemon=True).start()
    return answer.result(seconds)


def _from_command(reference: SecretReference, places: SecretPlaces) -> str:
    argv = reference.argv
    program = shutil.which(argv[0], path=places.environment.get("PATH", os.defpath))
    if program is None:
        raise CredentialError(f"{reference}: {argv[0]} is not on the PATH; install it, or give its whole path")
    environment = {name: value for name, value in places.environment.items() if name not in WITHHELD_VARIABLES}
    try:
        running = subprocess.Popen(
            [program, *argv[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it may name secrets, and nobody sits there to answer a prompt
            env=environment,
            cwd=places.folder,
            start_new_session=True,
        )
    except OSError as error:
        raise CredentialError(f"{reference}: {argv[0]} does not start: {error.strerror}") from None
    with running:
        try:
            printed = _printed(running, str(reference), places.command_seconds)
        finally:
            _end(running)
    if running.returncode:
        raise CredentialError(f"{reference}: {argv[0]} ended with {running.returncode}; run it by hand to see why")
    return _text(printed, str(reference))


def _printed(running: subprocess.Popen[bytes], reference: str, seconds: float) -> bytes:
    """What a command prints until it ends. Its end is waited for as well, in the same time."""
    until = monotonic() + seconds
    blocks = b""
    pipe = running.stdout
    assert pipe is not None  # noqa: S101 (asked for when it was started)
    with selectors.DefaultSelector() as waiting:
        waiting.register(pipe, selectors.EVENT_READ)
        while waiting.select(max(until - monotonic(), 0)):
            block = os.read(pipe.fileno(), MAX_BYTES)
            if not block:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    running.wait(max(until - monotonic(), 0))
                    return blocks
                break
            blocks += block
            if len(blocks) > MAX_BYTES:
                raise CredentialError(f"{reference}: printed more than {MAX_BYTES >> 10} KB; print the secret alone")
    raise CredentialError(f"{reference}: gave nothing within {seconds:g} s; it may wait for a person to answer")


def _end(running: subprocess.Popen[bytes]) -> None:
    if running.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def _private_bytes(path: Path, reference: str) -> bytes:
    """The bytes of a regular file that nobody but this user (and root) can read or change."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise CredentialError(f"{reference}: the file cannot be read: {error.strerror}") from None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise CredentialError(f"{reference}: is not a file")
        if found.st_mode & 0o077 or found.st_uid not in (0, os.geteuid()):
            mode = stat.S_IMODE(found.st_mode)
            raise CredentialError(f"{reference}: mode {mode:04o} lets others at a secret; make it yours, chmod 600")
        if found.st_size > MAX_BYTES:
            raise CredentialError(f"{reference}: is larger than {MAX_BYTES >> 10} KB; no secret is")
        return os.read(handle, MAX_BYTES)
    finally:
        os.close(handle)


def _text(data: bytes, reference: str) -> str:
    """The secret without the line break that files and commands end with."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise CredentialError(f"{reference}: is not text in UTF-8; a certificate is given as PEM") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise CredentialError(f"{reference}: is empty")
    return text


_READERS: Final[Mapping[SecretSource, Callable[[SecretReference, SecretPlaces], str | None]]] = {
    "env": _from_environment,
    "file": _from_file,
    "systemd": _from_systemd,
    "keyring": _from_keyring,
    "command": _from_command,
}
