"""A second party's part in a capture: its signature over the manifest, and the cross-reference of two captures.

Whoever keeps a journal could have changed a page before it was stamped; that another party, under a key of its own,
saw the same page at the same slot is what no record of one's own can say. Both manifests are named in one line before
either is timestamped, so that neither can be chosen to fit the other later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auditor.custody.files import durable
from auditor.custody.journal.keys import load_private, private_pem
from auditor.custody.journal.ledger.questions import LedgerQuestions
from auditor.errors import ConfigError, IntegrityError, VaultError
from auditor.formats import signed_note
from auditor.formats.signed_note import SignedNote, VerifierKey
from auditor.model.events import (
    SECOND,
    CaptureCommitted,
    CapturesPaired,
    GapRecorded,
    RunClosed,
    RunPlanned,
    VisitIntended,
    second_vantage,
)
from auditor.model.evidence import CheckList, JournalEntry

HEAD = "auditor.party/1"
"""First line of what a party signs."""
PARTY_KINDS = frozenset({"plan", "intent", "capture", "gap", "pair", "run.closed"})
"""Kinds of line that may tell of a second party, or of a visit that it was to make."""
_NAMES_SECOND = SECOND.encode()
"""No line without it is about a second party's slot."""


@dataclass(frozen=True, slots=True, repr=False)
class PartyKey:
    """The open private key of a party. `repr` says the public part only."""

    name: str
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, signed_note.ED25519, self.private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"PartyKey({self.verifier})"

    def sign(self, capture: str, deployment: str, manifest_sha256: str) -> str:
        """The signature line (C2SP signed-note) over a capture's manifest, without its newline."""
        note = signed_note.sign_note(party_text(capture, deployment, manifest_sha256), self.name, self.private)
        return note.decode("utf-8").rpartition("\n\n")[2].rstrip("\n")


def party_text(capture: str, deployment: str, manifest_sha256: str) -> str:
    """What a party signs: format, capture, deployment and the SHA-256 of the manifest, a line each. Pure."""
    return f"{HEAD}\n{capture}\n{deployment}\n{manifest_sha256}\n"


def parse_party_key(text: str) -> VerifierKey:
    """`IntegrityError` unless it is an Ed25519 key of type 0x01 by name."""
    found = signed_note.parse_key(text)
    if found.kind != signed_note.ED25519:
        raise IntegrityError(f"party key {text!r:.120}: expected a signature key (type 1), found type {found.kind}")
    return found


def create_party_key(path: Path, name: str, passphrase: str | None = None) -> VerifierKey:
    """Make a party's key in a new file (mode 0600); its public part. `VaultError` where the file is there already."""
    if not name or "+" in name or any(character.isspace() for character in name):
        raise ConfigError(f"party key {name!r:.80}: expected a name such as notary.example, without spaces and '+'")
    key = PartyKey(name, Ed25519PrivateKey.generate())
    with durable.os_errors_as_vault_error(path):
        if path.exists() or path.is_symlink():
            raise VaultError(f"{path}: there already; a key is never overwritten: name another file")
        durable.write(path, private_pem(key.private, passphrase), 0o600)
        durable.sync_folder(path.parent)
    return key.verifier


def open_party_key(path: Path, expected: VerifierKey, passphrase: str | None = None) -> PartyKey:
    """The private key whose public part is `expected`; `ConfigError` for any other, or a file that others may read."""
    if not path.is_file():
        raise ConfigError(f"party key {path}: no such file; give the one that `auditor keys party` made")
    found = load_private(path, passphrase)
    if not isinstance(found, Ed25519PrivateKey):
        raise ConfigError(f"party key {path}: expected an Ed25519 key; give the file that `auditor keys party` made")
    key = PartyKey(expected.name, found)
    if key.verifier != expected:
        raise ConfigError(
            f"party key {path}: its public part is {key.verifier}, targets.yaml declares {expected}; give the other"
            " file, or correct targets.yaml"
        )
    return key


