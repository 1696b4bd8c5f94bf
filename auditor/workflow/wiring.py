"""Opening a workspace for writing: lock, keys, journal, recovery, authorities, index, what schedules said before."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from auditor import __version__
from auditor.clock import Clock, local_day, now
from auditor.custody import (
    ClaimName,
    Custody,
    Journal,
    Keys,
    PinnedAuthority,
    Sealer,
    SharingTerms,
    create_workspace,
    http_authorities,
    open_workspace,
    pin_authority_file,
    workspace_exists,
)
from auditor.errors import ConfigError
from auditor.model.ports import EvidenceIndex, TimestampAuthority
from auditor.model.targets.estate import Estate
from auditor.targets import load_cached_estate, load_with_warnings
from auditor.workflow.credentials.lookup import Credentials
from auditor.workflow.logs import hide_variables, secret_places
from auditor.workflow.memory.schedule_memory import ScheduleMemory
from auditor.workspace import Workspace

if TYPE_CHECKING:
    from auditor.index import PictureAnswers
    from auditor.reading import SecondEye

COMMAND = SharingTerms(serves=True)
"""A command that decides something or takes its time; others may work meanwhile."""
CommandTerms: TypeAlias = SharingTerms
"""How a command shares the workspace with others."""
CommandClaim: TypeAlias = ClaimName
"""What only one command at a time may do."""
RUN = SharingTerms("run", claims=(), serves=True)
"""A run that visits: others may decide, and begin another run, meanwhile."""
LONG_LIVED = SharingTerms(claims=(), joins=False, serves=True, patience=30.0)
"""A process that holds the workspace for hours; at its end it waits half a minute for others."""
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
    schedules: ScheduleMemory = field(default_factory=ScheduleMemory)
    """What the journal said of schedules when it was last asked."""

    @property
    def eye(self) -> SecondEye:
        """What recognises pictures; loaded where somebody looks, for most commands read nothing."""
        from auditor.reading import SecondEye

        return SecondEye(memory=self.picture_answers)

    @property
    def journal(self) -> Journal:
        return self.custody.journal

    @property
    def sign_in_keys(self) -> Keys:
        """What opens the sign-ins that persons made."""
        return self.custody.keys

    @property
    def authorities(self) -> Sequence[TimestampAuthority]:
        return self.sealer.authorities

    @property
    def today(self) -> date:
        """The present day in the estate's zone: days that people write down are days of that zone."""
        return local_day(self.clock(), self.estate.timezone)


def initialise_workspace(workspace: Workspace, *, origin: str = "", clock: Clock = now) -> None:
    """Make the keys and the first journal line of a workspace; does nothing where there are some."""
    name = origin or f"{socket.gethostname().lower() or 'localhost'}/{workspace.home.resolve().name or 'workspace'}"
    safe = "".join(letter if letter.isalnum() or letter in "./-" else "-" for letter in name)
    create_workspace(
        workspace.root, origin=safe, software=f"auditor {__version__}", passphrase=key_passphrase(), at=clock
    )


def open_credentials(workspace: Workspace, estate: Estate) -> Credentials:
    """The secrets that an estate refers to, for one process."""
    return Credentials(workspace.home, secret_places(estate))


def key_passphrase() -> str | None:
    """The passphrase of the workspace's keys, where they have one."""
    return os.environ.get(PASSPHRASE)


@dataclass(frozen=True, slots=True)
class HeldWorkspace:
    """A workspace that is held, or shared with the process that holds it, for as long as this one likes."""

    workspace: Workspace
    custody: Custody
    clock: Clock
    terms: SharingTerms
    schedules: ScheduleMemory = field(default_factory=ScheduleMemory)

    @contextmanager
    def instruments(self, *, sandbox: bool | None = None, concurrency: int | None = None) -> Iterator[Instruments]:
        """Everything that one piece of work needs, by `targets.yaml` as it is now. For one thread.

        `sandbox` and `concurrency` override `targets.yaml`. Raises `ConfigError` for a configuration that is wrong.
        """
        estate, warnings, pinned = _configuration(self.workspace, sandbox, concurrency)
        with self._instruments(estate, warnings, pinned) as made:
            since = self.custody.journal.size
            try:
                yield made
            except Exception:  # whatever failed: this process goes on, and no start would end what it left open
                if self.custody.custodian is not None:
                    self.custody.custodian.recover_own(since)
                raise

    def stop_serving(self) -> None:
        """Let no other command in any more, and wait for those that are there, as the terms say."""
        if self.custody.custodian is not None:
            self.custody.custodian.close(self.terms.patience, self.terms.told)

    @contextmanager
    def _instruments(
        self, estate: Estate, warnings: tuple[str, ...], pinned: tuple[PinnedAuthority, ...]
    ) -> Iterator[Instruments]:
        from auditor.index import Index, PictureAnswers  # with what it brings: a fleet's workers have no index

        with (
            self.custody.at_work(),
            Index.open(self.workspace.db) as index,
            PictureAnswers(self.workspace.db.with_name("pictures.db")) as answers,
        ):
            sealer = Sealer(self.custody.vault, http_authorities(pinned), estate.timestamping.quorum)
            credentials = open_credentials(self.workspace, estate)
            yield Instruments(
                self.workspace, estate, warnings, self.custody, sealer, index, self.clock, credentials, answers,
                self.schedules,
            )  # fmt: skip


