"""Links by which whoever holds one takes a bundle, until a moment. Their secrets are kept as hashes alone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from auditor.clock import parse_timestamp, timestamp
from auditor.people.database import OwnDatabase, Row
from auditor.people.store import secret_hash


@dataclass(frozen=True, slots=True)
class BundleLink:
    """A link to one bundle."""

    id: str
    """Its public name; opens nothing."""
    bundle: str
    sha256: str
    """Digest of the zip that it gives."""
    recipient: str
    """For whom it is, as its maker wrote it."""
    person: str
    """Id of the account that made it."""
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    """When it was taken back; None where it was not."""
    taken: int
    """How often the bundle was taken by it."""

    def open(self, now: datetime) -> bool:
        """Whether it gives the bundle at a moment."""
        return self.ended_at is None and now < self.expires_at


_ROW = "id, bundle, sha256, recipient, person, made_at, expires_at, ended_at, taken"


class BundleLinks:
    """The links of a workspace, in `people/people.db`."""

    def __init__(self, database: OwnDatabase) -> None:
        self.database = database

    def every(self) -> tuple[BundleLink, ...]:
        """All of them, ended ones too, newest first."""
        return tuple(map(_link, self.database.rows(f"SELECT {_ROW} FROM share ORDER BY made_at DESC, id")))

    def named(self, name: str) -> BundleLink | None:
        """By its public name."""
        row = self.database.row(f"SELECT {_ROW} FROM share WHERE id = ?", name)
        return _link(row) if row else None

    def of(self, person: str, now: datetime) -> tuple[BundleLink, ...]:
        """Those that an account made and that give their bundle at a moment."""
        return tuple(one for one in self.every() if one.person == person and one.open(now))

    def find(self, secret: str) -> BundleLink | None:
        """The link of a secret, whether it still opens anything or not."""
        row = self.database.row(f"SELECT {_ROW} FROM share WHERE hash = ?", secret_hash(secret))
        return _link(row) if row else None

    def make(
        self, bundle: tuple[str, str], recipient: str, person: str, now: datetime, expires_at: datetime
    ) -> tuple[BundleLink, str]:
        """The link, and its secret, which is not kept. `bundle`: its name, and the digest of its zip."""
        secret = secrets.token_urlsafe(32)
        made = BundleLink(f"b-{secrets.token_hex(5)}", *bundle, recipient, person, now, expires_at, None, 0)
        self.database.change(
            "INSERT INTO share VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, 0)",
            made.id, secret_hash(secret), *bundle, recipient, person, timestamp(now), timestamp(expires_at),
        )  # fmt: skip
        return made, secret

    def end(self, name: str, now: datetime) -> bool:
        """Take it back; False where it was before."""
        changed = self.database.change(
            "UPDATE share SET ended_at = ? WHERE id = ? AND ended_at IS NULL", timestamp(now), name
        )
        return changed > 0

    def count(self, name: str) -> None:
        """The bundle was taken by it once more."""
        self.database.change("UPDATE share SET taken = taken + 1 WHERE id = ?", name)


def _link(row: Row) -> BundleLink:
    name, bundle, sha256, recipient, person, made_at, expires_at, ended_at, taken = row
    return BundleLink(
        str(name), str(bundle), str(sha256), str(recipient), str(person), parse_timestamp(str(made_at)),
        parse_timestamp(str(expires_at)), None if ended_at is None else parse_timestamp(str(ended_at)), int(str(taken)),
    )  # fmt: skip
