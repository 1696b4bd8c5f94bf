"""Writing a BagIt bag (RFC 8493) so that the same inputs give the same bytes; and its zip. Files are streamed."""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from auditor.bundle import layout
from auditor.errors import IntegrityError, VaultError

BLOCK = 1 << 20
DATE = (1980, 1, 1, 0, 0, 0)
"""The date of every entry of a zip: the earliest that the format knows. True times are in the evidence."""


class Bag:
    """A bag under way: payload first, then `close` writes the tag files."""

    def __init__(self, folder: Path) -> None:
        """`VaultError` where the folder exists: a bag is written once."""
        self.folder = folder
        self.digests: dict[str, str] = {}
        self.bytes = 0
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            raise VaultError(f"{folder}: exists already; remove it or give another --output") from None
        except OSError as error:
            raise VaultError(f"{folder}: cannot be made: {error.strerror}; give another --output") from error

    def put(self, path: str, data: bytes) -> str:
        """Write one payload file; its SHA-256."""
        target = self._target(path)
        try:
            target.write_bytes(data)
        except OSError as error:
            raise VaultError(f"{target}: cannot be written: {error.strerror}; free space and export again") from error
        self.bytes += len(data)
        self.digests[path] = hashlib.sha256(data).hexdigest()
        return self.digests[path]

    def copy(self, path: str, source: Path, expected: str | None) -> str:
        """Copy a file of evidence, hashing what is written; `IntegrityError` where it is not what is on record."""
        target, found = self._target(path), hashlib.sha256()
        try:
            handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
            with os.fdopen(handle, "rb") as stream, target.open("xb") as out:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise IntegrityError(f"{source}: not a regular file; expected evidence; run `auditor verify`")
                while part := stream.read(BLOCK):
                    found.update(part)
                    out.write(part)
                    self.bytes += len(part)
        except OSError as error:
            raise IntegrityError(f"{source}: cannot be copied: {error.strerror}; run `auditor verify`") from error
        digest = found.hexdigest()
        if expected is not None and digest != expected:
            raise IntegrityError(
                f"{source}: expected SHA-256 {expected}, found {digest}; not exported; run `auditor verify`"
            )
        self.digests[path] = digest
        return digest

    def _target(self, path: str) -> Path:
        if (why := layout.fault(path)) or not path.startswith("data/"):
            raise IntegrityError(f"bundle path {path!r:.200}: {why or 'not below data/'}; not exported")
        if path in self.digests:
            raise IntegrityError(f"bundle path {path}: written twice; not exported")
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def close(self, info: Mapping[str, str], texts: Mapping[str, bytes], sign: Callable[[str], bytes]) -> str:
        """Write the tag files and the signed note over their digests; the SHA-256 of `tagmanifest-sha256.txt`.

        `texts`: the read-me files and the sheet; `sign` gives the note for that SHA-256.
        """
        if clash := layout.collision(self.digests):
            raise IntegrityError(f"bundle path {clash}: one name with another on some file systems; not exported")
        lines = {**info, "Payload-Oxum": f"{self.bytes}.{len(self.digests)}"}
        tags = {
            **texts,
            "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "bag-info.txt": "".join(f"{name}: {_one_line(text)}\n" for name, text in lines.items()).encode(),
            layout.MANIFEST: listing(self.digests),
        }
        for name, data in tags.items():
            (self.folder / name).write_bytes(data)
        digests = {name: hashlib.sha256(tags[name]).hexdigest() for name in layout.TAG_FILES}
        whole = listing(digests)
        (self.folder / layout.TAGS).write_bytes(whole)
        digest = hashlib.sha256(whole).hexdigest()
        (self.folder / layout.NOTE).write_bytes(sign(digest))
        return digest


def listing(digests: Mapping[str, str]) -> bytes:
    """Lines as `sha256sum` writes them, sorted by path."""
    return "".join(f"{digests[path]}  {path}\n" for path in sorted(digests)).encode("ascii")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def zipped(folder: Path, target: Path) -> str:
    """Store the bag as a zip, without compression, names sorted, dates fixed; the SHA-256 of the zip."""
    partial = target.with_name(f"{target.name}.partial")
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
        for name in files:
            entry = zipfile.ZipInfo(f"{folder.name}/{name}", DATE)
            entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            with (folder / name).open("rb") as source, archive.open(entry, "w", force_zip64=False) as out:
                while part := source.read(BLOCK):
                    out.write(part)
    partial.replace(target)
    found = hashlib.sha256()
    with target.open("rb") as stream:
        while part := stream.read(BLOCK):
            found.update(part)
    return found.hexdigest()
