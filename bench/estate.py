"""How planning and reporting grow with an estate: time and peak memory at three sizes each.

    python bench/estate.py [--json] [--short]

`plan`: targets of so many deployments loaded, expanded by a schedule and put into an itinerary, one stop after another.
`status` and `report`: an index of so many captures, ten of each deployment, written directly; `status` asks for the
newest capture of each deployment, `report` composes positions and findings. Each measurement is a process of its own,
so that its peak memory is its own. The growth is the exponent p of time ~ size^p; 1 is linear.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor.custody import Journal
from auditor.index import Index, Record
from auditor.model.evidence import Seal
from auditor.model.findings import Basis, Observation
from auditor.model.reports import EvidenceRow
from auditor.planning import Itinerary, SlotTime, members, offset
from auditor.settings import Workspace
from auditor.targets import load
from auditor.workflow.judging import compose
from auditor.workflow.opening import begin
from auditor.workflow.recounting import MOST_TOLD
from bench.targets import many_files

PLAN, PLAN_SHORT = (25_000, 50_000, 100_000), (250, 500, 1_000)
CAPTURES, CAPTURES_SHORT = (250_000, 500_000, 1_000_000), (1_000, 2_000, 4_000)
EACH = 10
"""Captures of each deployment."""
START = datetime(2025, 1, 1, tzinfo=UTC)
SCHEDULE = 'schedules: {weekly: {cron: "0 3 * * 1", jitter_seconds: 3600}}\n'


def estate_of(folder: Path, deployments: int) -> None:
    """Targets in includes of ten, with a schedule."""
    many_files(folder, deployments)
    main = folder / "targets.yaml"
    main.write_text(main.read_text(encoding="utf-8") + SCHEDULE, encoding="utf-8")
    (folder / "a.pem").write_text("", encoding="ascii")


def plan(size: int) -> dict[str, float]:
    """Seconds to load, and to expand and hand out every stop."""
    with tempfile.TemporaryDirectory() as name:
        estate_of(Path(name), size)
        began = time.process_time()
        estate = load(Path(name) / "targets.yaml")
        loaded = time.process_time()
        schedule = estate.schedules["weekly"]
        slot = SlotTime(START, schedule.id)
        way: Itinerary[str] = Itinerary(estate.politeness, {})
        for one in members(schedule, estate):
            way.add(one, [(offset(schedule, slot, one), one)])
        taken = 0
        while (turn := way.take(3600.0)) is not None:
            taken += turn.stop is not None
        assert taken == size
        return {"load": loaded - began, "seconds": time.process_time() - loaded}


def indexed(root: Path, captures: int) -> None:
    """An index of so many captures, and a journal that knows none of them."""
    estate_of(root, captures // EACH)
    begin(Workspace(root), origin="bench.example/estate")
    with Index.open(Workspace(root).db) as index:
        batch: list[Record] = []
        for number in range(captures):
            batch.append(record(number // EACH, number % EACH))
            if len(batch) == 5000:
                index.record(batch)
                batch.clear()
        index.record(batch)


def record(deployment: int, turn: int) -> Record:
    capture, name, at = f"c-{deployment}-{turn}", f"d{deployment}", START + timedelta(days=7 * turn)
    row = EvidenceRow(capture, name, f"evidence/{name}/{capture}", "complete", at, "0" * 64, Seal("0" * 64, (), 1), ())
    shown = 15 + (deployment + turn) % 12
    basis = Basis(capture, "registration/dom.html", "0" * 64, "html/body/table/tr/td", str(shown), None)
    seen = Observation(
        name, "branch", capture, at, sealed=False, displayed=shown, displayed_raw=str(shown), cap=20, cap_raw="20",
        listed=None, listed_complete=False, basis={"displayed": basis},
    )  # fmt: skip
    return Record("r", row, None, (seen,), ())


def status(root: Path) -> int:
    with Index.open(Workspace(root).db) as index:
        return len(index.newest())


def report(root: Path) -> int:
    estate = load(root / "targets.yaml")
    with Index.open(Workspace(root).db) as index:
        found = compose(estate, index, Journal.open(root), START + timedelta(days=80), "bench", told=MOST_TOLD)
    return len(found.positions)


ASKED: dict[str, Callable[[Path], int]] = {"status": status, "report": report}


def child(what: str, folder: str, size: int) -> None:
    """One measurement, in its own process."""
    if what == "plan":
        found = plan(size)
    else:
        began = time.process_time()
        count = ASKED[what](Path(folder))
        found = {"seconds": time.process_time() - began, "rows": float(count)}
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))


def asked_of(what: str, folder: str, size: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, "--child", what, folder, str(size)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"bench: {what} of {size} ended with {done.returncode}: {done.stderr[-300:]}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measure(plans: tuple[int, ...], captures: tuple[int, ...]) -> list[dict[str, object]]:
    rows = [summed("plan", plans, [asked_of("plan", "", size) for size in plans])]
    found: dict[str, list[dict[str, float]]] = {"status": [], "report": []}
    for size in captures:
        with tempfile.TemporaryDirectory() as name:
            indexed(Path(name), size)
            for what, each in found.items():
                each.append(asked_of(what, name, size))
    return rows + [summed(what, captures, each) for what, each in found.items()]


def summed(what: str, sizes: tuple[int, ...], found: list[dict[str, float]]) -> dict[str, object]:
    first, last = max(found[0]["seconds"], 1e-3), max(found[-1]["seconds"], 1e-3)
    return {
        "what": what,
        "seconds": {str(size): round(one["seconds"], 2) for size, one in zip(sizes, found, strict=True)},
        "load_seconds": {
            str(size): round(one["load"], 2) for size, one in zip(sizes, found, strict=True) if "load" in one
        },
        "peak_mb": {str(size): round(one["peak_mb"]) for size, one in zip(sizes, found, strict=True)},
        "growth": round(math.log(last / first) / math.log(sizes[-1] / sizes[0]), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--short", action="store_true", help="small sizes: shows that it runs, measures little")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(asked.child[0], asked.child[1], int(asked.child[2]))
        return
    rows = measure(PLAN_SHORT, CAPTURES_SHORT) if asked.short else measure(PLAN, CAPTURES)
    if asked.json:
        print(json.dumps({"bench": "estate", "captures_each": EACH, "rows": rows}))
        return
    for row in rows:
        print(f"{row['what']:7} seconds {row['seconds']}  growth {row['growth']}  peak MB {row['peak_mb']}")


if __name__ == "__main__":
    main()
