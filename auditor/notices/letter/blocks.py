"""What papers are made of, and these as DOCX, as HTML for the printer, and as plain text. Pure."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.formats.docx import BLANK, DocxDocument
from auditor.wording import Lang


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


def docx_of(title: str, blocks: Iterable[PaperBlock]) -> bytes:
    """A paper as DOCX: the same blocks give the same bytes."""
    paper = DocxDocument(title, "")
    for block in blocks:
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


def html_of(title: str, blocks: Iterable[PaperBlock], lang: Lang) -> bytes:
    """A paper as a page to be printed: no script, nothing from elsewhere."""
    told = html.escape(title)
    parts = [f"<!doctype html><html lang={lang}><meta charset=utf-8><title>{told}</title><style>{_STYLE}</style>"]
    parts.append(f"<h1>{told}</h1>")
    for block in blocks:
        match block:
            case Paragraph(words, heading):
                tag = "h2" if heading else "p"
                parts.append(f"<{tag}>{html.escape(words)}</{tag}>")
            case PaperTable(heads, rows, widths):
                columns = "".join(f'<col style="width:{width}cm">' for width in widths)
                told = "".join(_row(one, "td") for one in rows)
                parts.append(f"<table><colgroup>{columns}</colgroup><thead>{_row(heads, 'th')}</thead>{told}</table>")
            case SignatureLines(lines):
                parts.append(
                    "<section>" + "".join(f"<p>{html.escape(one)}: {BLANK}</p>" for one in lines) + "</section>"
                )
    return "\n".join(parts).encode("utf-8", "replace")


_STYLE = (
    "@page{size:A4;margin:22mm}body{font:10.5pt 'Noto Serif CJK SC',serif;line-height:1.5}h1{font-size:16pt}"
    "h2{font-size:12pt;margin:1em 0 .3em;break-after:avoid}p{margin:.2em 0}table{border-collapse:collapse;width:100%;"
    "table-layout:fixed;"
    "font-size:8.5pt;margin:.5em 0}th,td{border:1px solid #999;padding:3px 5px;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}tr{break-inside:avoid}section{break-inside:avoid;margin-top:2em}"
)


def _row(cells: Sequence[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(one)}</{tag}>" for one in cells) + "</tr>"


def text_of(title: str, blocks: Iterable[PaperBlock]) -> str:
    """A paper as plain text."""
    lines = [title, ""]
    for block in blocks:
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
