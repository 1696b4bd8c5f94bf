"""Lists that a person keeps by name: the address of a list in its state. No evidence, and no secret."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path

from auditor.errors import ConfigError

MOST_KEPT = 40
LONGEST_NAME, LONGEST_ADDRESS = 60, 600
LISTS = ("/", "/findings", "/contracts")
"""Addresses that may be kept."""


@dataclass(frozen=True, slots=True)
class SavedView:
    """One of them."""

    name: str
    address: str


class SavedViews:
    """One file for each person, written whole; for several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def of(self, person: str) -> tuple[SavedView, ...]:
        """The views of a person, in the order they were kept. A file that is not readable as such holds none."""
        try:
            found = json.loads(self._path(person).read_text("utf-8"))
        except (OSError, ValueError):
            return ()
        pairs = found if isinstance(found, list) else []
        return tuple(
            SavedView(str(one["name"]), str(one["address"]))
            for one in pairs
            if isinstance(one, dict) and _why_not(str(one.get("address", ""))) == "" and one.get("name")
        )

    def keep(self, person: str, name: str, address: str) -> None:
        """Keep a list under a name, in place of one of that name. `ConfigError` for an address that is no list."""
        name, wrong = name.strip(), _why_not(address)
        if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable() or wrong:
            raise ConfigError(wrong or f"a name of 1 to {LONGEST_NAME} characters is needed")
        with self._lock:
            kept = [one for one in self.of(person) if one.name != name]
            self._write(person, [*kept, SavedView(name, address)][-MOST_KEPT:])

    def forget(self, person: str, name: str) -> None:
        """Keep it no longer."""
        with self._lock:
            self._write(person, [one for one in self.of(person) if one.name != name])

    def _write(self, person: str, views: list[SavedView]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(person)
        scratch = path.with_suffix(".new")
        text = json.dumps([{"name": one.name, "address": one.address} for one in views], ensure_ascii=False)
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        scratch.replace(path)

    def _path(self, person: str) -> Path:
        if not person.isascii() or not person.replace("-", "").isalnum():
            raise ConfigError("no such account")
        return self._folder / f"{person}.json"


def _why_not(address: str) -> str:
    """Why an address is not kept; empty where it may be."""
    path = address.partition("?")[0]
    if path not in LISTS or len(address) > LONGEST_ADDRESS or not address.isprintable() or "\\" in address:
        return "only the address of a list of these pages can be kept"
    return ""
