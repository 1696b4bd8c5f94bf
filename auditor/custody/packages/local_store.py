"""Evidence in a folder of this machine's disk: staged below `.staging/`, renamed into place, then read-only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from auditor.custody.files import durable
from auditor.errors import IntegrityError, VaultError
from auditor.formats import evidence_layout as layout
from auditor.model.evidence import Removal


class LocalEvidenceBatch:
    """The `EvidenceBatch` that one folder below `.staging/` holds."""

    def __init__(self, evidence: Path, folder: Path, *, found: bool = False) -> None:
        """`found`: the folder was left by an earlier process, of which nobody knows what it had flushed."""
        self._evidence, self._folder = evidence, folder
        self._loose: set[Path] = set()
        """Files whose bytes were not flushed yet."""
        self._named: set[Path] = set()
        """Folders whose names were not flushed yet."""
        if found and folder.is_dir() and not folder.is_symlink():
            entries = list(folder.rglob("*"))
            self._loose |= {entry for entry in entries if entry.is_file()}
            self._named |= {folder, *(entry for entry in entries if entry.is_dir())}

    @property
    def name(self) -> str:
        return self._folder.name

    def write(self, path: str, data: bytes, *, flush: bool = True) -> None:
        target = self._folder / path
        with durable.os_errors_as_vault_error(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            durable.write(target, data, sync=flush)
        if not flush:
            self._loose.add(target)
        self._named |= {self._folder / parent for parent in Path(path).parents}

    def flush(self) -> None:
        with durable.os_errors_as_vault_error(self._folder):
            for file in self._loose:
                with durable.open_regular_file(file) as handle:
                    durable.flush(handle)
            for folder in self._named:
                durable.sync_folder(folder)
            durable.sync_folder(self._folder.parent)
        self._loose.clear()
        self._named.clear()

    def files(self) -> Sequence[str]:
        """None where something else stands under the batch's name: a pipe, a file, a link that leads elsewhere."""
        if self._folder.is_symlink() or not self._folder.is_dir():
            return []
        return [path for path, _ in durable.walk(self._folder)]

    def read(self, path: str, limit: int) -> bytes:
        return durable.read(self._folder / path, limit)

    def digest(self, path: str) -> tuple[str, int]:
        try:
            with durable.open_regular_file(self._folder / path) as handle:
                return durable.digest(handle)
        except OSError as error:
            raise IntegrityError(f"{self._folder / path}: cannot be read: {error.strerror}") from None

    def publish_package(self, folder: str) -> str:
        target = self._evidence / folder
        with durable.os_errors_as_vault_error(target):
            durable.make_folder(target.parent)
            if target.exists():
                raise VaultError(f"{target}: exists already; evidence is written once")
            for entry in self._folder.rglob("*"):
                entry.chmod(0o555 if entry.is_dir() else 0o444)
            with durable.names_kept(target.parent, self._folder.parent):
                self._folder.rename(target)
                target.chmod(0o555)
        return ""

    def publish_files(self, paths: Sequence[str]) -> None:
        for path in paths:
            target = self._evidence / path
            with durable.os_errors_as_vault_error(target):
                durable.make_folder(target.parent)
                mode = target.parent.stat().st_mode & 0o777
                if not mode & 0o200:
                    target.parent.chmod(mode | 0o200)
                with durable.names_kept(target.parent):
                    (self._folder / path).rename(target)
                target.parent.chmod(mode)
        self.discard()

    def discard(self) -> None:
        with durable.os_errors_as_vault_error(self._folder):
            durable.remove_tree(self._folder)


class LocalEvidenceStore:
    """The `EvidenceStore` of a workspace on this machine's disk."""

    def __init__(self, root: Path) -> None:
        """`root`: the workspace. Nothing is made before the first batch."""
        self._evidence = root / layout.EVIDENCE
        self._staging = self._evidence / layout.STAGING

    def stage(self, name: str) -> LocalEvidenceBatch:
        folder = self._staging / name
        with durable.os_errors_as_vault_error(folder):
            durable.make_folder(self._staging)
            if folder.exists():
                raise VaultError(f"{folder}: under way already; take a new name")
            folder.mkdir()
        return LocalEvidenceBatch(self._evidence, folder)

    def reopen(self, name: str) -> LocalEvidenceBatch:
        return LocalEvidenceBatch(self._evidence, self._staging / name, found=True)

    def staged(self) -> Sequence[str]:
        return sorted(entry.name for entry in self._staging.iterdir()) if self._staging.is_dir() else []

    def exists(self, path: str) -> bool:
        return (self._evidence / path).exists()

    def read(self, path: str, limit: int, version: str = "") -> bytes:
        for parent in list(Path(path).parents)[:-1]:
            if (self._evidence / parent).is_symlink():
                raise IntegrityError(f"{self._evidence / path}: a link where a folder of evidence is expected")
        return durable.read(self._evidence / path, limit)

    def names(self, folder: str) -> Sequence[str]:
        home = self._evidence / folder
        return sorted(entry.name for entry in home.iterdir()) if home.is_dir() else []

    def remove(self, folder: str, paths: Sequence[str], version: str = "") -> Removal:
        home = self._evidence / folder
        inside = home.resolve()
        # A folder that was exchanged for a link leads elsewhere: nothing is removed there, and `verify` tells the link.
        left = [path for path in paths if (home / path).is_file() and (home / path).resolve() == inside / path]
        if not left:
            return Removal()
        with durable.os_errors_as_vault_error(home):
            folders = {home / parent for path in paths for parent in list(Path(path).parents)[:-1]} | {home}
            for one in folders:
                one.chmod(0o755)
            for path in left:
                (home / path).unlink()
            for one in sorted(folders - {home}, key=lambda each: -len(each.parts)):
                if one.is_dir() and not any(one.iterdir()):
                    one.rmdir()
                else:
                    one.chmod(0o555)
            durable.sync_folder(home)
            home.chmod(0o555)
        return Removal(len(left))
