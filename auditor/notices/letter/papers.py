"""The notice as blocks, and these as DOCX, as HTML for the printer, and as plain text for the mail. Pure."""

from __future__ import annotations

import html
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from auditor.formats.docx import BLANK, DocxDocument
from auditor.formats.foreign_text import visible_text
from auditor.model.notes import Note
from auditor.model.notices import NoticeContents, NoticePlace
from auditor.model.targets.notices import StatementKind
from auditor.notices.law.regimes import notice_regimes
from auditor.wording import CHANNEL_KINDS, HOST_KINDS, REQUEST_TITLES, Lang, note_text

STATEMENTS: tuple[StatementKind, ...] = ("truth", "good_faith", "perjury")
MOST_PLACES = 200


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line or paragraph; a heading where it says so."""

    words: str
    heading: bool = False


@dataclass(frozen=True, slots=True)
class PaperTable:
    """Rows under heads; widths in centimetres."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SignatureLines:
    """What a person fills in by hand, below what is signed already."""

    lines: tuple[str, ...]


PaperBlock = Paragraph | PaperTable | SignatureLines


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
    yield PaperTable(heads, rows, (4.6, 3.2, 3.6, 1.4, 3.4))


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
    paper = DocxDocument(f"{paper_words('title', lang)} {letter.notice}", "")
    for block in notice_blocks(letter, lang):
        match block:
            case Paragraph(words, True):
                paper.heading(words)
            case Paragraph(words):
                paper.say(words)
            case PaperTable(heads, rows, widths):
                paper.table(heads, rows, widths)
            case SignatureLines(lines):
                paper.signature(lines)
    return paper.saved()


def html_paper(letter: NoticeContents, lang: Lang) -> bytes:
    """The notice as a page to be printed: no script, nothing from elsewhere."""
    title = html.escape(f"{paper_words('title', lang)} {letter.notice}")
    parts = [f"<!doctype html><html lang={lang}><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>"]
    parts.append(f"<h1>{title}</h1>")
    for block in notice_blocks(letter, lang):
        match block:
            case Paragraph(words, heading):
                tag = "h2" if heading else "p"
                parts.append(f"<{tag}>{html.escape(words)}</{tag}>")
            case PaperTable(heads, rows, _):
                parts.append(
                    f"<table><thead>{_row(heads, 'th')}</thead>{''.join(_row(one, 'td') for one in rows)}</table>"
                )
            case SignatureLines(lines):
                parts.append(
                    "<section>" + "".join(f"<p>{html.escape(one)}: {BLANK}</p>" for one in lines) + "</section>"
                )
    return "\n".join(parts).encode("utf-8", "replace")


_STYLE = (
    "@page{size:A4;margin:22mm}body{font:10.5pt 'Noto Serif CJK SC',serif;line-height:1.5}h1{font-size:16pt}"
    "h2{font-size:12pt;margin:1em 0 .3em;break-after:avoid}p{margin:.2em 0}table{border-collapse:collapse;width:100%;"
    "font-size:8.5pt;margin:.5em 0}th,td{border:1px solid #999;padding:3px 5px;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}tr{break-inside:avoid}section{break-inside:avoid;margin-top:2em}"
)


def _row(cells: Sequence[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(one)}</{tag}>" for one in cells) + "</tr>"


def text_paper(letter: NoticeContents, lang: Lang) -> str:
    """The notice as plain text: the body of the mail."""
    lines = [f"{paper_words('title', lang)} {letter.notice}", ""]
    for block in notice_blocks(letter, lang):
        match block:
            case Paragraph(words, heading):
                lines += ["", words] if heading else [words]
            case PaperTable(heads, rows, _):
                lines += [
                    "  " + " | ".join(f"{head}: {cell}" for head, cell in zip(heads, row, strict=True)) for row in rows
                ]
            case SignatureLines(signed):
                lines += ["", *(f"{one}: {BLANK}" for one in signed)]
    return "\n".join(lines) + "\n"


def _told(text: str) -> str:
    return visible_text(text)


def _note(note: Note, lang: Lang) -> str:
    return note_text(note, lang)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%SZ}"
