"""Trust anchors of a verification: roots and log keys of a directory the user gives, else the copy inside."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from auditor.custody.files import durable
from auditor.custody.journal.standing import TrustStatement
from auditor.custody.journal.state import JournalState
from auditor.custody.timestamps import revocation_fetch, trust_anchors
from auditor.custody.timestamps.revocation_check import RevocationData
from auditor.custody.timestamps.trust_anchors import PinnedAuthority
from auditor.custody.transparency.checkpoints import Checkpoint, parse_checkpoint
from auditor.errors import ConfigError, IntegrityError, TimestampError
from auditor.formats import canonical_json, signed_note
from auditor.formats.signed_note import VerifierKey
from auditor.model.evidence import Authority

PARTY_SUFFIX = ".party.vkey"
"""Of files with keys of other parties: what is given for a party does not count for the log."""


@dataclass(frozen=True, slots=True)
class OutsideCheckpoint:
    """A checkpoint that was kept elsewhere: by a witness, or by whoever was given one before."""

    name: str
    """Name of its file."""
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class TrustDirectory:
    """What `--trust DIR` holds: `*.pem` (roots of authorities), `*.vkey` (keys of the log and of witnesses),
    `*.party.vkey` (keys of other parties, which sign no log), `*.checkpoint`."""

    folder: Path
    pins: dict[str, PinnedAuthority]
    """By file name."""
    keys: tuple[VerifierKey, ...]
    checkpoints: tuple[OutsideCheckpoint, ...] = ()
    parties: tuple[VerifierKey, ...] = ()

    def anchors(self, authority: str) -> set[str]:
        """Fingerprints of the certificates given for one authority: those of `ID.pem`, or of a file named as its copy
        in the evidence is (`ID-20260105-0123abcd.pem`). What was given for another authority does not count for it."""
        return {
            trust_anchors.fingerprint(certificate)
            for name, pinned in self.pins.items()
            if authority in _authorities_named(name)
            for certificate in (*pinned.anchors, *pinned.others)
        }

    def by_authority(self) -> dict[str, PinnedAuthority]:
        """Authority id to the certificates of all files that are named after it."""
        found: dict[str, PinnedAuthority] = {}
        for name, pinned in self.pins.items():
            for authority in _authorities_named(name):
                before = found.get(authority)
                found[authority] = pinned if before is None else replace(
                    before, anchors=(*before.anchors, *pinned.anchors), others=(*before.others, *pinned.others)
                )  # fmt: skip
        return found


def _authorities_named(file: str) -> tuple[str, ...]:
    """The ids of which a file of certificates may be: its name, and that without the date and digest of a copy."""
    stem = Path(file).stem
    copied = re.fullmatch(r"(.+)-[0-9]{8}-[0-9a-f]{8}", stem, re.ASCII)
    return (stem, copied[1]) if copied else (stem,)


def load_trust_dir(folder: Path) -> TrustDirectory:
    """Read a trust directory; `ConfigError` where it holds nothing to trust."""
    if not folder.is_dir():
        raise ConfigError(f"trust directory {folder}: not a directory; give one with *.pem and *.vkey files")
    pins, seen = {}, []
    keys, parties = list[VerifierKey](), list[VerifierKey]()
    try:
        for path in sorted(folder.iterdir()):
            if path.suffix in {".pem", ".crt", ".cer", ".der"}:
                pins[path.name] = trust_anchors.pin_authority(
                    Authority(path.stem, "", "", path.name), durable.read(path, trust_anchors.MAX_PEM)
                )
            elif path.suffix == ".vkey":
                lines = durable.read(path, 1 << 16).decode("utf-8", "replace").split("\n")
                into = parties if path.name.endswith(PARTY_SUFFIX) else keys
                into += [signed_note.parse_key(line) for line in lines if line]
            elif path.suffix == ".checkpoint":
                data = durable.read(path, signed_note.MAX_NOTE)
                seen.append(OutsideCheckpoint(path.name, parse_checkpoint(data, path.name)))
    except IntegrityError as error:
        raise ConfigError(f"trust directory {folder}: {error}") from None
    if not pins:
        raise ConfigError(f"trust directory {folder}: no certificates (*.pem) in it; put the authorities' roots there")
    return TrustDirectory(folder, pins, tuple(keys), tuple(seen), tuple(parties))


@dataclass
class TrustResolver:
    """Finds the pinned certificates of an authority as of a journal entry."""

    evidence: Path
    ledger: JournalState
    outside: TrustDirectory | None
    _read: dict[str, PinnedAuthority] = field(default_factory=dict)
    _withdrawals: RevocationData | None = None

    def withdrawals(self) -> RevocationData:
        """What the kept revocation lists and answers say; `IntegrityError` where one of them cannot be read."""
        if self._withdrawals is None:
            self._withdrawals = RevocationData(
                self._as_kept(self.ledger.revocations(answers=False)),
                self._as_kept(self.ledger.revocations(answers=True)),
            )
        return self._withdrawals

    def _as_kept(self, paths: list[str]) -> list[bytes]:
        """The files whose bytes are those that were journalled; others are told by the check of placed files."""
        read = ((path, durable.read(self.evidence / path, revocation_fetch.MAX_LIST)) for path in paths)
        return [data for path, data in read if canonical_json.sha256(data) == self.ledger.file(path)]

    def statement(self, authority: str, number: int) -> TrustStatement | None:
        """The latest statement before an entry that names the authority."""
        for statement in reversed(self.ledger.trust):
            if statement.number < number and any(a.id == authority for a, _ in statement.authorities):
                return statement
        return None

    def pinned(self, authority: str, number: int) -> PinnedAuthority:
        """`TimestampError` where nothing trusted is known of the authority."""
        statement = self.statement(authority, number)
        if statement is None:
            raise TimestampError(f"authority {authority} is in no trust statement before this entry")
        named, path = next((a, roots) for a, roots in statement.authorities if a.id == authority)
        if path not in self._read:
            data = durable.read(self.evidence / path, trust_anchors.MAX_PEM)
            if canonical_json.sha256(data) != self.ledger.file(path):
                raise TimestampError(f"{path} is not the file that was journalled")
            self._read[path] = trust_anchors.pin_authority(named, data)
        inside = replace(self._read[path], authority=named)
        if self.outside is None:
            return inside
        allowed = self.outside.anchors(authority)
        anchors = tuple(c for c in (*inside.anchors, *inside.others) if trust_anchors.fingerprint(c) in allowed)
        if not anchors:
            raise TimestampError(
                f"no root recorded for {authority} is among those given for it in {self.outside.folder}: "
                f"its own roots belong there as {authority}.pem"
            )
        helpers = tuple(c for c in (*inside.anchors, *inside.others) if c not in anchors)
        return replace(inside, anchors=anchors, others=helpers)
