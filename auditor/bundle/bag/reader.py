"""Reading a bag that others handed in, as a folder or as a zip: hostile until shown otherwise."""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Protocol

from auditor.bundle.bag import layout
from auditor.bundle.bag.disk_tables import DiskDict
from auditor.errors import ConfigError, IntegrityError
from auditor.formats import evidence_paths

BLOCK = 1 << 20
MAX_FILES = 4_000_000
MAX_TEXT = 1 << 30
"""Bytes of a file that is read whole: a package's manifest, a proof, a token."""
MAX_LINE = 1 << 26
"""Bytes of a line of the journal, or of a list."""


class BagFiles(Protocol):
    """A bag's files by path, each read once or many times."""

    @property
    def name(self) -> str: ...

    def paths(self) -> Iterator[str]:
        """Every file, in any order; `IntegrityError` for links, special files and names that a bag may not have."""
        ...

    def open(self, path: str) -> IO[bytes]: ...


def read_bag_file(files: BagFiles, path: str) -> bytes:
    """One file's bytes; `IntegrityError` where it is not there or too large to be what it says."""
    with files.open(path) as stream:
        data = stream.read(MAX_TEXT + 1)
    if len(data) > MAX_TEXT:
        raise IntegrityError(f"{path}: more than {MAX_TEXT} bytes; not read")
    return data


def bag_file_lines(files: BagFiles, path: str) -> Iterator[bytes]:
    """The lines of one file, each with its end; `IntegrityError` for one that is too long to be what it says."""
    with files.open(path) as stream:
        while line := stream.readline(MAX_LINE + 1):
            if len(line) > MAX_LINE:
                raise IntegrityError(f"{path}: a line of more than {MAX_LINE} bytes; not read")
            yield line


def bag_file_digest(files: BagFiles, path: str) -> str:
    """SHA-256 of one file, in constant memory."""
    found = hashlib.sha256()
    with files.open(path) as stream:
        while part := stream.read(BLOCK):
            found.update(part)
    return found.hexdigest()


class FolderBag:
    """A bag as a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def name(self) -> str:
        return self.root.name

    def paths(self) -> Iterator[str]:
        return _require(self._walk(self.root, ""))

    def _walk(self, folder: Path, prefix: str) -> Iterator[str]:
        empty = True
        with os.scandir(folder) as entries:
            for entry in entries:
                empty = False
                path = f"{prefix}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    yield from self._walk(Path(entry.path), f"{path}/")
                elif entry.is_file(follow_symlinks=False):
                    yield path
                else:
                    raise IntegrityError(f"{path}: a link or special file; a bag holds plain files alone")
        if empty and prefix:
            raise IntegrityError(f"{prefix}: a folder without a file; no bag has one, and no manifest can tell of it")

    def open(self, path: str) -> IO[bytes]:
        try:
            handle = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise IntegrityError(f"{path}: cannot be read: {error.strerror}") from None
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise IntegrityError(f"{path}: not a plain file")
        return os.fdopen(handle, "rb")


_LOCAL = struct.Struct("<4s2xHH4xLLLHH")
"""A local header up to its name: mark, flags, method, CRC-32, both sizes, lengths of name and extra field."""


class ZipBag:
    """A bag as the zip that an export writes: one folder at the top, nothing compressed, no name twice."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        names = [info.filename for info in archive.infolist()]
        tops = {name.split("/")[0] for name in names}
        if len(tops) != 1 or len(set(names)) != len(names) or len(names) > MAX_FILES or archive.comment:
            raise IntegrityError("zip: expected one folder, each name once and no comment; found something else")
        if any(info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1 for info in archive.infolist()):
            raise IntegrityError("zip: an entry is compressed or encrypted; a bundle's entries are stored as they are")
        for info in archive.infolist():
            # A field of the directory can give an entry another name (0x7075, Info-ZIP's) to who knows it.
            if info.extra not in (b"", struct.pack("<HHQ", 1, 8, info.header_offset)) or info.comment:
                told = "the directory says more of it than where it stands"
                raise IntegrityError(f"zip: {info.filename!r:.200}: {told}; two programs may unpack it as two files")
        _require_gapless(archive)
        self.name = tops.pop()

    def paths(self) -> Iterator[str]:
        return _require(map(self._plain, self._archive.infolist()))

    @staticmethod
    def _plain(info: zipfile.ZipInfo) -> str:
        if info.is_dir() or stat.S_IFMT(info.external_attr >> 16) not in {0, stat.S_IFREG}:
            raise IntegrityError(f"zip: {info.filename!r:.200}: not a plain file")
        return info.filename.partition("/")[2]

    def open(self, path: str) -> IO[bytes]:
        try:
            return self._archive.open(f"{self.name}/{path}")
        except (KeyError, zipfile.BadZipFile, OSError) as error:
            raise IntegrityError(f"{path}: cannot be read from the zip: {error}") from None


