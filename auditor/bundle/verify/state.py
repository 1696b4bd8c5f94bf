"""The state of a bag verification in progress, and its trust anchors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from auditor.bundle.bag.disk_tables import DiskDict
from auditor.bundle.bag.reader import BagFiles
from auditor.formats.merkle import MerkleTree
from auditor.model.evidence import CheckList


class TrustAnchor(Protocol):
    """Whom the verifier believes."""

    def signed(self, note: bytes, what: str) -> str:
        """The text of a signed note; `IntegrityError` unless a trusted log key signed it."""
        ...

    def stamped(self, data: bytes, request: bytes, response: bytes, authority: str, ended_at: str) -> str:
        """The signer's fingerprint; `IntegrityError` unless a trusted authority stamped `data`, after `ended_at`."""
        ...


@dataclass
class BagCheck:
    """What is known of a bag while it is walked through."""

    files: BagFiles
    judge: TrustAnchor
    answers: CheckList = field(default_factory=CheckList)
    digests: DiskDict[str, str] = field(default_factory=DiskDict)
    """Payload file to SHA-256, as the manifest lists it."""
    shown: DiskDict[int, bytes] = field(default_factory=DiskDict)
    """Journal lines, by number."""
    homes: DiskDict[str, str] = field(default_factory=DiskDict)
    """Folder of a captured package to its manifest's SHA-256, as the log records it."""
    withheld: DiskDict[str, str] = field(default_factory=DiskDict)
    """Capture, path and digest of an artefact left out, one a line, to the digest of its derivative."""
    tree: MerkleTree = field(default_factory=lambda: MerkleTree(()))
    checkpoint: bytes = b""

    def close(self) -> None:
        for table in (self.digests, self.shown, self.homes, self.withheld):
            table.close()
