"""The zip of a bag (APPNOTE 6.3.10): entries stored, names sorted, dates fixed, the directory kept on the disk.

The standard library's writer keeps an object for each entry until the end, which a bag of ten thousand captures makes
a hundred megabytes. For the same entries this one writes the bytes that the standard library writes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from auditor.bundle.bag.disk_tables import DiskDict
from auditor.errors import VaultError
from auditor.formats.fixed_zip import UNIX

BLOCK = 1 << 20
_DOS_DATE, _DOS_TIME = 1 << 5 | 1, 0
_PLAIN, _LARGE = 20, 45
"""Versions needed to read: 2.0; 4.5 for sizes, places and numbers beyond the first format's."""
_MODE = (stat.S_IFREG | 0o644) << 16
LIMIT32, LIMIT16 = (1 << 31) - 1, (1 << 16) - 1
"""Beyond these the larger fields are used (2 GiB, as the standard library has it)."""
_FULL32, _FULL16 = (1 << 32) - 1, (1 << 16) - 1


def zip_bag(folder: Path, target: Path) -> str:
    """Store the bag as a zip beside it; the SHA-256 of the zip. `VaultError` where it cannot be written."""
    partial = target.with_name(f"{target.name}.partial")
    try:
        with partial.open("xb") as out:
            write_zip(((f"{folder.name}/{name}", folder / name) for name in _files(folder)), out)
        with partial.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise VaultError(f"{target}: cannot be written: {error.strerror}; free space and export again") from error
    return digest


def write_zip(files: Iterable[tuple[str, Path]], out: IO[bytes]) -> None:
    """Write a zip of files under these names, in the order given."""
    with tempfile.TemporaryFile() as directory:
        count = 0
        for name, source in files:
            _entry(out, directory, name.encode("ascii"), source)
            count += 1
        _end(out, directory, count)


def _files(folder: Path) -> Iterator[str]:
    """Every file by its path within the folder, sorted as whole texts."""
    found = DiskDict[str, str]()
    try:
        for place, _, names in os.walk(folder):
            inside = Path(place).relative_to(folder)
            for name in names:
                found.add((inside / name).as_posix(), "")
        yield from found
    finally:
        found.close()


def _entry(out: IO[bytes], directory: IO[bytes], name: bytes, source: Path) -> None:
    place = out.tell()
    with source.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > LIMIT32:
            raise VaultError(f"{source}: {size} bytes; a file of a bundle's zip holds at most {LIMIT32}")
        if size < BLOCK:
            data = stream.read(BLOCK)
            check, size = zlib.crc32(data), len(data)
            out.write(_local(name, check, size) + data)
        else:
            check, size = _streamed(name, stream, out)
    version, extra, offset = _PLAIN, b"", place
    if place > LIMIT32:
        version, extra, offset = _LARGE, struct.pack("<HHQ", 1, 8, place), _FULL32
    directory.write(
        struct.pack(
            "<4s4B4HL2L5H2L", b"PK\x01\x02", version, UNIX, version, 0, 0, 0, _DOS_TIME, _DOS_DATE,
            check, size, size, len(name), len(extra), 0, 0, 0, _MODE, offset,
        ) + name + extra
    )  # fmt: skip


def _local(name: bytes, check: int, size: int) -> bytes:
    head = struct.pack(
        "<4s2B4HL2L2H", b"PK\x03\x04", _PLAIN, 0, 0, 0, _DOS_TIME, _DOS_DATE, check, size, size, len(name), 0
    )
    return head + name


def _streamed(name: bytes, stream: IO[bytes], out: IO[bytes]) -> tuple[int, int]:
    """Copy a large file, its header filled in afterwards; its CRC-32 and size."""
    place, check, size = out.tell(), 0, 0
    out.write(_local(name, 0, 0))
    while part := stream.read(BLOCK):
        check, size = zlib.crc32(part, check), size + len(part)
        out.write(part)
    after = out.tell()
    out.seek(place)
    out.write(_local(name, check, size))
    out.seek(after)
    return check, size


def _end(out: IO[bytes], directory: IO[bytes], count: int) -> None:
    start, length = out.tell(), directory.tell()
    directory.seek(0)
    shutil.copyfileobj(directory, out, BLOCK)
    if count > LIMIT16 or start > LIMIT32 or length > LIMIT32:
        at = out.tell()
        out.write(
            struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, _LARGE, _LARGE, 0, 0, count, count, length, start)
            + struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
        )
        count, length, start = min(count, _FULL16), min(length, _FULL32), min(start, _FULL32)
    out.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, length, start, 0))
