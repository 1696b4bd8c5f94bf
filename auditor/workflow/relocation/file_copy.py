"""A workspace's files and packages copied into a store: each held against what the journal records of it.

What an unfinished move left there is gone on from where it is the same, and refused where it is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from auditor.custody import Custody, Journal, decode_filing, filed_packages
from auditor.errors import ConfigError, IntegrityError
from auditor.fleet import Bucket, generation_of, pack, package_key
from auditor.formats import evidence_layout as layout
from auditor.formats import manifest
from auditor.formats.canonical_json import sha256

WRITERS = 8
"""Objects that are put at once."""
OWN = frozenset({layout.HEAD_FILE, layout.ENTRIES, layout.TAIL_FILE, layout.TILES})
"""Below `journal/`: the lines themselves, which the database keeps."""


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What the journal records of files and packages."""

    journal: Journal
    filings: Mapping[str, str]
    """SHA-256 of the manifests of filings, by package."""

    @classmethod
    def of(cls, journal: Journal) -> _Recorded:
        filed = filed_packages(journal)
        return cls(journal, {layout.from_evidence(one.path): one.manifest_sha256 for one in filed})

    def manifest(self, home: str) -> str:
        """SHA-256 of a package's manifest; empty where no line records the package."""
        record = self.journal.ledger.package_at(home)
        return record.manifest_sha256 if record is not None else self.filings.get(home, "")

    def has_key(self, key: str) -> bool:
        """Whether an object may be there under that key, by what the journal records now."""
        path = layout.from_evidence(key)
        folder, _, name = path.rpartition("/")
        generation = generation_of(name)
        if generation is not None:
            return generation == 0 and bool(self.manifest(folder))
        return self.journal.ledger.file(path) is not None

    def require_members(self, folder: Path, home: str, members: Mapping[str, str]) -> None:
        """`IntegrityError` where the members of a package, by their SHA-256, are not those of its manifest."""
        subject = layout.in_evidence(home)
        if not self.manifest(home) or members.get(manifest.NAME) != self.manifest(home):
            raise IntegrityError(f"{subject}/{manifest.NAME}: not as the journal records it; run `auditor verify`")
        data = (folder / manifest.NAME).read_bytes()
        if sha256(data) != self.manifest(home):
            raise IntegrityError(f"{subject}/{manifest.NAME}: changed while it was copied; run `auditor verify`")
        filed = home in self.filings
        artefacts = decode_filing(data).filing.artefacts if filed else manifest.decode_manifest(data).capture.artefacts
        listed = {one.path: one.sha256 for one in artefacts}
        inside = {path: digest for path, digest in members.items() if path != manifest.NAME}
        record = self.journal.ledger.package_at(home)
        pruned = record is not None and self.journal.ledger.is_pruned(record.capture)
        expected = {} if pruned else listed
        for path in sorted(inside.keys() | expected.keys()):
            if inside.get(path) != expected.get(path):
                raise IntegrityError(f"{subject}/{path}: not as the manifest lists it; run `auditor verify`")


def require_nothing_else(journal: Journal, bucket: Bucket) -> None:
    """`ConfigError` where the store has an object that is not of this workspace as it is now: readers would take it."""
    recorded = _Recorded.of(journal)
    for key, _ in bucket.keys(f"{layout.EVIDENCE}/"):
        if not recorded.has_key(key):
            raise ConfigError(
                f"{bucket.address.url}/{key}: not of this workspace as it is now: left by an unfinished move, or put"
                " there by another hand; take it away, or give a store that is empty"
            )


def copy_files(custody: Custody, bucket: Bucket) -> int:
    """Put every file that the journal knows of; each is read back. How many objects they are.

    `IntegrityError` where one is not as it is recorded, `VaultError` where other bytes are in the store.
    """
    evidence, scratch = custody.root / layout.EVIDENCE, custody.root / ".moving"
    scratch.mkdir(exist_ok=True)
    recorded, ledger = _Recorded.of(custody.journal), custody.journal.ledger

    def put(path: str) -> None:
        expected = ledger.file(path)
        data = (evidence / path).read_bytes()
        if expected is None or sha256(data) != expected:
            raise IntegrityError(f"{layout.in_evidence(path)}: not as the journal records it; run `auditor verify`")
        bucket.create(layout.in_evidence(path), data, expected)

    def put_package(home: str, paths: Sequence[str]) -> None:
        packed = pack(evidence / home, paths, scratch / f"{sha256(home.encode())}.zip")
        try:
            recorded.require_members(evidence / home, home, packed.members)
            bucket.create(package_key(home), packed.path, packed.sha256)
        finally:
            packed.path.unlink()

    count = 0
    with ThreadPoolExecutor(WRITERS, thread_name_prefix="move") as pool:
        waiting = list[Future[None]]()
        for home, paths in _by_home(evidence):
            placed = ledger.placed_in(home) if home else paths
            inside = [path for path in paths if path not in placed]
            if inside:
                waiting.append(pool.submit(put_package, home, inside))
            beside = (path for path in paths if path in placed)
            waiting.extend(pool.submit(put, f"{home}/{path}" if home else path) for path in beside)
            while len(waiting) > WRITERS * 4:
                waiting.pop(0).result()
                count += 1
        for one in waiting:
            one.result()
            count += 1
    scratch.rmdir()
    return count


def _by_home(evidence: Path) -> Iterator[tuple[str, list[str]]]:
    """Each package's folder with the paths of its files in it; and, under an empty name, everything beside packages."""
    for area in (layout.JOURNAL, layout.TRUST):
        for path in sorted((evidence / area).rglob("*")):
            parts = path.relative_to(evidence).parts
            if path.is_file() and not (parts[0] == layout.JOURNAL and parts[1] in OWN):
                yield "", ["/".join(parts)]
    for home in _homes(evidence):
        files = sorted(path for path in home.rglob("*") if path.is_file())
        yield home.relative_to(evidence).as_posix(), [path.relative_to(home).as_posix() for path in files]


def _homes(evidence: Path) -> Iterator[Path]:
    """The folders of packages, by how deep they lie: a file within one may be called as a manifest is."""
    for first in sorted(one for one in evidence.iterdir() if one.is_dir()):
        if first.name in {layout.JOURNAL, layout.TRUST, layout.STAGING}:
            continue
        for second in sorted(one for one in first.iterdir() if one.is_dir()):
            if first.name in layout.CABINETS:
                yield from sorted(one for one in second.iterdir() if one.is_dir())
            else:
                yield second
