"""Makes `tests/samples/comparison` anew from packages of the compared world: `python -m tests.comparison.make_samples`.

Run by hand where a design changes. Five systems are captured in a real Chromium by `auditor run`; of each package the
layout snapshots, the circumstances, what was served (each response once) and two pictures are kept.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.warcwriter import WARCWriter

from auditor.custody import open_package

SAMPLES = Path(__file__).parents[1] / "samples" / "comparison"
PICTURES = ("marc", "holdings_log")


def keep_sample(package: Path, target: Path) -> None:
    """What tests need of one package, under the paths that it has there."""
    stored = open_package(package)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    shutil.copyfile(package / "manifest.json", target / "manifest.json")
    shutil.copyfile(package / "circumstances.json", target / "circumstances.json")
    for view in stored.capture.views:
        kept = [view.artefacts["snapshot"], *([view.artefacts["screenshot"]] if view.page in PICTURES else [])]
        for path in kept:
            (target / path).parent.mkdir(exist_ok=True)
            shutil.copyfile(package / path, target / path)
    (target / "traffic.warc.gz").write_bytes(_each_once(stored.load("traffic.warc.gz")))
    for kept_path in (target, *target.rglob("*")):
        kept_path.chmod(0o755 if kept_path.is_dir() else 0o644)


def _each_once(data: bytes) -> bytes:
    kept, seen = io.BytesIO(), set()
    writer = WARCWriter(kept, gzip=True)
    for record in ArchiveIterator(io.BytesIO(data)):
        key = record.rec_headers.get_header("WARC-Target-URI"), record.rec_headers.get_header("WARC-Payload-Digest")
        if record.rec_type == "response" and key not in seen:
            seen.add(key)
            writer.write_record(record)
    return kept.getvalue()


def main(evidence: Path) -> None:
    for home in sorted(evidence.iterdir()):
        packages = sorted(path.parent for path in home.glob("*/manifest.json")) if home.is_dir() else []
        if packages:
            keep_sample(packages[-1], SAMPLES / home.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
