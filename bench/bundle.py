"""Time and peak memory of writing and checking a bundle, for rising numbers of captures.

Packages are copies of small files, tokens stand-ins of the usual size, nothing is printed: what is measured is the bag,
its proofs, its zip and its check, of the folder and of the zip. Ratios between sizes in one run tell whether time is
linear; absolute figures are this machine's.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import overload

from auditor.bundle import (
    BundledPackage,
    BundledTrust,
    CheckpointedLog,
    Dossier,
    LoadedPackage,
    Selection,
    build_bag,
    check_bag,
    open_bag,
    zip_bag,
)
from auditor.clock import timestamp
from auditor.formats.merkle import leaf_hash, prefix_roots
from auditor.model.captures import Artefact, Capture, StepRecord, View
from auditor.model.evidence import JournalEntry, Package, Seal
from auditor.model.reports import Report
from auditor.model.targets.deployments import AccessBasis, Deployment
from auditor.model.targets.estate import Estate

START = datetime(2021, 11, 10, tzinfo=UTC)
FILES = {"registration/dom.html": 4_000, "registration/screenshot.png": 40_000, "traffic.bin": 20_000}


class Believing:
    """Signatures and tokens are not measured here: each costs the same whatever the number of captures."""

    def signed(self, note: bytes, what: str) -> str:
        return note.decode("utf-8").partition("\n\n")[0] + "\n"

    def stamped(self, data: bytes, request: bytes, response: bytes, authority: str, ended_at: str) -> str:
        return authority


def entry_line(number: int, kind: str, body: dict[str, object], previous: str) -> JournalEntry:
    at = START + timedelta(seconds=number)
    text = json.dumps(
        {"at": timestamp(at), "body": body, "kind": kind, "number": number, "previous": previous},
        sort_keys=True, separators=(",", ":"),
    )  # fmt: skip
    return JournalEntry(number, at, kind, body, previous, text.encode())  # type: ignore[arg-type]


class World:
    """A journal and packages made on the fly: nothing of them is held."""

    def __init__(self, base: Path, captures: int) -> None:
        self.base, self.captures = base, captures
        self.files = {path: hashlib.sha256(path.encode()).digest() * (size // 32) for path, size in FILES.items()}
        self.folder = base / "package"
        self._placed: dict[str, str] = {}
        for path, data in self.files.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(data)
        for name in ("a", "b"):
            (self.folder / f"manifest.{name}.tsq").write_bytes(b"q" * 70)
            (self.folder / f"manifest.{name}.tsr").write_bytes(b"r" * 1700)

    def capture(self, index: int) -> Capture:
        at = START + timedelta(seconds=3 * index)
        artefacts = tuple(
            Artefact(path, "application/octet-stream", hashlib.sha256(data).hexdigest(), len(data), "bench")
            for path, data in sorted(self.files.items())
        )
        view = View("registration", "registration", 1, "http://x/", "http://x/", "observed", "", 200, at)
        return Capture(
            f"c-{index}", "site", "r-1", f"i-{index}", "browser", at, at, (view,), (StepRecord("open", at, at, True),),
            artefacts,
        )  # fmt: skip

    def manifest(self, index: int) -> bytes:
        capture = self.capture(index)
        return json.dumps(
            {
                "artefacts": [{"path": a.path, "sha256": a.sha256} for a in capture.artefacts],
                "capture": {"id": capture.id, "ended_at": timestamp(capture.ended_at)},
                "timestamps": {"quorum": 2, "authorities": [{"id": "a", "owner": "A"}, {"id": "b", "owner": "B"}]},
            },
            sort_keys=True,
        ).encode()

    def entries(self) -> Iterator[JournalEntry]:
        previous, number = "0" * 64, 0
        for index in range(self.captures):
            common = {"deployment": "site", "intent": f"i-{index}", "run": "r-1"}
            digest = hashlib.sha256(self.manifest(index)).hexdigest()
            kept = {**common, "capture": f"c-{index}", "package": f"site/{index:06d}", "manifest_sha256": digest}
            for kind, body in (("intent", common), ("capture", kept), ("seal", {"capture": f"c-{index}"})):
                entry = entry_line(number, kind, dict(body), previous)
                previous, number = hashlib.sha256(entry.line).hexdigest(), number + 1
                yield entry

    def entry(self, index: int) -> BundledPackage:
        digest = hashlib.sha256(self.manifest(index)).hexdigest()
        package = Package(f"c-{index}", "site", f"evidence/site/{index:06d}", digest, Seal(digest, (), 2))
        return BundledPackage(
            index + 1, package, self.folder, self.placed(), 3 * index, 3 * index + 1, (3 * index + 2,)
        )

    def placed(self) -> dict[str, str]:
        if not self._placed:
            files = sorted(self.folder.glob("manifest.*.ts?"))
            self._placed = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
        return self._placed

    def opened(self, entry: BundledPackage) -> LoadedPackage:
        index = entry.number - 1
        return LoadedPackage(
            self.manifest(index), self.capture(index), None, lambda path: self.files[path], 2, {"a": "A", "b": "B"}
        )


class Entries(Sequence[BundledPackage]):
    """The packages, each made when it is asked for: a list of them is the corridor's, not the bundle's."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __len__(self) -> int:
        return self.world.captures

    @overload
    def __getitem__(self, place: int) -> BundledPackage: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[BundledPackage]: ...
    def __getitem__(self, place: int | slice) -> BundledPackage | Sequence[BundledPackage]:
        if isinstance(place, slice):
            return [self.world.entry(index) for index in range(*place.indices(len(self)))]
        if place >= len(self):
            raise IndexError(place)
        return self.world.entry(place)


