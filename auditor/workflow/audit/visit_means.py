"""What a visit needs, whoever makes it: a run of one machine, or a worker of a fleet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from auditor.capture import Browser, Machine
from auditor.clock import Clock
from auditor.custody import Keys
from auditor.model.ports import TimestampAuthority
from auditor.model.targets.estate import Estate
from auditor.workflow.credentials.lookup import Credentials
from auditor.workspace import Workspace


class VisitMeans(Protocol):
    """What a visit needs of the place that it is made from: a workspace that is held, or a worker of a fleet."""

    @property
    def workspace(self) -> Workspace: ...
    @property
    def estate(self) -> Estate: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def credentials(self) -> Credentials: ...

    @property
    def sign_in_keys(self) -> Keys | None:
        """What opens the sign-ins that persons made; None where this place has no such key."""
        ...

    @property
    def authorities(self) -> Sequence[TimestampAuthority]:
        """Who is asked for the moment that a visit's proofs are made over."""
        ...


class VisitTools(Protocol):
    """What pages are visited with."""

    @property
    def means(self) -> VisitMeans: ...
    @property
    def browser(self) -> Browser: ...
    @property
    def machine(self) -> Machine: ...
