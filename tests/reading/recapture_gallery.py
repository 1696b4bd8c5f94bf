"""Opens every page of the gallery in real Chromium and keeps it again.

Run as `python -m tests.reading.recapture_gallery [shape …]`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.reading.chromium_snapshots import browsing, serving, shoot, stored

GALLERY = Path(__file__).parent.parent / "samples" / "pages"


def main(names: list[str]) -> None:
    """Write `snapshot.json.gz`, `dom.html` and `dom-frame-n.html` beside each `page.html`."""
    folders = sorted(folder for folder in GALLERY.iterdir() if (folder / "page.html").exists())
    with serving(GALLERY) as address, browsing() as page:
        for folder in folders:
            if names and folder.name not in names:
                continue
            page.goto(f"{address}/{folder.name}/page.html")
            shot = shoot(page)
            text = shot.snapshot.replace(address.encode(), b"http://gallery.example")
            (folder / "snapshot.json.gz").write_bytes(stored(text))
            (folder / "dom.html").write_bytes(shot.dom)
            for number, frame in enumerate(shot.frames, start=1):
                (folder / f"dom-frame-{number}.html").write_bytes(frame)
            print(folder.name)


if __name__ == "__main__":
    main(sys.argv[1:])
