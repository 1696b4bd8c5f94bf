"""Examining what concerns one deployment, beside what was found on the machine."""

from __future__ import annotations

from auditor.capture.circumstances import judge
from auditor.capture.machine import Machine
from auditor.capture.names import resolve
from auditor.capture.scope import host_of
from auditor.clock import Clock
from auditor.model.captures import Circumstances
from auditor.model.deployments import Deployment


async def examine_target(machine: Machine, deployment: Deployment, clock: Clock) -> Circumstances:
    """The circumstances of one visit: the machine's and the deployment's. Made before any page is loaded."""
    taken_at = clock()
    return judge(machine, deployment, await resolve(host_of(deployment.address)), taken_at)
