"""Files that leave, never whole in memory: open from their digest to their last byte, so that what was journalled is
what is sent."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from auditor.errors import NotShownError, VaultError

PIECE = 1 << 18
"""Bytes that are read at a time."""
_DATED = (1980, 1, 1, 0, 0, 0)
"""The date of every member of a zip: the same files give the same bytes."""


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file that is open to be read. Whoever is given it closes `stream`."""

    stream: IO[bytes]
    size: int
    sha256: str

    def pieces(self, first: int, last: int) -> Iterator[bytes]:
        """The bytes from one to another, a piece at a time."""
        self.stream.seek(first)
        left = last + 1 - first
        while left > 0 and (piece := self.stream.read(min(PIECE, left))):
            left -= len(piece)
            yield piece


def open_outgoing(path: Path) -> OutgoingFile:
    """A file that is stored. `NotShownError` where it is not there, or is no plain file."""
    try:
        stream = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")
    except OSError:
        raise NotShownError("this file is not kept here any more") from None
    return _digested(stream)


def pack_outgoing(folder: Path, members: Iterable[tuple[str, bytes]]) -> OutgoingFile:
    """A zip of members, one after the other; as `write_outgoing`."""

    def write(stream: IO[bytes]) -> None:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as packed:
            for name, data in members:
                packed.writestr(zipfile.ZipInfo(name, _DATED), data)

    return write_outgoing(folder, write)


def write_outgoing(folder: Path, write: Callable[[IO[bytes]], None]) -> OutgoingFile:
    """What is written, in a file without a name that lies on the disk of `folder`. `VaultError` where the disk
    refuses."""
    stream = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed by whoever sends it)
    try:
        write(stream)
        return _digested(stream)
    except OSError as error:
        stream.close()
        raise VaultError(f"the file cannot be written: {error.strerror}; the disk is full?") from error
    except BaseException:
        stream.close()
        raise


def _digested(stream: IO[bytes]) -> OutgoingFile:
    stream.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := stream.read(PIECE):
        digest.update(piece)
        size += len(piece)
    return OutgoingFile(stream, size, digest.hexdigest())