def dossier(world: World) -> Dossier:
    leaves = [leaf_hash(entry.line) for entry in world.entries()]
    *_, root = prefix_roots(leaves)
    text = f"bench.example/log\n{len(leaves)}\n{base64.b64encode(root).decode()}\n\n— bench.example/log AAAA\n"
    as_of = START + timedelta(days=400)
    access = AccessBasis("public_page", "bench")
    site = Deployment("site", "product", "suspect", "http://x/", access, ("registration",))
    estate = Estate("UTC", "CNY", {}, {}, {}, {"site": site}, {})
    tokens = {f"checkpoint.{name}.{ending}": b"x" * 100 for name in "ab" for ending in ("tsq", "tsr")}
    return Dossier(
        name="EB-bench-20221215", case="bench", software="auditor bench",
        selection=Selection(("site",), (), (), None, None, as_of), estate=estate,
        report=Report(as_of, "bench", "auditor", "", (), (), (), (), ()),
        entries=Entries(world), open=world.opened,
        log=CheckpointedLog("bench.example/log", len(leaves), text.encode(), tokens, leaves, world.entries, quorum=2,
                owners={"a": "A", "b": "B"}),
        trust=BundledTrust(("bench+00000000+AAAA",), {}, {"a": "A", "b": "B"}),
    )  # fmt: skip


def measure(captures: int) -> dict[str, float]:
    """One size, in a process of its own, so that its peak memory is its own."""
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        whole = dossier(World(base, captures))
        began = time.perf_counter()
        made = build_bag(
            whole, base / "out" / whole.name, lambda text: text.encode() + b"\n\xe2\x80\x94 x AAAA\n", _quiet
        )
        wrote = time.perf_counter()
        zip_bag(made.folder, base / "out" / f"{whole.name}.zip")
        packed = time.perf_counter()
        with open_bag(made.folder) as files:
            found = check_bag(files, Believing())
        checked, peak = time.perf_counter(), _peak()
        with open_bag(base / "out" / f"{whole.name}.zip") as files:
            again = check_bag(files, Believing())
        unzipped = time.perf_counter()
        if (again.verdict, again.counts) != (found.verdict, found.counts):
            raise SystemExit("bench: the zip and the folder do not check alike")
        failed = [one for one in found.checks if one.verdict != "passed"]
        if failed:
            raise SystemExit(f"bench: the bundle does not check: {failed[:3]}")
        return {
            "captures": captures, "files": made.files, "megabytes": round(made.bytes / 1e6, 1),
            "write_s": round(wrote - began, 3), "zip_s": round(packed - wrote, 3),
            "check_s": round(checked - packed, 3), "peak_mb": peak,
            "check_zip_s": round(unzipped - checked, 3), "peak_with_zip_mb": _peak(),
        }  # fmt: skip


def _peak() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, 1)


def _quiet(done: int, total: int, what: str) -> None:
    """No progress is shown while time is taken."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="Two small sizes.")
    parser.add_argument("--json", action="store_true", help="One JSON object.")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measure(asked.one)))
        return
    sizes = (50, 500) if asked.short else (100, 1_000, 10_000)
    rows = []
    for size in sizes:
        done = subprocess.run(
            [sys.executable, __file__, "--one", str(size)], capture_output=True, text=True, check=True
        )
        rows.append(json.loads(done.stdout))
        if not asked.json:
            print(rows[-1])
    steps = [
        {
            "from": first["captures"], "to": last["captures"],
            "time_per_capture_ratio": round(_each(last) / _each(first), 2),
            "peak_growth_mb": round(last["peak_mb"] - first["peak_mb"], 1),
        }
        for first, last in pairwise(rows)
    ]  # fmt: skip
    if asked.json:
        print(json.dumps({"bench": "bundle", "rows": rows, "steps": steps}))
        return
    for step in steps:
        print(step)


def _each(row: dict[str, float]) -> float:
    """Seconds a capture: written, zipped, checked. It falls at first: papers hold 300 rows at most."""
    return (row["write_s"] + row["zip_s"] + row["check_s"]) / row["captures"]


if __name__ == "__main__":
    main()
