"""Everything that is filed and decided about notices, read back from journal and filings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import get_args

from auditor.custody import Journal, describe_filing, filed_packages, open_filing
from auditor.errors import IntegrityError
from auditor.formats import canonical_json
from auditor.formats.canonical_json import JsonObject
from auditor.model.events import DecisionMade, NoticeSendBegun, parse_entry
from auditor.model.filings import FiledPackage
from auditor.model.findings import Decision
from auditor.model.notes import make_note
from auditor.model.notices import (
    REPLY_KINDS,
    NoticeApproval,
    NoticeDelivery,
    NoticeDraft,
    NoticeReply,
    ReplyKind,
    ReplySignature,
)
from auditor.notices import decode_delivery, decode_draft

REPLY = "reply.json"
REPLY_FORMAT = "auditor.reply/1"
KINDS = ("notice_approved", "notice_withdrawn", "reply_kind")


@dataclass(frozen=True, slots=True)
class NoticeLedger:
    """What is on record about one notice, oldest first."""

    notice: str
    drafts: tuple[NoticeDraft, ...] = ()
    deliveries: tuple[NoticeDelivery, ...] = ()
    replies: tuple[NoticeReply, ...] = ()
    decisions: tuple[Decision, ...] = ()
    packages: Mapping[str, FiledPackage] = field(default_factory=lambda: MappingProxyType({}))
    """By id of the filing."""

    @property
    def draft(self) -> NoticeDraft | None:
        """The newest one."""
        return self.drafts[-1] if self.drafts else None

    @property
    def withdrawn(self) -> Decision | None:
        """The withdrawal in force: a draft made later begins anew."""
        last = next((one for one in reversed(self.decisions) if one.kind == "notice_withdrawn"), None)
        return last if last is not None and self.draft is not None and last.at >= self.draft.at else None

    @property
    def all_approvals(self) -> tuple[NoticeApproval, ...]:
        """Of every draft, in the order of the drafts."""
        digests = dict.fromkeys(one.sha256 for one in self.drafts)
        return tuple(one for digest in digests for one in self.approvals(digest))

    def approvals(self, sha256: str) -> tuple[NoticeApproval, ...]:
        """Who approved exactly these bytes; each person once."""
        found: dict[str, NoticeApproval] = {}
        for one in self.decisions:
            if one.kind == "notice_approved" and one.text == sha256:
                found.setdefault(
                    one.by.strip().casefold(), NoticeApproval(one.by, one.at, one.reason, one.text, one.id)
                )
        return tuple(found.values())


def read_ledgers(root: Path, journal: Journal, until: datetime | None = None) -> dict[str, NoticeLedger]:
    """By notice, in the order of their first drafts. `IntegrityError` where a filing is not as recorded."""
    drafts: dict[str, list[NoticeDraft]] = {}
    deliveries: dict[str, list[NoticeDelivery]] = {}
    replies: dict[str, list[NoticeReply]] = {}
    packages: dict[str, dict[str, FiledPackage]] = {}
    decided = _decisions(journal, until)
    for package in filed_packages(journal):
        if package.cabinet != "notices" or (until is not None and package.at > until):
            continue
        notice = package.subject
        packages.setdefault(notice, {})[package.filing] = package
        kind = describe_filing(root, package).filing.kind
        files = open_filing(root, package)[1]
        match kind:
            case "draft":
                drafts.setdefault(notice, []).append(decode_draft(files, package.filing, package.path, package.at))
            case "sending" | "record":
                deliveries.setdefault(notice, []).append(decode_delivery(files, package.path))
            case "reply":
                replies.setdefault(notice, []).append(_reply(files, package, decided.get(notice, [])))
    _unfinished(journal, until, deliveries)
    return {
        name: NoticeLedger(
            name, tuple(drafts.get(name, ())),
            tuple(sorted(deliveries.get(name, ()), key=lambda one: one.at)),
            tuple(replies.get(name, ())), tuple(decided.get(name, ())), MappingProxyType(packages.get(name, {})),
        )
        for name in {**drafts, **packages}
    }  # fmt: skip


def read_ledger(root: Path, journal: Journal, notice: str) -> NoticeLedger:
    """Of one notice; an empty one where nothing is on record."""
    return read_ledgers(root, journal).get(notice, NoticeLedger(notice))


def _decisions(journal: Journal, until: datetime | None) -> dict[str, list[Decision]]:
    found: dict[str, list[Decision]] = {}
    for entry in journal.entries(kinds=("decision",)):
        if until is not None and entry.at > until:
            continue
        made = DecisionMade.of(entry).decision
        if made.kind in KINDS:
            found.setdefault(made.subject, []).append(made)
    return found


def _unfinished(journal: Journal, until: datetime | None, deliveries: dict[str, list[NoticeDelivery]]) -> None:
    """A sending that was begun and has no transcript: unknown, since its bytes may have been handed over."""
    ended = {one.id for found in deliveries.values() for one in found}
    for entry in journal.entries(kinds=("notice",)):
        if until is not None and entry.at > until:
            continue
        event = parse_entry(entry)
        if isinstance(event, NoticeSendBegun) and event.sending not in ended:
            deliveries.setdefault(event.notice, []).append(
                NoticeDelivery(
                    event.sending, entry.at, event.draft, event.sha256, "unknown", event.via,
                    make_note("noticedelivery.interrupted"), event.server,
                )
            )  # fmt: skip


def encode_reply(reply: Mapping[str, object]) -> bytes:
    """`reply.json`: what was kept, when it arrived, and what its form says."""
    return canonical_json.encode({"format": REPLY_FORMAT, **reply})


def _reply(files: Mapping[str, bytes], package: FiledPackage, decided: Iterable[Decision]) -> NoticeReply:
    what = f"{package.path}/{REPLY}"
    body = JsonObject(canonical_json.decode(files.get(REPLY, b""), what), what)
    if body.text("format") != REPLY_FORMAT or body.text("recognised") not in REPLY_KINDS:
        raise IntegrityError(f"{what}: not a reply of this version")
    said = [one for one in decided if one.kind == "reply_kind" and package.filing in one.evidence]
    confirmed = as_reply_kind(said[-1].text) if said else None
    recognised = as_reply_kind(body.text("recognised"))
    assert recognised is not None  # noqa: S101 (asked just now)
    return NoticeReply(
        package.filing, package.at, date.fromisoformat(body.text("arrived_on")), recognised, confirmed,
        said[-1].by if said else "", f"{package.path}/{body.text('file')}", body.text("subject"),
        _signature(body.object("dkim").text("verdict"), what) if "dkim" in body.members else "",
    )  # fmt: skip


def _signature(text: str, what: str) -> ReplySignature:
    found: ReplySignature | None = next((one for one in get_args(ReplySignature) if one == text), None)
    if found is None:
        raise IntegrityError(f"{what}: unknown verdict {text!r:.40} on its signature")
    return found


def as_reply_kind(text: str) -> ReplyKind | None:
    """The kind that a word names; None for any other word."""
    return next((one for one in get_args(ReplyKind) if one == text), None)
