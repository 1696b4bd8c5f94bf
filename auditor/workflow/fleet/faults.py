"""What is tried again and for how long; visits in a row that a worker could not make or keep.

After each of these it waits longer, after several it ends.

A page that fails is an outcome and no fault. What is counted here is this machine's trouble, or a store's: whatever is
tried next would most likely end as the last one did.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from auditor.clock import monotonic
from auditor.errors import AwayError, CaptureError, ConfigError
from auditor.fleet import REQUEST_SECONDS
from auditor.model.targets.estate import Estate
from auditor.workflow.audit.visit_steps import ends_run

Result = TypeVar("Result")
STORE_PATIENCE, COMMIT_PATIENCE, PAUSE = 600.0, 60.0, 1.0
"""Seconds that a store is tried for with one package, and a database with one capture, and between two tries."""
BESIDE_SECONDS = 420.0
"""What a visit takes beside its own bound, on a slow machine: its target examined, pages printed, files hashed."""
MOST_FAULTS = 5
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0
"""Seconds that no further request is begun in the place of one that failed."""
FIRST_AGAIN, LONGEST_AGAIN = 30, 3600
"""Seconds until a request is tried again whose attempt was not kept: doubled with each."""

MOST_FRAMES = 16


@dataclass
class FaultCount:
    """Faults since the last visit that was kept."""

    faults: int = 0

    def kept(self) -> None:
        """A visit was kept."""
        self.faults = 0

    def failed(self) -> float:
        """A visit was not: the seconds to wait now."""
        self.faults += 1
        return float(min(FIRST_PAUSE * 2 ** (self.faults - 1), LONGEST_PAUSE))

    @property
    def too_many(self) -> bool:
        """Whether the worker is to end."""
        return self.faults >= MOST_FAULTS


def ends_worker(error: Exception) -> bool:
    """Whether no other visit of this worker would fare better: no browser, no room, credentials that are refused.
    Pure."""
    return ends_run(error) or isinstance(error, CaptureError | ConfigError)


def where_raised(error: BaseException) -> str:
    """Where an error came from, innermost first, for one line of a log. Pure."""
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    return " < ".join(f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in reversed(frames))


def again_seconds(attempt: int) -> int:
    """Until a request is tried again whose attempt of that number, from 1 on, was not kept. Pure."""
    return int(min(FIRST_AGAIN * 2 ** min(attempt - 1, 20), LONGEST_AGAIN))


def longest_visit(estate: Estate) -> float:
    """Seconds that a visit of these settings may last, from its intent to its line. Pure.

    The store's patience ends with a request that may begin in its last second.
    """
    return estate.browser.visit_seconds + STORE_PATIENCE + REQUEST_SECONDS + COMMIT_PATIENCE + BESIDE_SECONDS


def tried_for(seconds: float, pause: float, act: Callable[[], Result], told: Callable[[AwayError], None]) -> Result:
    """What `act` gives; tried again while it raises `AwayError`, for so long. `told`: of each time that it did."""
    end = monotonic() + seconds
    while True:
        try:
            return act()
        except AwayError as error:
            if monotonic() + pause >= end:
                raise
            told(error)
        time.sleep(pause)
