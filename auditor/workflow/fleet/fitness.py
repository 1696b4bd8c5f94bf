"""Whether a worker may have work: its clock, its disk, the address that it is seen from, its `targets.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from auditor.fleet import Vantage
from auditor.workflow.doctor.folder_diagnosis import LEAST_FREE

MOST_OFF = timedelta(seconds=5)
"""How far a worker's clock may be from the database's."""


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """What is found of a worker before it gets work."""

    off_by: timedelta
    """By how much its clock is behind the database's."""
    egress: str = ""
    """The address that it is seen from; empty: not known."""
    egress_problem: str = ""
    """Why it is not known."""
    free_bytes: int | None = None
    """Room on the disk for what is under way; None: not known."""


def why_unfit(facts: WorkerFacts, vantage: Vantage) -> str:
    """Why a worker gets no work, in one sentence; empty where it may have some. Pure."""
    if abs(facts.off_by) > MOST_OFF:
        seconds = facts.off_by.total_seconds()
        side = "behind" if seconds > 0 else "ahead of"
        return (
            f"its clock is {abs(seconds):.0f} s {side} the database's, at most {MOST_OFF.seconds} are allowed; set the"
            " clock (NTP) of this machine, or of the database's"
        )
    if facts.free_bytes is not None and facts.free_bytes < LEAST_FREE:
        return (
            f"its disk has {facts.free_bytes >> 20} MiB free for what is under way, at least {LEAST_FREE >> 20} are"
            " needed; make room, or give another folder with --staging"
        )
    if not vantage.egress:
        return ""
    if not facts.egress:
        return f"from which address it is seen is not known: {facts.egress_problem or 'no observer is declared'}"
    if not vantage.admits(facts.egress):
        return (
            f"it is seen from {facts.egress}; vantage {vantage.id} declares {', '.join(vantage.egress)}; correct the"
            f" way out of this machine, or the vantage: auditor fleet vantage {vantage.id} --egress …"
        )
    return ""


def why_other_targets(own: Mapping[str, str], published: Mapping[str, str]) -> str:
    """Why a worker's `targets.yaml` is not the fleet's, in one sentence; empty where it is. Pure."""
    differing = sorted(name for name in {*own, *published} if own.get(name) != published.get(name))
    if not differing:
        return ""
    return (
        f"its {differing[0]} is not the one that maintenance has; bring the same files to every machine of the fleet"
        + (f" ({len(differing)} differ)" if len(differing) > 1 else "")
    )
