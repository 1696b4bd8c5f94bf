"""How the journal grows: opening, appending, proving and verifying it at three lengths.

    python bench/ledger.py [--json] [--short] [--folder FOLDER [--prepare]]

A journal of so many lines (intent, capture, two timestamps, and a checkpoint at the end) is written as one whole,
without its packages, and folded once (`first`: every line read). Then, each in a process of its own:

`open`     seconds of processor time to open it again, and the peak memory, beside that of a process that imports the
           same and opens nothing;
`append`   lines a second through the journal, and of a bare loop with the writes and flushes that a line needs;
`proof`    milliseconds for an inclusion proof of a random line, and for a consistency proof with half the tree;
`verify`   megabytes of journal a second through `walk_journal` on one core, beside SHA-256 over the same files, and its
           peak memory;
`tiles`    bytes of the tiles as a share of those of the lines.

Three million lines take a while to write: `--folder` keeps them, and `--prepare` writes them beforehand.

Ratios count, not seconds: `open` between the sizes, `append` beside the bare loop, `verify` beside SHA-256.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor.clock import now
from auditor.custody import Journal, Sealer, load_checkpoint, open_workspace, sign_checkpoint
from auditor.custody.files import durable
from auditor.custody.verification.journal import walk_journal
from auditor.formats import merkle
from auditor.model.events import ScheduleDropped
from auditor.model.evidence import CheckList
from bench.estate_made import journalled

SIZES, SIZES_SHORT = (30_000, 300_000, 3_000_000), (3_000, 9_000, 30_000)
LINES = 3
"""Of each capture."""

Found = dict[str, float]


def peak() -> float:
    """Megabytes that this process needed at most; what `getrusage` tells begins with what its parent needed."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def nothing(_: Path) -> Found:
    return {"mb": peak()}


def opened(root: Path) -> Found:
    began = time.process_time()
    journal = Journal.open(root)
    return {"seconds": time.process_time() - began, "lines_read": journal.lines_read, "mb": peak()}


def append(root: Path) -> Found:
    """Lines through the journal, then the flushes that a line needs, bare, on the same disk."""
    count = 400
    with open_workspace(root) as held:
        began = time.perf_counter()
        for number in range(count):
            held.journal.record(ScheduleDropped(schedule=f"bench-{number}"))
        through = count / (time.perf_counter() - began)
    folder = root / "bare"
    folder.mkdir(exist_ok=True)
    handle = os.open(folder / "lines", os.O_WRONLY | os.O_CREAT)
    began = time.perf_counter()
    for _ in range(count):
        durable.replace(folder / "head", b"x" * 600, folder / "scratch")
        os.write(handle, b"x" * 200)
        os.fsync(handle)
    bare = count / (time.perf_counter() - began)
    os.close(handle)
    return {"lines_s": through, "bare_s": bare, "of_bare": through / bare}


def proof(root: Path) -> Found:
    journal, chance, count = Journal.open(root), random.Random(1), 200
    size, spent, longest = journal.size, 0.0, 0.0
    for _ in range(count):
        number = chance.randrange(size)
        began = time.perf_counter()
        tree = journal.tree()
        path = tree.path(number)
        took = time.perf_counter() - began
        spent, longest = spent + took, max(longest, took)
        assert merkle.verify_inclusion(journal.frontier.root(), size, number, tree.leaf(number), path)
    began = time.perf_counter()
    journal.tree().consistency(size // 2)
    consistency = time.perf_counter() - began
    return {"ms": spent / count * 1000, "longest_ms": longest * 1000, "consistency_ms": consistency * 1000}


def files(root: Path) -> Iterator[Path]:
    folder = root / "evidence" / "journal"
    yield from (path for path in folder.rglob("*.jsonl") if path.is_file())


def verify(root: Path) -> Found:
    size = sum(path.stat().st_size for path in files(root))
    began = time.process_time()
    for path in files(root):
        with path.open("rb", buffering=0) as file:
            durable.digest(file.fileno())
    hashed, checks = time.process_time() - began, CheckList()
    began = time.process_time()
    walk = walk_journal(root, checks, now(), timedelta(days=36_500))
    took = time.process_time() - began
    assert walk.whole and not checks.failures()
    return {"mb_s": size / took / 1e6, "sha256_mb_s": size / hashed / 1e6, "of_sha256": hashed / took, "mb": peak()}


def tiles(root: Path) -> Found:
    folder = root / "evidence" / "journal"
    lines = sum(path.stat().st_size for path in files(root))
    hashes = [path.stat().st_size for path in (folder / "tile").rglob("*") if path.is_file()]
    tables = (root / "db" / "ledger.db").stat().st_size
    return {"share": sum(hashes) / lines, "files": len(hashes), "ledger_share": tables / lines}


ASKED: dict[str, Callable[[Path], Found]] = {
    "nothing": nothing, "open": opened, "append": append, "proof": proof, "verify": verify, "tiles": tiles,
}  # fmt: skip


@contextmanager
def written(kept: Path | None, lines: int) -> Iterator[Path]:
    """A journal of so many lines that nobody opened yet; of a folder that is kept, a copy."""
    with tempfile.TemporaryDirectory(prefix="auditor-ledger-") as name:
        if kept is None:
            journalled(Path(name), lines // LINES)
        else:
            shutil.copytree(prepared(kept, lines), name, dirs_exist_ok=True)
        yield Path(name)


def prepared(kept: Path, lines: int) -> Path:
    """The journal of so many lines in a folder that is kept, written where it is not there."""
    root, unfinished = kept / str(lines), kept / f"{lines}.unfinished"
    if not root.is_dir():
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        journalled(unfinished, lines // LINES)
        unfinished.rename(root)
    return root


def made(root: Path) -> Found:
    """A journal with a checkpoint at its end; seconds to read it whole, once."""
    began = time.process_time()
    with open_workspace(root) as held:
        first = time.process_time() - began
        at = sign_checkpoint(held.journal, Sealer(held.vault, [], 1), "bench")
        assert load_checkpoint(root, at.path).root == at.root
    return {"seconds": first}


def measured(part: str, root: Path) -> Found:
    """In a process of its own."""
    command = [sys.executable, __file__, "--part", part, "--root", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--part", choices=ASKED, help=argparse.SUPPRESS)
    parser.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help="where the journals are written and kept, for the next time")
    parser.add_argument("--prepare", action="store_true", help="write them there, and measure nothing")
    asked = parser.parse_args()
    if asked.part:
        print(json.dumps(ASKED[asked.part](asked.root)))
        return
    found: dict[str, dict[str, Found]] = {}
    for lines in SIZES_SHORT if asked.short else SIZES:
        if asked.prepare:
            prepared(asked.folder, lines)
            continue
        with written(asked.folder, lines) as root:
            told = {"first": made(root)}
            told |= {part: measured(part, root) for part in ASKED}
            told["open"]["more_mb"] = told["open"]["mb"] - told["nothing"]["mb"]
            found[str(lines)] = told
        if not asked.json:
            print(f"{lines} lines")
            for part, one in told.items():
                print(f"  {part:8}", "  ".join(f"{name} {value:.4g}" for name, value in one.items()))
    if asked.prepare:
        return
    times = [one["open"]["seconds"] for one in found.values()]
    ratio = max(times) / min(times)
    if asked.json:
        print(json.dumps({"sizes": found, "open_ratio": ratio}))
    else:
        print(f"opening, longest to shortest: {ratio:.2f}")


if __name__ == "__main__":
    main()
