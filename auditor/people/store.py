"""Accounts, their password hashes, and one-time links."""

from __future__ import annotations

import hashlib
import json
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, cast

from auditor.clock import parse_timestamp, timestamp
from auditor.errors import ConfigError
from auditor.model.people import AccessScope, Person, Role
from auditor.people.database import OwnDatabase, Row

SCHEMA = """
CREATE TABLE IF NOT EXISTS person (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, sign_in_name TEXT NOT NULL UNIQUE, roles TEXT NOT NULL,
    scope TEXT NOT NULL, created_at TEXT NOT NULL, revoked_at TEXT, password TEXT, line INTEGER NOT NULL DEFAULT -1
) STRICT;
CREATE TABLE IF NOT EXISTS link (
    hash BLOB PRIMARY KEY, person TEXT NOT NULL REFERENCES person(id), purpose TEXT NOT NULL, expires_at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS passkey (
    credential BLOB PRIMARY KEY, person TEXT NOT NULL REFERENCES person(id), name TEXT NOT NULL,
    public_key BLOB NOT NULL, sign_count INTEGER NOT NULL, made_at TEXT NOT NULL, used_at TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS code_secret (
    person TEXT PRIMARY KEY REFERENCES person(id), secret TEXT NOT NULL, confirmed INTEGER NOT NULL, last_step INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS token (
    id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, person TEXT NOT NULL REFERENCES person(id), name TEXT NOT NULL,
    permissions TEXT NOT NULL, networks TEXT NOT NULL, made_at TEXT NOT NULL, expires_at TEXT NOT NULL, used_at TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS identity (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, person TEXT NOT NULL REFERENCES person(id),
    PRIMARY KEY (issuer, subject)
) STRICT;
CREATE TABLE IF NOT EXISTS share (
    id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, bundle TEXT NOT NULL, sha256 TEXT NOT NULL, recipient TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES person(id), made_at TEXT NOT NULL, expires_at TEXT NOT NULL, ended_at TEXT,
    taken INTEGER NOT NULL DEFAULT 0
) STRICT;
"""

LinkPurpose = Literal["sign_in", "set_password"]
_PERSON = "id, name, sign_in_name, roles, scope, created_at, revoked_at"


def secret_hash(secret: str) -> bytes:
    """How a random secret of 256 bits is kept."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def sign_in_form(name: str) -> str:
    """A name as it is typed to sign in, in the one form that is compared."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


