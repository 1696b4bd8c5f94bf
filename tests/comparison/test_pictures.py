"""Pictures laid on each other: an illustration that is never 0 because it failed, and never made of unlike pictures."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from auditor.comparison.screens.pixels import compare_pictures, why_not_comparable
from auditor.model.comparisons import PixelFigure
from auditor.model.notes import Note
from tests.comparison.sample_systems import CONTROLS, sample_system

EQUAL = {"browser": "b", "fonts": "f", "window": "1280x900", "scale": "1.0", "language": "zh-CN"}


def picture(width: int, height: int, box: tuple[int, int, int, int] | None = None) -> bytes:
    made = Image.new("RGB", (width, height), "white")
    if box is not None:
        ImageDraw.Draw(made).rectangle(box, fill="black")
    stream = io.BytesIO()
    made.save(stream, "PNG")
    return stream.getvalue()


def compared(left: bytes, right: bytes) -> PixelFigure:
    found = compare_pictures(left, right)
    assert isinstance(found, PixelFigure)
    return found


def test_c01_pictures_of_other_fonts_are_not_comparable() -> None:
    """C1: another machine, 1.6 % "different" (BackstopJS#677, #1204, #648)."""
    why = why_not_comparable(EQUAL, EQUAL | {"fonts": "other"})
    assert why is not None
    assert why.text("names") == "fonts"
    assert why_not_comparable(EQUAL, EQUAL) is None
    assert why_not_comparable({}, {}) is not None  # circumstances that are not known are not equal


def test_c02_a_missing_part_is_changed() -> None:
    """C2: pictures of different height that are equal from the top were a match (react-styleguidist-visual#18)."""
    found = compared(picture(100, 300), picture(100, 90))
    assert (found.changed, found.pixels) == (100 * 210, 100 * 300)
    assert (found.left_size, found.right_size) == ((100, 300), (100, 90))


def test_c03_a_failed_comparison_is_never_zero() -> None:
    """C3: sizes differ, ratio 0, count 0 (cypress-image-snapshot#80)."""
    assert compared(picture(10, 10), picture(20, 20)).changed > 0
    for wrong in (b"", b"GIF89a", picture(30, 30)[:40]):
        failed = compare_pictures(picture(30, 30), wrong)
        assert isinstance(failed, Note)
        assert failed.code == "comparison.picture_unreadable"


def test_c04_pictures_of_unlike_sizes_are_compared_on_the_larger_canvas() -> None:
    """C4: an exception and no picture (pytest-playwright-visual#3, Visual-Regression-Tracker#8)."""
    found = compared(picture(64, 64), picture(32, 128))
    assert found.pixels == 64 * 128
    assert found.boxes


def test_equal_pictures_and_pictures_of_one_pixel() -> None:
    assert compared(picture(1, 1), picture(1, 1)).changed == 0
    same = compared(picture(90, 90, (10, 10, 20, 20)), picture(90, 90, (10, 10, 20, 20)))
    assert (same.changed, same.boxes) == (0, ())


def test_a_changed_place_is_boxed() -> None:
    found = compared(picture(320, 320), picture(320, 320, (100, 100, 130, 130)))
    assert found.changed == 31 * 31
    assert len(found.boxes) == 1
    box = found.boxes[0]
    assert (box.x, box.y, box.w, box.h) == (96, 96, 64, 64)


def test_pictures_hardly_tell_a_copy_from_strangers() -> None:
    """Why they carry no statement: of a copy 7.5 % of the pixels differ, of strangers 9.6 to 13 %."""
    shares = {}
    for name in ("copy", *CONTROLS):
        for screen in ("marc", "holdings_log"):
            pictures = (sample_system(one).screens[screen].picture for one in ("licensed", name))
            found = compared(*pictures)
            shares[name, screen] = found.changed / found.pixels
    assert all(0.07 < share < 0.08 for (name, _), share in shares.items() if name == "copy")
    assert all(0.09 < share < 0.14 for (name, _), share in shares.items() if name != "copy")
