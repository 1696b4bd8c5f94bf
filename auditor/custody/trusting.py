"""Whom a verifier believes: the roots and log keys of a directory the user gives, or, said loudly, the copy inside."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from auditor.custody import canonical, disk, note, pinning, revocation
from auditor.custody.ledger import Ledger, TrustStatement
from auditor.custody.note import VerifierKey
from auditor.custody.pinning import Pinned
from auditor.custody.withdrawals import Withdrawals
from auditor.errors import ConfigError, IntegrityError, TimestampError
from auditor.model.evidence import Authority


@dataclass(frozen=True, slots=True)
class Given:
    """What `--trust DIR` holds: `*.pem` (roots of authorities) and `*.vkey` (log and witness keys)."""

    folder: Path
    pins: dict[str, Pinned]
    """By file name."""
    keys: tuple[VerifierKey, ...]

    def anchors(self) -> set[str]:
        """Fingerprints of every certificate given."""
        return {pinning.fingerprint(c) for pinned in self.pins.values() for c in (*pinned.anchors, *pinned.others)}


def given(folder: Path) -> Given:
    """Read a trust directory; `ConfigError` where it holds nothing to trust."""
    if not folder.is_dir():
        raise ConfigError(f"trust directory {folder}: not a directory; give one with *.pem and *.vkey files")
    pins, keys = {}, []
    try:
        for path in sorted(folder.iterdir()):
            if path.suffix in {".pem", ".crt", ".cer", ".der"}:
                pins[path.name] = pinning.pin(Authority(path.stem, "", "", path.name), disk.read(path, pinning.MAX_PEM))
            elif path.suffix == ".vkey":
                lines = disk.read(path, 1 << 16).decode("utf-8", "replace").split("\n")
                keys += [note.parse_key(line) for line in lines if line]
    except IntegrityError as error:
        raise ConfigError(f"trust directory {folder}: {error}") from None
    if not pins:
        raise ConfigError(f"trust directory {folder}: no certificates (*.pem) in it; put the authorities' roots there")
    return Given(folder, pins, tuple(keys))


@dataclass
class Trust:
    """Finds the pinned certificates of an authority as of a journal entry."""

    evidence: Path
    ledger: Ledger
    outside: Given | None
    _read: dict[str, Pinned] = field(default_factory=dict)
    _withdrawals: Withdrawals | None = None

    def withdrawals(self) -> Withdrawals:
        """What the kept revocation lists and answers say; `IntegrityError` where one of them cannot be read."""
        if self._withdrawals is None:
            self._withdrawals = Withdrawals(self._as_kept(self.ledger.revocations), self._as_kept(self.ledger.answers))
        return self._withdrawals

    def _as_kept(self, paths: list[str]) -> list[bytes]:
        """The files whose bytes are those that were journalled; others are told by the check of placed files."""
        read = ((path, disk.read(self.evidence / path, revocation.MAX_LIST)) for path in paths)
        return [data for path, data in read if canonical.sha256(data) == self.ledger.files.get(path)]

    def statement(self, authority: str, number: int) -> TrustStatement | None:
        """The latest statement before an entry that names the authority."""
        for statement in reversed(self.ledger.trust):
            if statement.number < number and any(a.id == authority for a, _ in statement.authorities):
                return statement
        return None

    def pinned(self, authority: str, number: int) -> Pinned:
        """`TimestampError` where nothing trusted is known of the authority."""
        statement = self.statement(authority, number)
        if statement is None:
            raise TimestampError(f"authority {authority} is in no trust statement before this entry")
        named, path = next((a, roots) for a, roots in statement.authorities if a.id == authority)
        if path not in self._read:
            data = disk.read(self.evidence / path, pinning.MAX_PEM)
            if canonical.sha256(data) != self.ledger.files.get(path):
                raise TimestampError(f"{path} is not the file that was journalled")
            self._read[path] = pinning.pin(named, data)
        inside = replace(self._read[path], authority=named)
        if self.outside is None:
            return inside
        allowed = self.outside.anchors()
        anchors = tuple(c for c in (*inside.anchors, *inside.others) if pinning.fingerprint(c) in allowed)
        if not anchors:
            raise TimestampError(f"no root recorded for {authority} is among those in {self.outside.folder}")
        helpers = tuple(c for c in (*inside.anchors, *inside.others) if c not in anchors)
        return replace(inside, anchors=anchors, others=helpers)
