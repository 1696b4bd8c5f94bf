"""Processor time and peak memory of comparing: pictures, scripts of rising size, sixteen screens; beside other tools.

Each figure is had in a process of its own, so that its peak is its own; inputs are made before it is timed. Ratios
between sizes in one run tell whether time is linear; absolute figures are this machine's. Tools that are not installed
are left out and named.

    python -m bench.compare            everything
    python -m bench.compare scripts    one part: pictures, scripts or screens
    python -m bench.compare --most 4   scripts of up to 4 MB
"""

from __future__ import annotations

import argparse
import difflib
import io
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

SIZES = (1, 2, 4, 8, 16, 20)
"""Megabytes of a script."""
PAGES = Path(__file__).parents[1] / "auditor" / "demo" / "pages"


@cache
def script(megabytes: float, seed: int = 1) -> bytes:
    """A script of about so many megabytes: functions of a real one under other names of properties."""
    chance, own = random.Random(seed), (PAGES / "compared_licensed.js").read_text("utf-8")
    parts: list[str] = []
    size = 0
    while size < megabytes * (1 << 20):
        part = own.replace("LibNet", f"Lib{chance.randrange(1 << 30)}").replace(
            "serial", f"s{chance.randrange(1 << 30)}"
        )
        size += len(part.encode()) + 1
        if parts and size > megabytes * (1 << 20):
            break  # never more than is named: what is larger than 20 MB is not compared
        parts.append(part)
    return "\n".join(parts).encode()


@cache
def picture(seed: int) -> bytes:
    """A screenshot of 1440 × 3000 with text-like marks."""
    from PIL import Image, ImageDraw

    chance, made = random.Random(seed), Image.new("RGB", (1440, 3000), "white")
    pen = ImageDraw.Draw(made)
    for row in range(40, 2960, 24):
        for column in range(20, 1400, 60):
            if chance.random() < 0.6:
                pen.rectangle((column, row, column + chance.randrange(10, 50), row + 12), fill=(30, 60, 90))
    stream = io.BytesIO()
    made.save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def pair_of_pictures() -> object:
    from auditor.comparison.screens.pixels import compare_pictures

    return compare_pictures(picture(1), picture(2))


def pillow_difference() -> object:
    from PIL import Image, ImageChops

    one, other = (Image.open(io.BytesIO(picture(seed))).convert("RGB") for seed in (1, 2))
    return ImageChops.difference(one, other).getbbox()


def opencv_ssim() -> object:
    import cv2
    import numpy as np

    def grey(seed: int) -> Any:
        decoded: Any = cv2.imdecode(np.frombuffer(picture(seed), np.uint8), 1)
        return cv2.cvtColor(decoded, cv2.COLOR_BGR2GRAY).astype(np.float32)

    one, other = grey(1), grey(2)
    mean = [cv2.GaussianBlur(each, (11, 11), 1.5) for each in (one, other)]
    spread = [cv2.GaussianBlur(each * each, (11, 11), 1.5) - m * m for each, m in zip((one, other), mean, strict=True)]
    both = cv2.GaussianBlur(one * other, (11, 11), 1.5) - mean[0] * mean[1]
    top = (2 * mean[0] * mean[1] + 6.5) * (2 * both + 58.5)
    return float((top / ((mean[0] ** 2 + mean[1] ** 2 + 6.5) * (spread[0] + spread[1] + 58.5))).mean())


def pair_of_scripts(megabytes: float) -> object:
    from auditor.comparison import ServedScript, read_script
    from auditor.comparison.code.winnowing import shared_count

    one, other = (read_script(ServedScript("a.js", script(megabytes, seed))) for seed in (1, 2))
    if one.why_not is not None or other.why_not is not None:
        raise SystemExit(f"bench: {megabytes} MB were not compared; the figure would mislead")
    return shared_count(one.tokens, other.tokens)


def difflib_lines(megabytes: float) -> object:
    one, other = (script(megabytes, seed).decode().split("\n") for seed in (1, 2))
    return difflib.SequenceMatcher(None, one, other).quick_ratio()


def copydetect_pair(megabytes: float) -> object:
    import copydetect  # type: ignore[import-not-found]

    paths = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in (1, 2):
            path = Path(folder) / f"{seed}.js"
            path.write_bytes(script(megabytes, seed))
            paths.append(copydetect.CodeFingerprint(str(path), 25, 1))
    return copydetect.compare_files(*paths)[1]


def sixteen_screens() -> object:
    from tests.comparison.test_five_systems import compare

    return compare("copy", ("other-library", "crm", "plain")).ranks[1].lowest


def measured(name: str) -> dict[str, object]:
    """Processor seconds and peak memory of one act, the imports it needs included."""
    act = ACTS[name]
    sizes = [size for size in SIZES if f" {size} MB" in name]
    for seed in (1, 2):
        for size in sizes:
            script(size, seed)
        if name.startswith("pictures"):
            picture(seed)
    begun = time.process_time()
    said = act()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu_s": round(time.process_time() - begun, 2), "peak_mb": round(peak), "says": str(said)[:60]}


ACTS: dict[str, Callable[[], object]] = {
    "pictures: ours, 1440 × 3000": pair_of_pictures,
    "pictures: Pillow ImageChops": pillow_difference,
    "pictures: OpenCV SSIM": opencv_ssim,
    **{f"scripts: ours, {size} MB pair": lambda size=size: pair_of_scripts(size) for size in SIZES},  # type: ignore[misc]
    "scripts: difflib by lines, 1 MB pair": lambda: difflib_lines(1),
    "scripts: copydetect, 1 MB pair": lambda: copydetect_pair(1),
    "screens: sixteen, with three controls": sixteen_screens,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", default="")
    parser.add_argument("--act", default="")
    parser.add_argument("--most", type=int, default=max(SIZES), help="megabytes of the largest script")
    given = parser.parse_args()
    if given.act:
        print(json.dumps(measured(given.act)))
        return
    seconds: dict[str, float] = {}
    for name in ACTS:
        if any(f"scripts: ours, {size} MB pair" == name for size in SIZES if size > given.most):
            continue
        if not name.startswith(given.part):
            continue
        done = subprocess.run(
            [sys.executable, "-m", "bench.compare", "--act", name], capture_output=True, text=True, check=False
        )
        last = (done.stderr.strip().splitlines() or ["?"])[-1]
        if done.returncode:
            print(f"{name:42} not measured: {last[:70]}", flush=True)
            continue
        found = json.loads(done.stdout)
        seconds[name] = found["cpu_s"]
        print(f"{name:42} {found['cpu_s']:8.2f} s {found['peak_mb']:6} MB  {found['says']}", flush=True)
    rates = [(size, seconds[f"scripts: ours, {size} MB pair"] / size) for size in SIZES
             if f"scripts: ours, {size} MB pair" in seconds]  # fmt: skip
    for size, rate in rates[1:]:
        print(f"scripts: {size} MB costs {rate / rates[0][1]:.2f} of the time for each MB that 1 MB does", flush=True)


if __name__ == "__main__":
    main()
