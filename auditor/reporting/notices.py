"""A notice as a report tells it: what happened day by day, with captures after receipt in it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

from auditor.clock import local_day
from auditor.model.notes import Note, make_note
from auditor.model.notices import NoticeRecord
from auditor.wording import ELEMENT_TITLES, OUTCOME_TITLES, REPLY_TITLES

MOST_SIGHTINGS = 12


@dataclass(frozen=True, slots=True)
class NoticeDay:
    """One line of a notice's timeline."""

    on: date
    says: Note
    cite: str
    """Id of the filing, decision or capture that shows it."""


def notice_days(record: NoticeRecord) -> tuple[NoticeDay, ...]:
    """What happened, oldest first: letter, approval, sending, receipt, replies, and what captures saw since."""
    return tuple(sorted(_days(record), key=lambda one: one.on))


def _days(record: NoticeRecord) -> Iterator[NoticeDay]:
    day_of = partial(local_day, timezone=record.timezone)
    for draft in record.drafts:
        yield NoticeDay(day_of(draft.at), make_note("noticeevent.drafted", sha256=draft.sha256), draft.id)
    for one in record.approvals:
        yield NoticeDay(day_of(one.at), make_note("noticeevent.approved", by=one.by, why=one.why), one.decision)
    for sent in record.deliveries:
        title = OUTCOME_TITLES[sent.outcome]
        says = make_note("noticeevent.delivered", outcome=title, says=sent.says, answer=sent.answer)
        yield NoticeDay(sent.done_on or day_of(sent.at), says, sent.id)
    for reply in record.replies:
        says = make_note("noticeevent.replied", kind=REPLY_TITLES[reply.kind], subject=reply.subject)
        yield NoticeDay(reply.arrived_on, says, reply.id)
    if record.received_on is not None and record.received_by is not None:
        yield NoticeDay(record.received_on, make_note("noticeevent.received", by=record.received_by), "")
        if left := record.since_receipt[:-MOST_SIGHTINGS]:
            running = sum(one.running for one in left)
            says = make_note("noticeevent.more_seen", captures=len(left), running=running, until=day_of(left[-1].at))
            yield NoticeDay(day_of(left[0].at), says, "")
        for seen in record.since_receipt[-MOST_SIGHTINGS:]:
            says = make_note("noticeevent.seen" if seen.running else "noticeevent.not_seen")
            yield NoticeDay(day_of(seen.at), says, seen.capture)


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One law under one reading."""

    law: str
    profile: str
    lacks: Note
    source: str


def reading_rows(record: NoticeRecord) -> tuple[ReadingRow, ...]:
    """Every law of the letter under both readings, each with its source and what became of it."""
    return tuple(
        ReadingRow(
            check.regime, one.profile,
            make_note("several", notes=tuple(ELEMENT_TITLES[name] for name in one.missing))
            if one.missing
            else make_note("noticeevent.nothing"),
            one.source.told,
        )
        for check in record.checks
        for one in check.answers
    )  # fmt: skip
