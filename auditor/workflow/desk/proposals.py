"""Descriptions of pages that somebody proposes: entries of `targets.yaml` that a manager accepts or declines."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from auditor.errors import ConfigError, NotShownError
from auditor.targets import editing, insertion
from auditor.workspace import Workspace

MOST_WAITING = 100


@dataclass(frozen=True, slots=True)
class ProposedPage:
    """An entry that waits for a manager."""

    id: str
    deployment: str
    page: str
    field: str
    value: dict[str, object]
    """The field as it would stand in the file."""
    entry: str
    """The same as text, at its place."""
    by: str
    """Name of who proposes it."""
    at: str
    capture: str
    """The capture that it was tried on."""


class Proposals:
    """Files in `profiles/proposals`, one each; for several threads."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._folder = workspace.home / "profiles" / "proposals"
        self._lock = threading.Lock()

    def waiting(self) -> tuple[ProposedPage, ...]:
        """Oldest first; a file that is no proposal is passed over."""
        found = []
        for path in sorted(self._folder.glob("p-*.json"))[:MOST_WAITING] if self._folder.is_dir() else []:
            try:
                found.append(ProposedPage(**json.loads(path.read_text("utf-8"))))
            except (OSError, ValueError, TypeError):
                continue
        return tuple(found)

    def propose(
        self,
        deployment: str,
        page: str,
        field: tuple[str, dict[str, object], str],
        *,
        by: str,
        capture: str,
        at: datetime,
    ) -> ProposedPage:
        """Keep a field for a manager: its id, its value, and both as text. `ConfigError` where too many wait."""
        with self._lock:
            if len(self.waiting()) >= MOST_WAITING:
                raise ConfigError(f"{MOST_WAITING} proposals wait already; have some accepted or declined")
            name = f"p-{at.astimezone(UTC):%Y%m%dT%H%M%S%f}"
            made = ProposedPage(name, deployment, page, *field, by, at.astimezone(UTC).isoformat(), capture)
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._path(name)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(json.dumps(asdict(made), ensure_ascii=False))
            return made

    def accept(self, name: str) -> ProposedPage:
        """Write the field into `targets.yaml`, in place of the one of its name where there is one; all else stays as
        it is. `ConfigError`, the file untouched, where the result would not be valid."""
        with self._lock:
            found = self._named(name)
            path = self._workspace.targets
            raw = path.read_bytes().decode("utf-8")
            mark = "\ufeff" if raw.startswith("\ufeff") else ""
            place = ("pages", found.page, "fields")
            text = insertion.set_key(raw.removeprefix(mark), place, found.field, found.value)
            editing.write_targets(path, mark + text)
            self._path(name).unlink(missing_ok=True)
            return found

    def decline(self, name: str) -> None:
        """Keep it no longer."""
        with self._lock:
            self._named(name)
            self._path(name).unlink(missing_ok=True)

    def _named(self, name: str) -> ProposedPage:
        found = next((one for one in self.waiting() if one.id == name), None)
        if found is None:
            raise NotShownError("there is no such proposal here")
        return found

    def _path(self, name: str) -> Path:
        return self._folder / f"{Path(name).name}.json"
