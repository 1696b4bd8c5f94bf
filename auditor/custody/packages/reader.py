"""Reading packages back: the manifest as values, artefacts by path, digests checked on every load."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from auditor.custody.files import durable
from auditor.custody.journal.journal import Journal
from auditor.custody.journal.keys import Keys
from auditor.custody.packages.read_through import bring_package
from auditor.custody.packages.stage import SEALED_SUFFIX
from auditor.errors import CustodyError, IntegrityError
from auditor.formats import canonical_json, manifest
from auditor.formats.manifest import Manifest
from auditor.model.captures import Artefact, Capture
from auditor.model.evidence import Package


@dataclass(frozen=True, slots=True)
class OpenPackage:
    """A package opened for reading."""

    folder: Path
    manifest: Manifest
    manifest_sha256: str

    @property
    def capture(self) -> Capture:
        return self.manifest.capture

    def artefact(self, path: str) -> Artefact:
        """The record of an artefact; `IntegrityError` for a path that the manifest does not list."""
        found = next((artefact for artefact in self.capture.artefacts if artefact.path == path), None)
        if found is None:
            raise IntegrityError(f"{self.folder.name}: no artefact {path!r:.120} in its manifest")
        return found

    def load(self, path: str) -> bytes:
        """The bytes of an artefact; `IntegrityError` where they are not what the manifest says."""
        artefact = self.artefact(path)
        target = self.folder / artefact.path
        for part in list(target.relative_to(self.folder).parents)[:-1]:
            if (self.folder / part).is_symlink():
                raise IntegrityError(f"{target}: a link where a folder of evidence is expected; not followed")
        if not target.exists():
            bring_package(self.folder)  # let go meanwhile
        data = durable.read(target, artefact.size)
        if hashlib.sha256(data).hexdigest() != artefact.sha256:
            raise IntegrityError(f"{target}: its bytes differ from the manifest; run `auditor verify`")
        return data

    def unseal(self, path: str, keys: Keys) -> bytes:
        """The original bytes of an artefact that was stored encrypted."""
        if not path.endswith(SEALED_SUFFIX):
            raise CustodyError(f"{path}: not a sealed artefact; load it as it is")
        return keys.unseal(self.load(path))


def open_package(folder: Path, expected_sha256: str | None = None) -> OpenPackage:
    """Open a package folder; with `expected_sha256`, `IntegrityError` where its manifest is another one."""
    if folder.is_symlink():
        raise IntegrityError(f"{folder}: a link where a package is expected; not followed")
    bring_package(folder)
    data = durable.read(folder / manifest.NAME, manifest.MAX_MANIFEST)
    digest = canonical_json.sha256(data)
    if expected_sha256 is not None and digest != expected_sha256:
        raise IntegrityError(
            f"{folder}: its manifest differs from the journal's; expected {expected_sha256}, found {digest}"
        )
    return OpenPackage(folder, manifest.decode_manifest(data, f"{folder.name}/{manifest.NAME}"), digest)


def stored_packages(root: Path, journal: Journal | None = None) -> Iterator[Package]:
    """Every package that the journal records and that was not pruned, in order, with the seal as recorded."""
    ledger = (journal or Journal.open(root)).ledger
    return (ledger.package_of(one) for one in ledger.packages() if not ledger.is_pruned(one.capture))


def unsealed_packages(root: Path, journal: Journal | None = None) -> list[Package]:
    """Packages that wait for their seal, oldest first."""
    return (journal or Journal.open(root)).ledger.unsealed()
