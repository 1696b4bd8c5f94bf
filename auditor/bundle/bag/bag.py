"""Writing a BagIt bag (RFC 8493) so that the same inputs give the same bytes. Files and listings are streamed."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType

from auditor.bundle.bag import layout
from auditor.bundle.bag.disk_tables import DiskDict
from auditor.errors import IntegrityError, VaultError
from auditor.formats import evidence_paths

BLOCK = 1 << 20


class BagWriter:
    """A bag under way: payload first, then `seal` writes the tag files. A context: its tables end with it."""

    def __init__(self, folder: Path) -> None:
        """`VaultError` where the folder exists: a bag is written once."""
        self.folder = folder
        self.digests = DiskDict[str, str]()
        self.bytes = 0
        self._folded = DiskDict[str, str]()
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            raise VaultError(f"{folder}: exists already; remove it or give another --output") from None
        except OSError as error:
            raise VaultError(f"{folder}: cannot be made: {error.strerror}; give another --output") from error

    def __enter__(self) -> BagWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.digests.close()
        self._folded.close()

    def put(self, path: str, data: bytes) -> str:
        """Write one payload file; its SHA-256."""
        return self.stream(path, (data,))

    def stream(self, path: str, parts: Iterable[bytes]) -> str:
        """Write one payload file part by part; its SHA-256."""
        target = self._target(path)
        found, size = _written(target, parts)
        return self._listed(path, found, size)

    def made(self, path: str, write: Callable[[Path], None]) -> str:
        """Let `write` make one payload file at the place it is given; its SHA-256."""
        target = self._target(path)
        try:
            write(target)
            with target.open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise _no_room(target, error) from error
        return self._listed(path, found, target.stat().st_size)

    def copy(self, path: str, source: Path, expected: str | None) -> str:
        """Copy a file of evidence, hashing what is written; `IntegrityError` where it is not what is on record."""
        target, found, size = self._target(path), hashlib.sha256(), 0
        try:
            handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
            with os.fdopen(handle, "rb") as stream, target.open("xb") as out:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise IntegrityError(f"{source}: not a regular file; expected evidence; run `auditor verify`")
                while part := stream.read(BLOCK):
                    found.update(part)
                    out.write(part)
                    size += len(part)
        except OSError as error:
            raise IntegrityError(f"{source}: cannot be copied: {error.strerror}; run `auditor verify`") from error
        digest = found.hexdigest()
        if expected is not None and digest != expected:
            raise IntegrityError(
                f"{source}: expected SHA-256 {expected}, found {digest}; not exported; run `auditor verify`"
            )
        return self._listed(path, digest, size)

    def _target(self, path: str) -> Path:
        if (why := evidence_paths.why_invalid(path, evidence_paths.IN_BAG)) or not path.startswith("data/"):
            raise IntegrityError(f"bundle path {path!r:.200}: {why or 'not below data/'}; not exported")
        if path in self.digests:
            raise IntegrityError(f"bundle path {path}: written twice; not exported")
        if not self._folded.add(evidence_paths.casefold_path(path), ""):
            raise IntegrityError(f"bundle path {path}: one name with another on some file systems; not exported")
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _listed(self, path: str, digest: str, size: int) -> str:
        self.digests.add(path, digest)
        self.bytes += size
        return digest

    def seal(self, info: Mapping[str, str], texts: Mapping[str, bytes], sign: Callable[[str], bytes]) -> str:
        """Write the tag files and the signed note over their digests; the SHA-256 of `tagmanifest-sha256.txt`.

        `texts`: the read-me files and the sheet; `sign` gives the note for that SHA-256.
        """
        lines = {**info, "Payload-Oxum": f"{self.bytes}.{len(self.digests)}"}
        tags: dict[str, Iterable[bytes]] = {
            **{name: (data,) for name, data in texts.items()},
            "bagit.txt": (b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",),
            "bag-info.txt": ("".join(f"{name}: {_one_line(text)}\n" for name, text in lines.items()).encode(),),
            layout.MANIFEST: checksum_lines(self.digests.items()),
        }
        digests = {name: _written(self.folder / name, parts)[0] for name, parts in tags.items()}
        whole = sorted_checksums({name: digests[name] for name in layout.TAG_FILES})
        digest, _ = _written(self.folder / layout.TAGS, (whole,))
        _written(self.folder / layout.NOTE, (sign(digest),))
        return digest


def _written(target: Path, parts: Iterable[bytes]) -> tuple[str, int]:
    found, size = hashlib.sha256(), 0
    try:
        with target.open("xb") as out:
            for part in parts:
                found.update(part)
                size += len(part)
                out.write(part)
    except OSError as error:
        raise _no_room(target, error) from error
    return found.hexdigest(), size


def _no_room(target: Path, error: OSError) -> VaultError:
    return VaultError(f"{target}: cannot be written: {error.strerror}; free space and export again")


def checksum_lines(digests: Iterable[tuple[str, str]]) -> Iterator[bytes]:
    """Lines as `sha256sum` writes them, of paths with their digests, in the order given."""
    return (f"{digest}  {path}\n".encode("ascii") for path, digest in digests)


def sorted_checksums(digests: Mapping[str, str]) -> bytes:
    """Such lines, sorted by path."""
    return b"".join(checksum_lines(sorted(digests.items())))


def _one_line(text: str) -> str:
    return " ".join(text.split())
