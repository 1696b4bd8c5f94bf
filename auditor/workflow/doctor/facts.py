"""What `auditor doctor` saw, as values: of the machine, of the folder, of those who were asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from auditor.capture import BrowserTrial
from auditor.custody import AuthorityProbe

TimeTeller = Literal["time_server", "authority", "http"]


@dataclass(frozen=True, slots=True)
class ToldTime:
    """How far somebody's clock is ahead of this machine's, in seconds: between two bounds, for an answer travels."""

    who: str
    by: TimeTeller
    least: float
    most: float

    @property
    def middle(self) -> float:
        return (self.least + self.most) / 2


@dataclass(frozen=True, slots=True)
class ProgramFacts:
    """The program itself and what it stands on."""

    version: str
    python: str
    executable: str
    """The interpreter that runs it."""
    installer: str
    """The command that installs beside it."""
    system: str
    """`Linux`, `Darwin`, `Windows`."""
    parts: Mapping[str, bool]
    """Optional parts, by the name of their extra, and whether they are installed."""
    parts_used: frozenset[str]
    """Those that `targets.yaml` asks for."""
    openssl: str
    """What `openssl version` says; empty where the program does not start."""
    openssl_timestamps: bool
    """Whether its `ts` command is there."""
    encoding: str
    """Of standard output."""
    zones_missing: tuple[str, ...]
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SandboxFacts:
    """What the kernel says of sandboxes."""

    root: bool
    switches: Mapping[str, str]
    """Kernel settings that keep user namespaces from a user, with the values they have; empty where none does."""


@dataclass(frozen=True, slots=True)
class FontFacts:
    """What fontconfig knows."""

    chinese: int | None
    """Font files that cover Chinese; None where `fc-list` does not start."""


@dataclass(frozen=True, slots=True)
class PathFault:
    """A file or folder that is not as it must be."""

    path: Path
    fault: Literal["mode", "owner", "write", "gone", "keys_gone", "unseen"]
    mode: int = 0
    """Permission bits found."""
    wanted: int = 0


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """The workspace's folder."""

    root: Path
    configured: bool
    """Whether there is a `targets.yaml`."""
    begun: bool
    """Whether it has keys and a journal."""
    errors: int
    warnings: int
    deployments: int
    faults: tuple[PathFault, ...]
    free_bytes: int | None
    bytes_a_day: int | None
    """What the fullest day among the newest captures took; None where nothing was captured yet."""


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """Everything that was seen."""

    program: ProgramFacts
    browser: BrowserTrial
    sandbox: SandboxFacts
    fonts: FontFacts
    folder: FolderFacts
    asked: bool
    """Whether anybody outside was asked for the time."""
    authorities: tuple[AuthorityProbe, ...] | None
    """None where no `targets.yaml` that can be read names any."""
    quorum: int
    """Owners whose tokens a package needs."""
    told_times: tuple[ToldTime, ...]
    silent: tuple[str, ...]
    """Time servers that gave no time."""
