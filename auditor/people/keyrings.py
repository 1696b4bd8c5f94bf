"""What opens an account beside its password: passkeys, secrets of one-time codes, API tokens, identities elsewhere."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import cast

from auditor.clock import parse_timestamp, timestamp
from auditor.model.people import Permission
from auditor.people.database import OwnDatabase, Row
from auditor.people.store import secret_hash

TOKEN_PREFIX = "aud_"  # noqa: S105 (what every token begins with, so that scanners of leaked secrets know it)


@dataclass(frozen=True, slots=True)
class Passkey:
    """A WebAuthn credential."""

    credential: bytes
    person: str
    name: str
    """What the person calls it."""
    public_key: bytes
    sign_count: int
    made_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token of the API; the secret itself was shown once."""

    id: str
    person: str
    name: str
    permissions: frozenset[Permission]
    """What it may do at most; never more than its owner."""
    networks: tuple[str, ...]
    """Where requests with it may come from, as `192.0.2.0/24`; empty: from anywhere."""
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None

    def may_come_from(self, address: str) -> bool:
        """Whether a request from an address may carry it."""
        try:
            return not self.networks or any(ip_address(address) in ip_network(one) for one in self.networks)
        except ValueError:
            return False  # a proxy that writes no address


class Keyrings:
    """The tables of `people/people.db` beside the accounts."""

    def __init__(self, database: OwnDatabase) -> None:
        self._database = database

    # Passkeys.

    def passkeys(self, person: str) -> tuple[Passkey, ...]:
        rows = self._database.rows("SELECT * FROM passkey WHERE person = ? ORDER BY made_at", person)
        return tuple(map(_passkey, rows))

    def passkey(self, credential: bytes) -> Passkey | None:
        row = self._database.row("SELECT * FROM passkey WHERE credential = ?", credential)
        return _passkey(row) if row else None

    def add_passkey(self, passkey: Passkey) -> None:
        self._database.change(
            "INSERT INTO passkey VALUES (?, ?, ?, ?, ?, ?, NULL)",
            passkey.credential, passkey.person, passkey.name, passkey.public_key, passkey.sign_count,
            timestamp(passkey.made_at),
        )  # fmt: skip

    def passkey_used(self, credential: bytes, sign_count: int, at: datetime) -> None:
        self._database.change(
            "UPDATE passkey SET sign_count = ?, used_at = ? WHERE credential = ?", sign_count, timestamp(at), credential
        )

    def remove_passkey(self, person: str, credential: bytes) -> bool:
        """Whether there was one."""
        changed = self._database.change("DELETE FROM passkey WHERE person = ? AND credential = ?", person, credential)
        return changed > 0

    # One-time codes.

    def code_secret(self, person: str, *, confirmed: bool = True) -> str | None:
        """The secret that codes are computed from; `confirmed`: only where a code of it was shown once."""
        row = self._database.row("SELECT secret, confirmed FROM code_secret WHERE person = ?", person)
        return None if row is None or (confirmed and not row[1]) else str(row[0])

    def propose_code_secret(self, person: str, secret: str) -> None:
        """A secret that counts once a code of it was shown; one that counts already stays."""
        self._database.change(
            "INSERT INTO code_secret VALUES (?, ?, 0, NULL) ON CONFLICT (person) DO UPDATE SET secret = excluded.secret"
            " WHERE confirmed = 0", person, secret,
        )  # fmt: skip

    def use_code_step(self, person: str, step: int) -> bool:
        """Mark the 30 seconds of a code as used, those before with it; False where they were used already."""
        changed = self._database.change(
            "UPDATE code_secret SET last_step = ?, confirmed = 1"
            " WHERE person = ? AND (last_step IS NULL OR last_step < ?)",
            step, person, step,
        )  # fmt: skip
        return changed > 0

    def remove_code_secret(self, person: str) -> bool:
        return self._database.change("DELETE FROM code_secret WHERE person = ?", person) > 0

    # Tokens.

    def make_token(
        self,
        person: str,
        name: str,
        permissions: Collection[Permission],
        networks: Collection[str],
        at: datetime,
        expires_at: datetime,
    ) -> tuple[ApiToken, str]:
        """The token, and its secret, which is not kept. `ValueError` for a network that is none."""
        kept = tuple(str(ip_network(one)) for one in networks)
        secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
        made = ApiToken(f"t-{secrets.token_hex(5)}", person, name, frozenset(permissions), kept, at, expires_at, None)
        self._database.change(
            "INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            made.id, secret_hash(secret), person, name, ",".join(sorted(permissions)), ",".join(kept), timestamp(at),
            timestamp(expires_at),
        )  # fmt: skip
        return made, secret

    def tokens(self, person: str) -> tuple[ApiToken, ...]:
        rows = self._database.rows(f"SELECT {_TOKEN} FROM token WHERE person = ? ORDER BY made_at", person)
        return tuple(map(_token, rows))

    def token(self, secret: str) -> ApiToken | None:
        row = self._database.row(f"SELECT {_TOKEN} FROM token WHERE hash = ?", secret_hash(secret))
        return _token(row) if row else None

    def token_used(self, token: str, at: datetime) -> None:
        self._database.change("UPDATE token SET used_at = ? WHERE id = ?", timestamp(at), token)

    def remove_token(self, person: str, token: str) -> bool:
        return self._database.change("DELETE FROM token WHERE person = ? AND id = ?", person, token) > 0

    # Identities at a provider.

    def identities(self, person: str) -> tuple[str, ...]:
        """Issuers at which an account has an identity."""
        rows = self._database.rows("SELECT issuer FROM identity WHERE person = ? ORDER BY issuer", person)
        return tuple(str(row[0]) for row in rows)

    def remove_identities(self, person: str) -> tuple[str, ...]:
        """The issuers at which the account had one."""
        found = self.identities(person)
        self._database.change("DELETE FROM identity WHERE person = ?", person)
        return found

    def identity(self, issuer: str, subject: str) -> str | None:
        """Id of the account that an identity is bound to."""
        row = self._database.row("SELECT person FROM identity WHERE issuer = ? AND subject = ?", issuer, subject)
        return str(row[0]) if row else None

    def bind_identity(self, issuer: str, subject: str, person: str) -> bool:
        """False where it is bound already, to whomever."""
        changed = self._database.change(
            "INSERT INTO identity VALUES (?, ?, ?) ON CONFLICT DO NOTHING", issuer, subject, person
        )
        return changed > 0


_TOKEN = "id, person, name, permissions, networks, made_at, expires_at, used_at"  # noqa: S105 (names of columns)


def _time(text: object) -> datetime | None:
    return None if text is None else parse_timestamp(str(text))


def _passkey(row: Row) -> Passkey:
    credential, person, name, public_key, sign_count, made_at, used_at = row
    return Passkey(
        cast("bytes", credential), str(person), str(name), cast("bytes", public_key), cast("int", sign_count),
        parse_timestamp(str(made_at)), _time(used_at),
    )  # fmt: skip


def _token(row: Row) -> ApiToken:
    name, person, shown, permissions, networks, made_at, expires_at, used_at = row
    return ApiToken(
        str(name), str(person), str(shown),
        frozenset(cast("list[Permission]", [one for one in str(permissions).split(",") if one])),
        tuple(one for one in str(networks).split(",") if one), parse_timestamp(str(made_at)),
        parse_timestamp(str(expires_at)), _time(used_at),
    )  # fmt: skip
