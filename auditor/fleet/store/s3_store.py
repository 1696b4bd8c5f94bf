"""Evidence in an S3-compatible store: a package is one object, a small file beside it another; staged on local disk.

```
evidence/<deployment>/<utc>-<capture>/.package-0.zip   the package as it was committed
evidence/<deployment>/<utc>-<capture>/.package-1.zip   what a pruning left of it; the one before is then taken away
evidence/<path>                                        a token, a checkpoint, a key: each file as it is
```
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from auditor.custody import LocalEvidenceBatch, LocalEvidenceStore, os_errors_as_vault_error
from auditor.errors import VaultError
from auditor.fleet.store import package_objects
from auditor.fleet.store.address import StoreAddress
from auditor.fleet.store.bucket import Bucket
from auditor.fleet.store.package_objects import PackageObject
from auditor.formats import evidence_layout as layout
from auditor.model.evidence import Removal

PACKAGE = re.compile(r"\.package-(0|[1-9][0-9]{0,5})\.zip")
MOST_OPEN = 64
"""Packages whose directories are kept in memory."""
ROOT = f"{layout.EVIDENCE}/"


def package_key(folder: str, generation: int = 0) -> str:
    """The key of a package's object; generations above 0 are what prunings left."""
    return f"{ROOT}{folder}/.package-{generation}.zip"


def generation_of(name: str) -> int | None:
    """Which generation the last part of a key names; None where it is no package's object."""
    found = PACKAGE.fullmatch(name)
    return int(found[1]) if found else None


class S3EvidenceBatch(LocalEvidenceBatch):
    """The `EvidenceBatch` of a store: written on this machine's disk, put into the store when it is published."""

    def __init__(self, store: S3EvidenceStore, folder: Path, *, found: bool = False) -> None:
        super().__init__(folder.parent.parent, folder, found=found)
        self._store = store
        self._written: dict[str, str] = {}
        """SHA-256 of what this process wrote."""

    def write(self, path: str, data: bytes, *, flush: bool = True) -> None:
        super().write(path, data, flush=flush)
        self._written[path] = hashlib.sha256(data).hexdigest()

    def publish_package(self, folder: str) -> str:
        if any(generation for generation in self._store.generations(folder)):
            raise VaultError(f"{folder}: exists already and was pruned; evidence is written once")
        packed = package_objects.pack(self._folder, self.files(), self._store.outgoing(self.name))
        for path, digest in self._written.items():
            if packed.members.get(path) != digest:
                raise VaultError(f"{self._folder / path}: other bytes than were written; check this disk")
        made = self._store.bucket.create(package_key(folder), packed.path, packed.sha256)
        self.discard()
        return made.version

    def publish_files(self, paths: Sequence[str]) -> None:
        for path in paths:
            self._store.bucket.create(f"{ROOT}{path}", self._folder / path, self.digest(path)[0])
        self.discard()

    def discard(self) -> None:
        """With the object that was made of it: whoever finds the batch after an interruption finds that, too."""
        with os_errors_as_vault_error(self._folder):
            self._store.outgoing(self.name).unlink(missing_ok=True)
        super().discard()


