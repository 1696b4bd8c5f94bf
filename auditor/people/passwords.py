"""Passwords: argon2id after RFC 9106, one at a time, and the same work for a name that nobody has."""

from __future__ import annotations

import secrets
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

SHORTEST, LONGEST = 12, 200
"""Characters of a password. Nothing else is asked of one: rules of composition make them worse (NIST SP 800-63B)."""
MEMORY_KIB, PASSES, LANES = 65_536, 3, 4
"""The second choice of RFC 9106: 64 MiB. One at a time, since memory is what an attacker at the door would use up."""


def why_password_refused(password: str, *names: str) -> str:
    """Why a password cannot be taken, as a code of the page words; empty where it can. `names`: what it may not be."""
    if len(password) < SHORTEST:
        return "people.password_short"
    if len(password) > LONGEST:
        return "people.password_long"
    plain = password.casefold()
    known = [one.casefold() for one in names if len(one) > 3]
    if len(set(password)) < 5 or any(one in plain and len(plain) - len(one) < 6 for one in known):
        return "people.password_plain"
    return ""


class PasswordHashes:
    """Makes and checks hashes, one at a time whatever the number of threads."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(
            time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, hash_len=32, salt_len=16, type=Type.ID
        )
        self._turn = threading.Lock()
        self._nobody: str | None = None

    def make(self, password: str) -> str:
        """The hash to keep, with its own salt and parameters."""
        with self._turn:
            return self._hasher.hash(_form(password))

    def matches(self, kept: str | None, password: str) -> bool:
        """Whether it is the password of a hash. None, for nobody, costs the same and matches nothing."""
        with self._turn:
            if self._nobody is None:
                self._nobody = self._hasher.hash(secrets.token_urlsafe(32))
            try:
                self._hasher.verify(kept if kept is not None else self._nobody, _form(password[: LONGEST + 1]))
            except (VerificationError, InvalidHashError):
                return False
            return kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)


def _form(password: str) -> bytes:
    """One form for the same characters typed on different keyboards."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
