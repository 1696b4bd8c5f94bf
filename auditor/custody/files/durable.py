"""Durable writes: a file that was written is on the disk under its name, whole, or is not there at all."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditor.errors import IntegrityError, VaultError

BLOCK = 1 << 18
_NEXT_MOVE = {
    errno.ENOSPC: "free space and run again",
    errno.EDQUOT: "free space and run again",
    errno.EFBIG: "raise the file size limit and run again",
    errno.EROFS: "mount it writable and run again",
    errno.EACCES: "give this user write permission and run again",
    errno.EPERM: "give this user write permission and run again",
}


@contextmanager
def os_errors_as_vault_error(what: Path | str) -> Iterator[None]:
    """Turns a refusal of the disk into a `VaultError` that names the thing and the next move."""
    try:
        yield
    except OSError as error:
        move = _NEXT_MOVE.get(error.errno or 0, "check the disk and run again")
        reason = error.strerror or str(error)
        raise VaultError(f"{what}: cannot be stored: {reason}; nothing was lost; {move}") from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def names_kept(*folders: Path) -> Iterator[None]:
    """Make the names that are given or taken meanwhile in these folders durable.

    They are opened before and flushed last: an error of the disk that the kernel met in between is told to a descriptor
    that was open then, and to no later one.
    """
    handles: list[int] = []
    try:
        for folder in dict.fromkeys(folders):
            handles.append(os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))  # noqa: PERF401 (each is closed)
        yield
        for handle in handles:
            os.fsync(handle)
    finally:
        for handle in handles:
            os.close(handle)


def flush(handle: int) -> None:
    """Flush an open file's bytes to the disk."""
    os.fsync(handle)


def write(path: Path, data: bytes, mode: int = 0o444, *, sync: bool = True) -> None:
    """Create a new file and flush it to the disk; its name is durable only after `sync_folder`."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
        os.fchmod(handle, mode)
        if sync:
            os.fsync(handle)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)


def replace(path: Path, data: bytes, scratch: Path) -> None:
    """Exchange the content of `path` atomically; `scratch` is on the same file system."""
    with names_kept(path.parent):
        scratch.unlink(missing_ok=True)
        write(scratch, data, 0o644)
        scratch.replace(path)


def make_folder(path: Path) -> None:
    """A folder and its parents, each name durable."""
    if path.is_dir():
        return
    make_folder(path.parent)
    with names_kept(path.parent):
        path.mkdir(exist_ok=True)


def remove_tree(folder: Path) -> None:
    """Remove a staging folder and all in it, following no link."""
    if not folder.is_dir() or folder.is_symlink():
        folder.unlink(missing_ok=True)
        return
    folder.chmod(0o700)
    for entry in folder.iterdir():
        remove_tree(entry)
    folder.rmdir()


@contextmanager
def open_regular_file(path: Path) -> Iterator[int]:
    """A descriptor of a regular file, following no link in its last part."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise IntegrityError(f"{path}: not a regular file; expected evidence, found something else")
        yield handle
    finally:
        os.close(handle)


def read(path: Path, limit: int) -> bytes:
    """The bytes of a small regular file; more than `limit` is refused with `IntegrityError`, as is a link."""
    try:
        with open_regular_file(path) as handle:
            size = os.fstat(handle).st_size
            if size > limit:
                raise IntegrityError(f"{path}: {size} bytes where at most {limit} are expected; not read")
            parts = []
            while part := os.read(handle, 1 << 20):
                parts.append(part)
            return b"".join(parts)
    except OSError as error:
        raise IntegrityError(f"{path}: cannot be read: {error.strerror}") from None


def digest(handle: int, algorithm: str = "sha256") -> tuple[str, int]:
    """Digest and size of an open file, in constant memory; the interpreter lock is free while it hashes."""
    total, found, part = 0, hashlib.new(algorithm), memoryview(bytearray(BLOCK))
    while count := os.readv(handle, [part]):
        found.update(part[:count])
        total += count
    return found.hexdigest(), total


def walk(folder: Path, prefix: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Every entry below a folder that is not a plain folder, by POSIX path; links are told, never followed."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            path = f"{prefix}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                before = True
                for found in walk(Path(entry.path), f"{path}/"):
                    before = False
                    yield found
                if before:
                    yield f"{path}/", entry
            else:
                yield path, entry
