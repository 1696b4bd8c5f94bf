"""A copy of a journal begins and goes on only under a key to which those before it lead, link by link."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from auditor import custody
from auditor.custody import Custody, Journal, Keys, LocalJournalStore
from auditor.custody.journal.keys import generate_keys
from auditor.errors import IntegrityError
from auditor.model.events import KeyRevoked, KeyRotated
from tests.custody import practice_authorities as practice


@dataclass(frozen=True)
class Copied:
    """A workspace whose key was changed once, and a copy of its journal from then."""

    held: Custody
    retired: Keys
    copy: Path

    def brought(self) -> int:
        """How many lines the copy has, once it was brought up to the workspace."""
        custody.extend_journal(LocalJournalStore(self.held.root), self.copy, lambda folder, files: None)
        return Journal.open(self.copy).size

    def goes_on_by(self, keys: Keys) -> None:
        """One more line, under a head that these keys sign."""
        self.held.journal.keys = keys
        custody.revoke_log_key(self.held.journal, str(generate_keys(keys.origin).verifier), "never used")


@pytest.fixture
def copied(tmp_path: Path) -> Iterator[Copied]:
    practice.begin(tmp_path / "w")
    with custody.open_workspace(tmp_path / "w") as held:
        retired = held.keys
        custody.rotate_log_keys(held.vault, why="yearly")
        custody.begin_copy(LocalJournalStore(held.root), tmp_path / "copy", lambda folder, files: None)
        yield Copied(held, retired, tmp_path / "copy")


def test_a_key_that_the_one_in_force_endorsed_is_followed(copied: Copied) -> None:
    former = copied.held.journal.ring.active
    custody.rotate_log_keys(copied.held.vault, why="yearly")
    custody.revoke_log_key(copied.held.journal, str(former), "retired")
    custody.rotate_log_keys(copied.held.vault, why="yearly")
    assert copied.brought() == copied.held.journal.size


def by_retired(copied: Copied) -> Keys:
    copied.held.journal.record(rotation(copied.retired))
    return copied.retired


def by_a_stranger(copied: Copied) -> Keys:
    stranger = generate_keys(copied.retired.origin)
    copied.held.journal.record(rotation(stranger))
    return stranger


def past_a_stranger(copied: Copied) -> Keys:
    """To a key that is known, over one that is not."""
    keys = copied.held.journal.keys
    assert keys is not None
    copied.held.journal.keys = by_a_stranger(copied)
    copied.held.journal.record(rotation(keys))
    return keys


def by_revoked(copied: Copied) -> Keys:
    keys = copied.held.journal.keys
    assert keys is not None
    copied.held.journal.record(KeyRevoked(key=str(keys.verifier), why="stolen"))
    return keys


def rotation(keys: Keys) -> KeyRotated:
    return KeyRotated(log=str(keys.verifier), box=keys.box_public, endorsed="", why="lost")


@pytest.mark.parametrize("forged", [by_retired, by_a_stranger, past_a_stranger, by_revoked])
def test_a_head_by_another_key_is_refused(copied: Copied, forged: Callable[[Copied], Keys], tmp_path: Path) -> None:
    """A retired key, a stranger's, and one that was revoked: nothing of what they sign is in the copy."""
    before = copied.held.journal.size
    copied.goes_on_by(forged(copied))
    with pytest.raises(IntegrityError, match=r"brings in a key|revoked"):
        copied.brought()
    with pytest.raises(IntegrityError, match=r"brings in a key|revoked"):
        custody.begin_copy(LocalJournalStore(copied.held.root), tmp_path / "afresh", lambda folder, files: None)
    assert Journal.open(copied.copy).size == before
