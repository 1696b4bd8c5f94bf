"""A process that goes on reading a workspace that moved: its replica and the index follow the fleet in a thread."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from auditor.errors import AuditorError
from auditor.workflow.index.catching_up import bring_up_to_date

LOGGER = logging.getLogger("auditor.workflow")

LOOK_SECONDS = 5.0
"""Between two looks at the database."""


class FleetFollower:
    """Looks again and again, until it is closed."""

    def __init__(self, home: Path, seconds: float = LOOK_SECONDS) -> None:
        """`home`: the folder of the workspace. Begins at once."""
        self._home, self._seconds = home, seconds
        self._stop = threading.Event()
        self.trouble = ""
        """What keeps it from following now, in one line. A package that cannot be read keeps it from nothing."""
        self._unreadable: tuple[str, ...] = ()
        self._thread = threading.Thread(target=self._follow, name="fleet", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _follow(self) -> None:
        while not self._stop.wait(self._seconds):
            trouble = self._look()
            if trouble and trouble != self.trouble:
                LOGGER.warning("fleet not followed: %s", trouble)
            self.trouble = trouble

    def _look(self) -> str:
        try:
            found = bring_up_to_date(self._home)
        except AuditorError as error:
            return (str(error).splitlines() or [""])[0]
        except Exception as error:  # noqa: BLE001 (nobody above would hear of it: the health page tells it)
            why = " ".join(f"{type(error).__name__}: {error}".split())
            return f"{self._home}: what workers bring cannot be read: {why}; if it stays so, run `auditor status` there"
        if found is None:
            return f"{self._home}: the log is in this folder again; end this process, and start it anew"
        for one in found.unreadable:
            if one not in self._unreadable:
                LOGGER.warning("%s", one)
        self._unreadable = found.unreadable
        return found.behind
