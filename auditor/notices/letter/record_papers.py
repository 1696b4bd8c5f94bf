"""Two papers about a notice that went out: the certificate of its delivery, and its timeline. Pure.

They say what is on record as of a moment, and what that does not show. Who certifies it is a blank: no program does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from auditor.formats.foreign_text import visible_text
from auditor.model.notes import Note
from auditor.model.notices import NoticeDelivery, NoticeRecord
from auditor.notices.letter.blocks import PaperBlock, PaperTable, Paragraph, SignatureLines, docx_of, html_of
from auditor.notices.letter.papers import paper_words
from auditor.wording import (
    CHANNEL_KINDS,
    OUTCOME_TITLES,
    REPLY_SIGNATURES,
    REPLY_TITLES,
    SOURCE_READINGS,
    Lang,
    note_text,
)

RecordPaper = Literal["delivery", "timeline"]
RECORD_PAPERS: tuple[RecordPaper, ...] = ("delivery", "timeline")
MOST_DAYS = 500
MOST_CHARACTERS = 400
"""Of a foreign text in a cell; how many more there are is told."""
_Blocks = Callable[[NoticeRecord, "Sequence[TimelineDay]", Lang], Iterator[PaperBlock]]


@dataclass(frozen=True, slots=True)
class TimelineDay:
    """One line of a timeline, with what shows it."""

    on: date
    says: Note
    cite: str


def record_paper_docx(which: RecordPaper, record: NoticeRecord, days: Sequence[TimelineDay], lang: Lang) -> bytes:
    """A paper as DOCX: the same record gives the same bytes."""
    return docx_of(_title(which, record, lang), _BLOCKS[which](record, days, lang))


def record_paper_html(which: RecordPaper, record: NoticeRecord, days: Sequence[TimelineDay], lang: Lang) -> bytes:
    """A paper as a page to be printed."""
    return html_of(_title(which, record, lang), _BLOCKS[which](record, days, lang), lang)


def _title(which: RecordPaper, record: NoticeRecord, lang: Lang) -> str:
    return f"{paper_words(f'{which}_title', lang)} {record.notice}"


def _delivery(record: NoticeRecord, days: Sequence[TimelineDay], lang: Lang) -> Iterator[PaperBlock]:
    yield from _head(record, lang)
    yield Paragraph(paper_words("delivery_attempts", lang), heading=True)
    if record.deliveries:
        heads = tuple(paper_words(f"col_{name}", lang) for name in ("when", "how", "outcome", "server_words", "record"))
        rows = tuple(_attempt(one, lang) for one in record.deliveries)
        yield PaperTable(heads, rows, (2.7, 3.4, 4.1, 3.2, 2.8))
    else:
        yield Paragraph(paper_words("delivery_none", lang))
    yield Paragraph(paper_words("delivery_receipt", lang), heading=True)
    if record.received_on is not None and record.received_by is not None:
        said = note_text(record.received_by, lang)
        yield Paragraph(paper_words("delivery_received", lang, day=record.received_on.isoformat(), by=said))
    else:
        yield Paragraph(paper_words("delivery_not_shown", lang))
    yield from _replies(record, lang)
    yield Paragraph(paper_words("delivery_limits", lang), heading=True)
    yield Paragraph(paper_words("delivery_limits_text", lang))
    yield SignatureLines((paper_words("certified_by", lang), paper_words("date", lang)))


def _head(record: NoticeRecord, lang: Lang) -> Iterator[PaperBlock]:
    went = {one.draft for one in record.deliveries}
    drafts = [one for one in record.drafts if one.id in went] or [record.drafts[-1]]
    yield _told("number", record.notice, lang)
    yield _told("about", record.deployment, lang)
    yield _told("as_recorded", f"{record.as_of:%Y-%m-%d %H:%M:%SZ}", lang)
    for draft in drafts:  # those that something was done with; the newest where nothing was
        letter = draft.contents
        yield _told("to", visible_text(letter.host_name), lang)
        yield _told("by", f"{note_text(CHANNEL_KINDS[letter.channel_kind], lang)}: {visible_text(letter.to)}", lang)
        yield _told("from", visible_text(letter.sender), lang)
        yield _told("letter_digest", f"{draft.id} · {draft.approvable} · {draft.sha256}", lang)
        for one in record.approvals_of(draft.sha256):
            said = {"by": visible_text(one.by), "at": f"{one.at:%Y-%m-%d %H:%M:%SZ}", "sha256": one.sha256}
            yield Paragraph(paper_words("approved_by", lang, **said))


def _told(name: str, value: str, lang: Lang) -> Paragraph:
    return Paragraph(f"{paper_words(name, lang)}: {value or '–'}")


def _attempt(one: NoticeDelivery, lang: Lang) -> tuple[str, ...]:
    when = one.done_on.isoformat() if one.done_on is not None else f"{one.at:%Y-%m-%d %H:%M:%SZ}"
    how = f"{paper_words(f'via_{one.via}', lang)} {visible_text(one.server)}".strip()
    if one.via != "person":
        how += f" · {paper_words(f'exchanger_{one.exchanger}', lang)}"
    outcome = f"{note_text(OUTCOME_TITLES[one.outcome], lang)}: {note_text(one.says, lang)}"
    return (when, how, outcome, visible_text(one.answer, MOST_CHARACTERS) or "–", f"{one.id} · {one.sha256}")


def _replies(record: NoticeRecord, lang: Lang) -> Iterator[PaperBlock]:
    yield Paragraph(paper_words("delivery_replies", lang), heading=True)
    if not record.replies:
        yield Paragraph(paper_words("delivery_no_reply", lang))
        return
    heads = tuple(paper_words(f"col_{name}", lang) for name in ("arrived", "kind", "said_by", "subject", "record"))
    rows = tuple(
        (
            one.arrived_on.isoformat(), note_text(REPLY_TITLES[one.kind], lang), visible_text(one.by) or "–",
            visible_text(one.subject, MOST_CHARACTERS) or "–",
            f"{one.id} · {note_text(REPLY_SIGNATURES[one.dkim], lang)}",
        )
        for one in record.replies
    )  # fmt: skip
    yield PaperTable(heads, rows, (2.4, 3.0, 3.0, 4.6, 3.2))


def _timeline(record: NoticeRecord, days: Sequence[TimelineDay], lang: Lang) -> Iterator[PaperBlock]:
    yield from _head(record, lang)
    yield Paragraph(paper_words("timeline_days", lang, zone=record.timezone), heading=True)
    heads = tuple(paper_words(f"col_{name}", lang) for name in ("day", "event", "record"))
    rows = tuple((one.on.isoformat(), visible_text(note_text(one.says, lang)), one.cite or "–") for one in days)
    yield PaperTable(heads, rows[:MOST_DAYS], (2.4, 9.4, 4.4))
    if len(rows) > MOST_DAYS:
        yield Paragraph(paper_words("timeline_more", lang, more=f"{len(rows) - MOST_DAYS:,}"))
    yield Paragraph(paper_words("timeline_clocks", lang), heading=True)
    for clock in record.clocks:
        read = note_text(SOURCE_READINGS[clock.read], lang)
        yield Paragraph(f"· {note_text(clock.says, lang)} ({clock.source}; {read})")
    yield Paragraph(paper_words("timeline_findings", lang), heading=True)
    for one in record.findings:
        side = paper_words(f"favours_{one.favours}", lang)
        yield Paragraph(f"{visible_text(note_text(one.says, lang))} ({side})")
    if not record.findings:
        yield Paragraph(paper_words("timeline_nothing", lang))
    yield Paragraph(paper_words("timeline_limits", lang))


_BLOCKS: Mapping[RecordPaper, _Blocks] = {"delivery": _delivery, "timeline": _timeline}
