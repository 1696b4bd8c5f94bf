"""Short facts of each capture for the papers, collected while packages are written to the bag."""

from __future__ import annotations

import json
from bisect import insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from auditor.bundle.bag.disk_tables import DiskList
from auditor.bundle.dossier import BundledPackage, Dossier, LoadedPackage
from auditor.bundle.exhibits.exhibit import mask_redacted
from auditor.bundle.papers.readme import manifest_software
from auditor.errors import IntegrityError

CIRCUMSTANCES = "circumstances.json"
MOST_ROWS = 300
"""Rows of a paper's table; beyond, the paper refers to the CSV files of the bundle."""


@dataclass(frozen=True, slots=True)
class RecordedMachineCheck:
    """One check of the capturing machine, as recorded before the visit."""

    name: str
    result: str
    fact: str
    expected: str
    off_because: str


@dataclass(frozen=True, slots=True)
class CaptureFacts:
    """One capture, told."""

    number: int
    capture: str
    deployment: str
    address: str
    method: str
    state: str
    started_at: datetime
    ended_at: datetime
    manifest_sha256: str
    stamps: tuple[tuple[str, str, str], ...]
    """Authority, owner, genTime in UTC."""
    practice: bool
    steps: tuple[tuple[str, str, bool, str], ...]
    examined: tuple[RecordedMachineCheck, ...]
    examined_at: str
    software: Mapping[str, str]
    lines: tuple[int, int]
    warnings: tuple[str, ...]


def facts_of_capture(entry: BundledPackage, opened: LoadedPackage, hidden: Sequence[str]) -> CaptureFacts:
    """The facts of one capture, from its manifest and its record of circumstances."""
    capture = opened.capture
    first = capture.views[0] if capture.views else None
    taken_at, examined = ("", ()) if entry.pruned else _examined(opened)
    verified = [verdict for verdict in entry.package.seal.verdicts if verdict.status == "verified"]
    return CaptureFacts(
        entry.number,
        capture.id,
        capture.deployment,
        mask_redacted(first.url if first else "", hidden),
        capture.method,
        capture.state,
        capture.started_at,
        capture.ended_at,
        entry.package.manifest_sha256,
        tuple((v.authority, v.owner, f"{v.gen_time:%Y-%m-%d %H:%M:%S}" if v.gen_time else "") for v in verified),
        any(verdict.practice for verdict in verified),
        tuple(
            (step.name, f"{step.started_at:%H:%M:%S}", step.ok, mask_redacted(step.detail, hidden)[:160])
            for step in capture.steps[:40]
        ),
        examined,
        taken_at,
        manifest_software(opened.manifest),
        (entry.intent_line, entry.capture_line),
        tuple(mask_redacted(warning, hidden) for warning in capture.warnings[:10]),
    )


def _examined(opened: LoadedPackage) -> tuple[str, tuple[RecordedMachineCheck, ...]]:
    if not any(artefact.path == CIRCUMSTANCES for artefact in opened.capture.artefacts):
        return "", ()
    try:
        record = json.loads(opened.load(CIRCUMSTANCES))
        names = ("name", "result", "fact", "expected", "off_because")
        found = tuple(RecordedMachineCheck(*(str(one.get(name, "")) for name in names)) for one in record["checks"])
        return str(record.get("taken_at", "")), found
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IntegrityError(
            f"{opened.capture.id}/{CIRCUMSTANCES}: not a record of circumstances ({error}); not exported"
        ) from error


@dataclass(frozen=True, slots=True)
class PaperInputs:
    """Everything the papers are filled from."""

    dossier: Dossier
    accounts: DiskList[CaptureFacts]

    @property
    def practice(self) -> str:
        return ", ".join(sorted(self.dossier.trust.practice))

    def least(self, told: Callable[[CaptureFacts], Iterable[str]], most: int) -> list[str]:
        """The first texts, in their order, of all that the captures' accounts give; each once."""
        kept: list[str] = []
        for one in self.accounts:
            for text in told(one):
                if text not in kept:
                    insort(kept, text)
                    del kept[most:]
        return kept
