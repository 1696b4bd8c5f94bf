"""How pages are visited: the port of capture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from auditor.model.targets.deployments import PageSpec


class CaptureMethod(Protocol):
    """One way of visiting pages, made anew for each visit of a deployment.

    What it sees goes to the recorder that it was made with: a `View` for each page, the traffic, the certificates.

    - A page that is bad in any way ends as a view with its outcome and one sentence why; nothing is raised for it.
    - What ends the visit raises `VisitEnded`; the recorder gives the pages that are left that ending.
    - Only addresses that the deployment declares are asked; nothing is sent but what reading the pages needs.
    - `VaultError` of the stage passes through: without it there is no evidence to keep.
    """

    @property
    def means(self) -> str:
        """What the traffic was recorded with, as the artefacts name it: `cdp:Network`."""
        ...

    async def visit(self, pages: Sequence[PageSpec]) -> None:
        """Visit the pages that are of this method, in order. May be cancelled at any point, once."""
        ...

    def report(self) -> None:
        """Hand over what went on beside the pages: traffic, certificates, warnings. Called once, however it ended."""
        ...
