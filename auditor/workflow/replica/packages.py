"""Packages of a fleet's store brought into the replica: held against the journal first, and let go again.

A package that somebody opens stays, until the newest ones have taken the room that all may have. Where all of them are
read one after another, sixteen come at once and each goes when the next one is asked for.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
import threading
import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from pathlib import Path

from auditor.custody import Journal, decode_filing, filed_packages
from auditor.errors import ConfigError, IntegrityError
from auditor.fleet import Bucket, StoreCarrier
from auditor.formats import evidence_layout as layout
from auditor.formats import manifest
from auditor.model.evidence import Package

LOGGER = logging.getLogger("auditor.workflow")

AHEAD = 16
"""Packages that come at once, where many are read."""
SETTING, MOST_MEGABYTES = "AUDITOR_REPLICA_MB", 2048
"""Environment variable with the room that packages may take on this disk, and what it is without one."""
IN_USE_SECONDS = 60.0
"""A package that somebody opened so lately stays, whatever room it takes."""
TRIES = 5


def room_for_packages() -> int:
    """Bytes that packages may take on this disk; `ConfigError` where the setting is no number."""
    said = os.environ.get(SETTING, "").strip() or str(MOST_MEGABYTES)
    if not said.isascii() or not said.isdecimal():
        raise ConfigError(f"{SETTING}={said!r:.40}: give the megabytes that packages may take here, such as 2048")
    return int(said) << 20


class ReplicaPackages:
    """The `PackageSource` of a replica."""

    def __init__(self, root: Path, bucket: Bucket, room: int) -> None:
        """`root`: of the replica. Nothing is asked of the store yet."""
        self._root, self._bucket, self._room = root, bucket, room
        self._evidence = root / layout.EVIDENCE
        self._guard = threading.RLock()
        self._known: tuple[object, Journal] | None = None
        self._filings: dict[str, str] | None = None
        self._turns: dict[str, threading.Lock] = {}
        self._brought = room
        """Bytes brought since the room was measured."""

    def close(self) -> None:
        with self._guard:
            if self._known is not None:
                self._known[1].close()
            self._known = None

    def _journal(self) -> Journal:
        """As the replica stands now. The guard is held."""
        found = (self._evidence / layout.JOURNAL / layout.HEAD_FILE).stat()
        mark = (found.st_ino, found.st_mtime_ns, found.st_size)
        if self._known is None or self._known[0] != mark:
            if self._known is not None:
                self._known[1].close()
            self._known, self._filings = (mark, Journal.open(self._root)), None
        return self._known[1]

    def _recorded(self, home: str) -> tuple[str, Collection[str], dict[str, str]]:
        """By the journal: the manifest's SHA-256, which artefacts were removed, and the files that lie beside."""
        with self._guard:
            journal = self._journal()
            placed = journal.ledger.placed_in(home)
            if home.split("/", 1)[0] in layout.CABINETS:
                if self._filings is None:
                    filed = filed_packages(journal)
                    self._filings = {layout.from_evidence(one.path): one.manifest_sha256 for one in filed}
                return self._filings.get(home, ""), (), placed
            record = journal.ledger.package_at(home)
            if record is None:
                return "", (), placed
            pruned = journal.ledger.prune_record(record.capture)
            return record.manifest_sha256, () if pruned is None else frozenset(pruned.files), placed

    def bring(self, home: str) -> None:
        with self._turn(home):
            expected, pruned, placed = self._recorded(home)
            folder = self._evidence / home
            if not expected:
                return  # no line records it: whoever asked finds nothing, and says so
            if (folder / manifest.NAME).is_file():
                os.utime(folder)
                self._bring_beside(folder, home, placed)
                return
            self._place(home, self._fetched(home, expected, pruned, placed))
        self._make_room()

    def _turn(self, home: str) -> threading.Lock:
        """Of the thread that brings this one."""
        with self._guard:
            if len(self._turns) > 4096:
                self._turns = {name: lock for name, lock in self._turns.items() if lock.locked()}
            return self._turns.setdefault(home, threading.Lock())

    def _bring_beside(self, folder: Path, home: str, placed: dict[str, str]) -> None:
        """Timestamps that came since the package was brought."""
        for name, digest in placed.items():
            if not (folder / name).exists():
                fetch_files(self._bucket, self._evidence, [(f"{home}/{name}", digest)])

    def _fetched(self, home: str, expected: str, pruned: Collection[str], placed: dict[str, str]) -> Path:
        """The package below a folder of its own, held against the journal. The folder above it is the caller's."""
        scratch = Path(tempfile.mkdtemp(prefix=".package-", dir=self._root))
        carrier = StoreCarrier(self._bucket, scratch / layout.EVIDENCE, beside=True)
        try:
            carrier.evidence.mkdir()
            carrier.bring(home)
            found = carrier.evidence / home
            _require_recorded(found, home, expected, pruned, placed)
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        finally:
            carrier.close()
        return scratch

    def _place(self, home: str, scratch: Path) -> bool:
        """Put in place what was fetched; False where another process was first."""
        folder = self._evidence / home
        try:
            self._brought += _bytes_below(scratch)
            os.utime(scratch / layout.EVIDENCE / home)
            _rename(scratch / layout.EVIDENCE / home, folder)
        except OSError:
            if not (folder / manifest.NAME).is_file():
                raise
            return False
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return True

    def streamed(self, packages: Iterable[Package]) -> Iterator[Package]:
        rest, coming = iter(packages), deque[tuple[Package, Future[Path | None]]]()
        with ThreadPoolExecutor(AHEAD, thread_name_prefix="replica") as pool:
            try:
                while True:
                    for one in islice(rest, AHEAD - len(coming)):
                        coming.append((one, pool.submit(self._ahead, layout.from_evidence(one.path))))
                    if not coming:
                        return
                    package, future = coming.popleft()
                    yield from self._given(package, future)
            finally:
                for _, future in coming:
                    if not future.cancel() and future.exception() is None and (left := future.result()) is not None:
                        shutil.rmtree(left, ignore_errors=True)

    def _ahead(self, home: str) -> Path | None:
        """What was fetched, not in place yet; None where it is in place, or cannot be had: whoever opens it is told."""
        expected, pruned, placed = self._recorded(home)
        if not expected or (self._evidence / home / manifest.NAME).is_file():
            return None
        with suppress(IntegrityError):
            return self._fetched(home, expected, pruned, placed)
        return None

    def _given(self, package: Package, future: Future[Path | None]) -> Iterator[Package]:
        scratch, home = future.result(), layout.from_evidence(package.path)
        ours = scratch is not None and self._place(home, scratch)
        try:
            yield package
        finally:
            if ours:
                self.drop(home)

    def drop(self, home: str) -> None:
        """Let a package go."""
        with self._turn(home):
            shutil.rmtree(self._evidence / home, ignore_errors=True)
            with suppress(OSError):  # others of the deployment are there
                (self._evidence / home).parent.rmdir()

    def _make_room(self) -> None:
        """Let the packages go that nobody opened for longest, where all take more room than they may."""
        with self._guard:
            if self._brought < self._room // 8:
                return
            self._brought, kept = 0, list[tuple[float, int, str]]()
            for folder in _visit_packages(self._evidence):
                with suppress(FileNotFoundError):  # another process lets it go
                    kept.append(
                        (folder.stat().st_mtime, _bytes_below(folder), folder.relative_to(self._evidence).as_posix())
                    )
        total, lately = sum(size for _, size, _ in kept), time.time() - IN_USE_SECONDS
        for used, size, home in sorted(kept):
            if total <= self._room or used > lately:
                return
            self.drop(home)
            total -= size


