"""Packages of a fleet's store brought into the replica: held against the journal first, and let go again.

A package that somebody opens stays, until the newest ones have taken the room that all may have. Where all of them are
read one after another, sixteen come at once and each goes when the next one is asked for.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from pathlib import Path

from auditor.custody import Journal, filed_packages
from auditor.errors import ConfigError, IntegrityError
from auditor.fleet import Bucket, StoreCarrier
from auditor.formats import evidence_layout as layout
from auditor.model.evidence import Package
from auditor.workflow.replica.recorded import RecordedPackage, file_sha256
from auditor.workflow.replica.scratch import ReplicaScratch

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
        self.scratch = ReplicaScratch(root)
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
        self.scratch.close()

    def _journal(self) -> Journal:
        """As the replica stands now. The guard is held."""
        found = (self._evidence / layout.JOURNAL / layout.HEAD_FILE).stat()
        mark = (found.st_ino, found.st_mtime_ns, found.st_size)
        if self._known is None or self._known[0] != mark:
            if self._known is not None:
                self._known[1].close()
            self._known, self._filings = (mark, Journal.open(self._root)), None
        return self._known[1]

    def _recorded(self, home: str) -> RecordedPackage:
        with self._guard:
            journal = self._journal()
            placed = journal.ledger.placed_in(home)
            if home.split("/", 1)[0] in layout.CABINETS:
                if self._filings is None:
                    filed = filed_packages(journal)
                    self._filings = {layout.from_evidence(one.path): one.manifest_sha256 for one in filed}
                return RecordedPackage(home, self._filings.get(home, ""), placed=placed)
            record = journal.ledger.package_at(home)
            if record is None:
                return RecordedPackage(home)
            pruned = journal.ledger.prune_record(record.capture)
            gone = () if pruned is None else frozenset(pruned.files)
            return RecordedPackage(home, record.manifest_sha256, journal.ledger.version_of(record), gone, placed)

    def bring(self, home: str, *, afresh: bool = False) -> None:
        with self._turn(home):
            said, folder = self._recorded(home), self._evidence / home
            if not said.manifest_sha256:
                return  # no line records it: whoever asked finds nothing, and says so
            if not afresh and said.is_whole(folder) and _touched(folder):
                self._bring_beside(folder, said)
                return
            scratch = self._fetched(said)
            if afresh:
                self.scratch.let_go(folder)
            self._place(said, scratch)
        self._make_room()

    def _turn(self, home: str) -> threading.Lock:
        """Of the thread that brings this one."""
        with self._guard:
            if len(self._turns) > 4096:
                self._turns = {name: lock for name, lock in self._turns.items() if lock.locked()}
            return self._turns.setdefault(home, threading.Lock())

    def _bring_beside(self, folder: Path, said: RecordedPackage) -> None:
        """Timestamps that came since the package was brought."""
        new = [(f"{said.home}/{name}", sha256) for name, sha256 in said.placed.items() if not (folder / name).exists()]
        if new:
            fetch_files(self._bucket, self._evidence, new, self.scratch)

    def _fetched(self, said: RecordedPackage) -> Path:
        """A folder of its own with the package below it, held against the journal. It is the caller's to remove."""
        scratch = self.scratch.folder()
        carrier = StoreCarrier(self._bucket, scratch / layout.EVIDENCE, beside=True)
        try:
            carrier.evidence.mkdir()
            carrier.bring(said.home, said.version)
            said.require(carrier.evidence / said.home)
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        finally:
            carrier.close()
        return scratch

    def _place(self, said: RecordedPackage, scratch: Path) -> bool:
        """Put in place what was fetched; False where another process was first. What is there and is not whole, as an
        interruption leaves it, goes."""
        source, target = scratch / layout.EVIDENCE / said.home, self._evidence / said.home
        try:
            self._brought += _bytes_below(scratch)
            os.utime(source)
            for attempt in range(TRIES):
                target.parent.mkdir(parents=True, exist_ok=True)
                try:
                    source.rename(target)
                except OSError as error:
                    if said.is_whole(target):
                        return False
                    if attempt == TRIES - 1:
                        raise
                    if not isinstance(error, FileNotFoundError):  # else the folder above went with its last package
                        self.scratch.let_go(target)
                else:
                    return True
            raise AssertionError(target)  # the last try returned, or raised
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

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
        said = self._recorded(home)
        if not said.manifest_sha256 or said.is_whole(self._evidence / home):
            return None
        with suppress(IntegrityError):
            return self._fetched(said)
        return None

    def _given(self, package: Package, future: Future[Path | None]) -> Iterator[Package]:
        scratch, home = future.result(), layout.from_evidence(package.path)
        ours = scratch is not None and self._place(self._recorded(home), scratch)
        try:
            yield package
        finally:
            if ours:
                self.drop(home)

    def drop(self, home: str) -> None:
        """Let a package go, all of it at once."""
        with self._turn(home):
            self.scratch.let_go(self._evidence / home)
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


def _touched(folder: Path) -> bool:
    """Whether the folder now counts as used; False where it was let go meanwhile."""
    try:
        os.utime(folder)
    except FileNotFoundError:
        return False
    return True


def fetch_files(
    bucket: Bucket, evidence: Path, files: Iterable[tuple[str, str]], scratch: ReplicaScratch
) -> list[tuple[str, str]]:
    """Small files into an `evidence/` folder, each by its path there and its SHA-256; what is there stays.

    Those that the store does not have are given back: their line comes first, and they just after. `IntegrityError`
    where it has other bytes; nothing of them is put in place.
    """
    with ThreadPoolExecutor(AHEAD, thread_name_prefix="replica") as pool:
        waiting = [(one, pool.submit(_fetch_file, bucket, evidence, *one, scratch)) for one in files]
        return [one for one, there in waiting if not there.result()]


def _fetch_file(bucket: Bucket, evidence: Path, path: str, digest: str, scratch: ReplicaScratch) -> bool:
    target = evidence / path
    if target.exists():
        return True
    if bucket.size(layout.in_evidence(path)) is None:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = scratch.folder()
    try:
        bucket.save(layout.in_evidence(path), folder / "file")
        if file_sha256(folder / "file") != digest:
            raise IntegrityError(
                f"{bucket.address.url}/{layout.in_evidence(path)}: its bytes differ from the journal's record; run"
                " `auditor verify`"
            )
        (folder / "file").rename(target)
        return True
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _visit_packages(evidence: Path) -> Iterator[Path]:
    """Folders of visits' packages: filings are small and few, and stay."""
    kept = {layout.JOURNAL, layout.TRUST, layout.STAGING, *layout.CABINETS}
    for deployment in evidence.iterdir():
        if deployment.is_dir() and deployment.name not in kept:
            with suppress(FileNotFoundError):  # it went with its last package
                yield from [one for one in deployment.iterdir() if one.is_dir()]
