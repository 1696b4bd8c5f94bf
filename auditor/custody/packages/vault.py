"""The vault: stage, describe, journal, rename, read-only; a second commit refused.

Everything is written and flushed below `evidence/.staging/` first, then journalled with its digests, then renamed into
place. So whatever stands in `evidence/` is in the journal; what an interruption left in staging is either in the
journal and is put in place at the next start, or it is not and is recorded as a gap (`recovery`). Before the manifest
of a package is written its digest is signed, for that intent, in a folder beside it: what anybody else laid there
bears no such signature and never becomes evidence.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import cast

from auditor.custody.journal.journal import Journal
from auditor.custody.packages.local_store import LocalEvidenceStore
from auditor.custody.packages.stage import CAPTURE_PREFIX, PackageStage, committed_event, require_package_ids
from auditor.errors import IntegrityError, VaultError
from auditor.formats import canonical_json, evidence_paths, manifest, signed_note
from auditor.formats import evidence_layout as layout
from auditor.model.events import EVENT_CLASSES, FileDigest, PlacedEvent, parse_event
from auditor.model.evidence import EventKind, JournalEntry, Package, Seal
from auditor.model.ports import EvidenceBatch, EvidenceStore

LOGGER = logging.getLogger("auditor.custody")

PLACE_PREFIX = "place-"
EVENT_FILE, EVENT_FORMAT = ".event", "auditor.event/1"
SEAL_PREFIX, SEAL_FILE, SEAL_FORMAT = "seal-", "seal", "auditor.staged/1"


class Vault:
    """The evidence folder of one workspace, written by the process that holds its lock."""

    def __init__(self, root: Path, journal: Journal, store: EvidenceStore | None = None) -> None:
        """`store`: where the evidence lies; by default the folder `evidence/` of the workspace `root`."""
        self.root = root
        self.journal = journal
        self.store = store or LocalEvidenceStore(root)

    def stage(self, deployment: str, capture: str, started_at: datetime) -> StagedPackage:
        """Begin a package. `VaultError` where that capture was staged or committed before."""
        require_package_ids(deployment, capture)
        if self.journal.ledger.package_record(capture) is not None:
            raise VaultError(
                f"{layout.in_evidence(deployment)}: capture {capture} is committed already; evidence is written once, "
                "take a new capture"
            )
        batch = self.store.stage(f"{CAPTURE_PREFIX}{capture}")
        return StagedPackage(self, batch, deployment, capture, started_at)

    def give_up(self, capture: str) -> None:
        """Drop what was staged for a capture that never became a package. The caller journals the gap."""
        name = f"{CAPTURE_PREFIX}{capture}"
        if name in self.store.staged():
            self.store.reopen(name).discard()

    def place(self, files: Mapping[str, bytes], event: PlacedEvent) -> JournalEntry:
        """File small things (tokens, keys, checkpoints) by path below `evidence/`, journalled with their digests.

        The event's `files` are given here.
        """
        listed = (FileDigest(path=path, sha256=canonical_json.sha256(data)) for path, data in sorted(files.items()))
        whole = replace(event, files=tuple(listed))
        if not files:
            return self.journal.record(whole)
        for path in files:
            evidence_paths.require(path, "file")
            if self.store.exists(path):
                raise VaultError(f"{path}: exists already; evidence is written once")
        batch = self.store.stage(f"{PLACE_PREFIX}{secrets.token_hex(8)}")
        for path, data in files.items():
            batch.write(path, data)
        batch.write(EVENT_FILE, self._plan(whole))
        batch.flush()
        entry = self.journal.record(whole)
        batch.publish_files(list(files))
        return entry

    def _plan(self, event: PlacedEvent) -> bytes:
        """What is about to be journalled, signed, so that an interruption can be finished."""
        if self.journal.keys is None:
            raise VaultError(f"{self.root}: the journal is open for reading only; open the workspace with its keys")
        text = canonical_json.encode({"kind": event.kind, "body": event.body()}).decode("utf-8")
        return self.journal.keys.sign(f"{EVENT_FORMAT}\n{text}\n")

    def sign_staged(self, capture: str, intent: str, data: bytes) -> EvidenceBatch:
        """Sign that these are the manifest's bytes of a capture under way, in a batch beside it; flushed."""
        if self.journal.keys is None:
            raise VaultError(f"{self.root}: the journal is open for reading only; open the workspace with its keys")
        batch = self.store.stage(f"{SEAL_PREFIX}{capture}")
        batch.write(SEAL_FILE, self.journal.keys.sign(_seal_text(capture, intent, data)))
        batch.flush()
        return batch

    def is_signed(self, capture: str, intent: str, data: bytes) -> bool:
        """Whether this workspace's key signed these manifest bytes, for that intent, before an interruption."""
        active, name = self.journal.ring.active, f"{SEAL_PREFIX}{capture}"
        if active is None or name not in self.store.staged():
            return False
        try:
            note = self.store.reopen(name).read(SEAL_FILE, signed_note.MAX_NOTE)
            return signed_note.parse_verified_note(note, active, name).text == _seal_text(capture, intent, data)
        except IntegrityError:
            return False

    def planned(self, batch: EvidenceBatch) -> PlacedEvent | None:
        """What `place` was about to journal when it was interrupted; None where it had not got that far.

        `IntegrityError` where it was written down in a shape that no event has: nothing is dropped then.
        """
        active = self.journal.ring.active
        if active is None or EVENT_FILE not in batch.files():
            return None
        try:
            text = signed_note.parse_verified_note(
                batch.read(EVENT_FILE, signed_note.MAX_NOTE), active, f"{batch.name}/{EVENT_FILE}"
            ).text
            title, _, line = text.removesuffix("\n").partition("\n")
            plan = canonical_json.JsonObject(canonical_json.decode(line.encode("utf-8"), EVENT_FILE), EVENT_FILE)
        except IntegrityError:
            return None
        kind = plan.text("kind")
        if title != EVENT_FORMAT or kind not in EVENT_CLASSES:
            return None
        event = parse_event(cast("EventKind", kind), plan.object("body").members, f"{batch.name}/{EVENT_FILE}")
        return event if isinstance(event, PlacedEvent) else None


