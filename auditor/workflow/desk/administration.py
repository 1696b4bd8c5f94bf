"""Accounts, grants and sessions, for whoever administers them. No customer's data is read here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from auditor.model.people import AccessScope, Person, SignedIn
from auditor.people import BundleLink, SessionRow
from auditor.workflow.desk.accounts import Accounts, NewPerson
from auditor.workflow.desk.office import Office


class DeskPeople:
    """What an administrator does. Each act is journalled before it returns."""

    def __init__(self, who: SignedIn, office: Office) -> None:
        self._by = who.person.id
        self._office = office
        self._accounts = Accounts(office.store, office.sessions, office.journal)

    def everybody(self) -> tuple[Person, ...]:
        """Every account, revoked ones included."""
        return self._accounts.everybody()

    def sessions(self) -> tuple[SessionRow, ...]:
        """Who is signed in."""
        return self._office.sessions.list(self._office.clock())

    def means_of(self, person: str) -> tuple[str, ...]:
        """By what an account signs in: `password`, `totp`, `passkey`, as far as they are set up."""
        keys = self._office.keys
        found = {
            "password": self._office.store.password_hash(person) is not None,
            "totp": keys.code_secret(person) is not None,
            "passkey": bool(keys.passkeys(person)),
        }
        return tuple(name for name, there in found.items() if there)

    def add(self, new: NewPerson) -> tuple[Person, str]:
        """The account, and the secret of its link for a first password."""
        person = self._accounts.add(new, self._by)
        return person, self._accounts.invite(person.id, self._by)

    def grant(self, person: str, roles: Collection[str], scope: AccessScope) -> Person:
        return self._accounts.grant(person, roles, scope, self._by)

    def revoke(self, person: str) -> Person:
        return self._accounts.revoke(person, self._by)

    def invite(self, person: str) -> str:
        """The secret of a new link for a password."""
        return self._accounts.invite(person, self._by)

    def end_sessions(self, person: str, session: str | None = None) -> int:
        return self._accounts.end_sessions(person, self._by, session)

    def shares(self) -> tuple[BundleLink, ...]:
        """Links to bundles, newest first; what a bundle is called is not for whoever administers."""
        return tuple(replace(one, bundle="", sha256="") for one in self._office.shared.links.every())

    def end_share(self, name: str) -> None:
        """Take a link back."""
        self._office.shared.end(name, self._by)

    def now(self) -> datetime:
        """The moment that links are looked at."""
        return self._office.clock()

    def disagreements(self) -> list[str]:
        """Where the accounts are not what the journal says of them."""
        return self._accounts.disagreements()
