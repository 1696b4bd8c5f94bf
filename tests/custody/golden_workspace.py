"""A copy of the golden workspace for an attacker to alter, and the table of attacks."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from auditor import custody
from auditor.clock import now
from auditor.custody.journal.journal import head_text
from auditor.custody.journal.keys import Keys
from auditor.formats import canonical_json
from tests.custody.practice_authorities import Authorities

E = "evidence"


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

    def lines(self, change: Callable[[list[bytes]], list[bytes]]) -> None:
        """Alter the journal's lines without its head."""
        self.edit(self.evidence / "journal" / "journal.jsonl", lambda data: b"".join(change(data.splitlines(True))))

    def rechain(
        self, change: Callable[[list[dict[str, object]]], list[dict[str, object]]], keys: Keys | None = None
    ) -> None:
        """An insider's new journal: altered events, chained and signed again."""
        path = self.evidence / "journal" / "journal.jsonl"
        events = change([json.loads(line) for line in path.read_bytes().splitlines()])
        previous, lines = canonical_json.ZERO_DIGEST, []
        for number, event in enumerate(events):
            lines.append(canonical_json.encode({**event, "number": number, "previous": previous}))
            previous = canonical_json.sha256(lines[-1])
        path.write_bytes(b"".join(line + b"\n" for line in lines))
        keys = keys or custody.open_keys(self.root)
        (self.evidence / "journal" / "head").write_bytes(keys.sign(head_text(keys.origin, len(lines), lines[-1])))

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
