"""What the journal says of one package, and a folder held against it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from auditor.custody import decode_filing
from auditor.errors import IntegrityError
from auditor.formats import canonical_json, manifest
from auditor.formats import evidence_layout as layout
from auditor.model.captures import Artefact


@dataclass(frozen=True, slots=True)
class RecordedPackage:
    """By the journal's lines."""

    home: str
    """Its folder below `evidence/`."""
    manifest_sha256: str = ""
    """Empty where no line records a package there."""
    version: str = ""
    """Of its object in the store; empty where no line names one."""
    pruned: Collection[str] = ()
    """Artefacts that were removed."""
    placed: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of the files that lie beside, such as timestamps."""

    def is_whole(self, folder: Path) -> bool:
        """Whether its manifest is there, each file that it lists in its size, and none that was removed. What the files
        say is for whoever reads them to hold against the manifest."""
        try:
            data = (folder / manifest.NAME).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return False
        return canonical_json.sha256(data) == self.manifest_sha256 and all(
            _size(folder / one.path) == (None if one.path in self.pruned else one.size) for one in self._listed(data)
        )

    def require(self, folder: Path) -> None:
        """`IntegrityError` where what came is not what the journal and the manifest say. What was removed, or no line
        names yet, is taken out."""
        subject, place = layout.in_evidence(self.home), folder / manifest.NAME
        found = file_sha256(place) if place.is_file() else "none"
        if found != self.manifest_sha256:
            raise IntegrityError(
                f"{subject}: the store's manifest differs from the journal's; expected {self.manifest_sha256}, found"
                f" {found}; run `auditor verify`"
            )
        listed = {one.path: one.sha256 for one in self._listed(place.read_bytes())}
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = path.relative_to(folder).as_posix()
            if name == manifest.NAME:
                continue
            if name in self.pruned or (name not in listed and name not in self.placed):
                path.unlink()
            elif file_sha256(path) != (listed.get(name) or self.placed[name]):
                raise IntegrityError(
                    f"{subject}/{name}: the store's bytes differ from the record; run `auditor verify`"
                )
        if gone := [name for name in listed if name not in self.pruned and not (folder / name).is_file()]:
            raise IntegrityError(f"{subject}/{gone[0]}: not in the store's package; run `auditor verify`")

    def _listed(self, data: bytes) -> tuple[Artefact, ...]:
        """What a manifest of this package lists."""
        if self.home.split("/", 1)[0] in layout.CABINETS:
            return decode_filing(data).filing.artefacts
        return manifest.decode_manifest(data).capture.artefacts


def file_sha256(path: Path) -> str:
    """Of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _size(path: Path) -> int | None:
    """None where there is no file."""
    return path.stat().st_size if path.is_file() else None
