"""How long the pages take over a large estate, with several readers at once; datasette beside it over the same data.

    python bench/web.py [--json] [--deployments 10000] [--captures-each 10] [--clients 8] [--seconds 20] [--rate 2]

Sizes: `--deployments 1000` shows that it runs; 10,000 is the default; `--full` is 100,000 deployments with ten captures
each (1,000,000 captures, some 425,000 findings), needs about 6 GB of disk and prepares for half an hour: `--folder`
keeps what was made, and `--prepare` makes it beforehand, beside other work.

The estate is that of `bench/estate.py`, judged into the standing index beforehand (`judged_seconds`); a hundred of its
captures are packages with a picture, so that the capture viewer opens stored bytes. Then `auditor serve` is started as
a real process, signed in to by the link that it prints, and each page is asked for by so many clients at once:

`busy`   each client asks again as soon as it is answered, for so many seconds: what the machine can do
`paced`  each client asks `--rate` times a second in all its requests: what a reader waits for

Every request is for another deployment, capture, text or place in a list. Milliseconds are from the first byte sent to
the last one read. `start_seconds`: from the start of the process to the first overview answered, of which
`start_processor_seconds` were its own; `memory_mb`: the most that the process had. One session may ask the API 1,200
times a minute, so that the API is `paced` alone. datasette is asked for its table pages of the same tables, with and
without facets and count, and for their JSON; where it cannot be installed, its figures are absent and `datasette` says
why.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psutil

from auditor.clock import now
from auditor.custody import encode_manifest, entry_sha256, open_workspace
from auditor.index import Index
from auditor.model.captures import Capture, StepRecord, View
from auditor.model.events import RunClosed, RunOpened
from auditor.model.standing import FindingListQuery
from auditor.targets import load_cached_estate
from auditor.workflow import open_standing, read_targets
from auditor.workflow.index.record import index_record
from auditor.workspace import Workspace
from bench.estate_made import grown
from bench.peers.datasette import Datasette
from bench.peers.shot_scraper import NotInstalled

PICTURED = 100
"""Captures that are packages with stored bytes."""
WIDTH, HEIGHT = 1280, 3000
MADE = "made.json"
"""In a folder that is kept: what was made of it."""
HOUSE = Path(__file__).resolve().parent.parent
SEED = 20
LIMITS_MS = {"overview": 60, "deployment": 80, "capture": 60, "search": 80, "api": 80}
"""What the 95th percentile is to be below at the full size."""
LONGEST_MS = 2_000


@dataclass(frozen=True)
class Estate:
    """What was made."""

    root: Path
    deployments: int
    captures: tuple[str, ...]
    """Those with stored bytes."""
    judged_seconds: float


def prepare(root: Path, deployments: int, each: int) -> Estate:
    """Targets, an index without packages, a hundred packages, everything judged; made before, it is brought up to date:
    another day or another version of the program judges anew."""
    kept = root / MADE
    if kept.is_file():
        known = json.loads(kept.read_text())
        if (known["deployments"], known["each"]) != (deployments, each):
            raise SystemExit(f"bench: {root} holds an estate of another size: name an empty folder")
        judge(Workspace(root))
        return Estate(root, deployments, tuple(known["captures"]), known["judged_seconds"])
    root.mkdir(parents=True, exist_ok=True)
    grown(root, each, 0, deployments * each)
    workspace = Workspace(root)
    captures = pictured(workspace, min(PICTURED, deployments))
    took = judge(workspace)
    told = {"deployments": deployments, "each": each, "captures": captures, "judged_seconds": took}
    kept.write_text(json.dumps(told))
    return Estate(root, deployments, captures, took)


def judge(workspace: Workspace) -> float:
    """Everything judged, and the targets kept; the seconds of judging."""
    load_cached_estate(workspace.targets, workspace.db.with_name("targets.json"))
    began = time.monotonic()
    with open_standing(workspace) as standing:
        assert standing.refresh().settled
    return time.monotonic() - began


def pictured(workspace: Workspace, number: int) -> tuple[str, ...]:
    """Captures of the first deployments as packages, and in the index."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as name:
        noise = random.Random(SEED)
        image = Image.new("RGB", (WIDTH, HEIGHT), "white")
        for _ in range(400):  # as large as a page with text
            left, top = noise.randrange(WIDTH), noise.randrange(HEIGHT)
            image.paste((noise.randrange(256),) * 3, (left, top, left + 60, top + 12))
        image.save(Path(name) / "page.png")
        picture = (Path(name) / "page.png").read_bytes()
    dom = b"<!doctype html><title>licence</title><table><tr><th>branches</th><td>22</td></tr></table>"
    packages = []
    with open_workspace(workspace.root) as held:
        held.journal.record(RunOpened(run="r-3"))
        for one in range(number):
            deployment, capture = f"d{one}", f"c-web-{one:06x}"
            at = held.journal.clock()
            intent = held.intent(capture, run="r-3", deployment=deployment, slot="")
            staging = held.vault.stage(deployment, capture, at)
            staging.put("registration/dom.html", dom, media_type="text/html; charset=utf-8", made_by="bench")
            staging.put("registration/screenshot.png", picture, media_type="image/png", made_by="bench")
            url = f"https://lib{one}.example/registration"
            stored = {"dom": "registration/dom.html", "screenshot": "registration/screenshot.png"}
            view = View(
                "registration", "registration", 1, url, url, "observed", "", 200, at, title="licence", artefacts=stored,
                rest="reached",
            )  # fmt: skip
            made = Capture(
                id=capture, deployment=deployment, run="r-3", intent=capture, method="browser", started_at=at,
                ended_at=at, views=(view,), steps=(StepRecord("open", at, at, ok=True),), artefacts=staging.artefacts,
                facts={"address": "127.0.0.1"},
            )  # fmt: skip
            manifest = encode_manifest(
                made, intent_sha256=entry_sha256(intent), quorum=1, authorities=[], software={"auditor": "0"}
            )
            packages.append(staging.commit(manifest))
        held.journal.record(RunClosed(run="r-3"))
        estate, _ = read_targets(workspace)
        with Index.open(workspace.db) as index:
            index.record([index_record(workspace.root, estate, one) for one in packages])
            index.follow(held.journal.size)
    return tuple(one.capture for one in packages)


