"""What a look-up is about, and what it has asked so far: each answer staged under its number as it came."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from auditor.clock import Clock
from auditor.hosting.lookup.bounds import LookupBounds
from auditor.model.captures import Stage
from auditor.model.hosting import AskedQuestion, Question, Transport
from auditor.model.targets.estate import HostingSources

MADE_BY = "auditor.hosting"


@dataclass(frozen=True, slots=True)
class LookupPlan:
    """What is asked about one address."""

    address: str
    sources: HostingSources
    base: Path
    """Folder of `targets.yaml`, below which data sets lie."""
    names: tuple[str, ...] = ()
    """Host names that are resolved with it."""
    deployments: tuple[str, ...] = ()
    bounds: LookupBounds = field(default_factory=LookupBounds)


class AnswerLog:
    """The questions of one look-up, with the answers on its stage. `folder`: where it begins there, with its slash."""

    def __init__(self, stage: Stage, clock: Clock, folder: str = "") -> None:
        self._stage, self._folder = stage, folder
        self.clock = clock
        self.asked: list[AskedQuestion] = []
        self.kept: dict[str, bytes] = {}
        self._numbers: dict[str, int] = {}

    def put(self, path: str, data: bytes, media_type: str, *, made_by: str = MADE_BY) -> str:
        """Stage an answer; its path within the look-up."""
        self._stage.put(self._folder + path, data, media_type=media_type, made_by=made_by)
        self.kept[path] = data
        return path

    def note(
        self, about: Question, to: str, asked: str, ended: Transport, detail: str = "", **more: dict[str, str]
    ) -> None:
        """One question, as it was put and as it ended."""
        paths, facts = MappingProxyType(more.get("files", {})), MappingProxyType(more.get("facts", {}))
        self.asked.append(AskedQuestion(about, to, asked, self.clock(), ended, detail, paths, facts))

    def number(self, folder: str) -> str:
        """The next name in a folder, without its suffix."""
        self._numbers[folder] = self._numbers.get(folder, 0) + 1
        return f"{folder}/{self._numbers[folder]:02d}"
