"""What the second eye sees in real pixels, and that it never agrees to a number that is not drawn."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from auditor.document.normalisation import UNREADABLE
from auditor.model.reading.readings import Box
from auditor.reading.ocr import GAP, Screenshot, agreement, recognise, recognise_at, shared_engine
from tests.reading.ocr.drawing import COLOURS, DEJAVU, FONTS, drawn, encoded, formatted, mistaken, side_by_side

ENGINE = shared_engine()


def seen(text: str, *, font: Path = FONTS[4], size: int = 16, colours: tuple[str, str] = COLOURS[0]) -> str:
    picture = drawn(text, font=font, size=size, colours=colours)
    return recognise_at(picture.screenshot, [picture.box], ENGINE).text


@pytest.mark.parametrize("font", FONTS, ids=lambda font: font.stem)
@pytest.mark.parametrize("text", ["34", "3,420", "1,000,000", "18", "3.420", "0", "8", "100", "13/50", "-5", "111"])
def test_counts_are_seen_as_written(text: str, font: Path) -> None:
    assert agreement(seen(text, font=font), text) is True


@pytest.mark.parametrize("colours", COLOURS, ids=lambda pair: "on".join(pair))
@pytest.mark.parametrize("size", [11, 13, 28, 64])
def test_sizes_and_colours(colours: tuple[str, str], size: int) -> None:
    assert agreement(seen("2,750", size=size, colours=colours), "2,750") is True


@pytest.mark.parametrize(
    "text", ["不限", "34家", "共 34 家", "３４", "３，４２０", "unlimited", "illimité", "无限制", "上限：不限"]
)
def test_words_and_full_width(text: str) -> None:
    assert agreement(seen(text), text) is True


@pytest.mark.parametrize(
    ("first", "second"), [("34", "20"), ("1", "0"), ("12", "5"), ("7", "1"), ("3", "4"), ("11", "1")]
)
@pytest.mark.parametrize("gap", [6, 8, 12, 30])
def test_two_figures_with_a_gap_are_never_one_number(first: str, second: str, gap: int) -> None:
    picture = side_by_side(first, second, gap)
    text = recognise_at(picture.screenshot, [picture.box], ENGINE).text
    assert agreement(text, first + second) is not True
    assert agreement(text, f"{first} {second}") is True or UNREADABLE in text or GAP in text


def test_nothing_drawn_and_a_blur_are_not_evidence() -> None:
    blank = Screenshot(encoded(Image.new("RGB", (200, 60), "#fff")))
    assert recognise_at(blank, [Box(20, 10, 80, 20)], ENGINE).text == ""
    picture = drawn("3420")
    with Image.open(io.BytesIO(picture.png)) as image:
        blurred = Screenshot(encoded(image.filter(ImageFilter.GaussianBlur(6))))
    assert agreement(recognise_at(blurred, [picture.box], ENGINE).text, "3420") is None


def test_an_underline_and_a_border_are_no_figures() -> None:
    picture = drawn("7", font=DEJAVU / "DejaVuSans.ttf")
    with Image.open(io.BytesIO(picture.png)) as image:
        box = picture.box
        for row in (box.y + box.h, box.y + box.h + 1):
            for column in range(box.x - 1, box.x + box.w + 1):
                image.putpixel((column, row), (0, 0, 0))
        assert recognise_at(Screenshot(encoded(image)), [Box(box.x, box.y, box.w, box.h + 3)], ENGINE).text == "7"
        for row in range(image.height):
            image.putpixel((box.x - 2, row), (180, 180, 180))
        assert recognise_at(Screenshot(encoded(image)), [box], ENGINE).text == "7"


def test_infinity_is_not_taken_for_a_figure() -> None:
    for size in (13, 16, 24):
        assert agreement(seen("∞", size=size), "8") is not True


def test_several_lines_stand_apart_with_their_places() -> None:
    parts = [drawn(text, size=14) for text in ("34", "20")]
    with Image.open(io.BytesIO(parts[0].png)) as first, Image.open(io.BytesIO(parts[1].png)) as second:
        picture = Image.new("RGB", (first.width, 90), "#fff")
        picture.paste(first, (0, 0))
        picture.paste(second.crop((0, 10, second.width, second.height)), (0, 32))
    found = recognise_at(Screenshot(encoded(picture)), [Box(18, 10, 40, 50)], ENGINE)
    assert found.text == "34\n20"
    upper, lower = (line.words[0].box for line in found.lines)
    assert upper.y + upper.h <= lower.y
    assert abs(upper.x - parts[0].box.x) <= 2
    assert all(word.score > 0.8 for line in found.lines for word in line.words)


def test_figures_of_a_script_the_model_does_not_know_are_not_evidenced() -> None:
    arabic = "٠١٢٣٤٥٦٧٨٩"
    for drawn_figure in arabic:
        text = seen(drawn_figure, font=DEJAVU / "DejaVuSans.ttf")
        assert all(agreement(text, layout) is None for layout in arabic)


def test_scale_two_gives_boxes_in_css_pixels() -> None:
    picture = drawn("3,420", size=28, at=(40, 24))
    box = picture.box
    half = Box(box.x // 2, box.y // 2, box.w // 2 + 1, box.h // 2 + 1)
    found = recognise_at(Screenshot(picture.png, 2.0), [half], ENGINE)
    assert found.text == "3,420"
    assert found.box is not None and abs(found.box.x - half.x) <= 2 and abs(found.box.w - half.w) <= 4


def never_a_wrong_agreement(number_of: int, seed: int) -> float:
    """Share read right of so many drawn numbers; fails at the first wrong agreement."""
    chance = random.Random(seed)
    right = 0
    for _ in range(number_of):
        font, size = chance.choice(FONTS), chance.choice((11, 12, 13, 14, 16, 20, 28))
        text = formatted(chance.randrange(10 ** chance.randint(1, 6)), chance, font)
        picture = drawn(text, font=font, size=size, colours=chance.choice(COLOURS))
        found = recognise(picture.screenshot.cut([picture.box]), ENGINE)
        right += agreement(found.text, text) is True
        wrong = mistaken(text, chance)
        assert agreement(found.text, wrong) is not True, (text, wrong, found.text, font.stem, size)
    return right / number_of


def test_random_numbers_short() -> None:
    assert never_a_wrong_agreement(120, 7) > 0.97


@pytest.mark.long
@pytest.mark.timeout(900)
def test_random_numbers_two_thousand() -> None:
    share = never_a_wrong_agreement(2000, 20)
    print(f"read right: {share:.4f} of 2000")
    assert share > 0.97
