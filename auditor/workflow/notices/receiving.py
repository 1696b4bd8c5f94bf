"""What came back, kept byte for byte; its kind recognised by its form and said by a person."""

from __future__ import annotations

import mimetypes
from datetime import date
from email.utils import parseaddr
from pathlib import Path

from auditor.custody import StagedFiling, sha256
from auditor.errors import ConfigError
from auditor.hosting import ask_mail_names
from auditor.model.findings import Decision
from auditor.model.notices import REPLY_KINDS, NoticeReply, ReplySignature
from auditor.notices import MAX_REPLY, READER, RecognisedReply, check_dkim, dkim_key_name, recognise_reply
from auditor.workflow.decisions import journal_decision
from auditor.workflow.hosting.look import commit_filing
from auditor.workflow.notices.ledger import (
    NoticeLedger,
    as_reply_kind,
    encode_reply,
    read_ledger,
    read_ledgers,
)
from auditor.workflow.wiring import Instruments


def receive_reply(
    instruments: Instruments, file: Path, *, notice: str = "", arrived_on: date | None = None
) -> NoticeReply:
    """Keep a reply as it is. `notice`: what it belongs to; told from the letter that it names where not given.

    Raises `ConfigError` for a file that cannot be read, or one that belongs to no notice that is known.
    """
    data = _read(file)
    found = recognise_reply(data)
    ledgers = read_ledgers(instruments.workspace.root, instruments.journal)
    named = notice or _belongs_to(found, ledgers)
    if named not in ledgers:
        known = ", ".join(ledgers) or "none"
        raise ConfigError(f"{file.name}: which notice it belongs to is not known; give --for one of {known}")
    today = instruments.today
    if arrived_on is not None and arrived_on > today:
        raise ConfigError(f"{arrived_on}: lies ahead; give the day on which it arrived")
    moment = instruments.clock()
    name = "r-" + sha256(f"{named} {moment.isoformat()} {sha256(data)}".encode())[:16]
    stage = StagedFiling(instruments.custody.vault, "notices", named, name, "keeping what came back to a notice")
    suffix = file.suffix.lower() if file.suffix[1:].isascii() and file.suffix[1:].isalnum() else ""
    media_type = "message/rfc822" if suffix == ".eml" else mimetypes.guess_type(f"x{suffix}")[0]
    path = f"reply/original{suffix}"
    stage.put(path, data, media_type=media_type or "application/octet-stream", made_by="received")
    signed = _signature(instruments, data, stage, found.sender)
    record = {
        "reader": READER, "notice": named, "file": path, "arrived_on": (arrived_on or today).isoformat(),
        "recognised": found.kind, "subject": found.subject, "sender": found.sender, "dated": found.dated,
        "answers": list(found.answers), "status": found.status,
        **({"dkim": signed} if signed else {}),
    }  # fmt: skip
    stage.put("reply.json", encode_reply(record), media_type="application/json", made_by="auditor.notices")
    draft = ledgers[named].draft
    deployment = draft.contents.deployment if draft is not None else ""
    commit_filing(instruments, stage, "reply", {"deployments": deployment, "recognised": found.kind}, ())
    return _kept(instruments, named, name)


def _signature(instruments: Instruments, data: bytes, stage: StagedFiling, sender: str) -> dict[str, str]:
    """What becomes of a reply's own signature now, with the key record that is published now and kept with it."""
    name = dkim_key_name(data)
    if not name:
        return {}
    base, clock = instruments.workspace.targets.parent, instruments.clock
    found = ask_mail_names("", name, instruments.estate.hosting, base, stage, clock)
    if not found.key_records:
        return {"key": name, "verdict": "not_checked" if found.key_records is None else "key"}
    verdicts = [check_dkim(data, one) for one in found.key_records[:4]]
    verdict: ReplySignature = "holds" if "holds" in verdicts else verdicts[0]
    signer, own = name.partition("._domainkey.")[2].lower(), parseaddr(sender)[1].rpartition("@")[2].lower()
    if verdict == "holds" and own != signer and not own.endswith(f".{signer}"):
        verdict = "holds_for_another_domain"
    return {"key": name, "verdict": verdict}


def confirm_reply(instruments: Instruments, reply: str, kind: str, *, by: str, why: str) -> Decision:
    """Record for what a named person holds a reply. `ConfigError` for one that is not on record, or no such kind."""
    if as_reply_kind(kind) is None:
        raise ConfigError(f"{kind}: expected one of {', '.join(REPLY_KINDS)}")
    if not by.strip() or not why.strip():
        raise ConfigError("who decides and why are needed: --by NAME --why TEXT")
    ledgers = read_ledgers(instruments.workspace.root, instruments.journal)
    owner = next((one for one in ledgers.values() if any(r.id == reply for r in one.replies)), None)
    if owner is None:
        raise ConfigError(f"{reply}: no reply of this id is on record, and no file of this name is there")
    before = [one for one in owner.decisions if one.kind == "reply_kind" and reply in one.evidence]
    made = Decision(
        "", "reply_kind", instruments.clock(), by, why, owner.notice, (reply,), text=kind,
        supersedes=before[-1].id if before else "",
    )  # fmt: skip
    return journal_decision(instruments.journal, made)


def _kept(instruments: Instruments, notice: str, name: str) -> NoticeReply:
    ledger = read_ledger(instruments.workspace.root, instruments.journal, notice)
    return next(one for one in ledger.replies if one.id == name)


def _belongs_to(found: RecognisedReply, ledgers: dict[str, NoticeLedger]) -> str:
    """The notice whose letter a reply names by its Message-ID."""
    ours = {draft.message_id: ledger.notice for ledger in ledgers.values() for draft in ledger.drafts}
    return next((ours[one] for one in found.answers if one and one in ours), "")


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as handle:
            data = handle.read(MAX_REPLY + 1)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    if not data or len(data) > MAX_REPLY:
        raise ConfigError(f"{file}: {len(data)} bytes; expected 1 to {MAX_REPLY}")
    return data
