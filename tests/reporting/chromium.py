"""Real pictures and real page behaviour from a real Chromium, one short process each."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

_FLAGS = (
    "--no-sandbox",
    "--hide-scrollbars",
    "--disable-gpu",
    "--force-color-profile=srgb",
    "--virtual-time-budget=2000",
)


def _run(arguments: Sequence[str]) -> bytes:
    done = subprocess.run(["chromium-headless-shell", *_FLAGS, *arguments], check=True, capture_output=True, timeout=90)
    return done.stdout


def screenshot(page: bytes, folder: Path, *, width: int = 1280, height: int = 900, scale: int = 1) -> bytes:
    """A PNG of the window; a page taller than `height` is cut off."""
    source, picture = folder / "page.html", folder / "page.png"
    source.write_bytes(page)
    _run([
        f"--user-data-dir={folder / 'profile'}",
        f"--window-size={width},{height}",
        f"--force-device-scale-factor={scale}",
        f"--screenshot={picture}",
        source.as_uri(),
    ])  # fmt: skip
    return picture.read_bytes()


def dom_after_load(page: bytes, folder: Path) -> str:
    """The document as it stands after every script that may run has run."""
    source = folder / "page.html"
    source.write_bytes(page)
    return _run([f"--user-data-dir={folder / 'profile'}", "--dump-dom", source.as_uri()]).decode("utf-8")


def pdf(page: bytes, folder: Path) -> bytes:
    """The page as printed."""
    source, target = folder / "page.html", folder / "page.pdf"
    source.write_bytes(page)
    _run(
        [f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={target}", "--no-pdf-header-footer", source.as_uri()]
    )
    return target.read_bytes()
