"""A package under way: artefacts written and hashed as they come, and the manifest behind everything that it lists.

Where it becomes evidence, and in which order with its journal line, is the business of who makes it: the vault of one
machine journals it and gives its folder a name (`vault.StagedPackage`); a worker of a fleet puts it into the common
store and journals it afterwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

from auditor.custody.journal import keys
from auditor.errors import IntegrityError, VaultError
from auditor.formats import canonical_json, evidence_paths, manifest
from auditor.formats import evidence_layout as layout
from auditor.model.captures import Artefact
from auditor.model.events import CaptureCommitted
from auditor.model.ports import EvidenceBatch

SEALED_SUFFIX = ".sealed"
CAPTURE_PREFIX = "capture-"


def package_name(capture: str, started_at: datetime) -> str:
    """`<utc>-<capture id>`."""
    return f"{started_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{capture}"


def require_package_ids(deployment: str, capture: str) -> None:
    """`VaultError` where a package cannot have its place under these ids."""
    evidence_paths.require(deployment, "deployment")
    evidence_paths.require(capture, "capture")
    if deployment in layout.RESERVED or "/" in deployment or "/" in capture:
        raise VaultError(f"deployment {deployment!r}, capture {capture!r}: kept names; choose another id")


def committed_event(described: manifest.Manifest, home: str, data: bytes, version: str = "") -> CaptureCommitted:
    """The event that makes a package evidence; `version`: of its object in a store that has such. Pure."""
    capture = described.capture
    return CaptureCommitted(
        capture=capture.id,
        intent=capture.intent,
        deployment=capture.deployment,
        run=capture.run,
        state=capture.state,
        package=home,
        manifest_sha256=canonical_json.sha256(data),
        manifest_bytes=len(data),
        artefacts=len(capture.artefacts),
        quorum=described.quorum,
        version=version or None,
    )


class PackageStage:
    """One package under way; implements `model.captures.Stage`."""

    def __init__(
        self, batch: EvidenceBatch, deployment: str, capture: str, started_at: datetime, box: Callable[[], str]
    ) -> None:
        """`box`: the public key, base64, to which originals with secrets are encrypted."""
        self._batch, self._box = batch, box
        self.deployment, self.capture, self.started_at = deployment, capture, started_at
        self._artefacts: dict[str, Artefact] = {}
        self._open = True

    @property
    def home(self) -> str:
        """The package's folder below `evidence/`."""
        return f"{self.deployment}/{package_name(self.capture, self.started_at)}"

    @property
    def artefacts(self) -> tuple[Artefact, ...]:
        """What was put so far, in order."""
        return tuple(self._artefacts.values())

    def put(self, path: str, data: bytes, *, media_type: str, made_by: str, sealed: bool = False) -> Artefact:
        """Write, hash and record one artefact; `sealed` encrypts it to the workspace's box key first."""
        self._require_open()
        evidence_paths.require(path)
        if path == manifest.NAME or path.startswith("manifest."):
            raise VaultError(f"artefact path {path!r}: kept for the manifest and its timestamps; choose another name")
        if sealed:
            data, path = keys.encrypt_to_box(data, self._box()), path + SEALED_SUFFIX
        folded = evidence_paths.casefold_path(path)
        clash = next((name for name in self._artefacts if evidence_paths.casefold_path(name) == folded), None)
        if clash is not None:
            raise VaultError(f"artefact path {path!r}: {clash!r} was put before; each artefact is written once")
        self._batch.write(path, data, flush=False)
        artefact = Artefact(path, media_type, hashlib.sha256(data).hexdigest(), len(data), made_by)
        self._artefacts[path] = artefact
        return artefact

    def _require_open(self) -> None:
        if not self._open:
            raise VaultError(f"capture {self.capture}: committed or given up already; take a new capture")

    def finish(
        self, data: bytes, sign: Callable[[manifest.Manifest], None] = lambda described: None
    ) -> manifest.Manifest:
        """Write the manifest behind everything that it lists, flushed: nothing can be put any more.

        `sign` is called between the two. `IntegrityError` where it describes other artefacts than were put;
        `VaultError` on a second call.
        """
        self._require_open()
        described = self._checked(data)
        self._batch.flush()  # before the manifest: where it stands, all that it lists is whole
        sign(described)
        self._batch.write(manifest.NAME, data)
        self._batch.flush()
        self._open = False
        return described

    def _checked(self, data: bytes) -> manifest.Manifest:
        if len(data) > manifest.MAX_MANIFEST:
            raise IntegrityError(
                f"manifest of {self.capture}: {len(data)} bytes, of which at most {manifest.MAX_MANIFEST} can be read "
                "again; nothing is committed"
            )
        described = manifest.decode_manifest(data)
        capture = described.capture
        if (capture.id, capture.deployment) != (self.capture, self.deployment):
            raise IntegrityError(
                f"manifest: describes {capture.deployment}/{capture.id}, staged was {self.deployment}/{self.capture}"
            )
        if {a.path: a for a in capture.artefacts} != self._artefacts:
            raise IntegrityError(
                f"manifest of {self.capture}: lists other artefacts than were put; describe what was staged"
            )
        return described

    def publish(self) -> str:
        """Give what was finished its place in the store, never to be written again; its version id, where there are
        such. `VaultError` where its place is taken."""
        return self._batch.publish_package(self.home)

    def discard(self) -> None:
        """Give up: nothing of this package is kept. The caller journals the gap."""
        self._open = False
        self._batch.discard()
