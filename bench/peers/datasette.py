"""datasette (https://datasette.io) over the same database: table pages with and without facets, and their JSON.

It is installed into a folder of its own that is thrown away, from the package index that pip is set up for.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from bench.peers.shot_scraper import NotInstalled

VERSION = "0.65.5"
INSTALL_SECONDS = 600
START_SECONDS = 60


@dataclass(frozen=True)
class Datasette:
    """An installed datasette."""

    program: Path

    @classmethod
    def install(cls, folder: Path) -> Datasette:
        """Into a folder; `NotInstalled` where it cannot be had."""
        try:
            for command in (
                [sys.executable, "-m", "venv", str(folder)],
                [str(folder / "bin/pip"), "install", "--quiet", f"datasette=={VERSION}"],
            ):
                done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
                if done.returncode:
                    raise NotInstalled(f"{command[0]}: {done.stderr.strip().splitlines()[-1:]}")
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotInstalled(str(error)) from error
        return cls(folder / "bin/datasette")

    @contextmanager
    def serving(self, database: Path, port: int) -> Iterator[int]:
        """Serve a database, read only, on this machine; the id of the process."""
        command = [str(self.program), "serve", str(database), "--host", "127.0.0.1", "--port", str(port)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            end = time.monotonic() + START_SECONDS
            while not _answers(f"http://127.0.0.1:{port}/-/versions.json"):
                if process.poll() is not None or time.monotonic() > end:
                    raise NotInstalled("it does not start")
                time.sleep(0.1)
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
