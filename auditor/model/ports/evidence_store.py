"""Where evidence lies: the port of the vault."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from auditor.model.evidence import Removal


class EvidenceBatch(Protocol):
    """Files that are written together and become evidence together, or not at all.

    Until it is published no file of it can be read from the store. A process that dies leaves it as it stood, to be
    reopened; what was flushed is then still there, byte for byte.
    """

    @property
    def name(self) -> str:
        """The name it was staged under."""
        ...

    def write(self, path: str, data: bytes, *, flush: bool = True) -> None:
        """Write a new file; `VaultError` where that path was written before or the store refuses the bytes."""
        ...

    def flush(self) -> None:
        """Return only when everything written survives a loss of power."""
        ...

    def files(self) -> Sequence[str]:
        """The paths written so far, sorted; a path that ends in `/` is an empty folder that somebody put there."""
        ...

    def read(self, path: str, limit: int) -> bytes:
        """The bytes of a file; `IntegrityError` where it is not there, no plain file, or larger than `limit` bytes."""
        ...

    def digest(self, path: str) -> tuple[str, int]:
        """SHA-256 (hex) and size in bytes, in constant memory; `IntegrityError` where it cannot be read."""
        ...

    def publish_package(self, folder: str) -> str:
        """Make all files evidence at once, as `folder/<path>`, never to be written again; the batch ends.

        The version id by which the store keeps it; empty where it keeps none. `VaultError` where the folder exists.
        """
        ...

    def publish_files(self, paths: Sequence[str]) -> None:
        """Make these files evidence, each under its own path; whatever else the batch holds is dropped, and it ends.

        May be interrupted between two files: what is left stays in the batch.
        """
        ...

    def discard(self) -> None:
        """Drop everything written; the batch ends."""
        ...


class EvidenceStore(Protocol):
    """Where evidence lies: every path is written once and never changed; only pruning takes any away.

    One process writes at a time (the workspace's lock sees to that); several threads of it may.
    """

    def stage(self, name: str) -> EvidenceBatch:
        """Begin a batch; `VaultError` where one of that name is under way."""
        ...

    def reopen(self, name: str) -> EvidenceBatch:
        """A batch that an earlier process left behind, as `staged` names it."""
        ...

    def staged(self) -> Sequence[str]:
        """Names of the batches that did not end, sorted."""
        ...

    def exists(self, path: str) -> bool:
        """Whether there is evidence under that path, a file or a folder."""
        ...

    def read(self, path: str, limit: int, version: str = "") -> bytes:
        """The bytes of a file; `IntegrityError` where it is not there, no plain file, or larger than `limit` bytes.

        `version`: the one that the line of its package names, read whatever was laid on top of it since.
        """
        ...

    def names(self, folder: str) -> Sequence[str]:
        """What lies directly in a folder, sorted, without the folder's own path; empty where there is none."""
        ...

    def remove(self, folder: str, paths: Sequence[str], version: str = "") -> Removal:
        """Take files of a package away and say what came of it; the others of the package stay as they are.

        `version`: as for `read`.

        Paths that are gone, or that lead out of the folder by a link, are passed over.
        """
        ...
