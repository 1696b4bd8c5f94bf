"""The slots of a run: which deployments it visits, each of them once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from auditor.errors import ConfigError
from auditor.model.targets.deployments import Deployment
from auditor.workflow.wiring import Instruments


@dataclass(frozen=True, slots=True)
class VisitSlot:
    """One planned visit."""

    run: str
    id: str
    deployment: Deployment

    @property
    def capture(self) -> str:
        """The capture's id, made from run and slot, so that a slot cannot be captured twice.

        128 bits: among ten thousand million captures two would share one with a chance of 1 in 10^18.
        """
        return "c-" + hashlib.sha256(f"{self.run}/{self.id}".encode()).hexdigest()[:32]

    @property
    def host(self) -> str:
        """The host that the limits of visits count for: without port, since ports share a machine."""
        return (urlsplit(self.deployment.address).hostname or "").lower()


def choose_slots(instruments: Instruments, run: str, only: Sequence[str]) -> tuple[VisitSlot, ...]:
    """One slot for each deployment that has pages, in the order of `targets.yaml`.

    `only`: ids of the deployments to visit; all of them where it is empty. Raises `ConfigError` for an unknown id.
    """
    deployments = instruments.estate.deployments
    unknown = [name for name in only if name not in deployments]
    if unknown:
        known = ", ".join(list(deployments)[:8])
        raise ConfigError(
            f"--only {unknown[0]}: no such deployment in {instruments.workspace.targets}. It has: {known}"
        )
    wanted = frozenset(only)
    return tuple(
        VisitSlot(run, deployment.id, deployment)
        for deployment in deployments.values()
        if deployment.pages and (not wanted or deployment.id in wanted)
    )
