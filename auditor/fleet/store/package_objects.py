"""A package as one object: a zip, stored and not compressed, whose bytes depend on the package's files alone.

The manifest is the last member, beside the directory, so that one range of the end usually holds both. What a zip says
is not believed: names are held against what evidence may be called, sizes against what is asked for.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import struct
import threading
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from auditor.custody import os_errors_as_vault_error
from auditor.errors import IntegrityError
from auditor.fleet.store.bucket import BLOCK, Bucket, disk_told, name_told
from auditor.formats import evidence_paths, manifest
from auditor.formats.fixed_zip import DATE, UNIX

TAIL_BYTES = 64 << 10
"""Read at once of an object's end: its directory, and usually its manifest."""
MOST_MEMBERS, MOST_DIRECTORY = 65_000, 32 << 20
"""Files of a package, and bytes of the directory that names them."""
END, END_64, END_64_AT = struct.Struct("<4s4H2LH"), struct.Struct("<4sQ2H2L4Q"), struct.Struct("<4sLQL")
"""The last bytes of a zip without a comment; and, before them, of one whose directory lies far behind."""
BROKEN = (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, OverflowError, struct.error, OSError)
"""What reading a zip by another hand ends in where it is none, or not whole."""
DIRECTORY_ENTRY = 46
"""Bytes of the shortest entry of a directory."""


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A zip on this machine's disk."""

    path: Path
    sha256: str
    members: Mapping[str, str]
    """SHA-256 of what was read of each file."""


def member_order(paths: Sequence[str]) -> list[str]:
    """The manifest last."""
    return sorted(paths, key=lambda path: (path == manifest.NAME, path))


def pack(folder: Path, paths: Sequence[str], target: Path) -> PackedFile:
    """Write the zip of files below a folder, a block in memory; the same bytes whenever the files are the same.

    `VaultError` where this disk does not take it, or does not give the files.
    """
    with os_errors_as_vault_error(target):
        return _packed(folder, paths, target)


def _packed(folder: Path, paths: Sequence[str], target: Path) -> PackedFile:
    target.unlink(missing_ok=True)
    members = dict[str, str]()
    with zipfile.ZipFile(target, "x", zipfile.ZIP_STORED, allowZip64=True) as made:
        for path in member_order(paths):
            entry = zipfile.ZipInfo(path, DATE)
            entry.create_system, entry.external_attr = UNIX, 0o444 << 16
            entry.file_size = (folder / path).stat().st_size
            with (folder / path).open("rb") as source, made.open(entry, "w") as out:
                digest = hashlib.sha256()
                while block := source.read(BLOCK):
                    digest.update(block)
                    out.write(block)
                members[path] = digest.hexdigest()
    with target.open("rb") as written:
        return PackedFile(target, hashlib.file_digest(written, "sha256").hexdigest(), members)


def _require_bounded(source: BinaryIO, size: int, what: str) -> None:
    """`IntegrityError` where the directory of a zip is not where it is written here, or larger than any is.

    It is asked before anything of it is believed: whoever opens a zip reads as much as its end says.
    """
    length = min(size, END_64.size + END_64_AT.size + END.size)
    source.seek(size - length)
    end_64, at_64, end = _split(source.read(length).rjust(END_64.size + END_64_AT.size + END.size, b"\0"))
    signature, _, _, _, count, directory, _, comment = END.unpack(end)
    whole = signature == b"PK\5\6" and not comment
    if at_64.startswith(b"PK\6\7"):
        signature, *_, count_64, directory_64, _ = END_64.unpack(end_64)
        whole = whole and (signature, count_64, directory_64) == (b"PK\6\6", count, directory)
        whole = whole and END_64_AT.unpack(at_64)[2] == size - length
    if not whole or count > MOST_MEMBERS or not count * DIRECTORY_ENTRY <= directory <= min(size, MOST_DIRECTORY):
        raise IntegrityError(
            f"{what}: not a package as it is written: its directory is not at its end, or of more than {MOST_MEMBERS}"
            f" files or {MOST_DIRECTORY} bytes"
        )


def _split(tail: bytes) -> tuple[bytes, bytes, bytes]:
    first, second = END_64.size, END_64.size + END_64_AT.size
    return tail[:first], tail[first:second], tail[second:]


