"""What is looked at beside the law before a letter goes out: freshness, address, legal status, restored items. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from auditor.model.notes import make_note
from auditor.model.notices import NoticeContents, NoticePoint, SightedService

_PERSONAL = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|1[3-9]\d{9})(?!\d)")
"""A Chinese identity number, or a mobile phone."""


@dataclass(frozen=True, slots=True)
class LetterSurroundings:
    """What a letter is held against beside the law."""

    as_of: datetime
    freshness_days: int
    status: str
    """Legal status of the deployment now."""
    newest: SightedService | None
    """Its newest capture."""
    restored_by: str
    """An earlier notice about the same thing that a counter-statement answered; else empty."""
    bytes: int


def check_points(letter: NoticeContents, around: LetterSurroundings) -> tuple[NoticePoint, ...]:
    """Each point with its verdict; what cannot be told is *not checked*."""
    return (
        _freshness(letter, around),
        _address(letter, around),
        _status(letter, around),
        _restored(around),
        _personal(letter),
        _annexes(letter),
        NoticePoint("size", "passed", make_note("noticepoint.size", bytes=around.bytes)),
    )


def _freshness(letter: NoticeContents, around: LetterSurroundings) -> NoticePoint:
    if not letter.places:
        return NoticePoint("freshness", "failed", make_note("noticepoint.no_capture"))
    days = max(0, (around.as_of - max(one.last_seen for one in letter.places)).days)
    if days > around.freshness_days:
        return NoticePoint("freshness", "failed", make_note("noticepoint.stale", days=days, most=around.freshness_days))
    return NoticePoint("freshness", "passed", make_note("noticepoint.fresh", days=days, most=around.freshness_days))


def _address(letter: NoticeContents, around: LetterSurroundings) -> NoticePoint:
    named = [one.address for one in letter.places if one.address]
    now = around.newest.addresses if around.newest is not None else ()
    if not now or not named:
        return NoticePoint("address", "not_checked", make_note("noticepoint.address_unseen"))
    if set(now) & set(named):
        return NoticePoint("address", "passed", make_note("noticepoint.same_address"))
    says = make_note("noticepoint.moved", now=", ".join(now), then=", ".join(dict.fromkeys(named)))
    return NoticePoint("address", "failed", says)


def _status(letter: NoticeContents, around: LetterSurroundings) -> NoticePoint:
    if around.status in ("suspect", "public"):
        return NoticePoint("status", "passed", make_note("noticepoint.status", deployment=letter.deployment))
    says = make_note("noticepoint.wrong_status", deployment=letter.deployment, status=around.status or "–")
    return NoticePoint("status", "failed", says)


def _restored(around: LetterSurroundings) -> NoticePoint:
    if around.restored_by:
        return NoticePoint("restored", "failed", make_note("noticepoint.restored", notice=around.restored_by))
    return NoticePoint("restored", "passed", make_note("noticepoint.not_restored"))


def _personal(letter: NoticeContents) -> NoticePoint:
    said = " ".join((letter.act, letter.work, *letter.rights, *(one.url for one in letter.places)))
    found = {one for one in _PERSONAL.findall(said) if one not in letter.telephone}
    if found:
        return NoticePoint("personal", "failed", make_note("noticepoint.personal", count=len(found)))
    return NoticePoint("personal", "passed", make_note("noticepoint.no_personal"))


def _annexes(letter: NoticeContents) -> NoticePoint:
    """An annex of the list that is not in the envelope: what the third letter of Locojoy failed on."""
    missing = sum(not one.path for one in letter.annexes)
    if missing:
        return NoticePoint("annexes", "failed", make_note("noticepoint.annexes_missing", count=missing))
    return NoticePoint("annexes", "passed", make_note("noticepoint.annexes"))
