"""shot-scraper (https://github.com/simonw/shot-scraper) on the same pages: one process a page, and `multi`.

It is installed into a folder of its own that is thrown away, from the package index that pip is set up for. It starts
the Chromium of its own Playwright and takes no other by an option; where the auditor uses one of the system, that one
is put where this Playwright looks for its own, so that all columns are made by the same browser.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

INSTALL_SECONDS = 600
PROGRAM = "chrome-headless-shell-linux64/chrome-headless-shell"


class NotInstalled(Exception):  # noqa: N818
    """Why there is no figure of it."""


@dataclass(frozen=True)
class ShotScraper:
    """An installed shot-scraper."""

    folder: Path
    version: str
    browser: str
    """Which Chromium it starts."""

    @classmethod
    def install(cls, folder: Path, executable: str) -> ShotScraper:
        """Into a folder; `NotInstalled` where it or its browser cannot be had."""
        _run([sys.executable, "-m", "venv", str(folder / "venv")])
        _run([str(folder / "venv/bin/pip"), "install", "--quiet", "shot-scraper"])
        told = _run([str(folder / "venv/bin/shot-scraper"), "--version"])
        version = told.strip().rpartition(" ")[2]
        made = cls(folder, version, executable or "Playwright's own")
        playwright = [str(folder / "venv/bin/playwright"), "install", "--only-shell", "chromium"]
        if not executable:
            _run(playwright, made.environment)
            return made
        plan = _run([*playwright, "--dry-run"], made.environment)
        place = re.search(r"Install location:\s*(\S*chromium_headless_shell\S*)", plan)
        if place is None:
            raise NotInstalled("its Playwright does not say where it looks for its browser")
        program = Path(place[1]) / PROGRAM
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/sh\nexec {executable} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        return made

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PLAYWRIGHT_BROWSERS_PATH": str(self.folder / "browsers")}

    async def pages(self, urls: Sequence[str], size: tuple[int, int], concurrency: int) -> float:
        """Seconds of one process a page, so many at once."""
        places = asyncio.Semaphore(concurrency)

        async def one(number: int, url: str) -> None:
            async with places:
                await self._shoot([url, "-o", str(self.folder / f"{number}.png"), "-w", str(size[0])])

        began = time.monotonic()
        await asyncio.gather(*(one(number, url) for number, url in enumerate(urls)))
        return self._done(began, len(urls))

    async def multi(self, urls: Sequence[str], size: tuple[int, int], concurrency: int) -> float:
        """Seconds of `multi`: one process for each visit at once, each with its share of the pages."""
        lists = []
        for share in range(concurrency):
            shots = [
                {"url": url, "output": str(self.folder / f"{number}.png"), "width": size[0]}
                for number, url in enumerate(urls)
                if number % concurrency == share
            ]
            lists.append(self.folder / f"shots-{share}.yml")
            lists[-1].write_text(json.dumps(shots), encoding="utf-8")  # JSON is YAML
        began = time.monotonic()
        await asyncio.gather(*(self._shoot(["multi", str(path)]) for path in lists))
        return self._done(began, len(urls))

    async def _shoot(self, arguments: Sequence[str]) -> None:
        process = await asyncio.create_subprocess_exec(
            str(self.folder / "venv/bin/shot-scraper"), *arguments,
            env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        _, told = await process.communicate()
        if process.returncode:
            raise NotInstalled(f"it ended with {process.returncode}: {_last(told.decode('utf-8', 'replace'))}")

    def _done(self, began: float, pages: int) -> float:
        """The seconds; every page must have left a picture, which is removed."""
        seconds = time.monotonic() - began
        pictures = list(self.folder.glob("*.png"))
        if len(pictures) != pages:
            raise NotInstalled(f"it made {len(pictures)} pictures of {pages} pages")
        for picture in pictures:
            picture.unlink()
        return seconds


def _run(command: Sequence[str], environment: dict[str, str] | None = None) -> str:
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalled(f"{Path(command[0]).name}: {error}") from None
    if done.returncode:
        raise NotInstalled(f"{Path(command[0]).name} {command[1]}: {_last(done.stderr or done.stdout)}")
    return done.stdout


def _last(told: str) -> str:
    return (told.strip().splitlines() or ["no reason given"])[-1]