def _members(opened: zipfile.ZipFile, size: int, what: str) -> dict[str, zipfile.ZipInfo]:
    """The members by name. `IntegrityError` where one is not stored as it is, two share a name or bytes, or a name may
    lead elsewhere."""
    infos = opened.infolist()
    members = {one.filename: one for one in infos}
    stored = all(
        one.compress_type == zipfile.ZIP_STORED and not one.flag_bits & 1 and one.file_size == one.compress_size
        for one in infos
    )
    if len(members) != len(infos) or len(infos) > MOST_MEMBERS or not stored:
        raise IntegrityError(f"{what}: not a package as it is written: compressed, or a name stands twice")
    if sum(one.file_size for one in infos) > size:
        raise IntegrityError(f"{what}: not a package as it is written: its files are larger than the whole")
    for name in members:
        if why := evidence_paths.why_invalid(name):
            raise IntegrityError(f"{what}: holds the name {name!r:.120}: {why}")
    return members


class PackageObject:
    """A package's object, opened: its members, each read by its range; by one thread at a time."""

    def __init__(self, bucket: Bucket, key: str, version: str = "") -> None:
        """`version`: the one that its line names. `IntegrityError` where it is not there, or no zip as it is written
        here."""
        self.key = key
        found = bucket.examine(key, version)
        if found is None:
            raise IntegrityError(f"{bucket.address.url}/{key}: not in the store")
        size, read = found
        self._what, self._guard = f"{bucket.address.url}/{key}", threading.Lock()
        with _zip_told(self._what):
            source = io.BufferedReader(_Ranges(bucket, key, size, version if read.shadowed else ""), TAIL_BYTES)
            _require_bounded(source, size, self._what)
            self._zip = zipfile.ZipFile(source)
            self._members = _members(self._zip, size, self._what)

    @property
    def names(self) -> list[str]:
        return sorted(self._members)

    def read(self, name: str, limit: int) -> bytes:
        """`IntegrityError` where there is no such member, it is larger, or its bytes are broken."""
        entry = self._members.get(name)
        if entry is None:
            raise IntegrityError(f"{self._what}: holds no {name!r:.120}")
        if entry.file_size > limit or entry.file_size != entry.compress_size:
            raise IntegrityError(f"{self._what}: {name!r:.120} has {entry.file_size} bytes, at most {limit} expected")
        with self._guard, _zip_told(f"{self._what}: {name!r:.120}"):
            return self._zip.read(entry)

    def close(self) -> None:
        self._zip.close()


def unpack(source: Path, folder: Path, what: str) -> list[str]:
    """Write the members of a zip on this disk below a folder that is empty; their names. A block in memory.

    `IntegrityError` where it is no zip as it is written here, `VaultError` where this disk does not take it: nothing of
    it stays then. Nothing outside of the folder is ever written.
    """
    size, written = source.stat().st_size, list[str]()
    with contextlib.ExitStack() as undone, _zip_told(what), source.open("rb") as read:
        _require_bounded(read, size, what)
        with zipfile.ZipFile(read) as opened:
            for name, entry in _members(opened, size, what).items():
                with name_told(what, name), opened.open(entry) as member:
                    _write(member, folder / name)
                undone.callback((folder / name).unlink, missing_ok=True)
                written.append(name)
        undone.pop_all()
    return written


def _write(member: IO[bytes], target: Path) -> None:
    with disk_told(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        out = target.open("xb", buffering=0)
    with contextlib.ExitStack() as undone, out:
        undone.callback(target.unlink)
        while block := member.read(BLOCK):
            view = memoryview(block)
            while view:
                with disk_told(target):
                    view = view[out.write(view) :]
        undone.pop_all()


@contextlib.contextmanager
def _zip_told(what: str) -> Iterator[None]:
    """What reading a zip by another hand may end in, told as that; a disk's refusal is told where it is written to."""
    try:
        yield
    except BROKEN as error:
        raise IntegrityError(f"{what}: not a package as it is written: {error}") from None


class _Ranges(io.RawIOBase):
    """An object of the store as a file that is read anywhere, its end in memory."""

    def __init__(self, bucket: Bucket, key: str, size: int, version: str) -> None:
        super().__init__()
        self._bucket, self._key, self._size, self._version = bucket, key, size, version
        self._at, self._tail_at = 0, max(0, size - TAIL_BYTES)
        self._tail = bucket.read_range(key, self._tail_at, size, version) if size else b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("a place before the beginning")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview | bytearray) -> int:  # type: ignore[override]
        end = min(self._size, self._at + len(buffer))
        if end <= self._at:
            return 0
        if self._at >= self._tail_at:
            found = self._tail[self._at - self._tail_at : end - self._tail_at]
        else:
            found = self._bucket.read_range(self._key, self._at, end, self._version)
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)
