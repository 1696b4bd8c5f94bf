"""Messages between the process that holds a workspace and those that work through it: one JSON object each, bounded.

The socket lies in the workspace, mode 0600; both sides ask the kernel who the other one is. A path of a socket has room
for 107 bytes (`sun_path`), a workspace's may be longer: it is named by a descriptor of the folder.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from auditor.errors import IntegrityError, VaultError
from auditor.formats import canonical_json

NAME = ".auditor.sock"
PROTOCOL = "auditor.sharing/1"
MAX_MESSAGE = 1 << 20
BEGUN_SECONDS = 10.0
"""How long the rest of a message may take once it has begun."""
_LENGTH = struct.Struct(">I")
_PEER = struct.Struct("3i")
_DESCRIPTORS, _SUN_PATH = Path("/proc/self/fd"), 107


class BrokenMessageError(VaultError):
    """What came is no message, or stopped in the middle of one."""


@contextmanager
def socket_address(root: Path) -> Iterator[str]:
    """An address of the workspace's socket that is short enough, however long its path is."""
    handle = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if _DESCRIPTORS.is_dir():
            yield f"{_DESCRIPTORS}/{handle}/{NAME}"
        elif len(os.fsencode(root / NAME)) <= _SUN_PATH:
            yield str(root / NAME)
        else:
            raise VaultError(f"{root / NAME}: longer than the {_SUN_PATH} bytes of a socket's path; use a shorter one")
    finally:
        os.close(handle)


def listen(root: Path, backlog: int) -> socket.socket:
    """A socket that listens in the workspace, for this user alone. Whoever calls holds the workspace, so that one that
    is there already is of a process that has ended."""
    (root / NAME).unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        os.fchmod(made.fileno(), 0o600)
        with socket_address(root) as address:
            made.bind(address)
        (root / NAME).chmod(0o600)  # nobody connects before it listens
        made.listen(backlog)
    except BaseException:  # nobody else knows the socket
        made.close()
        raise
    return made


def connect(root: Path, seconds: float) -> socket.socket | None:
    """A connection to the process that holds the workspace; None where none answers there.

    `VaultError` where the socket, or who answers, is of another user.
    """
    try:
        found = os.lstat(root / NAME)
    except OSError:
        return None
    if not stat.S_ISSOCK(found.st_mode):
        return None
    if found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise VaultError(
            f"{root / NAME}: of user {found.st_uid}, mode {stat.S_IMODE(found.st_mode):04o}; expected this user's, mode"
            " 0600: run this as the user whose process holds the workspace"
        )
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.settimeout(seconds)
    try:
        with socket_address(root) as address:
            made.connect(address)
        if peer(made)[1] != os.geteuid():
            raise VaultError(f"{root / NAME}: user {peer(made)[1]} answers there, not this one; end that process")
    except OSError:
        made.close()
        return None
    except BaseException:  # a stranger answers, or this command is stopped: nobody else knows the socket
        made.close()
        raise
    return made


def peer(connection: socket.socket) -> tuple[int, int]:
    """Process and user of the other side, as the kernel says (`SO_PEERCRED`)."""
    process, user, _ = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return process, user


def send(connection: socket.socket, message: Mapping[str, object], descriptor: int | None = None) -> None:
    """Send one message, with an open file where one is given. `OSError` where the other side is gone."""
    data = canonical_json.encode(message)
    if len(data) > MAX_MESSAGE:
        raise VaultError(f"message of {len(data)} bytes; expected at most {MAX_MESSAGE}")
    connection.settimeout(BEGUN_SECONDS)
    whole = _LENGTH.pack(len(data)) + data
    if descriptor is None:
        connection.sendall(whole)
        return
    sent = socket.send_fds(connection, [whole], [descriptor])
    connection.sendall(whole[sent:])


def receive(connection: socket.socket, seconds: float | None) -> dict[str, object] | None:
    """The next message; None where the other side ended instead. `seconds`: how long one may take to begin.

    `OSError` where none begins in time, `BrokenMessageError` for what is no message.
    """
    return receive_with_file(connection, seconds, files=0)[0]


def receive_with_file(
    connection: socket.socket, seconds: float | None, files: int = 1
) -> tuple[dict[str, object] | None, int | None]:
    """As `receive`, with the open file that came along; no program that is started gets it."""
    connection.settimeout(seconds)
    first, handles, _, _ = socket.recv_fds(connection, _LENGTH.size, files, socket.MSG_CMSG_CLOEXEC)
    handle = handles[0] if handles else None
    try:
        if not first:
            return None, handle
        connection.settimeout(BEGUN_SECONDS)
        head = first + _exactly(connection, _LENGTH.size - len(first))
        (length,) = _LENGTH.unpack(head)
        if length > MAX_MESSAGE:
            raise BrokenMessageError(f"message of {length} bytes; expected at most {MAX_MESSAGE}")
        return canonical_json.decode(_exactly(connection, length), "message"), handle
    except BaseException as error:  # the file that came along is closed, whatever it was; it may be the lock
        if handle is not None:
            os.close(handle)
        if isinstance(error, IntegrityError):
            raise BrokenMessageError(str(error)) from None
        raise


def _exactly(connection: socket.socket, count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        part = connection.recv(min(count, 1 << 16))
        if not part:
            raise BrokenMessageError("the other side ended in the middle of a message")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