def _require_gapless(archive: zipfile.ZipFile) -> None:
    """Entries stand end to end from the first byte to the directory, and the directory ends the file.

    A reader of streams takes what local headers say; a byte that the directory does not list could be an entry to it.
    """
    stream, at = archive.fp, 0
    if stream is None:
        raise IntegrityError("zip: it is closed")
    for info in sorted(archive.infolist(), key=lambda each: each.header_offset):
        stream.seek(info.header_offset)
        head = stream.read(_LOCAL.size)
        if info.header_offset != at or len(head) != _LOCAL.size:
            raise IntegrityError(f"zip: bytes before {info.filename!r:.200} that the directory does not list")
        magic, flags, method, check, packed, size, name, extra = _LOCAL.unpack(head)
        same = (magic, flags, method, check, packed, size) == (
            b"PK\x03\x04", info.flag_bits, info.compress_type, info.CRC, info.file_size, info.compress_size,
        )  # fmt: skip
        if not same or extra or stream.read(name) != info.filename.encode("utf-8") or info.file_size != packed:
            raise IntegrityError(f"zip: the entry {info.filename!r:.200} and the directory tell different things of it")
        at += _LOCAL.size + name + packed
    stream.seek(0, os.SEEK_END)
    directory = stream.tell() - archive.start_dir
    if archive.start_dir != at:
        raise IntegrityError("zip: bytes before the directory that it does not list")
    listed = sum(46 + len(i.filename.encode("utf-8")) + len(i.extra) + len(i.comment) for i in archive.infolist())
    stream.seek(at + listed)
    wide = stream.read(4)
    if directory != listed + 22 + (76 if wide == b"PK\x06\x06" else 0):
        raise IntegrityError("zip: bytes after the directory")


def _require(paths: Iterator[str]) -> Iterator[str]:
    """The paths, each one that a bag may have and none that some file system takes for another one."""
    with closing(DiskDict[str, str]()) as folded:
        for path in paths:
            if why := evidence_paths.why_invalid(path, evidence_paths.IN_BAG):
                raise IntegrityError(f"{path!r:.200}: {why}")
            if not folded.add(evidence_paths.casefold_path(path), ""):
                raise IntegrityError(f"{path}: one name with another on some file systems")
            yield path


def is_bag(path: Path) -> bool:
    """Whether a path looks like a bundle: a folder with a bag declaration, or a zip."""
    return (
        (path / "bagit.txt").is_file() or (path / layout.NOTE).is_file() or (path.is_file() and path.suffix == ".zip")
    )


@contextmanager
def open_bag(path: Path) -> Iterator[BagFiles]:
    """The bag at a path; `ConfigError` where there is none."""
    if path.is_dir():
        yield FolderBag(path.resolve())
        return
    try:
        with zipfile.ZipFile(path) as archive:
            yield ZipBag(archive)
    except (zipfile.BadZipFile, OSError) as error:
        raise ConfigError(f"{path}: not a bundle: {error}; give a bundle's folder or its zip") from None