class PeopleStore:
    """`people/people.db` of a workspace."""

    def __init__(self, path: Path) -> None:
        self.database = OwnDatabase(path, SCHEMA)

    def close(self) -> None:
        self.database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.database.transaction():
            yield

    def people(self) -> tuple[Person, ...]:
        """Every account, revoked ones included, oldest first."""
        return tuple(map(_person, self.database.rows(f"SELECT {_PERSON} FROM person ORDER BY created_at, id")))

    def person(self, name: str) -> Person | None:
        """An account by its id."""
        row = self.database.row(f"SELECT {_PERSON} FROM person WHERE id = ?", name)
        return _person(row) if row else None

    def person_named(self, typed: str) -> Person | None:
        """An account by what is typed to sign in."""
        row = self.database.row(f"SELECT {_PERSON} FROM person WHERE sign_in_name = ?", sign_in_form(typed))
        return _person(row) if row else None

    def add(self, person: Person) -> None:
        """`ConfigError` where the name to sign in with is taken, by a revoked account too."""
        if self.person_named(person.sign_in_name) is not None:
            raise ConfigError(f"{person.sign_in_name}: there is an account of that name; names are not used again")
        self.database.change(
            "INSERT INTO person (id, name, sign_in_name, roles, scope, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            person.id, person.name, sign_in_form(person.sign_in_name), _roles_text(person.roles),
            scope_text(person.scope), timestamp(person.created_at),
        )  # fmt: skip

    def grant(self, person: str, roles: frozenset[Role], scope: AccessScope, line: int) -> None:
        """What an account has from now on, by that journal line."""
        self.database.change(
            "UPDATE person SET roles = ?, scope = ?, line = ? WHERE id = ?",
            _roles_text(roles), scope_text(scope), line, person,
        )  # fmt: skip

    def revoke(self, person: str, at: datetime) -> None:
        """Nothing of the account opens anything any more."""
        self.database.change("UPDATE person SET revoked_at = ?, password = NULL WHERE id = ?", timestamp(at), person)
        self.database.change(
            "UPDATE share SET ended_at = ? WHERE person = ? AND ended_at IS NULL", timestamp(at), person
        )
        for table in ("link", "passkey", "code_secret", "token", "identity"):
            self.database.change(f"DELETE FROM {table} WHERE person = ?", person)

    def password_hash(self, person: str) -> str | None:
        row = self.database.row("SELECT password FROM person WHERE id = ?", person)
        return None if row is None or row[0] is None else str(row[0])

    def set_password(self, person: str, hashed: str) -> None:
        self.database.change("UPDATE person SET password = ? WHERE id = ?", hashed, person)

    def make_link(self, person: str, purpose: LinkPurpose, now: datetime, lasts: timedelta) -> str:
        """The secret of a link that works once until then. Earlier ones of the account for this end now."""
        secret = secrets.token_urlsafe(32)
        with self.transaction():
            self.database.change("DELETE FROM link WHERE person = ? AND purpose = ?", person, purpose)
            self.database.change(
                "INSERT INTO link VALUES (?, ?, ?, ?)", secret_hash(secret), person, purpose, timestamp(now + lasts)
            )
        return secret

    def peek_link(self, secret: str, purpose: LinkPurpose, now: datetime) -> Person | None:
        """Whose link it is, which goes on working; None where there is none, or it has run out."""
        row = self.database.row(
            "SELECT person, expires_at FROM link WHERE hash = ? AND purpose = ?", secret_hash(secret), purpose
        )
        return self.person(str(row[0])) if row is not None and parse_timestamp(str(row[1])) > now else None

    def take_link(self, secret: str, purpose: LinkPurpose, now: datetime) -> Person | None:
        """The account that a link is for; the link is used up by this. None where there is none, or it has expired."""
        with self.transaction():
            row = self.database.row(
                "SELECT person, expires_at FROM link WHERE hash = ? AND purpose = ?", secret_hash(secret), purpose
            )
            if row is None:
                return None
            self.database.change("DELETE FROM link WHERE hash = ?", secret_hash(secret))
        return self.person(str(row[0])) if parse_timestamp(str(row[1])) > now else None


def scope_text(scope: AccessScope) -> str:
    """A scope as it is kept."""
    return json.dumps(
        {
            "everybody": scope.everybody,
            "contracts": sorted(scope.contracts),
            "deployments": sorted(scope.deployments),
            "case": scope.case,
            "since": timestamp(scope.since) if scope.since else None,
            "until": timestamp(scope.until) if scope.until else None,
        },
        ensure_ascii=False,
    )


def _scope(text: str) -> AccessScope:
    body = json.loads(text)
    return AccessScope(
        body["everybody"] is True,
        frozenset(body["contracts"]),
        frozenset(body["deployments"]),
        body["case"],
        parse_timestamp(body["since"]) if body["since"] else None,
        parse_timestamp(body["until"]) if body["until"] else None,
    )


def _roles_text(roles: frozenset[Role]) -> str:
    return ",".join(sorted(roles))


def _person(row: Row) -> Person:
    name, shown, typed, roles, scope, created, revoked = (None if one is None else str(one) for one in row)
    return Person(
        name or "", shown or "", typed or "", frozenset(cast("list[Role]", (roles or "").split(","))),
        _scope(scope or "{}"), parse_timestamp(created or ""), parse_timestamp(revoked) if revoked else None,
    )  # fmt: skip