class S3EvidenceStore:
    """The `EvidenceStore` of a fleet."""

    def __init__(self, address: StoreAddress, spool: Path) -> None:
        """`spool`: a folder of this machine's disk, below which batches are staged."""
        self.bucket = Bucket(address)
        self._local = LocalEvidenceStore(spool)
        self._staging = spool / layout.EVIDENCE / layout.STAGING
        self._outgoing = spool / layout.EVIDENCE / ".outgoing"
        self._open: dict[tuple[str, str], PackageObject] = {}
        """By the folder, and the version that its line names."""
        self._guard = threading.RLock()

    def outgoing(self, name: str) -> Path:
        """Where the object of a batch is made before it is put."""
        self._outgoing.mkdir(parents=True, exist_ok=True)
        return self._outgoing / f"{name}.zip"

    def stage(self, name: str) -> S3EvidenceBatch:
        self._local.stage(name)
        return self.reopen(name)

    def reopen(self, name: str) -> S3EvidenceBatch:
        return S3EvidenceBatch(self, self._staging / name, found=True)

    def staged(self) -> Sequence[str]:
        return self._local.staged()

    def generations(self, folder: str) -> list[int]:
        """Which objects there are of a package, oldest first; none where the folder is no package."""
        objects, _ = self.bucket.folder(f"{ROOT}{folder}/")
        return sorted(found for name in objects if (found := generation_of(name)) is not None)

    def _newest(self, folder: str, version: str) -> tuple[str, str] | None:
        """The key of what is left of a package, and the version that its line names: of what was committed alone."""
        if found := self.generations(folder):
            newest = 0 if version and 0 in found else found[-1]
            return package_key(folder, newest), "" if newest else version
        hidden = package_key(folder)  # no listing has what a plain DELETE hides
        return (hidden, version) if version and self.bucket.examine(hidden, version) is not None else None

    def _package(self, path: str, version: str = "") -> tuple[PackageObject, str] | None:
        """The package that a path lies in, and the path within; None where it lies in none."""
        parts = path.split("/")
        for depth in range(2, len(parts) + 1):
            folder = "/".join(parts[:depth])
            with self._guard:
                package = self._open.get((folder, version))
            if package is None:
                if (found := self._newest(folder, version)) is None:
                    continue
                package = PackageObject(self.bucket, *found)
                with self._guard:
                    if len(self._open) >= MOST_OPEN:
                        self._open.pop(next(iter(self._open)))  # not closed: somebody may be reading it
                    self._open[folder, version] = package
            return package, "/".join(parts[depth:])
        return None

    def exists(self, path: str) -> bool:
        found = self._package(path)
        if found is not None:
            package, within = found
            if not within or within in package.names or any(one.startswith(f"{within}/") for one in package.names):
                return True
        return (
            self.bucket.size(f"{ROOT}{path}") is not None or next(self.bucket.keys(f"{ROOT}{path}/"), None) is not None
        )

    def read(self, path: str, limit: int, version: str = "") -> bytes:
        found = self._package(path, version)
        if found is not None and found[1] in found[0].names:
            return found[0].read(found[1], limit)
        return self.bucket.read(f"{ROOT}{path}", limit)

    def names(self, folder: str) -> Sequence[str]:
        objects, folders = self.bucket.folder(f"{ROOT}{folder}/")
        found = {name for name in objects if generation_of(name) is None} | set(folders)
        if (package := self._package(folder)) is not None:
            within = f"{package[1]}/" if package[1] else ""
            found |= {one.removeprefix(within).split("/")[0] for one in package[0].names if one.startswith(within)}
        return sorted(found)

    def remove(self, folder: str, paths: Sequence[str], version: str = "") -> Removal:
        """What is left of the package becomes a new object before the old one is taken away."""
        gone, count, kept = set(paths), 0, list[str]()
        self._forget(folder)
        known = self.generations(folder)
        over = list[int]()
        if (found := self._newest(folder, version)) is not None:
            package = PackageObject(self.bucket, *found)
            names = package.names
            package.close()
            generation = generation_of(found[0].rpartition("/")[2]) or 0
            over = [one for one in known if one < generation]
            if taken := gone & set(names):
                self._prune(folder, generation, [name for name in names if name not in taken], version)
                over, count = [*over, generation], len(taken)
        for before in over:
            kept += self.bucket.take_away(package_key(folder, before))
        count = 0 if kept else count
        for path in sorted(gone):
            key = f"{ROOT}{folder}/{path}"
            if self.bucket.size(key) is not None:
                kept += (held := self.bucket.take_away(key))
                count += not held
        return Removal(count, tuple(kept))

    def _prune(self, folder: str, generation: int, kept: Sequence[str], version: str) -> None:
        """The next generation: what is kept of this one."""
        scratch = self.outgoing(f"prune-{hashlib.sha256(folder.encode()).hexdigest()[:16]}")
        whole, files = scratch.with_suffix(".whole"), scratch.with_suffix(".files")
        whole.unlink(missing_ok=True)
        _clear(files)
        try:
            self.bucket.save(package_key(folder, generation), whole, version="" if generation else version)
            files.mkdir()
            package_objects.unpack(whole, files, package_key(folder, generation))
            packed = package_objects.pack(files, kept, scratch)
            self.bucket.create(package_key(folder, generation + 1), packed.path, packed.sha256)
        finally:
            whole.unlink(missing_ok=True)
            scratch.unlink(missing_ok=True)
            _clear(files)

    def _forget(self, folder: str) -> None:
        with self._guard:
            for known in [one for one in self._open if one[0] == folder]:
                self._open.pop(known)

    def homes(self) -> Iterator[str]:
        """Every package folder there is, in the order of the store."""
        last = ""
        for key, _ in self.bucket.keys(ROOT):
            folder, _, name = key.removeprefix(ROOT).rpartition("/")
            if generation_of(name) is not None and folder != last:
                last = folder
                yield folder

    def close(self) -> None:
        with self._guard:
            for package in self._open.values():
                package.close()
            self._open.clear()


def _clear(folder: Path) -> None:
    if folder.is_dir():
        for entry in folder.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                _clear(entry)
            else:
                entry.unlink()
        folder.rmdir()