def _seal_text(capture: str, intent: str, data: bytes) -> str:
    return f"{SEAL_FORMAT}\n{capture}\n{intent}\n{canonical_json.sha256(data)}\n"


class StagedPackage(PackageStage):
    """One package under way in the workspace of one machine."""

    def __init__(self, vault: Vault, batch: EvidenceBatch, deployment: str, capture: str, started_at: datetime) -> None:
        super().__init__(batch, deployment, capture, started_at, lambda: vault.journal.ring.box)
        self._vault = vault

    def commit(self, data: bytes) -> Package:
        """Make the package of a manifest's bytes: flushed, journalled, renamed into place, read-only.

        `IntegrityError` where the manifest describes other artefacts than were put; `VaultError` on a second commit.
        """
        seals: list[EvidenceBatch] = []

        def sign(described: manifest.Manifest) -> None:
            seals.append(self._vault.sign_staged(self.capture, described.capture.intent, data))

        described = self.finish(data, sign)
        journal_package(self._vault.journal, described, self.home, data)
        self.publish()
        for seal in seals:
            seal.discard()
        digest = canonical_json.sha256(data)
        LOGGER.info("package committed: capture=%s path=%s state=%s", self.capture, self.home, described.capture.state)
        return Package(
            self.capture, self.deployment, layout.in_evidence(self.home), digest, Seal(digest, (), described.quorum)
        )

    def discard(self) -> None:
        """Give up: nothing of this package is kept. The caller journals the gap."""
        self._require_open()
        super().discard()


def journal_package(journal: Journal, described: manifest.Manifest, home: str, data: bytes) -> JournalEntry:
    """Journal a package: the event that makes it evidence."""
    return journal.record(committed_event(described, home, data))
