"""Verifying a bundle that was handed in, with keys and roots from elsewhere than the bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from auditor import clock
from auditor.bundle import BagFiles, check_bag, layout, open_bag, read_bag_file
from auditor.custody import (
    Journal,
    PinnedAuthority,
    TimeWindow,
    check_token,
    digest_function,
    load_trust_dir,
    pin_authority_file,
    signer_identity,
    workspace_exists,
)
from auditor.errors import IntegrityError
from auditor.formats.signed_note import VerifierKey, parse_note, unb64
from auditor.model.evidence import Check, Verification
from auditor.workflow.bundle.shown_events import read_shown_events
from auditor.workspace import Workspace

NO_EXTERNAL_TRUST_NOTICE = (
    "NO KEY AND NO ROOT FROM ELSEWHERE: a bundle cannot vouch for itself. Give --trust DIR with log.vkey and NAME.pem"
    " of each authority; the sheet VERIFY.md says where to get them."
)


@dataclass
class ExternalTrust:
    """Log keys and authorities' roots that were not taken from the bundle."""

    keys: tuple[VerifierKey, ...]
    roots: Mapping[str, PinnedAuthority]
    where: str
    practice: set[str] = field(default_factory=set)
    revoked: dict[str, int] = field(default_factory=dict)
    """Key to the journal line that revoked it, by the lines that the bundle shows and by the workspace at hand."""
    parties: tuple[VerifierKey, ...] = ()
    """Keys of other parties, which sign no log and no bundle."""

    def signed(self, note: bytes, what: str) -> str:
        """The text of a note that one of the keys signed, alone."""
        found = parse_note(note, what)
        if len(found.signatures) == 1:
            for key in self.keys:
                signature = found.by(key)
                if signature is not None and key.verifies(signature, found.text.encode("utf-8")):
                    self._require_in_force(key, found.text, what)
                    return found.text
        raise IntegrityError(f"{what}: signed by no log key of {self.where}")

    def _require_in_force(self, key: VerifierKey, text: str, what: str) -> None:
        """A revoked key signs no bundle; a checkpoint only up to the line that revoked it."""
        line = self.revoked.get(str(key))
        if line is not None and (what == layout.NOTE or int(text.split("\n")[1]) > line):
            raise IntegrityError(f"{what}: signed by {key}, which journal line {line} revoked; export again")

    def stamped(self, data: bytes, request: bytes, response: bytes, authority: str, ended_at: str) -> str:
        """Who signed it (`custody.signer_identity`), where the token holds."""
        pinned = self.roots.get(authority)
        if pinned is None:
            raise IntegrityError(
                f"no root of {authority} in {self.where}; put its certificates there as {authority}.pem"
            )
        window = TimeWindow(clock.parse_timestamp(ended_at) if ended_at else None, None)
        found = check_token(digest_function(data), request, response, pinned, window)
        if found.check:
            raise IntegrityError(f"{found.check}: {found.verdict.why}")
        return signer_identity(found.chain)


def verify_bundle(path: Path, workspace: Workspace, trust: Path | None) -> Verification:
    """All checks of a bundle, folder or zip.

    Trust comes from `trust`, else from the workspace at hand, else from nowhere. Without keys from elsewhere the
    answer is `not checked` at best, whatever the bundle says. A bundle of the workspace at hand is held against its
    journal in any case.
    """
    journal = Journal.open(workspace.root) if workspace_exists(workspace.root) else None
    outside: ExternalTrust | None
    if trust is not None:
        outside = _from_folder(trust)
    else:
        outside = _from_workspace(workspace, journal) if journal is not None else None
    with open_bag(path) as files:
        shown = read_shown_events(files, outside.parties if outside is not None and trust is not None else None)
        if outside is None:
            unknown = Check("trust.outside", files.name, "not checked", NO_EXTERNAL_TRUST_NOTICE)
            found = check_bag(files, ExternalTrust((), {}, "a trust folder, since none was given"))
            wrong = [one for one in found.checks if one.verdict == "failed" and not _needs_trust(one)]
            return replace(
                found, checks=(*wrong, *shown.checks, unknown), notices=(NO_EXTERNAL_TRUST_NOTICE, *shown.notices)
            )
        outside.keys = tuple(dict.fromkeys((*outside.keys, *shown.keys.vouched_for(outside.keys))))
        outside.revoked |= shown.keys.revoked
        own = journal if journal is not None and (trust is None or journal.ring.origin == shown.keys.origin) else None
        if own is not None:
            outside.revoked |= own.ring.revoked
        found = check_bag(files, outside)
        found = replace(found, checks=(*found.checks, *shown.checks))
        if own is not None:
            found = _held_against(own, found, files)
        notices = [f"Keys and roots from {outside.where}.", *shown.notices]
        if outside.practice:
            names = ", ".join(sorted(outside.practice))
            notices.append(f"{names}: PRACTICE authorities, whose timestamps prove nothing to anybody else.")
        return replace(found, notices=tuple(notices))


def _held_against(journal: Journal, found: Verification, files: BagFiles) -> Verification:
    """The bundle's log is a beginning of the journal of the workspace it claims to come from."""
    try:
        lines = read_bag_file(files, layout.CHECKPOINT).decode("utf-8").split("\n")
        if lines[0] != journal.ring.origin:
            raise IntegrityError(f"is of the log {lines[0]}, this workspace's is {journal.ring.origin}")
        size, root = int(lines[1]), unb64(lines[2], layout.CHECKPOINT)
        same = 0 < size <= journal.size and journal.tree(size).root == root
    except (IntegrityError, ValueError, IndexError) as error:
        made = Check("bundle.log", layout.CHECKPOINT, "failed", f"cannot be held against the journal: {error}")
    else:
        told = f"{size} lines, as in the journal of this workspace ({journal.size} lines)"
        wrong = f"its {size} lines are not the first ones of this workspace's journal: another log under the same name"
        made = Check("bundle.log", layout.CHECKPOINT, "passed" if same else "failed", told if same else wrong)
    return replace(found, checks=(*found.checks, made))


def _needs_trust(one: Check) -> bool:
    return one.name in {"bundle.signature", "checkpoint.signature", "token.verified", "seal.quorum"}


def _from_folder(trust: Path) -> ExternalTrust:
    """Roots of an authority are those of its own files (`ID.pem`, or named as its copy in the evidence is)."""
    found = load_trust_dir(trust)
    return ExternalTrust(found.keys, found.by_authority(), str(trust), parties=found.parties)


def _from_workspace(workspace: Workspace, journal: Journal) -> ExternalTrust:
    """The workspace's own log keys and the roots that it pinned: its record, not the bundle's."""
    roots, practice = {}, set()
    for statement in journal.ledger.trust:
        for authority, path in statement.authorities:
            roots[authority.id] = pin_authority_file(replace(authority, roots=path), workspace.evidence)
            if authority.practice:
                practice.add(authority.id)
    keys = tuple(key for _, key in journal.ring.history)
    return ExternalTrust(keys, roots, f"the workspace {workspace.home}", practice)
