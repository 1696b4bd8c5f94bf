"""The notice as blocks, from its head to its signature, and the words of papers. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from auditor.formats.docx import BLANK
from auditor.formats.foreign_text import visible_text
from auditor.model.notes import Note
from auditor.model.notices import NoticeContents, NoticePlace
from auditor.model.targets.notices import StatementKind
from auditor.notices.law.regimes import notice_regimes
from auditor.notices.letter.blocks import (
    PaperBlock,
    PaperTable,
    Paragraph,
    SignatureLines,
    docx_of,
    html_of,
    text_of,
)
from auditor.wording import CHANNEL_KINDS, HOST_KINDS, REQUEST_TITLES, Lang, note_text

STATEMENTS: tuple[StatementKind, ...] = ("truth", "good_faith", "perjury")
MOST_PLACES = 200


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return MappingProxyType(tomllib.loads(files("auditor.notices.letter").joinpath("words.toml").read_text("utf-8")))


def paper_words(key: str, lang: Lang, **values: str) -> str:
    """One text of the paper; what it names is put in as it is, and never read as a pattern."""
    text = _words()[key][lang]
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def notice_blocks(letter: NoticeContents, lang: Lang) -> Iterator[PaperBlock]:
    """The notice from its head to its signature. Text that people or pages wrote is made visible, never markup."""
    yield from _head(letter, lang)
    yield Paragraph(paper_words("right", lang), heading=True)
    if letter.work:
        yield Paragraph(paper_words("work", lang, work=_told(letter.work)))
    for right in letter.rights:
        yield Paragraph(_told(right))
    if not letter.rights:
        yield Paragraph(f"{paper_words('no_right', lang)} {BLANK}")
    yield Paragraph(paper_words("act", lang), heading=True)
    yield Paragraph(_told(letter.act) if letter.act else f"{paper_words('no_act', lang)} {BLANK}{BLANK}")
    yield from _places(letter, lang)
    yield from _requests(letter, lang)
    yield Paragraph(paper_words("statements", lang), heading=True)
    for name in _statements(letter):
        said = paper_words(name, lang)
        yield Paragraph(said if name in letter.statements else f"{paper_words('unsaid', lang, statement=said)} {BLANK}")
    yield from _annexes(letter, lang)
    yield from _further(letter, lang)
    if letter.signature:
        yield Paragraph(f"{paper_words('signature', lang)}: {_told(letter.signature)}")
        yield Paragraph(f"{paper_words('date', lang)}: {letter.dated:%Y-%m-%d}")
    else:
        yield SignatureLines((paper_words("signature", lang), paper_words("date", lang)))


def _statements(letter: NoticeContents) -> list[StatementKind]:
    """Those that a law of the letter asks for or that help under it, and those that are made."""
    marks = [notice_regimes()[law].marks for law in letter.law]
    return [one for one in STATEMENTS if one in letter.statements or any(found[one] != "not_asked" for found in marks)]


def _head(letter: NoticeContents, lang: Lang) -> Iterator[PaperBlock]:
    laws = (notice_regimes()[one].title[lang] for one in letter.law)
    channel = f"{note_text(CHANNEL_KINDS[letter.channel_kind], lang)}: {_told(letter.to)}"
    rows = [
        ("number", letter.notice), ("dated", f"{letter.dated:%Y-%m-%d}"), ("to", _told(letter.host_name)),
        ("by", channel), ("from", _told(letter.sender)), ("signer", _told(letter.signer)),
        ("address", _told(letter.address)), ("telephone", _told(letter.telephone)), ("email", _told(letter.email)),
        ("law", "; ".join(laws)),
    ]  # fmt: skip
    for name, value in rows:
        yield Paragraph(f"{paper_words(name, lang)}: {value or BLANK}")


def _places(letter: NoticeContents, lang: Lang) -> Iterator[PaperBlock]:
    yield Paragraph(paper_words("place", lang), heading=True)
    if not letter.places:
        yield Paragraph(paper_words("no_place", lang))
        return
    yield Paragraph(paper_words("place_note", lang))
    heads = tuple(paper_words(f"col_{name}", lang) for name in ("url", "address", "seen", "captures", "capture"))
    rows = tuple(_place_row(one) for one in letter.places[:MOST_PLACES])
    yield PaperTable(heads, rows, (4.2, 3.2, 3.4, 1.8, 3.6))


def _place_row(one: NoticePlace) -> tuple[str, ...]:
    port = f" : {one.port}" if one.port is not None else ""
    seen = f"{_moment(one.first_seen)} – {_moment(one.last_seen)}"
    return (_told(one.url), f"{one.address or '–'}{port}", seen, str(one.captures), f"{one.capture} {one.sha256}")


def _requests(letter: NoticeContents, lang: Lang) -> Iterator[PaperBlock]:
    yield Paragraph(paper_words("request", lang), heading=True)
    for number, one in enumerate(letter.request, start=1):
        yield Paragraph(f"({number}) {note_text(REQUEST_TITLES[one], lang)}")
    if not letter.request:
        yield Paragraph(f"{paper_words('no_request', lang)} {BLANK}")
    yield Paragraph(paper_words("fits", lang, kind=_note(HOST_KINDS[letter.host_kind], lang)))
    if letter.reply_by is not None:
        yield Paragraph(paper_words("reply_by", lang, day=letter.reply_by.isoformat()))


def _annexes(letter: NoticeContents, lang: Lang) -> Iterator[PaperBlock]:
    yield Paragraph(paper_words("annexes", lang), heading=True)
    if not letter.annexes:
        yield Paragraph(paper_words("no_annex", lang))
        return
    heads = (paper_words("col_annex", lang), paper_words("col_file", lang), paper_words("col_digest", lang))
    rows = tuple(
        (
            paper_words(one.kind, lang, title=_told(one.title)),
            one.path.rpartition("/")[2] or paper_words("not_enclosed", lang),
            one.sha256 or "–",
        )
        for one in letter.annexes
    )
    yield PaperTable(heads, rows, (7.0, 4.6, 4.6))


def _further(letter: NoticeContents, lang: Lang) -> Iterator[PaperBlock]:
    if "forward" in letter.request:
        yield Paragraph(paper_words("forward", lang), heading=True)
        yield Paragraph(paper_words("forward_text", lang, sender=_told(letter.sender)))
    if "preserve_logs" in letter.request:
        yield Paragraph(paper_words("logs", lang), heading=True)
        yield Paragraph(paper_words("logs_text", lang))


def docx_paper(letter: NoticeContents, lang: Lang) -> bytes:
    """The notice as DOCX: the same letter gives the same bytes."""
    return docx_of(_title(letter, lang), notice_blocks(letter, lang))


def html_paper(letter: NoticeContents, lang: Lang) -> bytes:
    """The notice as a page to be printed: no script, nothing from elsewhere."""
    return html_of(_title(letter, lang), notice_blocks(letter, lang), lang)


def text_paper(letter: NoticeContents, lang: Lang) -> str:
    """The notice as plain text: the body of the mail."""
    return text_of(_title(letter, lang), notice_blocks(letter, lang))


def _title(letter: NoticeContents, lang: Lang) -> str:
    return f"{paper_words('title', lang)} {letter.notice}"


def _told(text: str) -> str:
    return visible_text(text)


def _note(note: Note, lang: Lang) -> str:
    return note_text(note, lang)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%SZ}"
