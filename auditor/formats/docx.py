"""DOCX (ISO/IEC 29500) with fixed bytes: headings, paragraphs, tables and blanks for what only a person can say.

Written by python-docx; the same calls give the same bytes on every machine and at every time.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import datetime

from docx import Document
from docx.document import Document as DocumentType
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from auditor.formats.fixed_zip import fixed_zip_entries

BLANK = "____________________"
LATIN, HAN = "Liberation Serif", "Noto Serif CJK SC"
_DIGEST = re.compile("[0-9a-f]{64}")
"""A SHA-256, which is set so small that it stays on one line."""
FIXED_DATE = datetime(2000, 1, 1)  # noqa: DTZ001 (a file property without a zone; constant, so that bytes repeat)


class DocxDocument:
    """A document under way."""

    def __init__(self, title: str, draft: str) -> None:
        self._document: DocumentType = Document()
        section = self._document.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.4)
        section.top_margin = section.bottom_margin = Cm(2.2)
        style = self._document.styles["Normal"]
        style.font.name, style.font.size = LATIN, Pt(10.5)
        style.element.rPr.rFonts.set(qn("w:eastAsia"), HAN)
        properties = self._document.core_properties
        properties.author, properties.last_modified_by, properties.title = "", "", title
        properties.created = properties.modified = FIXED_DATE
        properties.revision, properties.comments = 1, ""
        self.heading(title, 15)
        if draft:
            self._say(draft, size=9.5, bold=True, color=RGBColor(0xB0, 0x00, 0x20))

    def heading(self, words: str, size: float = 12) -> None:
        self._say(words, size=size, bold=True, keep=True)

    def say(self, words: str) -> None:
        self._say(words)

    def items(self, lines: Sequence[str]) -> None:
        """Numbered paragraphs; numbers are part of the text, so that they can be cited."""
        for number, line in enumerate(lines, start=1):
            self._say(f"{number}. {line}")

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[object]], widths: Sequence[float]) -> None:
        """A table with a grid; widths in centimetres. Rows stay whole, and the heads stand on every page."""
        table = self._document.add_table(rows=1, cols=len(heads))
        table.style, table.autofit = "Table Grid", False
        for place, width in enumerate(widths):
            table.columns[place].width = Cm(width)
        for place, words in enumerate(heads):
            self._cell(table.rows[0].cells[place], words, widths[place], bold=True)
        self._mark(table.rows[0], "w:cantSplit", "w:tblHeader")
        for row in rows:
            made = table.add_row()
            cells = made.cells
            self._mark(made, "w:cantSplit")
            for place, value in enumerate(row):
                self._cell(cells[place], str(value), widths[place])
        self._say("")

    def signature(self, lines: Sequence[str], *, over: str = "", declared: Sequence[str] = ()) -> None:
        """Lines that a person fills in by hand, below what is declared: on one page, none without the others."""
        told = ["", *([over] if over else []), *declared, *([""] if declared else [])]
        for words in told:
            self._say(
                words, size=12 if words and words == over else None, bold=bool(words) and words == over, keep=True
            )
        for place, line in enumerate(lines, start=1):
            self._say(f"{line}: {BLANK}", keep=place < len(lines))

    @staticmethod
    def _mark(row: object, *names: str) -> None:
        properties = row._tr.get_or_add_trPr()  # type: ignore[attr-defined]
        for name in names:
            properties.append(OxmlElement(name))

    def saved(self) -> bytes:
        """The DOCX, its parts in their order and without the time of writing."""
        raw = io.BytesIO()
        self._document.save(raw)
        return fixed_zip_entries(raw.getvalue())

    def _say(
        self, words: str, *, size: float | None = None, bold: bool = False, color: RGBColor | None = None,
        keep: bool = False,
    ) -> None:  # fmt: skip
        paragraph = self._document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(4)
        paragraph.paragraph_format.keep_with_next = keep or None
        self._run(paragraph, words, size, bold, color)

    def _cell(self, cell: object, words: str, width: float, *, bold: bool = False) -> None:
        cell.width = Cm(width)  # type: ignore[attr-defined]
        paragraph = cell.paragraphs[0]  # type: ignore[attr-defined]
        paragraph.paragraph_format.space_after = Pt(0)
        self._run(paragraph, words, 6.5 if _DIGEST.fullmatch(words) else 8.5, bold, None)

    @staticmethod
    def _run(paragraph: object, words: str, size: float | None, bold: bool, color: RGBColor | None) -> None:
        run = paragraph.add_run(xml_safe(words))  # type: ignore[attr-defined]
        run.bold = bold or None
        run.font.name = LATIN
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), HAN)
        if size:
            run.font.size = Pt(size)
        if color is not None:
            run.font.color.rgb = color


def xml_safe(words: str) -> str:
    """Text without characters that XML cannot hold; hostile pages may bring any."""
    return "".join(letter for letter in words if letter in "\t\n" or (letter >= " " and letter not in "\ufffe\uffff"))
