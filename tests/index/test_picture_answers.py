"""Recognised texts outlast the process; a file that is broken, held or full is done without."""

from __future__ import annotations

import io
import sqlite3
import threading
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from auditor.index import PictureAnswers
from auditor.model.reading.readings import Box
from auditor.reading.ocr import PaddleEngine, Screenshot, recognise_at, shared_engine
from auditor.reading.ocr.paddle_engine import ReadLine
from auditor.reading.ocr.screenshot import Pixels


class CountingEngine:
    """The engine of the product, with how often it was asked."""

    def __init__(self, engine: PaddleEngine) -> None:
        self.engine, self.asked = engine, 0
        self.name, self.models = engine.name, engine.models

    def read_line(self, pixels: Pixels, *, look: int = 0) -> ReadLine:
        self.asked += 1
        return self.engine.read_line(pixels, look=look)

    def lacks(self, text: str) -> bool:
        return self.engine.lacks(text)


def picture(text: str) -> Screenshot:
    image = Image.new("RGB", (200, 60), "white")
    ImageDraw.Draw(image).text((20, 15), text, font=ImageFont.load_default(22), fill="black")
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return Screenshot(buffer.getvalue(), 1.0)


def test_an_unchanged_number_costs_nothing_at_the_next_visit(tmp_path: Path) -> None:
    engine, box = CountingEngine(shared_engine()), Box(18, 12, 120, 32)
    with PictureAnswers(tmp_path / "db" / "pictures.db") as first:
        seen = recognise_at(picture("34500"), [box], engine, first)
    asked = engine.asked
    assert asked > 0
    with PictureAnswers(tmp_path / "db" / "pictures.db") as again:
        assert recognise_at(picture("34500"), [box], engine, again) == seen
        assert engine.asked == asked
        assert recognise_at(picture("34501"), [box], engine, again).text == "34501"
        assert engine.asked > asked


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be taken for one" * 40, None])
def test_a_file_that_is_broken_is_done_without(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "pictures.db"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with PictureAnswers(path) as answers:
        answers.put("k", b"1")
        assert answers.get("k") is None


def test_a_file_that_another_process_holds_is_done_without(tmp_path: Path) -> None:
    path = tmp_path / "pictures.db"
    with PictureAnswers(path) as answers:
        answers.put("k", b"1")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("begin exclusive")
        answers.put("l", b"2")
        other.rollback()
        other.close()
        assert answers.get("l") is None


def test_several_keepers_share_it_and_the_oldest_answers_go_first(tmp_path: Path) -> None:
    path = tmp_path / "pictures.db"
    with PictureAnswers(path) as answers:

        def keep(number: int) -> None:
            for one in range(50):
                answers.put(f"{number}-{one}", str(one).encode())

        threads = [threading.Thread(target=keep, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        answers.put("last", b"last")
        assert answers.get("2-49") == b"49"
    with PictureAnswers(path, most=1) as fewer:
        assert fewer.get("last") == b"last"
        assert fewer.get("0-0") is None


def test_an_answer_that_was_damaged_or_moved_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "pictures.db"
    with PictureAnswers(path) as answers:
        answers.put("k", b"[1]")
        answers.put("l", b"[2]")
    for change in ("update answers set answer = x'5b' where key = 'k'", "update answers set key = 'm' where key = 'l'"):
        other = sqlite3.connect(path)
        other.execute(change)
        other.commit()
        other.close()
    with PictureAnswers(path) as again:
        assert (again.get("k"), again.get("m")) == (None, None)
        again.put("k", b"[1]")
        assert again.get("k") == b"[1]"