@contextmanager
def serving(root: Path) -> Iterator[tuple[subprocess.Popen[str], str, str, float]]:
    """`auditor serve` as a process: where it answers, the cookie of who signed in, seconds until the first page."""
    began = time.monotonic()
    command = [sys.executable, "-m", "auditor", "--workspace", str(root), "serve", "--port", "0"]
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join([str(HOUSE), os.environ.get("PYTHONPATH", "")]))
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"(http://localhost:[0-9]+)(/sign-in/link/[\w-]{43})", line)
        if found is None:
            raise SystemExit(f"bench: serve printed no link: {line!r}")
        origin = found[1]
        asked = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=60)
        asked.request("POST", found[2], headers={"Origin": origin, "Content-Length": "0"})
        answer = asked.getresponse()
        answer.read()
        cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        once(asked, "/", cookie)
        yield process, origin, cookie, time.monotonic() - began
    finally:
        process.terminate()
        process.wait(60)


def once(asked: http.client.HTTPConnection, path: str, cookie: str = "") -> tuple[float, int, int]:
    """Milliseconds, status, bytes of one request."""
    began = time.perf_counter()
    asked.request("GET", path, headers={"Cookie": cookie, "Accept-Language": "en"} if cookie else {})
    answer = asked.getresponse()
    size = len(answer.read())
    return (time.perf_counter() - began) * 1e3, answer.status, size


def ask(
    origin: str, cookie: str, paths: Callable[[random.Random], str], clients: int, seconds: float, rate: float
) -> dict[str, object]:
    """So many clients at once, for so many seconds; `rate`: requests a second of all of them, 0 for as many as go."""
    times: list[float] = []
    statuses: dict[int, int] = {}
    sizes: list[int] = []
    guard, end = threading.Lock(), time.monotonic() + seconds
    failures: list[str] = []

    def client(number: int) -> None:
        chosen = random.Random(SEED * 1_000 + number)
        asked = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=60)
        due = time.monotonic() + (number / rate if rate else 0.0)
        while time.monotonic() < end:
            if rate:
                time.sleep(max(0.0, due - time.monotonic()))
                due += clients / rate
            try:
                took, status, size = once(asked, paths(chosen), cookie)
            except (OSError, http.client.HTTPException) as error:
                failures.append(f"{type(error).__name__}: {error}")
                asked.close()
                continue
            with guard:
                times.append(took)
                sizes.append(size)
                statuses[status] = statuses.get(status, 0) + 1

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return {**figures(times), "statuses": {str(name): n for name, n in sorted(statuses.items())},
            "kb": round(sum(sizes) / max(1, len(sizes)) / 1e3, 1), "failures": failures[:3]}  # fmt: skip


def figures(times: Sequence[float]) -> dict[str, object]:
    ordered = sorted(times)
    if not ordered:
        return {"requests": 0}

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)

    return {"requests": len(ordered), "p50_ms": at(0.5), "p95_ms": at(0.95), "max_ms": round(ordered[-1], 1)}


