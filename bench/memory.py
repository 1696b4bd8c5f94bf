"""Resident memory of the auditor over many captures in one process, and whether any process is left behind.

    python bench/memory.py [--json] [--short] [--captures N] [--chart PATH]

One run over as many deployments on one server; memory of this process (the browser is a process of its own and is
replaced while it goes) is read after each 20 captures. `growth`: at the end over after the first 200 (a third in the
short form).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor.workflow.audit.audit import run_audit
from auditor.workflow.wiring import initialise_workspace, open_instruments
from auditor.workspace import Workspace
from bench.site import RegistrationSite, serving
from tests.scheduler.loopback_estate import targets

MB = 1 << 20
EVERY = 20


def measure(captures: int) -> tuple[list[tuple[int, float]], int, int, dict[str, int]]:
    """(captures, MB resident) as it went; complete captures; processes left behind; how often each other outcome."""
    readings: list[tuple[int, float]] = []
    process = psutil.Process()

    def progress(done: int, total: int, what: str) -> None:
        if done % EVERY == 0 or done == total:
            readings.append((done, process.memory_info().rss / MB))

    before = {child.pid for child in process.children(recursive=True)}
    with tempfile.TemporaryDirectory() as folder, serving(RegistrationSite()) as address:
        root = Path(folder) / "workspace"
        root.mkdir()
        polite = "politeness: {visits_at_once: 64, seconds_between: 0}\n"
        (root / "targets.yaml").write_text(targets(address, captures, polite), encoding="utf-8")
        initialise_workspace(Workspace(root), origin="bench.example/memory")
        with open_instruments(Workspace(root), sandbox=os.geteuid() != 0) as instruments:
            # On a busy machine a visit may take long; what is measured is memory, not patience.
            patient = replace(instruments.estate, browser=replace(instruments.estate.browser, visit_seconds=120))
            summary = asyncio.run(run_audit(replace(instruments, estate=patient), progress))
            views = [view for row in instruments.index.packages() for view in row.views if view.outcome != "observed"]
    left = [child for child in process.children(recursive=True) if child.pid not in before]
    others = Counter(f"{view.outcome}: {view.why}" for view in views)
    return readings, summary.complete, len([child for child in left if running(child)]), dict(others.most_common(5))


def running(child: psutil.Process) -> bool:
    try:
        return child.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def chart(readings: list[tuple[int, float]], path: Path) -> None:
    """The curve, beginning at zero."""
    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 3.2), layout="constrained")
    axes.plot([one for one, _ in readings], [two for _, two in readings], color="#1f5f8b")
    axes.set_xlabel("captures in one process")
    axes.set_ylabel("resident memory, MB")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--short", action="store_true", help="60 captures: shows that it runs, measures little")
    parser.add_argument("--captures", type=int, default=2000)
    parser.add_argument("--chart", type=Path, help="write the curve as PNG or SVG")
    asked = parser.parse_args()
    captures = 60 if asked.short else asked.captures
    base = min(200, captures // 3)
    readings, complete, left, others = measure(captures)
    early = next(value for done, value in readings if done >= base)
    figures = {
        "bench": "memory",
        "captures": captures,
        "complete": complete,
        "others": others,
        "mb_after": {str(base): round(early, 1), str(captures): round(readings[-1][1], 1)},
        "peak_mb": round(max(value for _, value in readings), 1),
        "growth": round(readings[-1][1] / early, 3),
        "processes_left": left,
    }
    if asked.chart:
        chart(readings, asked.chart)
    print(json.dumps(figures) if asked.json else "  ".join(f"{name} {value}" for name, value in figures.items()))
    return 0 if left == 0 and complete == captures else 1


if __name__ == "__main__":
    raise SystemExit(main())