@contextmanager
def hold_workspace(
    workspace: Workspace, terms: SharingTerms = LONG_LIVED, *, clock: Clock = now
) -> Iterator[HeldWorkspace]:
    """Hold the workspace until the block ends, and let commands of other processes work in it meanwhile.

    Interrupted work is finished or recorded before this returns (`custody.recovered`). Raises `ConfigError` for a
    workspace without keys, `VaultError` where another process holds it, `IntegrityError` where the journal is broken.
    """
    _require_begun(workspace)
    with open_custody(workspace, clock=clock, terms=terms) as custody:
        yield HeldWorkspace(workspace, custody, custody.journal.clock if workspace.moved else clock, terms)


@contextmanager
def open_instruments(
    workspace: Workspace,
    *,
    sandbox: bool | None = None,
    concurrency: int | None = None,
    clock: Clock = now,
    terms: SharingTerms = COMMAND,
) -> Iterator[Instruments]:
    """Hold the workspace for one piece of work, or do it through the process that holds it. Interrupted work is
    finished or recorded before this returns.

    `sandbox` and `concurrency` override `targets.yaml`. Raises `ConfigError` for a configuration that is wrong or a
    workspace without keys, `VaultError` where another process holds it and does not answer, `IntegrityError` where the
    journal is broken.
    """
    configuration = _configuration(workspace, sandbox, concurrency)
    with (
        hold_workspace(workspace, terms, clock=clock) as held,
        held._instruments(*configuration) as instruments,
    ):
        yield instruments


@contextmanager
def open_custody(workspace: Workspace, *, clock: Clock = now, terms: SharingTerms | None = None) -> Iterator[Custody]:
    """The workspace's custody, to decide or to keep something: in its folder, or in the fleet to which it moved.

    Raises as `open_workspace` does, and `AwayError` where the fleet's database does not answer.
    """
    terms = terms or SharingTerms()
    if workspace.moved:
        from auditor.workflow.replica.acting import open_acting  # loads what the extra `fleet` brings

        with open_acting(workspace, terms, key_passphrase()) as custody:
            yield custody
        return
    with open_workspace(workspace.root, passphrase=key_passphrase(), at=clock, terms=terms) as custody:
        yield custody


def _configuration(
    workspace: Workspace, sandbox: bool | None, concurrency: int | None
) -> tuple[Estate, tuple[str, ...], tuple[PinnedAuthority, ...]]:
    estate, warnings = read_targets(workspace)
    browser = estate.browser
    if sandbox is not None:
        browser = replace(browser, sandbox=sandbox)
    if concurrency is not None:
        browser = replace(browser, concurrency=concurrency)
    estate = replace(estate, browser=browser)
    return estate, warnings, load_pinned_authorities(estate, workspace.home)


def _require_begun(workspace: Workspace) -> None:
    if not workspace_exists(workspace.root):
        raise ConfigError(f"{workspace.root}: no keys and no journal here yet. Run: auditor init")


def read_targets(workspace: Workspace) -> tuple[Estate, tuple[str, ...]]:
    """The estate and the warnings about it; `ConfigError` with every problem, in file order."""
    estate, problems = load_with_warnings(workspace.targets)
    hide_variables({PASSPHRASE, *secret_places(estate)})
    return estate, tuple(str(problem) for problem in problems)


def read_targets_cached(workspace: Workspace, sources: Mapping[str, str] | None = None) -> Estate:
    """As `read_targets`, for questions that make no evidence: of a large estate as it was last read, while no file of
    it has changed (see `auditor.targets.estate_cache`). `sources`: as `kept_sources` said a moment ago."""
    return load_cached_estate(workspace.targets, workspace.db.with_name("targets.json"), sources=sources)[0]


def load_pinned_authorities(estate: Estate, base: Path) -> tuple[PinnedAuthority, ...]:
    """The estate's timestamp authorities with their certificates."""
    return tuple(pin_authority_file(authority, base) for authority in estate.timestamping.authorities)
