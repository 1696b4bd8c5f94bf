"""What a person looked up where no program may, kept raw; and who hosts it, decided by a named person."""

from __future__ import annotations

import mimetypes
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Literal, get_args

from auditor.clock import now
from auditor.custody import StagedFiling, filed_packages, sha256
from auditor.errors import ConfigError
from auditor.formats import canonical_json
from auditor.hosting import address_folder, parse_address
from auditor.model.filings import FiledPackage
from auditor.model.findings import Decision
from auditor.workflow.decisions import journal_decision, read_decisions
from auditor.workflow.hosting.look import commit_filing, require_address
from auditor.workflow.wiring import Instruments

AttachmentKind = Literal["icp", "registry", "other"]
ATTACHMENT = "attachment.json"
ATTACHMENT_FORMAT = "auditor.attachment/1"
MAX_ATTACHED = 32 << 20


def attach_lookup(
    instruments: Instruments, subject: str, file: Path, *, kind: str, says: str, on: date, by: str
) -> FiledPackage:
    """Keep a person's own look-up (a screenshot, a saved page) byte for byte, with who looked and what it says.

    Raises `ConfigError` for an unknown subject or kind, a day to come, or a file that cannot be read or is too large.
    """
    if kind not in get_args(AttachmentKind):
        raise ConfigError(f"{kind}: expected {', '.join(get_args(AttachmentKind))}")
    if on > instruments.today:
        raise ConfigError(f"{on}: lies ahead; give the day on which it was looked up")
    if not says.strip() or not by.strip():
        raise ConfigError("who looked it up and what it says are needed: --by NAME --says TEXT")
    try:
        with file.open("rb") as handle:
            data = handle.read(MAX_ATTACHED + 1)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    if not data or len(data) > MAX_ATTACHED:
        raise ConfigError(f"{file}: {len(data)} bytes; expected 1 to {MAX_ATTACHED}")
    subject = plain_subject(instruments, subject)
    folder = _folder_of(instruments, subject)
    name = "a-" + sha256(f"{folder} {instruments.clock().isoformat()} {sha256(data)}".encode())[:16]
    stage = StagedFiling(instruments.custody.vault, "hosting", folder, name, f"keeping what {by} looked up")
    suffix = file.suffix.lower() if file.suffix.isascii() and file.suffix[1:].isalnum() else ""
    path = f"attached/original{suffix}"
    media_type = mimetypes.guess_type(f"x{suffix}")[0] or "application/octet-stream"
    stage.put(path, data, media_type=media_type, made_by=f"attached by {by}")
    record = {
        "format": ATTACHMENT_FORMAT, "subject": subject, "kind": kind, "says": says, "on": on.isoformat(),
        "by": by, "file": path, "name": file.name[:200],
    }  # fmt: skip
    stage.put(ATTACHMENT, canonical_json.encode(record), media_type="application/json", made_by="auditor.hosting")
    return commit_filing(instruments, stage, "attachment", {"by": by, "kind": kind, "about": subject})


def plain_subject(instruments: Instruments, subject: str) -> str:
    """A deployment's id, or an address as it is written plainly, whatever port stood behind it: it is found by that."""
    return subject if subject in instruments.estate.deployments else require_address(subject)


def _folder_of(instruments: Instruments, subject: str) -> str:
    """Under which name a subject's filings lie."""
    address = None if subject in instruments.estate.deployments else parse_address(subject).address
    return subject if address is None else address_folder(address)


def confirm_host(
    instruments: Instruments, subject: str, host: str, *, by: str, reason: str, evidence: tuple[str, ...]
) -> Decision:
    """Record that a named person holds somebody for the host, on what evidence: the last rung, and a person's alone.

    Raises `ConfigError` without a name, a reason, or evidence that is on record.
    """
    subject = plain_subject(instruments, subject)
    if not host.strip() or not by.strip() or not reason.strip():
        raise ConfigError("who hosts it, who decides and why are needed: HOST --by NAME --reason TEXT")
    if not evidence:
        raise ConfigError(
            "a decision on the host cites what it rests on: --evidence ID of a look-up, attachment or capture"
        )
    known = {one.filing for one in filed_packages(instruments.journal)}
    unknown = [one for one in evidence if one not in known]
    if missing := {one for one in unknown if instruments.journal.ledger.kept(one) is None}:
        raise ConfigError(f"{', '.join(sorted(missing))}: no look-up, attachment or capture of that id is on record")
    before = [
        one
        for one in read_decisions(instruments.journal.entries(kinds=("decision",)))
        if (one.kind, one.subject) == ("hosting", subject)
    ]
    made = Decision("", "hosting", now(), by, reason, subject, evidence, text=host)
    return journal_decision(instruments.journal, replace(made, supersedes=before[-1].id if before else ""))
