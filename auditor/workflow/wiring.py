"""Opening a workspace for writing: lock, keys, journal, recovery, authorities, index."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from auditor import __version__
from auditor.clock import Clock, local_day, now
from auditor.custody import (
    Custody,
    Journal,
    PinnedAuthority,
    Sealer,
    create_workspace,
    http_authorities,
    open_workspace,
    pin_authority_file,
    workspace_exists,
)
from auditor.errors import ConfigError
from auditor.index import Index, PictureAnswers
from auditor.model.ports import EvidenceIndex
from auditor.model.targets.estate import Estate
from auditor.targets import load_cached_estate, load_with_warnings
from auditor.workflow.credentials.lookup import Credentials
from auditor.workflow.logs import hide_variables, secret_places
from auditor.workspace import Workspace

if TYPE_CHECKING:
    from auditor.reading import SecondEye

PASSPHRASE = "AUDITOR_KEY_PASSPHRASE"  # noqa: S105 (the name of a variable)
"""Environment variable with the passphrase of the workspace's keys, where they have one."""


@dataclass(frozen=True, slots=True)
class Instruments:
    """An open workspace with everything that a workflow works with."""

    workspace: Workspace
    estate: Estate
    warnings: tuple[str, ...]
    """Warnings about `targets.yaml`, one line each."""
    custody: Custody
    sealer: Sealer
    index: EvidenceIndex
    clock: Clock
    credentials: Credentials
    """The secrets that the estate refers to."""
    picture_answers: PictureAnswers | None = None
    """What was recognised in the pictures of earlier visits; None: everything is recognised anew."""

    @property
    def eye(self) -> SecondEye:
        """What recognises pictures; loaded where somebody looks, for most commands read nothing."""
        from auditor.reading import SecondEye

        return SecondEye(memory=self.picture_answers)

    @property
    def journal(self) -> Journal:
        return self.custody.journal

    @property
    def today(self) -> date:
        """The present day in the estate's zone: days that people write down are days of that zone."""
        return local_day(self.clock(), self.estate.timezone)


def initialise_workspace(workspace: Workspace, *, origin: str = "", clock: Clock = now) -> None:
    """Make the keys and the first journal line of a workspace; does nothing where there are some."""
    name = origin or f"{socket.gethostname().lower() or 'localhost'}/{workspace.root.resolve().name or 'workspace'}"
    safe = "".join(letter if letter.isalnum() or letter in "./-" else "-" for letter in name)
    create_workspace(
        workspace.root, origin=safe, software=f"auditor {__version__}", passphrase=key_passphrase(), at=clock
    )


def open_credentials(workspace: Workspace, estate: Estate) -> Credentials:
    """The secrets that an estate refers to, for one process."""
    return Credentials(workspace.root, secret_places(estate))


def key_passphrase() -> str | None:
    """The passphrase of the workspace's keys, where they have one."""
    return os.environ.get(PASSPHRASE)


@contextmanager
def open_instruments(
    workspace: Workspace, *, sandbox: bool | None = None, concurrency: int | None = None, clock: Clock = now
) -> Iterator[Instruments]:
    """Hold the workspace for writing. Interrupted work is finished or recorded before this returns.

    `sandbox` and `concurrency` override `targets.yaml`. Raises `ConfigError` for a configuration that is wrong or a
    workspace without keys, `VaultError` where another process holds it, `IntegrityError` where the journal is broken.
    """
    estate, warnings = read_targets(workspace)
    browser = estate.browser
    if sandbox is not None:
        browser = replace(browser, sandbox=sandbox)
    if concurrency is not None:
        browser = replace(browser, concurrency=concurrency)
    estate = replace(estate, browser=browser)
    pinned = load_pinned_authorities(estate, workspace.root)
    if not workspace_exists(workspace.root):
        raise ConfigError(f"{workspace.root}: no keys and no journal here yet. Run: auditor init")
    with (
        open_workspace(workspace.root, passphrase=key_passphrase(), at=clock) as custody,
        Index.open(workspace.db) as index,
        PictureAnswers(workspace.db.with_name("pictures.db")) as answers,
    ):
        sealer = Sealer(custody.vault, http_authorities(pinned), estate.timestamping.quorum)
        credentials = open_credentials(workspace, estate)
        yield Instruments(workspace, estate, warnings, custody, sealer, index, clock, credentials, answers)


def read_targets(workspace: Workspace) -> tuple[Estate, tuple[str, ...]]:
    """The estate and the warnings about it; `ConfigError` with every problem, in file order."""
    estate, problems = load_with_warnings(workspace.targets)
    hide_variables({PASSPHRASE, *secret_places(estate)})
    return estate, tuple(str(problem) for problem in problems)


def read_targets_cached(workspace: Workspace) -> Estate:
    """As `read_targets`, for questions that make no evidence: of a large estate as it was last read, while no file of
    it has changed (see `auditor.targets.remembered`)."""
    return load_cached_estate(workspace.targets, workspace.db.with_name("targets.json"))[0]


def load_pinned_authorities(estate: Estate, base: Path) -> tuple[PinnedAuthority, ...]:
    """The estate's timestamp authorities with their certificates."""
    return tuple(pin_authority_file(authority, base) for authority in estate.timestamping.authorities)