def check_party_signature(event: CaptureCommitted) -> VerifierKey | None:
    """The key under which a party signed the capture's manifest; None where the line names no party.

    `IntegrityError` where a part of it is missing, or the signature is not that key's over this manifest.
    """
    if event.party is None and event.party_key is None and event.party_signature is None:
        return None
    what = f"capture {event.capture}"
    if not event.party or not event.party_key or not event.party_signature:
        raise IntegrityError(f"{what}: names a party without its key and signature, or these without a party")
    key = parse_party_key(event.party_key)
    text = party_text(event.capture, event.deployment, event.manifest_sha256)
    data = f"{text}\n{event.party_signature}\n".encode()
    found = signed_note.parse_note(data, f"{what}, signature of party {event.party}")
    signature = found.by(key)
    if len(found.signatures) != 1 or signature is None or bytes(SignedNote(text, found.signatures)) != data:
        raise IntegrityError(f"{what}: not signed by the key that its line names, {key.name}+{key.id.hex()}")
    if not key.verifies(signature, text.encode("utf-8")):
        raise IntegrityError(f"{what}: the signature of party {event.party} does not verify over its manifest")
    return key


class KnownCaptures(Protocol):
    """What the lines before a pair say of captures."""

    def committed(self, capture: str) -> CaptureCommitted | None:
        """What was journalled of a capture; None where nothing was."""
        ...

    def is_stamped(self, capture: str) -> bool:
        """Whether an authority was asked about it."""
        ...


@dataclass(frozen=True, slots=True)
class LedgerCaptures:
    """The captures of a journal; implements `KnownCaptures`."""

    ledger: LedgerQuestions

    def committed(self, capture: str) -> CaptureCommitted | None:
        record = self.ledger.package_record(capture)
        return None if record is None else CaptureCommitted.of(self.ledger.entry(record.number))

    def is_stamped(self, capture: str) -> bool:
        record = self.ledger.package_record(capture)
        return record is not None and bool(self.ledger.tokens(record.manifest))


def check_pair(event: CapturesPaired, known: KnownCaptures) -> None:
    """`IntegrityError` unless the line names two captures of one run and deployment, by two keys whatever their names,
    each with the digest and the signature that its own line states, and neither was timestamped before.

    `known`: by the lines before it.
    """
    what = f"pair of run {event.run}, deployment {event.deployment}"
    if len(event.captures) != 2 or len({one.capture for one in event.captures}) != 2:
        raise IntegrityError(f"{what}: names {len(event.captures)} captures; expected two")
    for one in event.captures:
        made = known.committed(one.capture)
        if made is None or (made.run, made.deployment) != (event.run, event.deployment):
            raise IntegrityError(f"{what}: capture {one.capture} is none of this run and deployment")
        if made.manifest_sha256 != one.manifest_sha256:
            raise IntegrityError(f"{what}: capture {one.capture} has another manifest than the pair names")
        if (made.party_key or "") != one.party_key:
            raise IntegrityError(f"{what}: capture {one.capture} was signed by another key than the pair names")
        if known.is_stamped(one.capture):
            raise IntegrityError(f"{what}: capture {one.capture} was timestamped before the two were cross-referenced")
        check_party_signature(made)
    if not by_two_keys(one.party_key for one in event.captures):
        raise IntegrityError(f"{what}: both captures are by one party")


def by_two_keys(party_keys: Iterable[str]) -> bool:
    """Whether these are two public keys: a name beside a key is whatever somebody wrote there. Empty: the log's own.

    `IntegrityError` where one is no party's key. Pure.
    """
    return len({parse_party_key(key).public if key else b"" for key in party_keys}) == 2


