"""A file that only this user can write, for what is kept beside the index and trusted no further than the index is."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def read(store: Path, most: int) -> bytes | None:
    """The bytes of a regular file that only this user can write; None for any other, and where there is none."""
    with opened(store, most) as stream:
        return None if stream is None else stream.read()


@contextmanager
def opened(store: Path, most: int) -> Iterator[BinaryIO | None]:
    """Such a file, to be read piece by piece; None as `read` gives it."""
    try:
        handle = os.open(store, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        yield None
        return
    with os.fdopen(handle, "rb") as stream:
        found = os.fstat(stream.fileno())
        own = found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        yield stream if stat.S_ISREG(found.st_mode) and own and found.st_size <= most else None


def write(store: Path, *data: bytes) -> None:
    """Whole or not at all, for this user's eyes, one piece after another. `OSError` where the disk refuses."""
    handle, name = tempfile.mkstemp(dir=store.parent, prefix=f".{store.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(data)
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
