"""The slots of a run: which deployments it visits, each of them once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from auditor.errors import ConfigError
from auditor.model.events import SECOND, PlannedSlot, second_vantage
from auditor.model.targets.deployments import Deployment
from auditor.workflow.wiring import Instruments


def capture_id(run: str, slot: str, attempt: int = 1) -> str:
    """Made from run, slot and attempt, so that none is captured twice. Pure.

    128 bits: among ten thousand million captures two would share one with a chance of 1 in 10^18.
    """
    again = "" if attempt == 1 else f"/{attempt}"
    return "c-" + hashlib.sha256(f"{run}/{slot}{again}".encode()).hexdigest()[:32]


def host_of(deployment: Deployment) -> str:
    """The host that the limits of visits count for: without port, since ports share a machine. Pure."""
    return (urlsplit(deployment.address).hostname or "").lower()


@dataclass(frozen=True, slots=True)
class VisitSlot:
    """One planned visit."""

    run: str
    id: str
    deployment: Deployment
    attempt: int = 1
    """Of a fleet: which try at the slot this is. A run of one machine tries once."""

    @property
    def capture(self) -> str:
        """The capture's id."""
        return capture_id(self.run, self.id, self.attempt)

    @property
    def host(self) -> str:
        """The host that the limits of visits count for."""
        return host_of(self.deployment)


def second_slot(deployment: Deployment) -> str:
    """Id of the slot of a second party's visit; empty where none is declared. Pure."""
    return f"{deployment.id}{SECOND}{deployment.also_from}" if deployment.also_from else ""


def planned_slot(instruments: Instruments, slot: VisitSlot) -> PlannedSlot:
    """As a plan names it; a second party's with the key that `targets.yaml` declares."""
    vantage = second_vantage(slot.id)
    key = instruments.estate.vantages[vantage].key if vantage else None
    return PlannedSlot(slot=slot.id, deployment=slot.deployment.id, party_key=key)


def choose_slots(
    instruments: Instruments, run: str, only: Sequence[str], *, second_parties: bool = False
) -> tuple[VisitSlot, ...]:
    """One slot for each deployment that has pages, in the order of `targets.yaml`.

    `only`: ids of the deployments to visit; all of them where it is empty. `second_parties`: a further one behind it
    for each that a second party visits too. Raises `ConfigError` for an unknown id.
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
        VisitSlot(run, slot, deployment)
        for deployment in deployments.values()
        if deployment.pages and (not wanted or deployment.id in wanted)
        for slot in (deployment.id, second_slot(deployment) if second_parties else "")
        if slot
    )