@dataclass
class SecondSlots:
    """Slots of second parties, from their plan to their end: each by the run and its id."""

    planned: dict[str, dict[str, str]] = field(default_factory=dict)
    """By run, the slots of its plan with the key that it names; empty where a plan names none. Until the run closes."""
    begun: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """By intent: run, slot, and that key."""
    met: int = 0
    """Captures of them that name the key; a party's, where the plan names none."""

    def take(self, entry: JournalEntry, checks: CheckList) -> None:
        """One line. A capture of such a slot that names no party, or another key, fails."""
        if entry.kind == "capture" and self.begun:
            made = CaptureCommitted.of(entry)
            if (begun := self.begun.pop(made.intent, None)) is not None:
                self._end(made, *begun, checks)
        elif entry.kind == "gap" and self.begun:
            self.begun.pop(GapRecorded.of(entry).intent, None)
        elif entry.kind == "run.closed" and self.planned:
            self.planned.pop(RunClosed.of(entry).run, None)
        elif entry.kind == "plan" and _NAMES_SECOND in entry.line:
            plan = RunPlanned.of(entry)
            found = {one.slot: one.party_key or "" for one in plan.slots if second_vantage(one.slot)}
            self.planned.setdefault(plan.run, {}).update(found)
        elif entry.kind == "intent" and _NAMES_SECOND in entry.line:
            event = VisitIntended.of(entry)
            if second_vantage(event.slot):
                key = self.planned.get(event.run, {}).get(event.slot, "")
                self.begun[event.intent] = (event.run, event.slot, key)

    def _end(self, made: CaptureCommitted, run: str, slot: str, key: str, checks: CheckList) -> None:
        what = f"capture {made.capture} of a slot that a second party was to visit"
        if not made.party_key:
            checks.failed("plan.party", f"run {run} slot {slot}", f"{what} names no party: that visit is not there")
        elif key and made.party_key != key:
            told = f"{what} names the key {made.party_key}, the plan {key}: that visit is not there"
            checks.failed("plan.party", f"run {run} slot {slot}", told)
        else:
            self.met += 1


@dataclass
class PartyChecks:
    """What a walk over the journal finds of second parties; keeps the keys and counts alone."""

    keys: set[tuple[str, str]] = field(default_factory=set)
    """Verifier keys, each with a party that it was journalled for."""
    signed: int = 0
    pairs: int = 0
    seconds: SecondSlots = field(default_factory=SecondSlots)

    def take(self, entry: JournalEntry, known: KnownCaptures, subject: str, checks: CheckList) -> None:
        """One line, before what follows it is known. `known`: by the lines before it."""
        self.seconds.take(entry, checks)
        if entry.kind == "capture" and b'"party' in entry.line:
            event = CaptureCommitted.of(entry)
            try:
                key = check_party_signature(event)
            except IntegrityError as error:
                checks.failed("capture.party", subject, str(error))
                return
            if key is not None:
                self.signed += 1
                self.keys.add((str(key), event.party or ""))
        elif entry.kind == "pair":
            try:
                check_pair(CapturesPaired.of(entry), known)
                self.pairs += 1
            except IntegrityError as error:
                checks.failed("capture.pair", subject, str(error))

    def finish(
        self, given: Collection[VerifierKey] | None, own: Collection[VerifierKey], subject: str, checks: CheckList
    ) -> None:
        """Whose keys these are: one that nobody gave from elsewhere is the journal's own word, and one of two parties
        is neither's. `given`: by parties; None where nothing was given from elsewhere. `own`: of the log, none of
        which is another party's."""
        known, ours, holders = {str(key) for key in given or ()}, {key.public for key in own}, dict[bytes, set[str]]()
        for key, party in self.keys:
            holders.setdefault(parse_party_key(key).public, set()).add(party)
        for key, party in sorted(self.keys, key=lambda one: (one[1], one[0])):
            public = parse_party_key(key).public
            if public in ours:
                checks.failed("capture.party-key", subject, f"the key of party {party} is one of this log: {key}")
            elif len(holders[public]) > 1:
                others = ", ".join(sorted(holders[public] - {party}))
                checks.failed("capture.party-key", subject, f"the key of party {party} is that of {others} too: {key}")
            elif key in known:
                checks.passed("capture.party-key", subject, f"the key of party {party} was given from outside: {key}")
            elif given is None:
                told = f"THE KEY OF PARTY {party} WAS TAKEN FROM INSIDE THE EVIDENCE ITSELF"
                checks.notice(f"{told}: ask it whether {key} is its own.")
            else:
                why = f"nobody gave the key of party {party} from outside: ask it whether {key} is its own"
                checks.unchecked("capture.party-key", subject, why)
        if self.seconds.met:
            told = f"{self.seconds.met} captures of second parties' slots, by the key that the plan names, if any"
            checks.passed("plan.party", subject, told)
        if self.signed:
            checks.passed("capture.party", subject, f"{self.signed} captures signed by the party that made them")
        if self.pairs:
            told = f"{self.pairs} pairs of captures by two parties, cross-referenced before either was timestamped"
            checks.passed("capture.pair", subject, told)
