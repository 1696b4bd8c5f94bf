"""Handed to the mail server once, by a person at a terminal; what a person did elsewhere is recorded.

The intent is journalled before the first connection. Where no transcript follows it, what became of the sending is
unknown, and these bytes are never sent again.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal, NoReturn

from auditor.custody import StagedFiling, open_filing, sha256
from auditor.errors import ConfigError, IntegrityError
from auditor.hosting import ask_mail_names, parse_address
from auditor.model.events import NoticeSendBegun, NoticeSendRefused
from auditor.model.notes import make_note
from auditor.model.notices import NoticeDelivery, NoticeDraft
from auditor.model.targets.notices import ChannelKind, NoticeMail
from auditor.notices import SENDING, MailEnvelope, encode_delivery, hand_over_mail
from auditor.workflow.hosting.look import commit_filing
from auditor.workflow.notices.approval import needed_approvals
from auditor.workflow.notices.checking import require_draft
from auditor.workflow.notices.drafting import DKIM_RECORD
from auditor.workflow.notices.ledger import NoticeLedger, read_ledger
from auditor.workflow.wiring import Instruments

EnvironmentOf = Callable[[str], str | None]
RefusedWhy = Literal[
    "no_terminal", "id_not_typed", "not_drafted", "not_approved", "withdrawn", "other_channel", "no_server",
    "bytes_differ", "sent_before", "unknown_before",
]  # fmt: skip
MAX_RECORDED = 32 << 20


@dataclass(frozen=True, slots=True)
class _Ready:
    draft: NoticeDraft
    message: bytes
    mail: NoticeMail
    files: Mapping[str, bytes]
    """Of the draft."""


def send_notice(instruments: Instruments, notice: str, typed: str | None, environment: EnvironmentOf) -> NoticeDelivery:
    """Send the approved bytes of a notice, once. `typed`: the id as a person typed it at a terminal; None without one.

    Raises `ConfigError` where a rule refuses it, which is journalled; the network's failures are outcomes, not errors.
    """
    ready = _require_sendable(instruments, notice, typed)
    draft, mail = ready.draft, ready.mail
    account = _account(mail, environment)
    moment = instruments.clock()
    name = "s-" + sha256(f"{notice} {draft.sha256} {moment.isoformat()}".encode())[:16]
    stage = StagedFiling(instruments.custody.vault, "notices", notice, name, "handing a notice to a mail server")
    mail, names = _asked_names(instruments, ready, stage)
    server = f"{mail.server}:{mail.port}"
    instruments.journal.record(
        NoticeSendBegun(
            notice=notice, sending=name, draft=draft.id, sha256=draft.sha256, to=draft.contents.to, server=server,
            via=mail.via,
        )
    )  # fmt: skip
    envelope = MailEnvelope(draft.contents.email, draft.contents.to, ready.message)
    folder = instruments.workspace.targets.parent
    found = hand_over_mail(mail, envelope, account, folder, instruments.clock)
    delivery = NoticeDelivery(
        name, found.began, draft.id, draft.sha256, found.outcome, mail.via, found.says, server, found.answer[:2000],
        found.ended,
    )  # fmt: skip
    stage.put("transcript.txt", found.transcript, media_type="text/plain", made_by="auditor.notices")
    record = encode_delivery(delivery, {**found.facts, **names}, notice)
    stage.put(SENDING, record, media_type="application/json", made_by="auditor.notices")
    commit_filing(instruments, stage, "sending", _facts(draft, {"outcome": found.outcome}), ())
    return delivery


def _asked_names(instruments: Instruments, ready: _Ready, stage: StagedFiling) -> tuple[NoticeMail, dict[str, str]]:
    """What name servers say of the recipient's exchangers and of our own key, kept with the sending.

    A server that is none of the exchangers shows sending alone, whatever the file says. Where it is named by an
    address, or no name server answers, or with signatures alone that do not hold, that is *not checked*, and the file's
    word stands.
    """
    mail, letter = ready.mail, ready.draft.contents
    own = f"{mail.dkim.selector}._domainkey.{letter.email.rpartition('@')[2]}" if mail.dkim is not None else ""
    literal = parse_address(mail.server).address is not None
    if literal and not own:
        return mail, {"mx": "not_checked"}
    domain = letter.to.rpartition("@")[2]
    base, clock = instruments.workspace.targets.parent, instruments.clock
    found = ask_mail_names(domain, own, instruments.estate.hosting, base, stage, clock)
    facts: dict[str, str] = {"mx": "not_checked", "mx_dnssec": found.exchangers_dnssec or "not_checked"}
    if found.exchangers is not None and not literal:
        facts["mx"] = "named" if mail.server.rstrip(".").lower() in found.exchangers else "not_named"
    if own:
        kept = ready.files.get(DKIM_RECORD, b"").decode("utf-8", "replace").partition(" ")[2].strip()
        shown = found.key_records
        facts["dkim"] = "not_checked" if shown is None else "published" if _same_key(kept, shown) else "other_key"
    return (replace(mail, via="relay") if facts["mx"] == "not_named" else mail), facts


def _same_key(kept: str, shown: Sequence[str]) -> bool:
    """Whether one of the published records holds the key that signed."""
    own = _key_of(kept)
    return bool(own) and own in {_key_of(one) for one in shown}


def _key_of(record: str) -> str:
    parts = (one.strip() for one in record.split(";"))
    return next((one[2:].replace(" ", "") for one in parts if one.startswith("p=")), "")


def _facts(draft: NoticeDraft, more: Mapping[str, str]) -> dict[str, str]:
    return {"deployments": draft.contents.deployment, "host": draft.contents.host, **more}


def _require_sendable(instruments: Instruments, notice: str, typed: str | None) -> _Ready:
    """Every rule in its order; the first that is not kept refuses, and that is journalled."""

    def refuse(why: RefusedWhy, told: str) -> NoReturn:
        instruments.journal.record(NoticeSendRefused(notice=notice, why=why))
        raise ConfigError(f"{notice}: not sent: {told}")

    try:
        ledger = read_ledger(instruments.workspace.root, instruments.journal, notice)
    except (IntegrityError, OSError) as error:
        refuse("bytes_differ", f"its bytes are not those that were recorded: {error}")
    if typed is None:
        refuse("no_terminal", "a notice is sent by a person at a terminal, and there is none")
    if ledger.draft is None:
        refuse("not_drafted", f"there is no draft. Run: auditor notice draft {notice}")
    draft = require_draft(ledger)
    if ledger.withdrawn is not None:
        refuse("withdrawn", f"withdrawn by {ledger.withdrawn.by}; draft it anew to go on")
    if draft.contents.channel_kind != "email":
        refuse("other_channel", "its channel is no mail address; send it there and record it with --record")
    if len(ledger.approvals(draft.sha256)) < needed_approvals(instruments):
        refuse("not_approved", f"the bytes of the newest draft are not approved. Run: auditor notice approve {notice}")
    _require_first(ledger, draft, refuse)
    if typed != notice:
        refuse("id_not_typed", "its id was not typed as it is")
    mail = instruments.estate.notices.mail
    if mail is None:
        refuse("no_server", "targets.yaml has no notices.mail")
    try:
        files = open_filing(instruments.workspace.root, ledger.packages[draft.id])[1]
    except (IntegrityError, OSError) as error:
        refuse("bytes_differ", f"its bytes are not those that were approved: {error}")
    return _Ready(draft, files[draft.approvable], mail, files)


def _require_first(ledger: NoticeLedger, draft: NoticeDraft, refuse: Callable[[RefusedWhy, str], NoReturn]) -> None:
    """These bytes went out already, or may have: they are not sent again."""
    same = [one for one in ledger.deliveries if one.sha256 == draft.sha256 and one.via != "person"]
    if any(one.outcome == "unknown" for one in same):
        refuse(
            "unknown_before",
            "whether it was delivered is unknown. Find out; where it was not, draft and approve it anew",
        )
    if any(one.outcome == "accepted" for one in same):
        refuse("sent_before", "these bytes were accepted by a server already; another letter needs another draft")


def _account(mail: NoticeMail, environment: EnvironmentOf) -> tuple[str, str]:
    if not mail.username_env:
        return "", ""
    user, password = environment(mail.username_env) or "", environment(mail.password_env) or ""
    if not (user and password):
        raise ConfigError(f"environment variables {mail.username_env}, {mail.password_env} are not set")
    return user, password


@dataclass(frozen=True, slots=True)
class ElsewhereDelivery:
    """What a person did outside this software."""

    how: ChannelKind
    by: str
    on: date
    says: str
    number: str = ""
    received_on: date | None = None
    """The day on the signed slip; None where nothing shows receipt."""


def record_delivery(
    instruments: Instruments, notice: str, done: ElsewhereDelivery, papers: Sequence[Path]
) -> NoticeDelivery:
    """Keep what a person did elsewhere: a form's confirmation, a receipt with its number; at least one paper."""
    draft = require_draft(read_ledger(instruments.workspace.root, instruments.journal, notice))
    if not done.by.strip() or not done.says.strip() or not papers:
        raise ConfigError(
            "who did it, what it shows and a paper are needed: --record FILE --by NAME --says TEXT --on DAY"
        )
    today = instruments.today
    if done.received_on is not None and done.received_on < done.on:
        raise ConfigError(f"{done.received_on}: nothing is received before it is handed over on {done.on}")
    if done.on > today or (done.received_on or done.on) > today:
        raise ConfigError(f"{done.on}: lies ahead; give the day on which it was done")
    kept = [(path, _read_paper(path)) for path in papers]
    moment = instruments.clock()
    name = "k-" + sha256(f"{notice} {moment.isoformat()} {done.says}".encode())[:16]
    stage = StagedFiling(instruments.custody.vault, "notices", notice, name, "keeping what a person did with a notice")
    for number, (path, data) in enumerate(kept, start=1):
        suffix = path.suffix.lower() if path.suffix[1:].isascii() and path.suffix[1:].isalnum() else ""
        media_type = mimetypes.guess_type(f"x{suffix}")[0] or "application/octet-stream"
        stage.put(f"recorded/{number:02d}{suffix}", data, media_type=media_type, made_by=f"given by {done.by}")
    facts = {
        "how": done.how, "by": done.by, "on": done.on.isoformat(), "says": done.says, "number": done.number,
        "received_on": done.received_on.isoformat() if done.received_on else "",
    }  # fmt: skip
    says = make_note("noticedelivery.by_person", how=done.how, by=done.by, on=done.on, says=done.says)
    answer = done.number or ""
    delivery = NoticeDelivery(name, moment, draft.id, draft.sha256, "accepted", "person", says, done.how, answer)
    delivery = replace(delivery, received_on=done.received_on, done_on=done.on)
    stage.put(
        SENDING, encode_delivery(delivery, facts, notice), media_type="application/json", made_by="auditor.notices"
    )
    commit_filing(instruments, stage, "record", _facts(draft, {"by": done.by, "how": done.how}), ())
    return delivery


def _read_paper(path: Path) -> bytes:
    try:
        with path.open("rb") as handle:
            data = handle.read(MAX_RECORDED + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    if not data or len(data) > MAX_RECORDED:
        raise ConfigError(f"{path}: {len(data)} bytes; expected 1 to {MAX_RECORDED}")
    return data