def pages_of(made: Estate) -> Mapping[str, Callable[[random.Random], str]]:
    """What each page is asked for."""

    def some(chosen: random.Random) -> str:
        return f"d{chosen.randrange(made.deployments)}"

    filters = ("", "", "", "?status=over_any", "?sort=name", "?sort=-value", "?status=unlicensed&sort=captured")
    words = ("lib1", "lib77.example", "d1234", "example", "nothing-of-this", "合肥", "Q101", "HT-0")
    return {
        "overview": lambda chosen: f"/{chosen.choice(filters)}",
        "deployment": lambda chosen: f"/deployments/{some(chosen)}",
        "capture": lambda chosen: f"/captures/{chosen.choice(made.captures)}",
        "search": lambda chosen: "/search?q=" + quote(chosen.choice((*words, some(chosen)))),
        "findings": lambda chosen: f"/findings{chosen.choice(('', '?queue=all', '?queue=review', '?sort=units'))}",
        "api": lambda chosen: "/api/v1/" + chosen.choice(("positions?limit=200", "findings?limit=50", "positions")),
    }


def measure(made: Estate, clients: int, seconds: float, rate: float) -> dict[str, object]:
    """Every page, busy and paced, and what the process needed."""
    found: dict[str, object] = {}
    with serving(made.root) as (process, origin, cookie, started):
        used = psutil.Process(process.pid).cpu_times()
        asked = pages_of(made)
        quiet = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=60)
        for path in asked.values():
            once(quiet, path(random.Random(0)), cookie)  # what is made once is made
        for name, paths in asked.items():
            told: dict[str, object] = {"limit_p95_ms": LIMITS_MS.get(name)}
            if name != "api":
                told["busy"] = ask(origin, cookie, paths, clients, seconds, 0.0)
            told["paced"] = ask(origin, cookie, paths, clients, seconds, min(rate * clients, 19.0))
            found[name] = told
        peak = Path(f"/proc/{process.pid}/status").read_text()
        most = re.search(r"VmHWM:\s+(\d+)", peak)
        memory = int(most[1]) / 1024 if most else psutil.Process(process.pid).memory_info().rss / 1e6
    return {
        "start_seconds": round(started, 2),
        "start_processor_seconds": round(used.user + used.system, 2),
        "memory_mb": round(memory, 1),
        "pages": found,
    }


def beside(made: Estate, program: str, clients: int, seconds: float) -> dict[str, object]:
    """datasette over the same database."""
    with tempfile.TemporaryDirectory() as name:
        try:
            peer = Datasette(Path(program)) if program else Datasette.install(Path(name))
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = int(free.getsockname()[1])
            with peer.serving(Workspace(made.root).db, port) as pid:
                origin, table = f"http://127.0.0.1:{port}", "/auditor/listed_position"
                asked = {
                    "table": lambda _: f"{table}?_size=50&_nofacet=1&_nocount=1&_sort_desc=over",
                    "table_with_facets": lambda _: f"{table}?_size=50&_facet=status&_sort_desc=over",
                    "json": lambda _: f"{table}.json?_size=200&_shape=array&_nofacet=1&_nocount=1",
                    "row": lambda chosen: f"/auditor/packages/c-{chosen.randrange(made.deployments)}-0",
                }
                found: dict[str, object] = {
                    name: ask(origin, "", paths, clients, seconds, 0.0) for name, paths in asked.items()
                }
                memory = psutil.Process(pid).memory_info().rss / 1e6
            return {"memory_mb": round(memory, 1), "pages": found}
        except NotInstalled as why:
            return {"absent": str(why)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--deployments", type=int, default=10_000)
    parser.add_argument("--captures-each", type=int, default=10)
    parser.add_argument("--full", action="store_true", help="100,000 deployments with ten captures each")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each page, busy and paced")
    parser.add_argument("--rate", type=float, default=2.0, help="requests a second of each client, where paced")
    parser.add_argument("--folder", type=Path, help="where the estate is made and kept, for the next time")
    parser.add_argument("--prepare", action="store_true", help="make it there, and measure nothing")
    parser.add_argument("--datasette", default="", metavar="PROGRAM", help="an installed one, else it is installed")
    asked = parser.parse_args()
    deployments, each = (100_000, 10) if asked.full else (asked.deployments, asked.captures_each)
    place = nullcontext(str(asked.folder)) if asked.folder else tempfile.TemporaryDirectory()
    with place as name:
        made = prepare(Path(name), deployments, each)
        if asked.prepare:
            return
        with Index.open_to_read(Workspace(made.root).db) as index:
            findings = sum(number for _, number in index.lists.findings_together(FindingListQuery()))
        told = {
            "bench": "web", "at": now().isoformat(timespec="seconds"), "load_before": os.getloadavg()[0],
            "deployments": deployments, "captures": deployments * each + len(made.captures), "findings": findings,
            "clients": asked.clients, "seconds_each": asked.seconds, "longest_allowed_ms": LONGEST_MS,
            "judged_seconds": round(made.judged_seconds, 1),
            "index_mb": round(Workspace(made.root).db.stat().st_size / 1e6, 1),
            "auditor": measure(made, asked.clients, asked.seconds, asked.rate),
            "datasette": beside(made, asked.datasette, asked.clients, asked.seconds),
            "load_after": os.getloadavg()[0],
        }  # fmt: skip
    if asked.json:
        print(json.dumps(told))
        return
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
