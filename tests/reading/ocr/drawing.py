"""Texts drawn as pictures, for the eye that sees pictures only: by Pillow with fonts of the system."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from auditor.model.reading.readings import Box
from auditor.reading.ocr import Screenshot

DEJAVU, NOTO = Path("/usr/share/fonts/truetype/dejavu"), Path("/usr/share/fonts/opentype/noto")
FONTS = (
    DEJAVU / "DejaVuSans.ttf",
    DEJAVU / "DejaVuSans-Bold.ttf",
    DEJAVU / "DejaVuSerif.ttf",
    DEJAVU / "DejaVuSansMono.ttf",
    NOTO / "NotoSansCJK-Regular.ttc",
    NOTO / "NotoSerifCJK-Regular.ttc",
)
PLAIN = NOTO / "NotoSansCJK-Regular.ttc"
COLOURS = (("#000", "#fff"), ("#d0d7de", "#1b1f24"), ("#fff", "#f5222d"), ("#888", "#fff"), ("#1677ff", "#f0f5ff"))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture with one text, and the box that a layout would give it."""

    png: bytes
    box: Box

    @property
    def screenshot(self) -> Screenshot:
        return Screenshot(self.png)


def drawn(
    text: str,
    *,
    font: Path = PLAIN,
    size: int = 16,
    colours: tuple[str, str] = COLOURS[0],
    at: tuple[int, int] = (20, 12),
) -> Drawn:
    """The text at a place of a picture that has little else."""
    face = ImageFont.truetype(str(font), size)
    ink, ground = colours
    left, top, right, bottom = face.getbbox(text)
    picture = Image.new("RGB", (int(right) + 2 * at[0], int(bottom) + 2 * at[1] + 8), ground)
    ImageDraw.Draw(picture).text(at, text, font=face, fill=ink)
    box = Box(at[0], at[1] + int(top) - 2, int(right - min(left, 0)) + 1, int(bottom - top) + 4)
    return Drawn(encoded(picture), box)


def side_by_side(first: str, second: str, gap: int, *, size: int = 16, font: Path = PLAIN) -> Drawn:
    """Two texts on one line, their ink `gap` pixels apart, in one box."""
    face = ImageFont.truetype(str(font), size)
    probe = Image.new("L", (1, 1))
    parts = [ImageDraw.Draw(probe).textbbox((0, 0), text, font=face) for text in (first, second)]
    start = 20 + int(parts[0][2]) + gap - int(parts[1][0])
    picture = Image.new("RGB", (start + int(parts[1][2]) + 20, size * 3), "#fff")
    pen = ImageDraw.Draw(picture)
    pen.text((20, size // 2), first, font=face, fill="#000")
    pen.text((start, size // 2), second, font=face, fill="#000")
    return Drawn(encoded(picture), Box(20, size // 2, start + int(parts[1][2]) - 20, 2 * size))


def encoded(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def formatted(number: int, chance: random.Random, font: Path) -> str:
    """The number as pages write it; Chinese units only where the font has them."""
    grouped = f"{number:,}"
    units = (f"{number} 家", f"{number}个") if font.parent == NOTO else (f"{number} users", f"({number})")
    return chance.choice(
        (
            str(number),
            grouped,
            grouped.replace(",", "."),
            grouped.replace(",", "\u00a0"),
            grouped.replace(",", "'"),
            f"{number} seats",
            f"{number} / {number + 7}",
            *units,
        )
    )


def mistaken(text: str, chance: random.Random) -> str:
    """The text as another number: one figure changed to one that looks like it, dropped, doubled or torn off."""
    places = [at for at, char in enumerate(text) if char.isdigit()]
    at = chance.choice(places)
    like = {"0": "8", "1": "7", "2": "7", "3": "8", "4": "9", "5": "6", "6": "5", "7": "1", "8": "3", "9": "0"}
    changed = (
        text[:at] + like[text[at]] + text[at + 1 :],
        text[:at] + text[at] * 2 + text[at + 1 :],
        text[:at] + text[at + 1 :] if len(places) > 1 else "-" + text,
        text[: at + 1] + "  " + chance.choice("0123456789") + text[at + 1 :],
    )
    return chance.choice(changed)
