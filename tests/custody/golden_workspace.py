"""A copy of the golden workspace for an attacker to alter, and the table of attacks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from auditor import custody
from auditor.clock import now
from auditor.custody.journal.keys import Keys
from auditor.custody.journal.lines import head_text
from auditor.custody.journal.local_journal import LocalJournalStore
from auditor.custody.journal.writing.segments import write_segments
from auditor.formats import canonical_json
from tests.custody.practice_authorities import Authorities

E = "evidence"


def write_journal(folder: Path, lines: list[bytes], keys: Keys) -> None:
    """A journal of these lines in the place of the one there, with tiles and a head that fit."""
    for name in ("entries", "tile"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "tail.jsonl").unlink(missing_ok=True)
    made = write_segments(folder, lines)
    (folder / "head").write_bytes(keys.sign(head_text(keys.origin, made.size, made.frontier.root(), lines[-1])))


@dataclass
class Scene:
    """A copy of the golden workspace with its keys, and the authorities that stamped it."""

    root: Path
    stamps: Authorities

    @property
    def evidence(self) -> Path:
        return self.root / E

    def package(self, number: int) -> Path:
        return sorted(path for path in (self.evidence / "site-a").iterdir() if path.is_dir())[number]

    def checkpoint(self) -> Path:
        return min((self.evidence / "journal" / "checkpoints").glob("*.checkpoint"))

    def edit(self, path: Path, change: Callable[[bytes], bytes]) -> None:
        data = change(path.read_bytes())
        path.parent.chmod(0o755)
        path.chmod(0o644)
        path.write_bytes(data)

    @property
    def journal(self) -> Path:
        return self.evidence / "journal"

    def segment(self, index: int) -> Path:
        return self.journal / "entries" / f"{index:03d}.jsonl"

    def read_lines(self) -> list[bytes]:
        """Every line of the journal with its newline."""
        return [line + b"\n" for line, _ in LocalJournalStore(self.root).lines()]

    def lines(self, change: Callable[[list[bytes]], list[bytes]]) -> None:
        """Alter the journal's lines without its tiles and its head."""
        lines = change(self.read_lines())
        for place in range(0, len(lines), 256):
            whole = self.segment(place // 256)
            path = whole if whole.exists() else self.journal / "tail.jsonl"
            self.edit(path, lambda _, place=place: b"".join(lines[place : place + 256]))  # type: ignore[misc]

    def rechain(
        self, change: Callable[[list[dict[str, object]]], list[dict[str, object]]], keys: Keys | None = None
    ) -> None:
        """An insider's new journal: altered events, chained and signed again."""
        events = change([json.loads(line) for line in self.read_lines()])
        previous, lines = canonical_json.ZERO_DIGEST, []
        for number, event in enumerate(events):
            lines.append(canonical_json.encode({**event, "number": number, "previous": previous}))
            previous = canonical_json.sha256(lines[-1])
        keys = keys or custody.open_keys(self.root)
        write_journal(self.journal, lines, keys)

    @contextmanager
    def held(self, shift: timedelta = timedelta()):  # type: ignore[no-untyped-def]
        with custody.open_workspace(self.root, at=lambda: now() + shift) as held:
            yield held


Attack = Callable[[Scene], None]
ATTACKS: dict[str, tuple[str, str, Attack]] = {}


def attack(check: str, story: str) -> Callable[[Attack], Attack]:
    def take(function: Attack) -> Attack:
        ATTACKS[function.__name__.replace("_", "-")] = (check, story, function)
        return function

    return take
