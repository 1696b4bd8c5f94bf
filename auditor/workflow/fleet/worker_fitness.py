"""Asks, over one connection, whether this worker may have work now, and says what was found with the answer.

Safe from several threads: visits and the sign of life ask at the same time.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from auditor.capture import observe_egress
from auditor.clock import monotonic
from auditor.errors import ConfigError
from auditor.fleet import DatabaseAddress, FleetConnection, FleetRoster
from auditor.workflow.fleet.fitness import WorkerFacts, why_other_targets, why_unfit

EGRESS_SECONDS, UNKNOWN_SECONDS = 600.0, 10.0
"""How long it is believed from where this machine is seen, and that nobody could tell it."""


@dataclass(frozen=True, slots=True)
class Fitness:
    """Whether a worker may have work, and by what facts that was told."""

    why: str
    """Why it gets none; empty where it may have some."""
    facts: WorkerFacts
    box: str = ""
    """The key to which secrets are encrypted; empty where there is none yet, which is a reason too."""


class EgressWatch:
    """From where this machine is seen, asked of an observer every ten minutes."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._observer, self._seen, self._until = "", ("", ""), 0.0

    def look(self, observer: str) -> tuple[str, str]:
        """The address, or why it is not known; both empty where nobody is to be asked."""
        if not observer:
            return "", ""
        with self._guard:
            if observer != self._observer or monotonic() >= self._until:
                self._observer, self._seen = observer, observe_egress(observer)
                self._until = monotonic() + (EGRESS_SECONDS if self._seen[0] else UNKNOWN_SECONDS)
            return self._seen


class FitnessCheck:
    """One worker's fitness."""

    def __init__(
        self,
        address: DatabaseAddress,
        vantage: str,
        staging: Path,
        sources: Callable[[], Mapping[str, str]],
        read_again: Callable[[], Mapping[str, str]],
    ) -> None:
        """`sources`: digests of the files of `targets.yaml` as this worker has them; `read_again`: as they are now."""
        self._address, self._vantage, self._staging = address, vantage, staging
        self._sources, self._read_again = sources, read_again
        self._egress = EgressWatch()

    def ask(self, connection: FleetConnection) -> Fitness:
        """As it is now."""
        roster = FleetRoster(connection, self._address)
        vantage, published = roster.vantage(self._vantage), roster.estate()
        egress, problem = self._egress.look(vantage.observer if vantage is not None else "")
        off_by = min(roster.off_by(), timedelta(days=10_000))
        facts = WorkerFacts(off_by, egress, problem, shutil.disk_usage(self._staging).free)
        if vantage is None:
            why = f"vantage {self._vantage} is not known to this fleet any more; declare it: auditor fleet vantage"
            return Fitness(f"{why} {self._vantage}", facts)
        if published is None:
            return Fitness("the fleet has no key for secrets yet; start maintenance: auditor fleet maintain", facts)
        why = why_unfit(facts, vantage) or why_other_targets(self._sources(), published.sources)
        if why and not why_unfit(facts, vantage):  # the file may have been brought here since
            try:
                why = why_other_targets(self._read_again(), published.sources)
            except ConfigError as error:
                why = f"its targets.yaml is refused: {error.problems[0]}"
        return Fitness(why, facts, published.box)
