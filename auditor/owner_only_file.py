"""A file that only this user can write, for what is kept beside the index and trusted no further than the index is."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path


def read(store: Path, most: int) -> bytes | None:
    """The bytes of a regular file that only this user can write; None for any other, and where there is none."""
    return _read(store, most, whole=True)


def read_line(store: Path, most: int) -> bytes | None:
    """The first line of such a file."""
    return _read(store, most, whole=False)


def _read(store: Path, most: int, *, whole: bool) -> bytes | None:
    try:
        handle = os.open(store, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as stream:
        found = os.fstat(stream.fileno())
        own = found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if not stat.S_ISREG(found.st_mode) or not own or found.st_size > most:
            return None
        return stream.read() if whole else stream.readline()


def write(store: Path, data: bytes) -> None:
    """Whole or not at all, for this user's eyes. `OSError` where the disk refuses."""
    handle, name = tempfile.mkstemp(dir=store.parent, prefix=f".{store.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(name).replace(store)
    except BaseException:
        Path(name).unlink()
        raise


def code_digest(*folders: Path) -> str:
    """The digest of the program's code in these folders."""
    code = hashlib.sha256()
    for folder in folders:
        for item in sorted(folder.rglob("*.py")):
            code.update(item.name.encode() + hashlib.sha256(item.read_bytes()).digest())
    return code.hexdigest()
