"""How fast `auditor verify` is beside `sha256sum`, how much memory it takes, and whether any changed byte escapes it.

`python bench/verify.py [--short] [--json] [--workers N]`. One run, one machine, the same files. Ratios compare CPU
seconds, so that a busy machine slows both alike. Figures:

* `ratio_per_core`: bytes per CPU second of verify over bytes per CPU second of sha256sum; wanted: at least 0.9;
* `cores`: CPU seconds over wall seconds of verify (near 2 on an idle machine of two cores);
* `peak_small_mb`, `peak_large_mb`: peak memory verifying 10 MB and the large size;
* `detected` of `changes`: random single-byte changes, anywhere in a sealed workspace.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor import custody
from tests.custody import practice_authorities as practice

TOP = Path(__file__).resolve().parent.parent
MB = 1 << 20
CHILD = """
import json, re, sys, time
from pathlib import Path
from typing import Any
from auditor import custody
started, cpu = time.monotonic(), time.process_time()
found = custody.verify_workspace(Path(sys.argv[1]), workers=int(sys.argv[2]) or None)
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps({"wall": time.monotonic() - started, "cpu": time.process_time() - cpu, "peak": peak,
                  "verdict": found.verdict, "bytes": found.counts["bytes"]}))
"""


def build(root: Path, megabytes: int, files: int, stamps: practice.Authorities) -> list[Path]:
    """A sealed workspace with one package of so much in so many files; the files."""
    practice.begin(root)
    block = os.urandom(MB)
    with custody.open_workspace(root) as held:
        pinned = stamps.pinned()
        contents = {f"part-{number}.bin": block * (megabytes // files) for number in range(files)}
        package = practice.keep(held, "big", authorities=pinned, files=contents)
        sealed = custody.Sealer(held.vault, custody.http_authorities(pinned), 2).seal(package)
    return sorted((root / sealed.path).glob("part-*.bin"))


def verified(root: Path, workers: int = 0) -> dict[str, Any]:
    """Time, CPU and peak memory of one verification in a process of its own."""
    command = [sys.executable, "-c", CHILD, str(root), str(workers)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=TOP)
    found: dict[str, Any] = json.loads(done.stdout)
    if found["verdict"] != "passed":
        raise SystemExit(f"the untouched workspace at {root} does not verify")
    return found


def summed(files: list[Path]) -> tuple[float, float]:
    """Wall and CPU seconds of sha256sum over the files."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(["sha256sum", *files], stdout=subprocess.DEVNULL, check=True)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def speed(root: Path, files: list[Path], rounds: int, workers: int) -> dict[str, float]:
    """Best of several rounds of each, one after the other, so that the page cache and the machine are the same."""
    summed(files)
    ours = [verified(root, workers) for _ in range(rounds)]
    theirs = [summed(files) for _ in range(rounds)]
    size = sum(file.stat().st_size for file in files)
    best, their_cpu, their_wall = (
        min(o["cpu"] for o in ours),
        min(cpu for _, cpu in theirs),
        min(wall for wall, _ in theirs),
    )
    wall = min(o["wall"] for o in ours)
    return {
        "bytes": size,
        "verify_mb_per_s": round(size / MB / wall, 1),
        "sha256sum_mb_per_s": round(size / MB / their_wall, 1),
        "ratio_per_core": round(their_cpu / best, 3),
        "cores": round(max(o["cpu"] / o["wall"] for o in ours), 2),
        "peak_mb": round(max(o["peak"] for o in ours), 1),
    }


def changed(root: Path, changes: int, seed: int) -> tuple[int, list[str]]:
    """How many of so many random single-byte changes verify detects, and the ones that escaped."""
    dice, detected, escaped = random.Random(seed), 0, []
    files = [path for path in sorted((root / "evidence").rglob("*")) if path.is_file() and path.stat().st_size]
    for _ in range(changes):
        path = dice.choice(files)
        data = path.read_bytes()
        place, bit = dice.randrange(len(data)), 1 << dice.randrange(8)
        path.chmod(0o644)
        path.write_bytes(data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :])
        if custody.verify_workspace(root).verdict == "failed":
            detected += 1
        else:
            escaped.append(f"{path.relative_to(root)} byte {place} bit {bit}")
        path.write_bytes(data)
    return detected, escaped


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--short", action="store_true", help="64 MB, 1 round, 20 changes: shows that it runs")
    parser.add_argument("--workers", type=int, default=0, help="threads that hash; 0: one for each core")
    parser.add_argument("--megabytes", type=int, default=1024, help="size of the large workspace")
    parser.add_argument("--files", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--changes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=None, help="where to build (needs the large size free)")
    chosen = parser.parse_args()
    if chosen.short:
        chosen.megabytes, chosen.rounds, chosen.changes = 64, 1, 20
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name, practice.authorities(Path(name) / "a") as stamps:
        base = Path(name)
        large = build(base / "large", chosen.megabytes, chosen.files, stamps)
        build(base / "small", 10, 2, stamps)
        practice.run(base / "changes", stamps)
        figures: dict[str, object] = {"bench": "verify"} | dict(
            speed(base / "large", large, chosen.rounds, chosen.workers)
        )
        figures["peak_large_mb"] = figures.pop("peak_mb")
        figures["peak_small_mb"] = round(verified(base / "small")["peak"], 1)
        detected, escaped = changed(base / "changes", chosen.changes, chosen.seed)
        figures |= {"changes": chosen.changes, "detected": detected, "escaped": escaped}
    print(json.dumps(figures, indent=None if chosen.json else 2))
    if escaped:
        raise SystemExit(4)


if __name__ == "__main__":
    main()
