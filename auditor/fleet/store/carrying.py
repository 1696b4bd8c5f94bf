"""Evidence of the store brought to this machine's disk: small files at once, packages one after another, and let go."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from auditor.errors import IntegrityError
from auditor.fleet.store import package_objects
from auditor.fleet.store.bucket import NAME_TAKEN, Bucket, ObjectRead, disk_told, name_told
from auditor.fleet.store.s3_store import ROOT, generation_of, package_key
from auditor.formats import evidence_layout as layout
from auditor.formats import evidence_paths

MOST_LOOSE = 64 << 20
"""Bytes of the largest object beside the packages that is brought."""
UNKNOWN = "no line says that its package was pruned"
AHEAD = 16
"""Packages that come at once."""


@dataclass(frozen=True, slots=True)
class BroughtPackage:
    """The files of a package on this disk."""

    home: str
    names: tuple[str, ...]
    read: ObjectRead
    generation: int
    """Of its object; above 0: what a pruning left."""
    others: tuple[int, ...]
    """Of further objects that lie there."""

    def is_of(self, version: str) -> bool:
        """Whether it is what a line says, which names that version. Pure."""
        return not version or version in (self.read.version, self.read.named)


@dataclass
class StoreCarrier:
    """Brings what a bucket holds below a folder `evidence`; meets `custody`'s `PackageCarrier`.

    `take_stock` brings the small files and makes a folder for each package; memory does not grow with their number.
    """

    bucket: Bucket
    evidence: Path
    strange: list[tuple[str, str]] = field(default_factory=list)
    """Objects that have no place below `evidence/`, and why."""
    renamed: int = 0
    """Packages at hand so far whose version, as their lines name it, is gone, and that are there under another one."""
    loose: int = 0
    beside: bool = False
    """Whether a package brings the small files beside it too; else `take_stock` has brought them."""

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(AHEAD, thread_name_prefix="store")
        self._coming: dict[str, Future[BroughtPackage]] = {}
        self._next: Iterator[str] | None = None
        self._left: set[str] = set()

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def take_stock(self, area: str = "") -> None:
        """Look through the bucket once; `area`: through that part of it alone, such as `trust/`."""
        waiting: list[Future[bool]] = []
        for key, size in self.bucket.keys(f"{ROOT}{area}"):
            path = key.removeprefix(ROOT)
            folder, _, name = path.rpartition("/")
            if generation_of(name) is not None and _is_home(folder):
                self._placed(key, self._make, self.evidence / folder)
            elif why := evidence_paths.why_invalid(path):
                self.strange.append((key, why))
            elif size > MOST_LOOSE:
                self.strange.append((key, f"{size} bytes, more than any file beside a package has"))
            else:
                self.loose += 1
                waiting.append(self._pool.submit(self._placed, key, self._save, key, self.evidence / path))
            while len(waiting) >= AHEAD * 4:
                waiting.pop(0).result()
        for one in waiting:
            one.result()

    def _placed(self, key: str, do: Callable[..., None], *values: object) -> bool:
        """Whether it could be done; an object whose name is taken, by another one or by the journal, is strange."""
        try:
            do(*values)
        except NAME_TAKEN:
            self.strange.append((key, "its name is that of a file of the journal, or of another object's folder"))
            return False
        except IntegrityError as error:  # gone since it was listed, or more than it may be
            self.strange.append((key, str(error)))
            return False
        return True

    def _make(self, folder: Path) -> None:
        with disk_told(folder):
            folder.mkdir(parents=True, exist_ok=True)

    def _save(self, key: str, target: Path) -> None:
        self._make(target.parent)
        try:
            self.bucket.save(key, target, MOST_LOOSE)
        except IntegrityError:
            target.unlink(missing_ok=True)
            raise

    def homes(self) -> Iterator[str]:
        """Package folders below `evidence`, in the order in which they are verified."""
        kept = {layout.JOURNAL, layout.TRUST, layout.STAGING, *layout.CABINETS}
        for deployment in sorted(self.evidence.iterdir()):
            if deployment.is_dir() and deployment.name not in kept:
                yield from (f"{deployment.name}/{one.name}" for one in sorted(deployment.iterdir()) if one.is_dir())
        for cabinet in sorted(layout.CABINETS):
            for one in sorted((self.evidence / cabinet).glob("*/*")):
                if one.is_dir():
                    yield one.relative_to(self.evidence).as_posix()

    @contextmanager
    def at_hand(self, home: str, version: str = "") -> Iterator[str]:
        """The package's files lie in their place meanwhile; the next ones come."""
        brought = self.bring(home, version)
        self.renamed += brought.read.renamed
        try:
            yield self.shadow(brought)
        finally:
            self._drop(home, brought.names)

    def bring(self, home: str, version: str = "") -> BroughtPackage:
        """The package's files in their place, to stay there."""
        brought = self._take(home, version)
        for other in brought.others:
            what = "a pruning replaced it, and it is still there" if other < brought.generation else UNKNOWN
            self.strange.append((package_key(home, other), what))
        return brought

    def shadow(self, brought: BroughtPackage) -> str:
        """What keeps others from seeing the version that was brought; empty where nothing does."""
        read, where = brought.read, f"{self.bucket.address.url}/{package_key(brought.home)}"
        if not read.shadowed:
            return ""
        what = f"version {read.current} was laid on top" if read.current else "a plain DELETE hides it"
        mend = f"version {read.current}" if read.current else "the delete marker"
        return (
            f"{where}: {what}: ask who did it, and take {mend} away; the version that the journal names, {read.named},"
            " is there"
        )

    def leave(self, home: str) -> None:
        """It is not to be brought: what came of it ahead is taken off this disk, with its folder."""
        self._left.add(home)
        if (future := self._coming.pop(home, None)) is not None and not future.cancel():
            future.exception()  # nothing comes of it any more
        shutil.rmtree(self.evidence / home, ignore_errors=True)

    def _take(self, home: str, version: str) -> BroughtPackage:
        """What came ahead is the current version: where a line names another one, that is asked for."""
        if self._next is None:
            self._next = (one for one in self.homes() if one not in self._left)
        while len(self._coming) < AHEAD and (ahead := next(self._next, None)) is not None:
            self._coming[ahead] = self._pool.submit(self._fetch, ahead)
        while home in self._coming:
            first = next(iter(self._coming))
            future = self._coming.pop(first)
            if first != home:
                if not future.cancel() and future.exception() is None:
                    self._drop(first, future.result().names)
                continue
            if not version:
                return future.result()
            with suppress(IntegrityError):  # what was laid on top may be no package
                if (brought := future.result()).is_of(version):
                    return brought
                self._drop(home, brought.names)
        return self._fetch(home, version)

    def _fetch(self, home: str, version: str = "") -> BroughtPackage:
        objects, _ = self.bucket.folder(f"{ROOT}{home}/")
        generations = sorted(found for name in objects if (found := generation_of(name)) is not None)
        hidden = not generations
        if hidden and not version:
            raise IntegrityError(f"{home}: no object of this package is in the store")
        generation = self._generation(home, version, generations)
        folder, key = self.evidence / home, package_key(home, generation)
        scratch = self.evidence.parent / f".coming-{home.replace('/', '-')}.zip"
        with name_told(home, home):
            self._make(folder)
        names = list[str]()
        try:
            read = self.bucket.save(key, scratch, version="" if generation else version)
            names += package_objects.unpack(scratch, folder, key)
            for name in objects:
                if self.beside and not evidence_paths.why_invalid(name):
                    with name_told(f"{ROOT}{home}/{name}", name):
                        self._save(f"{ROOT}{home}/{name}", folder / name)
                    names.append(name)
            others = tuple(one for one in generations if one != generation)
            return BroughtPackage(home, tuple(names), read, generation, others)
        except BaseException:
            self._drop(home, names)
            if hidden:
                with suppress(OSError):  # small files lie beside it
                    folder.rmdir()
            raise
        finally:
            scratch.unlink(missing_ok=True)

    def _generation(self, home: str, version: str, there: Sequence[int]) -> int:
        """What is left of the package; where a line names a version of what was committed, that, if it is there."""
        if not there or (version and 0 in there):
            return 0
        found = self.bucket.examine(package_key(home), version) if version else None
        return 0 if found is not None and found[1].shadowed else there[-1]

    def _drop(self, home: str, names: Sequence[str]) -> None:
        folder = self.evidence / home
        for name in names:
            (folder / name).unlink(missing_ok=True)
        inner = {parent for name in names for parent in list(Path(name).parents)[:-1]}
        for one in sorted(inner, key=lambda each: -len(each.parts)):
            if (folder / one).is_dir() and not any((folder / one).iterdir()):
                (folder / one).rmdir()


def _is_home(folder: str) -> bool:
    """Whether a package may have its place there: a folder within a package is none."""
    parts = folder.split("/")
    if evidence_paths.why_invalid(folder) or parts[0] in {layout.JOURNAL, layout.TRUST}:
        return False
    return len(parts) == (3 if parts[0] in layout.CABINETS else 2)


@contextmanager
def carrying_from(bucket: Bucket) -> Iterator[StoreCarrier]:
    """Brings single packages, with what lies beside them, into a folder of its own that ends with the block; `trust/`
    is there at once."""
    with tempfile.TemporaryDirectory(prefix="auditor-share-") as scratch:
        carrier = StoreCarrier(bucket, Path(scratch) / layout.EVIDENCE, beside=True)
        try:
            carrier.evidence.mkdir()
            carrier.take_stock(f"{layout.TRUST}/")
            yield carrier
        finally:
            carrier.close()
