"""The vault: stage, describe, journal, rename, read-only; a second commit refused.

Everything is written and flushed below `evidence/.staging/` first, then journalled with its digests, then renamed into
place. So whatever stands in `evidence/` is in the journal; what an interruption left in staging is either in the
journal and is put in place at the next start, or it is not and is recorded as a gap (`recovery`).
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from auditor.custody.files import durable
from auditor.custody.journal import keys
from auditor.custody.journal.journal import STAGING_FOLDER, Journal
from auditor.errors import IntegrityError, VaultError
from auditor.formats import canonical_json, evidence_paths, manifest, signed_note
from auditor.model.captures import Artefact
from auditor.model.events import EVENT_CLASSES, CaptureCommitted, FileDigest, PlacedEvent, parse_event
from auditor.model.evidence import EventKind, JournalEntry, Package, Seal

LOGGER = logging.getLogger("auditor.custody")

EVIDENCE = "evidence"
RESERVED = {"journal", "trust", "README.md"}
SEALED_SUFFIX = ".sealed"
CAPTURE_PREFIX, PLACE_PREFIX = "capture-", "place-"
EVENT_FILE, EVENT_FORMAT = ".event", "auditor.event/1"


def package_name(capture: str, started_at: datetime) -> str:
    """`<utc>-<capture id>`."""
    return f"{started_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{capture}"


class Vault:
    """The evidence folder of one workspace, written by the process that holds its lock."""

    def __init__(self, root: Path, journal: Journal) -> None:
        self.root = root
        self.journal = journal
        self.evidence = root / EVIDENCE
        self.staging = self.evidence / STAGING_FOLDER

    def stage(self, deployment: str, capture: str, started_at: datetime) -> StagedPackage:
        """Begin a package. `VaultError` where that capture was staged or committed before."""
        evidence_paths.require(deployment, "deployment")
        evidence_paths.require(capture, "capture")
        if deployment in RESERVED or "/" in deployment or "/" in capture:
            raise VaultError(f"deployment {deployment!r}, capture {capture!r}: kept names; choose another id")
        home = self.evidence / deployment
        if home.is_dir() and any(entry.name.endswith(f"-{capture}") for entry in home.iterdir()):
            raise VaultError(
                f"{home}: capture {capture} is committed already; evidence is written once, take a new capture"
            )
        folder = self.staging / f"{CAPTURE_PREFIX}{capture}"
        with durable.os_errors_as_vault_error(folder):
            durable.make_folder(self.staging)
            if folder.exists():
                raise VaultError(f"{folder}: capture {capture} is under way already; take a new capture id")
            folder.mkdir()
        return StagedPackage(self, folder, deployment, capture, started_at)

    def place(self, files: Mapping[str, bytes], event: PlacedEvent) -> JournalEntry:
        """File small things (tokens, keys, checkpoints) by path below `evidence/`, journalled with their digests.

        The event's `files` are given here.
        """
        listed = (FileDigest(path=path, sha256=canonical_json.sha256(data)) for path, data in sorted(files.items()))
        whole = replace(event, files=tuple(listed))
        if not files:
            return self.journal.record(whole)
        folder = self.staging / f"{PLACE_PREFIX}{secrets.token_hex(8)}"
        with durable.os_errors_as_vault_error(folder):
            durable.make_folder(self.staging)
            folder.mkdir()
            for path, data in files.items():
                evidence_paths.require(path, "file")
                if (self.evidence / path).exists():
                    raise VaultError(f"{path}: exists already; evidence is written once")
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                durable.write(folder / path, data)
            self._plan(folder, whole)
            for inner in [folder, *(entry for entry in folder.rglob("*") if entry.is_dir())]:
                durable.sync_folder(inner)
            durable.sync_folder(self.staging)
        entry = self.journal.record(whole)
        self.put_in_place(folder, list(files))
        return entry

    def _plan(self, folder: Path, event: PlacedEvent) -> None:
        """Write down, signed, what is about to be journalled, so that an interruption can be finished."""
        if self.journal.keys is None:
            raise VaultError(f"{self.root}: the journal is open for reading only; open the workspace with its keys")
        text = canonical_json.encode({"kind": event.kind, "body": event.body()}).decode("utf-8")
        durable.write(folder / EVENT_FILE, self.journal.keys.sign(f"{EVENT_FORMAT}\n{text}\n"))

    def planned(self, folder: Path) -> PlacedEvent | None:
        """What `place` was about to journal when it was interrupted; None where it had not got that far.

        `IntegrityError` where it was written down in a shape that no event has: nothing is dropped then.
        """
        active = self.journal.ring.active
        if active is None or not (folder / EVENT_FILE).exists():
            return None
        try:
            text = signed_note.parse_verified_note(
                durable.read(folder / EVENT_FILE, signed_note.MAX_NOTE), active, f"{folder.name}/{EVENT_FILE}"
            ).text
            title, _, line = text.removesuffix("\n").partition("\n")
            plan = canonical_json.JsonObject(canonical_json.decode(line.encode("utf-8"), EVENT_FILE), EVENT_FILE)
        except IntegrityError:
            return None
        kind = plan.text("kind")
        if title != EVENT_FORMAT or kind not in EVENT_CLASSES:
            return None
        event = parse_event(cast("EventKind", kind), plan.object("body").members, f"{folder.name}/{EVENT_FILE}")
        return event if isinstance(event, PlacedEvent) else None

    def put_in_place(self, folder: Path, names: list[str]) -> None:
        """Move journalled files from a staging folder to where they belong, then drop the folder."""
        for name in names:
            target = self.evidence / name
            with durable.os_errors_as_vault_error(target):
                durable.make_folder(target.parent)
                mode = target.parent.stat().st_mode & 0o777
                if not mode & 0o200:
                    target.parent.chmod(mode | 0o200)
                (folder / name).rename(target)
                durable.sync_folder(target.parent)
                target.parent.chmod(mode)
        with durable.os_errors_as_vault_error(folder):
            durable.remove_tree(folder)

    def finish(self, folder: Path, home: str) -> None:
        """Rename a complete, journalled staging folder to `evidence/<home>` and take its write permission away."""
        target = self.evidence / home
        with durable.os_errors_as_vault_error(target):
            durable.make_folder(target.parent)
            if target.exists():
                raise VaultError(f"{target}: exists already; evidence is written once")
            for entry in [folder, *folder.rglob("*")]:
                if entry != folder:
                    entry.chmod(0o555 if entry.is_dir() else 0o444)
            folder.rename(target)
            target.chmod(0o555)
            durable.sync_folder(target.parent)


class StagedPackage:
    """One package under way; implements `model.captures.Stage`."""

    def __init__(self, vault: Vault, folder: Path, deployment: str, capture: str, started_at: datetime) -> None:
        self._vault = vault
        self.folder = folder
        self.deployment = deployment
        self.capture = capture
        self.started_at = started_at
        self._artefacts: dict[str, Artefact] = {}
        self._open = True

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
            data, path = keys.encrypt_to_box(data, self._vault.journal.ring.box), path + SEALED_SUFFIX
        clash = next(
            (
                name
                for name in self._artefacts
                if evidence_paths.casefold_path(name) == evidence_paths.casefold_path(path)
            ),
            None,
        )
        if clash is not None:
            raise VaultError(f"artefact path {path!r}: {clash!r} was put before; each artefact is written once")
        target = self.folder / path
        with durable.os_errors_as_vault_error(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            durable.write(target, data, sync=False)
        artefact = Artefact(path, media_type, hashlib.sha256(data).hexdigest(), len(data), made_by)
        self._artefacts[path] = artefact
        return artefact

    def _require_open(self) -> None:
        if not self._open:
            raise VaultError(f"capture {self.capture}: committed or given up already; take a new capture")

    def commit(self, data: bytes) -> Package:
        """Make the package of a manifest's bytes: flushed, journalled, renamed into place, read-only.

        `IntegrityError` where the manifest describes other artefacts than were put; `VaultError` on a second commit.
        """
        self._require_open()
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
        with durable.os_errors_as_vault_error(self.folder):
            flush(self.folder)
            durable.write(self.folder / manifest.NAME, data)
            durable.sync_folder(self.folder)
            durable.sync_folder(self.folder.parent)
        self._open = False
        home = f"{self.deployment}/{package_name(self.capture, self.started_at)}"
        journal_package(self._vault.journal, described, home, data)
        self._vault.finish(self.folder, home)
        digest = canonical_json.sha256(data)
        LOGGER.info("package committed: capture=%s path=%s state=%s", self.capture, home, capture.state)
        return Package(self.capture, self.deployment, f"{EVIDENCE}/{home}", digest, Seal(digest, (), described.quorum))

    def discard(self) -> None:
        """Give up: nothing of this package is kept. The caller journals the gap."""
        self._require_open()
        self._open = False
        with durable.os_errors_as_vault_error(self.folder):
            durable.remove_tree(self.folder)


def flush(folder: Path) -> None:
    """Flush every file and folder below a staging folder."""
    for path, entry in durable.walk(folder):
        if path.endswith("/"):
            continue
        with durable.open_regular_file(Path(entry.path)) as handle:
            durable.flush(handle)
    for inner in [entry for entry in folder.rglob("*") if entry.is_dir()] + [folder]:
        durable.sync_folder(inner)


def journal_package(journal: Journal, described: manifest.Manifest, home: str, data: bytes) -> JournalEntry:
    """Journal a package: the event that makes it evidence."""
    capture = described.capture
    return journal.record(
        CaptureCommitted(
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
        )
    )
