"""How planning, status and reporting grow with an estate: time and peak memory at three sizes each.

    python bench/estate.py [--json] [--short] [--only plan journal wide deep] [--measure report judged daily …]
        [--sizes CAPTURES …] [--folder FOLDER [--prepare]]

`plan`: targets of so many deployments loaded from YAML (`load_estate`) and from what was kept of them (`again`),
expanded by a
schedule and put into an itinerary, one stop after another.
`deep` and `wide`: an index of so many captures, a hundred or three of each deployment, grown step by step. Of each size
`status` says how the workspace stands and `report` composes positions and findings, of now and of the run before, both
with the targets kept; `scan` is the reference: SQLite handing every row of the counts to Python, in order.
Beside them what stands: `judged` is everything judged into it for the first time, `standing` the overview that
`auditor report --from-standing` writes when nothing has changed (`command`: the whole command, as a user waits for it),
`new` the same overview after 100 new captures (`cold`: with the targets read in that process; `seconds` and `wall`:
where they are held, as by a scheduler or a server), `daily` the judging of one new capture of each deployment, at most
100,000, once everything else is judged; beside it what recording them takes (`record`). `times_report` says how many
times as long the full recomputation, `report`, takes in the same run.
`--measure` takes of all these some alone, and `--sizes` other sizes of `deep` and `wide`.
`--folder` keeps the workspaces of `deep` and `wide`, and `--prepare` makes them beforehand.
`journal`: a journal of so many captures (intent, capture, two timestamps each), read and checked line by line; `again`:
opened from what was folded then (`bench/ledger.py` measures the journal itself).
Each measurement is a process of its own, so that its peak memory is its own; of a report judged by several processes
`children_mb` is the peak of the largest beside it. Seconds are processor time, of those processes too; `wall` is what a
user waits for the composed report. The growth is the exponent p of time ~ size^p between the smallest and the largest
size; 1 is linear.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


from auditor.clock import monotonic
from auditor.custody import Journal
from auditor.index import Index
from auditor.model.standing import EVERYTHING, FindingQuery
from auditor.planning import HostQueue, SlotTime, covered_deployments, visit_offset
from auditor.targets import load_cached_estate, load_estate
from auditor.workflow.report.history import DEFAULT_HISTORY_LIMIT
from auditor.workflow.report.render import WorkspaceReportRequest, render_report, workspace_report
from auditor.workflow.standing.overview import render_overview, standing_overview
from auditor.workflow.standing.standing import StandingWorkspace, open_standing
from auditor.workflow.views.status import workspace_status
from auditor.workspace import Workspace
from bench.estate_made import BATCH, START, estate_of, grown, journalled, later

Shapes = dict[str, tuple[int, tuple[int, ...]]]
PLAN, PLAN_SHORT = (25_000, 50_000, 100_000), (250, 500, 1_000)
LINES, LINES_SHORT = (10_000, 20_000, 40_000), (250, 500, 1_000)
SHAPES: Shapes = {"deep": (100, (250_000, 500_000, 1_000_000)), "wide": (3, (75_000, 150_000, 300_000))}
"""Captures of each deployment, and of all: 1,000,000 captures; 100,000 deployments."""
SHAPES_SHORT: Shapes = {"deep": (100, (1_000, 2_000, 4_000)), "wide": (3, (300, 600, 1_200))}
NEW = 100
"""New captures after which an overview is asked for."""
DAILY = 100_000
"""New captures that are judged in the background, at most."""
PARTS = ("plan", "journal", *SHAPES)

Found = dict[str, float]
Rows = list[dict[str, object]]
KEPT = ("judged", "standing", "new", "daily")
MEASURED = ("scan", "status", "report", *KEPT)
"""Of a workspace, in this order: what is judged stays judged, and the captures of `daily` stay in it."""
EACH = "BENCH_CAPTURES_EACH"
"""Tells the process of a measurement how many captures each deployment has."""
HOUSE = Path(__file__).resolve().parent.parent


def plan(root: Path, size: int) -> Found:
    """Seconds to load, to load again, and to expand and hand out every stop."""
    estate_of(root, size)
    began = time.process_time()
    load_estate(root / "targets.yaml")
    loaded = time.process_time()
    load_cached_estate(root / "targets.yaml", root / "kept.json", worth=0)
    kept = time.process_time()
    estate, _ = load_cached_estate(root / "targets.yaml", root / "kept.json", worth=0)
    again = time.process_time()
    schedule = estate.schedules["weekly"]
    slot = SlotTime(START, schedule.id)
    way: HostQueue[str] = HostQueue(estate.politeness, {})
    for one in covered_deployments(schedule, estate):
        way.add(one, [(visit_offset(schedule, slot, one), one)])
    taken = 0
    while (turn := way.take(3600.0)) is not None:
        taken += turn.stop is not None
    assert taken == size
    return {"load": loaded - began, "again": again - kept, "seconds": time.process_time() - again}


def status(root: Path, _: int) -> Found:
    began = time.process_time()
    found = workspace_status(Workspace(root), lambda: START + timedelta(days=800))
    return {"seconds": time.process_time() - began, "deployments": found.health.deployments}


def report(root: Path, _: int) -> Found:
    began, waited = processor(), time.perf_counter()
    found = workspace_report(
        Workspace(root),
        WorkspaceReportRequest(as_of=START + timedelta(days=800), history_limit=DEFAULT_HISTORY_LIMIT),
    )
    composed, waited = processor(), time.perf_counter() - waited
    pages = render_report(found, Workspace(root), "html", "en")
    page = processor()
    plain = render_report(found, Workspace(root), "json", "en")
    return {
        "seconds": composed - began,
        "wall": waited,
        "html": page - composed,
        "json": processor() - page,
        "html_mb": sum(map(len, pages.values())) / 1e6,
        "json_mb": sum(map(len, plain.values())) / 1e6,
        "findings": len(found.findings),
        "children_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }


def processor() -> float:
    """Seconds of this process and of those it waited for."""
    used = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def scan(root: Path, _: int) -> Found:
    """The reference: every row of the counts from SQLite, in the order of its key."""
    began = time.process_time()
    rows = 0
    for _row in sqlite3.connect(Workspace(root).db).execute(
        "select * from counts order by deployment, captured_at, capture, metric"
    ):
        rows += 1
    return {"seconds": time.process_time() - began, "rows": rows}


def at() -> datetime:
    return START + timedelta(days=800)


def judged(root: Path, _: int) -> Found:
    """Everything judged into the standing index."""
    began = processor()
    with open_standing(Workspace(root), clock=at) as standing:
        settled = standing.refresh().settled
    assert settled
    return {"seconds": processor() - began, "index_mb": Workspace(root).db.stat().st_size / 1e6}


def standing(root: Path, _: int) -> Found:
    """The overview when nothing has changed: in this process, and as a command."""
    began, waited = processor(), monotonic()
    found = standing_overview(Workspace(root), clock=at)
    data = render_overview(found)
    used, waited = processor() - began, monotonic() - waited
    assert found.state.settled
    asked = monotonic()
    command = [sys.executable, "-m", "auditor", "--workspace", str(root), "report", "--from-standing"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=dict(os.environ, PYTHONPATH=str(HOUSE)))
    return {"seconds": used, "wall": waited, "command": monotonic() - asked, "json_mb": len(data) / 1e6}


def new(root: Path, size: int) -> Found:
    """The overview after new captures."""
    with open_standing(Workspace(root), clock=at) as kept:
        kept.refresh()
    deployments = size // int(float(os.environ[EACH]))
    names = [number * deployments // NEW for number in range(min(NEW, deployments))]
    added = _add(root, names)
    waited = monotonic()
    with open_standing(Workspace(root), clock=at) as kept:  # reads the targets
        assert kept.refresh().settled
        cold = monotonic() - waited
        again = _add(root, names, turn=1)
        began, waited = processor(), monotonic()
        assert kept.refresh().settled
        kept.reader.tallies(EVERYTHING)
        kept.reader.findings(FindingQuery(EVERYTHING), kept.moment)
        used, waited = processor() - began, monotonic() - waited
    _take_away(root, [*added, *again])
    return {"seconds": used, "wall": waited, "cold": cold, "captures": len(added)}


def daily(root: Path, size: int) -> Found:
    """New captures of many deployments, judged as in the background: the targets are read in that process."""
    with open_standing(Workspace(root), clock=at) as kept:
        assert kept.refresh().settled
    deployments = size // int(float(os.environ[EACH]))
    recorded = processor()
    added = _add(root, list(range(min(DAILY, deployments))))
    began, waited = processor(), monotonic()
    with open_standing(Workspace(root), clock=at) as kept:
        assert kept.state().outstanding >= len(added)
        assert kept.refresh().settled
    used, waited = processor() - began, monotonic() - waited
    return {
        "seconds": used,
        "wall": waited,
        "record": began - recorded,
        "captures": len(added),
        "ms_each": 1000 * used / len(added),
    }


def _add(root: Path, deployments: list[int], turn: int = 0) -> list[str]:
    names = []
    with Index.open(Workspace(root).db) as index:
        for first in range(0, len(deployments), BATCH):
            records = [later(number, turn) for number in deployments[first : first + BATCH]]
            index.record(records)
            names += [one.row.capture for one in records]
    return names


def _take_away(root: Path, captures: list[str]) -> None:
    """As it was, judged again: the next measurement begins where this one did."""
    with Index.open(Workspace(root).db) as index:
        index.remove(captures)
        StandingWorkspace(Workspace(root), index, at).refresh()


def journal(root: Path, size: int) -> Found:
    """Seconds to open it with every line read, and again from what was folded then."""
    began = time.process_time()
    assert Journal.open(root).ledger.standing.captures == size
    opened = time.process_time()
    assert Journal.open(root).ledger.standing.captures == size
    return {"seconds": opened - began, "again": time.process_time() - opened}


ASKED: dict[str, Callable[[Path, int], Found]] = {
    "plan": plan, "status": status, "report": report, "scan": scan, "journal": journal,
    "judged": judged, "standing": standing, "new": new, "daily": daily,
}  # fmt: skip


def child(what: str, folder: str, size: int) -> None:
    """One measurement, in its own process."""
    found = ASKED[what](Path(folder), size)
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))


def asked_of(what: str, folder: str, size: int) -> Found:
    done = subprocess.run(
        [sys.executable, __file__, "--child", what, folder, str(size)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"bench: {what} of {size} ended with {done.returncode}: {done.stderr[-300:]}")
    found: Found = json.loads(done.stdout)
    print(f"bench: {what} {size}: {done.stdout.strip()}", file=sys.stderr)
    return found


@contextmanager
def workspace_of(kept: Path | None, each_has: int, size: int) -> Iterator[Path]:
    """A workspace of so many captures in which nothing was judged yet; of a folder that is kept, a copy."""
    with tempfile.TemporaryDirectory(prefix="auditor-estate-") as name:
        if kept is None:
            grown(Path(name), each_has, 0, size)
        else:
            shutil.copytree(prepared(kept, each_has, size), name, dirs_exist_ok=True)
        yield Path(name)


def prepared(kept: Path, each_has: int, size: int) -> Path:
    """The workspace of so many captures in a folder that is kept, made where it is not there."""
    root = kept / f"{size}-{each_has}"
    if not root.is_dir():
        unfinished = root.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        grown(unfinished, each_has, 0, size)
        unfinished.rename(root)
    return root


def of_shape(
    shape: str, each_has: int, sizes: tuple[int, ...], kept: Path | None, measured: list[str]
) -> list[dict[str, object]]:
    """What is measured of a workspace, at each size."""
    os.environ[EACH] = str(each_has)
    found: dict[str, list[Found]] = {what: [] for what in MEASURED if what in measured}
    for size in sizes:
        with workspace_of(kept, each_has, size) as root:
            name = str(root)
            asked_of("status", name, size)  # what it keeps of the targets is there the next time
            for what, each in found.items():
                each.append(asked_of(what, name, size))
    rows = [summed(f"{what} {shape}", sizes, each) for what, each in found.items()]
    for row, (what, each) in zip(rows, found.items(), strict=True):
        if "scan" in found:
            row["ratio_to_scan"] = _times(sizes, each, found["scan"])
        if "report" in found and what in KEPT:
            row["times_report"] = _times(sizes, found["report"], each)
    return rows


def _times(sizes: tuple[int, ...], these: list[Found], those: list[Found]) -> dict[str, float]:
    """How many times as long these take as those, by size."""
    return {
        str(size): round(one["seconds"] / max(other["seconds"], 1e-3), 1)
        for size, one, other in zip(sizes, these, those, strict=True)
    }


def in_folders(what: str, sizes: tuple[int, ...], make: Callable[[Path, int], None]) -> dict[str, object]:
    found = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            make(Path(name), size)
            found.append(asked_of(what, name, size))
    return summed(what, sizes, found)


def measure(parts: list[str], kept: Path | None, measured: list[str], shapes: Shapes, *, short: bool) -> Rows:
    rows: Rows = []
    if "plan" in parts:
        rows.append(in_folders("plan", PLAN_SHORT if short else PLAN, lambda _root, _size: None))
    if "journal" in parts:
        rows.append(in_folders("journal", LINES_SHORT if short else LINES, journalled))
    for shape, (each_has, sizes) in shapes.items():
        if shape in parts:
            rows += of_shape(shape, each_has, sizes, kept, measured)
    return rows


def summed(what: str, sizes: tuple[int, ...], found: list[Found]) -> dict[str, object]:
    first, last = max(found[0]["seconds"], 1e-3), max(found[-1]["seconds"], 1e-3)
    growth = round(math.log(last / first) / math.log(sizes[-1] / sizes[0]), 2) if len(sizes) > 1 else None
    each = {name: {str(size): round(one[name], 2) for size, one in zip(sizes, found, strict=True)} for name in found[0]}
    return {"what": what, "growth": growth, **each}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--short", action="store_true", help="small sizes: shows that it runs, measures little")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="of these alone")
    parser.add_argument("--measure", nargs="+", choices=MEASURED, default=list(MEASURED), help="of a workspace alone")
    parser.add_argument("--sizes", nargs="+", type=int, metavar="CAPTURES", help="of `deep` and `wide`")
    parser.add_argument("--folder", type=Path, help="where the workspaces are made and kept, for the next time")
    parser.add_argument("--prepare", action="store_true", help="make them there, and measure nothing")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(asked.child[0], asked.child[1], int(asked.child[2]))
        return
    shapes = SHAPES_SHORT if asked.short else SHAPES
    if asked.sizes:
        shapes = {shape: (each_has, tuple(asked.sizes)) for shape, (each_has, _) in shapes.items()}
    if asked.prepare:
        for shape, (each_has, sizes) in shapes.items():
            for size in sizes if shape in asked.only else ():
                prepared(asked.folder, each_has, size)
        return
    rows = measure(asked.only, asked.folder, asked.measure, shapes, short=asked.short)
    if asked.json:
        print(
            json.dumps(
                {"bench": "estate", "captures_each": {shape: each for shape, (each, _) in shapes.items()}, "rows": rows}
            )
        )
        return
    for row in rows:
        print(f"{row['what']:12} growth {row['growth']}")
        for name, by_size in row.items():
            if isinstance(by_size, dict):
                print(f"    {name:14} {by_size}")


if __name__ == "__main__":
    main()
