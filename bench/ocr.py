"""What the second eye costs: `python bench/ocr.py [--json] [--short]`.

In one run: milliseconds of processor time to import and to load the engine, for a crop that is read, for one whose
pixels are remembered, and for a place of an equal screenshot; resident memory before and after; and the share of drawn
numbers that is read right. Numbers are drawn by Pillow in six fonts and seven sizes.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor.reading.ocr import PaddleEngine, RecentAnswers, Screenshot, agreement, recognise, recognise_at
from tests.reading.ocr.drawing import COLOURS, FONTS, Drawn, drawn, formatted

MB = 1 << 20


def processor_ms(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def pictures(count: int) -> list[tuple[str, Drawn]]:
    chance = random.Random(15)
    made = []
    for _ in range(count):
        font, size = chance.choice(FONTS), chance.choice((11, 12, 13, 14, 16, 20, 28))
        text = formatted(chance.randrange(10 ** chance.randint(1, 6)), chance, font)
        made.append((text, drawn(text, font=font, size=size, colours=chance.choice(COLOURS))))
    return made


def measure(count: int) -> dict[str, float | int | str]:
    process = psutil.Process()
    made = pictures(count)
    before = process.memory_info().rss
    engine = PaddleEngine()
    load = processor_ms(lambda: recognise_at(made[0][1].screenshot, [made[0][1].box], engine))
    loaded = process.memory_info().rss
    memory = RecentAnswers()
    shots = [(text, Screenshot(one.png), one.box) for text, one in made]
    crops = [shot.cut([box]) for _, shot, box in shots]
    read = processor_ms(lambda: [recognise(crop, engine) for crop in crops])
    for _, shot, box in shots:
        recognise_at(shot, [box], engine, memory)
    pixels = processor_ms(lambda: [recognise(crop, engine, memory) for crop in crops])
    place = processor_ms(lambda: [recognise_at(shot, [box], engine, memory) for _, shot, box in shots])
    right = sum(
        agreement(recognise(c, engine, memory).text, t) is True for c, (t, _, _) in zip(crops, shots, strict=True)
    )
    return {
        "bench": "ocr",
        "engine": engine.name,
        "crops": count,
        "load_ms": round(load),
        "read_ms": round(read / count, 2),
        "remembered_pixels_ms": round(pixels / count, 3),
        "remembered_place_ms": round(place / count, 3),
        "mb_before": round(before / MB, 1),
        "mb_loaded": round(loaded / MB, 1),
        "mb_after": round(process.memory_info().rss / MB, 1),
        "read_right": round(right / count, 4),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--short", action="store_true", help="40 crops: shows that it runs, measures little")
    parser.add_argument("--crops", type=int, default=600)
    asked = parser.parse_args()
    figures = measure(40 if asked.short else asked.crops)
    print(json.dumps(figures) if asked.json else "  ".join(f"{name} {value}" for name, value in figures.items()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