def _rename(source: Path, target: Path) -> None:
    """Also where the folder above is taken away meanwhile, as that of a deployment whose last package goes."""
    for attempt in range(TRIES):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            source.rename(target)
        except FileNotFoundError:
            if attempt == TRIES - 1:
                raise
        else:
            return


def fetch_files(bucket: Bucket, evidence: Path, files: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Small files into an `evidence/` folder, each by its path there and its SHA-256; what is there stays.

    Those that the store does not have are given back: their line comes first, and they just after. `IntegrityError`
    where it has other bytes; nothing of them is put in place.
    """
    with ThreadPoolExecutor(AHEAD, thread_name_prefix="replica") as pool:
        waiting = [(one, pool.submit(_fetch_file, bucket, evidence, *one)) for one in files]
        return [one for one, there in waiting if not there.result()]


def _fetch_file(bucket: Bucket, evidence: Path, path: str, digest: str) -> bool:
    target = evidence / path
    if target.exists():
        return True
    if bucket.size(layout.in_evidence(path)) is None:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".file-", dir=evidence.parent))
    try:
        bucket.save(layout.in_evidence(path), scratch / "file")
        if _sha256(scratch / "file") != digest:
            raise IntegrityError(
                f"{bucket.address.url}/{layout.in_evidence(path)}: its bytes differ from the journal's record; run"
                " `auditor verify`"
            )
        (scratch / "file").rename(target)
        return True
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _require_recorded(folder: Path, home: str, expected: str, pruned: Collection[str], placed: dict[str, str]) -> None:
    """`IntegrityError` where a package is not what the journal and its manifest say; what no line names yet is left."""
    subject = layout.in_evidence(home)
    found = _sha256(folder / manifest.NAME) if (folder / manifest.NAME).is_file() else "none"
    if found != expected:
        raise IntegrityError(
            f"{subject}: the store's manifest differs from the journal's; expected {expected}, found {found}; run"
            " `auditor verify`"
        )
    data = (folder / manifest.NAME).read_bytes()
    filed = home.split("/", 1)[0] in layout.CABINETS
    artefacts = decode_filing(data).filing.artefacts if filed else manifest.decode_manifest(data).capture.artefacts
    listed = {one.path: one.sha256 for one in artefacts}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if name == manifest.NAME:
            continue
        if name in pruned or (name not in listed and name not in placed):
            path.unlink()
        elif _sha256(path) != (listed.get(name) or placed[name]):
            raise IntegrityError(f"{subject}/{name}: the store's bytes differ from the record; run `auditor verify`")
    gone = [name for name in listed if name not in pruned and not (folder / name).is_file()]
    if gone:
        raise IntegrityError(f"{subject}/{gone[0]}: not in the store's package; run `auditor verify`")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _visit_packages(evidence: Path) -> Iterator[Path]:
    """Folders of visits' packages: filings are small and few, and stay."""
    kept = {layout.JOURNAL, layout.TRUST, layout.STAGING, *layout.CABINETS}
    for deployment in evidence.iterdir():
        if deployment.is_dir() and deployment.name not in kept:
            yield from (one for one in deployment.iterdir() if one.is_dir())
