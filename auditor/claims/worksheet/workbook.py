"""A workbook being written: formats, cells with a cached result, and names that formulas and readers use."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from unicodedata import east_asian_width

from auditor.errors import ClaimError
from auditor.model.targets.contracts import Rounding

MAX_DIGITS = 15
"""A spreadsheet keeps no more significant digits."""
LINE = 15
"""Height of one line of text, in points."""
MONEY = "#,##0.00"
FORMATS: Mapping[str, Mapping[str, object]] = {
    "title": {"bold": True, "font_size": 15},
    "lead": {"italic": True, "font_color": "#52606d"},
    "head": {
        "bold": True,
        "bg_color": "#1f3a57",
        "font_color": "#ffffff",
        "text_wrap": True,
        "valign": "top",
        "border": 1,
    },
    "label": {"bold": True, "valign": "top", "text_wrap": True, "border": 1, "border_color": "#cbd2d9"},
    "text": {"valign": "top", "text_wrap": True, "indent": 1, "align": "left", "border": 1, "border_color": "#cbd2d9"},
    "mono": {"valign": "top", "font_name": "DejaVu Sans Mono", "font_size": 8, "border": 1, "border_color": "#cbd2d9"},
    "band": {"bold": True, "bg_color": "#e4e7eb", "border": 1, "border_color": "#cbd2d9"},
}
INPUT = {"bg_color": "#fff3bf", "font_color": "#1a3fa0"}
BASE = {"valign": "top", "border": 1, "border_color": "#cbd2d9", "align": "right"}
NUMBERS = {"money": MONEY, "count": "0", "times": "0.0000", "percent": "0.####", "word": "@"}


@dataclass(slots=True)
class Workbook:
    """One workbook under way; `names` maps every defined name to its cell."""

    workbook: Any
    rounding: Rounding
    formats: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def style(self, name: str) -> Any:
        """A format by name: those of `FORMATS`, and `money`, `count`, `times`, `percent`, `word` with suffixes.

        `money in` is a coloured input cell; `money sum` a bold result.
        """
        if name not in self.formats:
            self.formats[name] = self.workbook.add_format(_format(name))
        return self.formats[name]

    def name(self, wanted: str, sheet: str, cell: str) -> str:
        """Defines a name for a cell; characters a name cannot hold become `_`, a taken name gets a number."""
        clean = re.sub(r"\W", "_", wanted)
        clean = clean if clean[:1].isalpha() else f"n_{clean}"
        unique, number = clean, 2
        while unique.lower() in {name.lower() for name in self.names}:
            unique, number = f"{clean}_{number}", number + 1
        column, row = re.fullmatch(r"([A-Z]+)([0-9]+)", cell).groups()  # type: ignore[union-attr]
        self.workbook.define_name(unique, f"={sheet}!${column}${row}")
        self.names[unique] = f"{sheet}!{cell}"
        return unique

    def round(self, formula: str) -> str:
        """The formula rounded as the claim states, in words a spreadsheet has."""
        step = self.rounding.to
        if step == 1 or step.as_tuple().digits != (1,):
            scaled = f"({formula})/{format(step, 'f')}"
            return f"{_whole(scaled, self.rounding.mode)}*{format(step, 'f')}"
        places = -int(step.as_tuple().exponent)
        if self.rounding.mode == "half_even":
            factor = format(Decimal(10) ** places, "f")
            return f"{_whole(f'({formula})*{factor}', 'half_even')}/{factor}"
        return f"{'ROUNDDOWN' if self.rounding.mode == 'down' else 'ROUND'}({formula},{places})"


def _whole(formula: str, mode: str) -> str:
    if mode == "half_even":
        return f"IF(ABS(({formula})-INT({formula})-0.5)<0.000001,2*ROUND(({formula})/2,0),ROUND({formula},0))"
    return f"{'ROUNDDOWN' if mode == 'down' else 'ROUND'}({formula},0)"


def _format(name: str) -> dict[str, object]:
    if name in FORMATS:
        return dict(FORMATS[name])
    kind, _, state = name.partition(" ")
    made: dict[str, object] = {**BASE, "num_format": NUMBERS[kind]}
    if state == "in":
        made.update(INPUT)
    if state == "sum":
        made["bold"] = True
    return made


class Sheet:
    """One sheet: text is never read as a formula, numbers keep their digits, formulas carry their result."""

    def __init__(self, book: Workbook, title: str, widths: Sequence[int]) -> None:
        self.book = book
        self.title = title
        self.widths = tuple(widths)
        self.sheet = book.workbook.add_worksheet(title)
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(left=Decimal("0.4"), right=Decimal("0.4"), top=Decimal("0.5"), bottom=Decimal("0.6"))
        self.sheet.set_footer("&L&A&RPage &P of &N")
        self.sheet.hide_gridlines(2)

    def text(self, cell: str, text: str, style: str = "text") -> None:
        self.sheet.write_string(cell, text, self.book.style(style))

    def number(self, cell: str, value: Decimal | int | None, style: str) -> None:
        """A number or, where there is none, an empty cell in the same style."""
        if value is None:
            self.sheet.write_blank(cell, None, self.book.style(style))
        else:
            self.sheet.write_number(cell, _digits(Decimal(value)), self.book.style(style))

    def formula(self, cell: str, formula: str, value: Decimal | int | str | None, style: str) -> None:
        """A live formula with the program's own figure as its stored result."""
        stored = "" if value is None else value if isinstance(value, str) else format(_digits(Decimal(value)), "f")
        if isinstance(value, str) or value is None:
            self.sheet.write_formula(cell, f"={formula}", self.book.style(style), stored)
        else:
            self.sheet.write_formula(cell, f"={formula}", self.book.style(style), Decimal(stored))

    def row(self, number: int, values: Sequence[str], style: str = "text") -> None:
        """Texts from column A on, in a row high enough for them."""
        for column, value in enumerate(values):
            self.text(f"{column_letter(column)}{number}", value, style)
        self.fit(number, dict(enumerate(values)))

    def fit(self, number: int, texts: Mapping[int, str], level: int = 0) -> None:
        """Makes a row as high as its texts need in their columns."""
        lines = max((_lines(text, self.widths[column]) for column, text in texts.items()), default=1)
        self.sheet.set_row(number - 1, LINE * lines, None, {"level": level} if level else None)


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column; full-width characters take two places, words break early."""
    cells = sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
    return max(1, -(-cells // max(1, width - 1)))


def _digits(value: Decimal) -> Decimal:
    if len(value.normalize().as_tuple().digits) > MAX_DIGITS:
        raise ClaimError(f"worksheet: {value} has more digits than a spreadsheet keeps (15); export JSON instead")
    return value


def column_letter(column: int) -> str:
    """Column letters from an index: 0 is A, 26 is AA."""
    text = ""
    while column >= 0:
        text = chr(ord("A") + column % 26) + text
        column = column // 26 - 1
    return text
