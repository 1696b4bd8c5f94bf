"""The engine's pins, its laziness, its threads, and what is remembered."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files

import pytest

from auditor.errors import ReadingError
from auditor.model.reading.readings import Box
from auditor.reading.ocr import (
    MODEL_DIGESTS,
    PaddleEngine,
    RecentAnswers,
    Screenshot,
    ScreenshotRefused,
    recognise_at,
    shared_engine,
)
from auditor.reading.ocr.paddle_engine import ReadLine, checked_model, installed_model
from auditor.reading.ocr.screenshot import Pixels
from tests.reading.ocr.drawing import drawn


class CountingEngine:
    """The real engine, and how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.name = shared_engine().name
        self.models = shared_engine().models

    def read_line(self, pixels: Pixels, *, look: int = 0) -> ReadLine:
        self.asked += 1
        return shared_engine().read_line(pixels, look=look)

    def lacks(self, text: str) -> bool:
        return shared_engine().lacks(text)


def test_the_installed_models_are_the_pinned_ones() -> None:
    lines = ""
    for name, pinned in sorted(MODEL_DIGESTS.items()):
        found = hashlib.sha256(files("rapidocr").joinpath("models", name).read_bytes()).hexdigest()
        assert found == pinned
        lines += f"{name} {found}\n"
    assert PaddleEngine().models == hashlib.sha256(lines.encode()).hexdigest()


def test_an_altered_model_is_refused() -> None:
    (name,) = MODEL_DIGESTS
    altered = bytearray(installed_model(name))
    altered[len(altered) // 2] ^= 1
    with pytest.raises(ReadingError, match="digest"):
        checked_model(name, bytes(altered))


def test_importing_loads_no_engine() -> None:
    program = (
        "import sys, auditor.reading.ocr as ocr; ocr.shared_engine().models; ocr.shared_engine().name;"
        "print(sorted({'onnxruntime', 'rapidocr', 'cv2'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_several_threads_see_what_one_sees() -> None:
    pictures = [drawn(str(number * 37), size=14) for number in range(1, 9)]
    engine = PaddleEngine()
    alone = [recognise_at(p.screenshot, [p.box], shared_engine()) for p in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda p: recognise_at(p.screenshot, [p.box], engine), pictures))
    assert together == alone
    assert [one.text for one in alone] == [str(number * 37) for number in range(1, 9)]


def test_an_unchanged_number_is_not_asked_for_again() -> None:
    engine, memory = CountingEngine(), RecentAnswers()
    first = drawn("3,420")
    seen = recognise_at(first.screenshot, [first.box], engine, memory)
    assert (seen.text, engine.asked) == ("3,420", 1)
    assert recognise_at(first.screenshot, [first.box], engine, memory) == seen
    assert engine.asked == 1
    moved = drawn("3,420", at=(60, 40))
    elsewhere = recognise_at(moved.screenshot, [moved.box], engine, memory)
    assert (elsewhere.text, elsewhere.crop, engine.asked) == ("3,420", seen.crop, 1)
    assert elsewhere.box is not None and seen.box is not None
    assert (elsewhere.box.x - seen.box.x, elsewhere.box.y - seen.box.y) == (40, 28)
    other = drawn("3,421")
    assert recognise_at(other.screenshot, [other.box], engine, memory).text == "3,421"
    assert engine.asked == 2


def test_answers_of_other_models_are_not_taken() -> None:
    engine, memory = CountingEngine(), RecentAnswers()
    picture = drawn("77")
    recognise_at(picture.screenshot, [picture.box], engine, memory)
    engine.models = "0" * 64
    recognise_at(picture.screenshot, [picture.box], engine, memory)
    assert engine.asked == 2


def test_the_memory_forgets_the_oldest() -> None:
    memory = RecentAnswers(2)
    for key in "abac":
        memory.put(key, key.encode())
    assert (memory.get("a"), memory.get("b"), memory.get("c"), len(memory)) == (b"a", None, b"c", 2)


@pytest.mark.parametrize(
    ("box", "says"),
    [(Box(5000, 5000, 10, 10), "outside"), (Box(0, 0, 0, 5), "no box"), (Box(-9000, -9000, 10, 10), "outside")],
)
def test_a_place_that_cannot_be_looked_at_is_refused(box: Box, says: str) -> None:
    with pytest.raises(ScreenshotRefused, match=says):
        drawn("1").screenshot.cut([box])


def test_what_is_no_picture_is_refused() -> None:
    for damaged in (b"", b"GIF89a" + bytes(40), drawn("1").png[:60]):
        with pytest.raises(ScreenshotRefused):
            Screenshot(damaged).cut([Box(0, 0, 5, 5)])
